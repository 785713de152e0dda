"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.clock import EPOCH
from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Calls, NoVat, Scenario

from .columns import Row
from .resources import ACCOUNTS, ITEMS

if TYPE_CHECKING:
    from . import ExactSandbox

DIVISION = 900001
OPEN_ORDER, OPEN_INVOICE = 12, 20
_TABLES = {"relation": (ACCOUNTS, "Name"), "product": (ITEMS, "Description")}
"""Kind -> the table its records are in, and the column that becomes their name."""


def _rows(sandbox: Sandbox, kind: str) -> Iterator[Row]:
    """The records of a kind that default filters let through: not blocked, not ended, no hour items."""
    left_out = ("IsTime",) if kind == "product" else ("Blocked", "EndDate")
    rows = _exact(sandbox).division(DIVISION).tables[_TABLES[kind][0]].rows.values()
    return (row for row in rows if not any(row.get(column) for column in left_out))


def _exact(sandbox: Sandbox) -> ExactSandbox:
    exact: Any = sandbox
    return exact  # type: ignore[no-any-return]  # this package's own sandbox


def _expected(sandbox: Sandbox) -> Mapping[str, int]:
    return {kind: sum(1 for _ in _rows(sandbox, kind)) for kind in _TABLES}


def _documents(sandbox: Sandbox) -> list[Row]:
    memory = sandbox.memory()
    return [*memory["sales_orders"], *memory["sales_invoices"]]


def _references(sandbox: Sandbox) -> Sequence[str]:
    return [row["YourRef"] for row in _documents(sandbox)]


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    """Open: an order that is neither complete nor cancelled, an invoice that is neither processed nor numbered."""
    open_rows = (row for row in _documents(sandbox) if row["Status"] in {OPEN_ORDER, OPEN_INVOICE})
    return [row["YourRef"] for row in open_rows if row.get("InvoiceNumber") is None]


def _change(sandbox: Sandbox, kind: str) -> str:
    table, column = _TABLES[kind]
    id = next(_rows(sandbox, kind))["ID"]
    _exact(sandbox).change(DIVISION, table, id, **{column: "Changed by hand"})
    return str(id)


def _spoil(sandbox: Sandbox, kind: str) -> str:
    table, column = _TABLES[kind]
    row = next(_rows(sandbox, kind))
    _exact(sandbox).division(DIVISION).save(table, {**row, column: {"never": "seen"}})
    return str(row["ID"])


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = next(_rows(sandbox, kind))["ID"]
    _exact(sandbox).remove(DIVISION, _TABLES[kind][0], id)
    return str(id)


def _revoke(sandbox: Sandbox) -> None:
    oauth = _exact(sandbox).oauth
    oauth.revoke(next(user.id for user in oauth.users.values() if user.name == SCENARIO.user))


def _limited(until: datetime) -> Fault:
    """429 with the headers of the exceeded window only; resets in epoch milliseconds (Exact fact sheet, section 5)."""
    resets = str((until - EPOCH) // timedelta(milliseconds=1))
    values = {"Limit": "60", "Remaining": "0", "Reset": resets}
    return Fault(status=429, headers={f"X-RateLimit-Minutely-{name}": value for name, value in values.items()})


def _refusal(words: str) -> Fault:
    body = {"error": {"code": "", "message": {"lang": "", "value": words}}}
    return Fault(status=400, body=json.dumps(body))


SCENARIO = Scenario(
    user="Anouk de Vries",
    site="nl",
    administration=str(DIVISION),
    second_administration="900002",
    settings={"vat_codes": {"21": "4", "9": "2"}, "vat_default": "4", "default_hour_type": "UUR-MONT", "journal": "70"},
    materials=("ARB-VOORRIJ",),
    hour_type="UUR-MONT",
    no_vat=NoVat(
        material="DIV-ZONDER",
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "4"}},
    ),
    expected=_expected,
    references=_references,
    unfinished=_unfinished,
    reads={"relation": Calls("/sync/CRM/Accounts"), "product": Calls("/sync/Logistics/Items")},
    writes={
        "relation": Calls("/crm/Accounts", "POST"),
        "sales_invoice": Calls("/salesinvoice/SalesInvoices", "POST"),
        "sales_order": Calls("/salesorder/SalesOrders", "POST"),
    },
    change=_change,
    spoil=_spoil,
    remove=_remove,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    small={"accounts": 40, "items": 30},
    paged={"accounts": 1200, "items": 1100},
)
