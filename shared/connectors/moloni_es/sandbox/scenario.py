"""The story of the demo and the contract tests in this sandbox: a Spanish installation company."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario
from shared.schemas.money import line_total

from .api import operation
from .books import CATEGORIES, CUSTOMERS, INVOICES, KEYS, ORDERS, PRODUCTS, Books, Row
from .documents import DRAFT
from .people import COMPANIES

if TYPE_CHECKING:
    from . import MoloniEsSandbox

COMPANY = 501
_TABLES = {"relation": CUSTOMERS, "product": PRODUCTS, "hour_type": PRODUCTS, "product_category": CATEGORIES}
_HOURS = {"hora", "horas"}
_HEADER = ("date", "expirationDate", "yourReference", "notes", "fiscalZone", "status", "documentSetId", "totalValue")


def _moloni(sandbox: Sandbox) -> MoloniEsSandbox:
    moloni: Any = sandbox
    return moloni  # type: ignore[no-any-return]  # this package's own sandbox


def _books(sandbox: Sandbox, company: int = COMPANY) -> Books:
    return _moloni(sandbox).books(company)


def _rows(sandbox: Sandbox, kind: str, company: int = COMPANY) -> Iterator[Row]:
    """The records of a kind."""
    rows = [*_books(sandbox, company).tables[_TABLES[kind]].values()]
    if _TABLES[kind] != PRODUCTS:
        return iter(rows)
    return (row for row in rows if _is_hours(row) == (kind == "hour_type"))


def _is_hours(row: Row) -> bool:
    return str(row["measurementUnit"]["name"]).casefold() in _HOURS


def _id(kind: str, row: Row) -> int:
    return int(row[KEYS[_TABLES[kind]]])


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    return {str(_id(kind, row)): str(row["name"]) for row in _rows(sandbox, kind, int(administration))}


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    memory = sandbox.memory()
    return [_booked(row) for row in (*memory["invoices"], *memory["purchaseOrders"])]


def _booked(row: Row) -> Booked:
    nets = [line_total(line["qty"], line["price"], line["discount"]) for line in row["products"]]
    lines = [{name: value for name, value in line.items() if name != "documentProductId"} for line in row["products"]]
    says = json.dumps([[str(row.get(name)) for name in _HEADER], [str(sorted(line.items())) for line in lines]])
    key, id = str(row["entityNumber"]), str(row["documentId"])
    return Booked(str(row["companyId"]), str(row["ourReference"]), id, sum(nets, Decimal(0)), key, says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    return [
        Needed(str(row["companyId"]), "relation", str(row["number"]), str(row["customerId"]))
        for row in sandbox.memory()["customers"]
    ]


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    memory = sandbox.memory()
    rows = (*memory["invoices"], *memory["purchaseOrders"])
    return [str(row["ourReference"]) for row in rows if row["status"] == DRAFT]


def _changed(sandbox: Sandbox, kind: str, name: str | None) -> str:
    row = next(_rows(sandbox, kind))
    _moloni(sandbox).change(COMPANY, _TABLES[kind], _id(kind, row), name=name)
    return str(_id(kind, row))


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = _id(kind, next(_rows(sandbox, kind)))
    _moloni(sandbox).remove(COMPANY, _TABLES[kind], id)
    return str(id)


def _discard(sandbox: Sandbox, reference: str) -> None:
    for books in (_books(sandbox, company) for company in COMPANIES):
        for table in (INVOICES, ORDERS):
            rows = [*books.tables[table].values()]
            for row in (row for row in rows if row["ourReference"] == reference):
                books.drop(table, row["documentId"])


def _revoke(sandbox: Sandbox) -> None:
    oauth = _moloni(sandbox).oauth
    oauth.revoke(next(user.id for user in oauth.users.values() if user.name == SCENARIO.user))


def _refusal(words: str) -> Fault:
    """With 200: data is null, and the errors say why (section 2, Business errors)."""
    body = {"data": {"any": {"data": None, "errors": [{"field": "*", "msg": words}]}}}
    return Fault(status=200, headers={"Content-Type": "application/json"}, body=json.dumps(body))


def _hooked(sandbox: Sandbox) -> Sequence[str]:
    rows = [row for hooks in _moloni(sandbox).hooks.rows.values() for row in hooks]
    return [f"{row['model']}.{row['operation']} {row['url'].partition('?')[0]}" for row in rows]


def _limited(_until: datetime) -> Fault:
    """Which limits there are, and what is said of them, is published nowhere (section 7)."""
    return Fault(status=429)


def _call(*operations: str) -> Calls:
    return Calls("|".join(f"#{name}$" for name in operations))


SCENARIO = Scenario(
    user="Lucía Sierra",
    site="es",
    administration=str(COMPANY),
    second_administration="502",
    settings={
        "vat_codes": {"21": "1", "10": "2", "4": "3"},
        "vat_default": "1",
        "default_hour_type": "HORA-TEC",
        "countries": {"ES": "70", "PT": "1", "NL": "153", "BE": "21"},
    },
    materials=("DESPLAZA",),
    hour_type="HORA-TEC",
    no_vat=NoVat(
        material="VAR-SINIVA",
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "1"}},
    ),
    listed=_listed,
    documents=_documents,
    records=_records,
    unfinished=_unfinished,
    sent_out=lambda _: [],
    asks_to_be_called=_call("hookCreate"),
    fetches=_call("customer", "product"),
    hooked=_hooked,
    logins=Calls("/v1/auth/grant$"),
    reads={
        "relation": _call("customers"),
        "product": _call("products"),
        "hour_type": _call("products"),
        "product_category": _call("productCategories"),
    },
    writes={
        "relation": _call("customerCreate"),
        "invoice": _call("invoiceCreate"),
        "closed_invoice": _call("invoiceCreate"),
        "purchase_order": _call("purchaseOrderCreate"),
        "closed_purchase_order": _call("purchaseOrderCreate"),
        "close": _call("invoiceUpdate", "purchaseOrderUpdate"),
    },
    change=lambda sandbox, kind: _changed(sandbox, kind, "Changed by hand"),
    spoil=lambda sandbox, kind: _changed(sandbox, kind, None),
    remove=_remove,
    discard=_discard,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    operation=operation,
    limit_names_moment=False,
    small={"customers": 40, "products": 30, "categories": 6},
    paged={"customers": 60, "products": 50, "categories": 45, "most": 20},
    least={"customers": 4, "products": 4, "categories": 4},
)
