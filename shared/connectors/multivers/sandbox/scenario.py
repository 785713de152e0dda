"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario

from .catalogue import WITHOUT_VAT
from .people import FIRST, SECOND
from .refusals import messages
from .store import CUSTOMERS, EMPLOYEES, HOUR_TYPES, INVOICES, KEYS, ORDERS, PRODUCTS, Books, Row

if TYPE_CHECKING:
    from . import MultiversSandbox

_TABLES = {
    "relation": CUSTOMERS,
    "product": PRODUCTS,
    "hour_type": HOUR_TYPES,
    "employee": EMPLOYEES,
    "order": ORDERS,
    "payment": INVOICES,
}
_NAMES = {
    "relation": "name",
    "product": "description",
    "hour_type": "description",
    "employee": "name",
    "order": "reference",
    "payment": "invoiceReference",
}
_HEADER = ("orderType", "orderDate", "chargeVatType", "paymentConditionId", "totalVatAmount", "totalOrderAmount")
_LINE = ("orderLineType", "productId", "description", "quantityOrdered", "quantityDelivered", "price", "discount",
         "vatCodeId", "orderLineAmount")  # fmt: skip


def _multivers(sandbox: Sandbox) -> MultiversSandbox:
    found: Any = sandbox
    return found  # type: ignore[no-any-return]  # this package's own sandbox


def _books(sandbox: Sandbox, administration: str = FIRST) -> Books:
    return _multivers(sandbox).books(administration)


def _rows(sandbox: Sandbox, kind: str, administration: str = FIRST) -> Iterator[Row]:
    """The records of a kind that default filters let through: of orders those to be worked on."""
    for row in [*_books(sandbox, administration).tables[_TABLES[kind]].values()]:
        if kind != "order" or (row["orderType"] != 0 and not row["_invoiceId"]):
            yield row


def _id(kind: str, row: Row) -> str:
    return str(row[KEYS[_TABLES[kind]]])


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    return {_id(kind, row): str(row[_NAMES[kind]]) for row in _rows(sandbox, kind, administration)}


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    return [_booked(row) for row in sandbox.memory()["orders"]]


def _booked(row: Row) -> Booked:
    lines = [[str(line.get(name)) for name in _LINE] for line in row["orderLines"]]
    says = json.dumps([[str(row[name]) for name in _HEADER], bool(row["_invoiceId"]), lines])
    total = Decimal(row["totalOrderAmount"]) - Decimal(row["totalVatAmount"])
    return Booked(row["administration"], row["reference"], row["orderId"], total, row["customerId"], says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    rows = sandbox.memory()["customers"]
    return [
        Needed(row["administration"], "relation", row["businessNumber"] or row["customerId"], row["customerId"])
        for row in rows
    ]


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    return [row["reference"] for row in sandbox.memory()["orders"] if not row["_invoiceId"]]


def _change(sandbox: Sandbox, kind: str) -> str:
    row = next(_rows(sandbox, kind))
    if kind == "payment":
        open_ = row["invoiceBalance"]
        _multivers(sandbox).pay(FIRST, row["invoiceId"], open_ or -row["invoiceAmount"])
    else:
        _books(sandbox).change(_TABLES[kind], _id(kind, row), **{_NAMES[kind]: "Met de hand gewijzigd"})
    return _id(kind, row)


def _spoil(sandbox: Sandbox, kind: str) -> str:
    id = _id(kind, next(_rows(sandbox, kind)))
    _books(sandbox).change(_TABLES[kind], id, **{_NAMES[kind]: {"never": "seen"}})
    return id


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = _id(kind, next(_rows(sandbox, kind)))
    _books(sandbox).remove(_TABLES[kind], id)
    return id


def _discard(sandbox: Sandbox, reference: str) -> None:
    for row in sandbox.memory()["orders"]:
        if row["reference"] == reference:
            _books(sandbox, row["administration"]).remove(ORDERS, row["orderId"])


def _revoke(sandbox: Sandbox) -> None:
    oauth = _multivers(sandbox).oauth
    oauth.revoke(next(user.id for user in oauth.users.values() if user.name == SCENARIO.user))


def _limited(until: datetime) -> Fault:
    """No limit is known of (section 3); any server may say it like this."""
    return Fault(status=429, headers={"Retry-After": format_datetime(until, usegmt=True)})


def _refusal(words: str) -> Fault:
    return Fault(status=400, body=json.dumps(messages(words)))


SCENARIO = Scenario(
    user="Joost de Vries",
    site="nl",
    administration=FIRST,
    second_administration=SECOND,
    settings={
        "vat_codes": {"21": "1", "9": "2", "0": "0"},
        "vat_default": "1",
        "default_hour_type": "UUR-MONT",
        "payment_condition": "30",
        "create_orders": True,
        "journal": "VRK",
        "ledger": "8000",
    },
    materials=("VOORRIJ",),
    hour_type="UUR-MONT",
    no_vat=NoVat(
        material=WITHOUT_VAT,
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "1"}},
    ),
    listed=_listed,
    documents=_documents,
    records=_records,
    unfinished=_unfinished,
    sent_out=lambda _: [],
    logins=Calls("/OAuth/Token$"),
    reads={
        "relation": Calls("/CustomerInfoList", "GET"),
        "order": Calls("/OrderInfoList/OpenOrders", "GET"),
        "payment": Calls("/CustomerInvoiceInfoList/ByFiscalYear", "GET"),
        "product": Calls("/ProductInfoList", "GET"),
        "hour_type": Calls("/HourTypeInfoList", "GET"),
        "employee": Calls("/EmployeeInfoList", "GET"),
    },
    writes={
        "relation": Calls("/Customer$", "POST"),
        "order": Calls("/Order$", "POST"),
        "invoice_order": Calls("/Order$", "POST"),
        "processed_invoice_order": Calls("/Order$", "POST"),
        "process": Calls("/ProcessOrderCommand", "POST"),
    },
    change=_change,
    spoil=_spoil,
    remove=_remove,
    discard=_discard,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    rotates=False,
    unpaged=("hour_type", "employee"),
    small={"customers": 40, "products": 20, "orders": 12, "invoices": 20},
    paged={"customers": 290, "products": 270, "orders": 380, "invoices": 30},
    least={"customers": 4, "products": 7, "orders": 0, "invoices": 0},
)
