"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.clock import EPOCH
from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario

from .bookings import bookings
from .columns import Row
from .kinds import (
    ACCOUNTS,
    ASSEMBLY_ORDERS,
    COSTS,
    DELIVERIES,
    EMPLOYEES,
    ENTRIES,
    INVOICES,
    ITEM_GROUPS,
    ITEMS,
    ORDERS,
    PLANNING,
    PRICES,
    QUOTATIONS,
    SHOP_ORDERS,
    TERMS,
    TIMES,
    WAREHOUSES,
    WEBHOOKS,
)
from .resources import RESOURCES
from .views import RECEIPT

if TYPE_CHECKING:
    from . import ExactSandbox

DIVISION = 900001
OPEN_ORDER, OPEN_INVOICE = 12, 20


@dataclass(frozen=True)
class _Records:
    """The table a kind is in, its names (the first is published), and which rows default filters let through."""

    table: str
    names: tuple[str, ...]
    chosen: Callable[[Row], bool]


_KINDS: Mapping[str, _Records] = {
    "relation": _Records(ACCOUNTS, ("Name",), lambda row: not row.get("Blocked") and not row.get("EndDate")),
    "product": _Records(ITEMS, ("Description",), lambda row: not row.get("IsTime")),
    "product_category": _Records(ITEM_GROUPS, ("Description",), lambda _: True),
    "hour_type": _Records(ITEMS, ("Description",), lambda row: bool(row.get("IsTime"))),
    "employee": _Records(EMPLOYEES, ("LastName", "FullName"), lambda row: not row.get("EndDate")),
    "payment": _Records(TERMS, ("Currency",), lambda row: row["LineType"] == RECEIPT),
    "order": _Records(ORDERS, ("Description",), lambda row: row["Status"] in {12, 20}),
    "quotation": _Records(QUOTATIONS, ("Description",), lambda row: row["Status"] in {25, 35, 40, 50, 60, 70}),
    "warehouse": _Records(WAREHOUSES, ("Description",), lambda _: True),
    "price_agreement": _Records(PRICES, ("AccountName",), lambda row: bool(row.get("Account"))),
    "goods_delivery": _Records(DELIVERIES, ("Description",), lambda _: True),
    "planned_work": _Records(PLANNING, ("Description",), lambda _: True),
}
_MORE_ORDERS: Mapping[str, Callable[[Row], bool]] = {
    SHOP_ORDERS: lambda row: row["Status"] in {10, 20},
    ASSEMBLY_ORDERS: lambda row: row["OrderStatus"] in {20, 30},
}
"""Orders that are in tables of their own, and have no name."""


def _rows(sandbox: Sandbox, kind: str, division: int = DIVISION) -> Iterator[Row]:
    """The records of a kind that default filters let through."""
    records = _KINDS[kind]
    return filter(records.chosen, _exact(sandbox).division(division).tables[records.table].rows.values())


def _exact(sandbox: Sandbox) -> ExactSandbox:
    exact: Any = sandbox
    return exact  # type: ignore[no-any-return]  # this package's own sandbox


def _vendor_id(row: Row) -> str:
    """What a record is known by: terms by their invoice, of which they may be several."""
    return str(row.get("TransactionEntryID") or next(row[key] for key in _KEYS if key in row))


_KEYS = ("OrderID", "QuotationID", "EntryID", "ID")


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    column = _KINDS[kind].names[0]
    found = {_vendor_id(row): str(row[column]) for row in _rows(sandbox, kind, int(administration))}
    tables = _exact(sandbox).division(int(administration)).tables
    for table, chosen in _MORE_ORDERS.items() if kind == "order" else ():
        found |= {row["ID"]: "" for row in tables[table].rows.values() if chosen(row)}
    return found


@dataclass(frozen=True)
class _Papers:
    """The columns that tell what is what in a kind of document."""

    table: str
    id: str
    customer: str
    lines: str


_DOCUMENTS: Sequence[_Papers] = (
    _Papers("sales_orders", "OrderID", "OrderedBy", "SalesOrderLines"),
    _Papers("sales_invoices", "InvoiceID", "InvoiceTo", "SalesInvoiceLines"),
    _Papers("sales_entries", "EntryID", "Customer", "SalesEntryLines"),
)
_HEADER = ("Currency", "Status", "AmountFC", "AmountFCExclVat", "VATAmountFC")
_LINE = ("Description", "Quantity", "AmountFC", "VATCode")


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    made = [_booked(sandbox, kind, row) for kind in _DOCUMENTS for row in sandbox.memory()[kind.table]]
    return made + bookings(_exact(sandbox))


def _booked(sandbox: Sandbox, kind: _Papers, row: Row) -> Booked:
    division, total = int(row["Division"]), Decimal(str(row["AmountFCExclVat"]))
    customer = _exact(sandbox).division(division).tables[ACCOUNTS].rows[row[kind.customer]]
    lines = [[str(line.get(name)) for name in _LINE] for line in row[kind.lines]]
    files = [file["FileName"] for file in sandbox.memory()["document_attachments"]
             if row.get("Document") and file["Document"] == row["Document"]]  # fmt: skip
    says = json.dumps([[str(row.get(name)) for name in _HEADER], lines, files])
    return Booked(str(division), row["YourRef"], row[kind.id], total, str(customer.get("SearchCode")), says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    memory = sandbox.memory()
    keys = [("relation", "SearchCode", row) for row in memory["accounts"]]
    keys += [("product", "Code", row) for row in memory["items"]]
    return [Needed(str(row["Division"]), kind, str(row.get(key)), row["ID"]) for kind, key, row in keys]


def _papers(sandbox: Sandbox) -> Sequence[str]:
    memory = sandbox.memory()
    files = [f"{row['Document']}/{row['FileName']}" for row in memory["document_attachments"]]
    return [row["Subject"] for row in memory["documents"]] + files


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    """Open: an order that is neither complete nor cancelled, an invoice that is neither processed nor numbered."""
    rows = (row for kind in _DOCUMENTS for row in sandbox.memory()[kind.table])
    open_rows = (row for row in rows if row["Status"] in {OPEN_ORDER, OPEN_INVOICE})
    documents = [row["YourRef"] for row in open_rows if row.get("InvoiceNumber") is None]
    return documents + [one.reference for one in bookings(_exact(sandbox))]


def _sent_out(sandbox: Sandbox) -> Sequence[str]:
    memory = sandbox.memory()
    return [str(row["InvoiceNumber"]) for row in (*memory["mailed"], *memory["peppol"])]


def _change(sandbox: Sandbox, kind: str) -> str:
    row, records, exact = next(_rows(sandbox, kind)), _KINDS[kind], _exact(sandbox)
    if kind != "payment":
        exact.change(DIVISION, records.table, _vendor_id(row), **dict.fromkeys(records.names, "Changed by hand"))
    elif row["Paid"]:
        exact.unpay(DIVISION, _vendor_id(row))
    else:
        exact.pay(DIVISION, _vendor_id(row), row["DueDate"].date())
    return _vendor_id(row)


def _hooked(sandbox: Sandbox) -> list[str]:
    rows = _exact(sandbox).division(DIVISION).tables[WEBHOOKS].rows.values()
    return [f"{row['Topic']} {row['CallbackURL']}" for row in rows]


def _spoil(sandbox: Sandbox, kind: str) -> str:
    row, records = next(_rows(sandbox, kind)), _KINDS[kind]
    spoiled = {name: {"never": "seen"} for name in records.names}
    _exact(sandbox).division(DIVISION).save(records.table, row | spoiled)
    return _vendor_id(row)


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = _vendor_id(next(_rows(sandbox, kind)))
    _exact(sandbox).remove(DIVISION, ENTRIES if kind == "payment" else _KINDS[kind].table, id)
    return id


def _discard(sandbox: Sandbox, reference: str) -> None:
    exact = _exact(sandbox)
    for table in (ORDERS, INVOICES, ENTRIES):
        for row in list(exact.division(DIVISION).tables[table].after()):
            if row.get("YourRef") == reference:
                exact.remove(DIVISION, table, row[RESOURCES[table].key])
    for table in (TIMES, COSTS):
        for row in [one for one in exact.division(DIVISION).tables[table].after() if f"[{reference} " in one["Notes"]]:
            exact.remove(DIVISION, table, row["ID"])


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
    settings={
        "vat_codes": {"21": "4", "9": "2"},
        "vat_default": "4",
        "default_hour_type": "UUR-MONT",
        "journal": "70",
        "ledger": "8000",
    },
    materials=("ARB-VOORRIJ",),
    hour_type="UUR-MONT",
    no_vat=NoVat(
        material="DIV-ZONDER",
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "4"}},
    ),
    listed=_listed,
    documents=_documents,
    records=_records,
    papers=_papers,
    unfinished=_unfinished,
    sent_out=_sent_out,
    asks_to_be_called=Calls(r"/webhooks/WebhookSubscriptions", "POST"),
    fetches=Calls(r"/(crm/Accounts|logistics/Items)\?.*ID.eq.guid", "GET"),
    hooked=_hooked,
    logins=Calls("/api/oauth2/token"),
    reads={
        "relation": Calls("/sync/CRM/Accounts"),
        "product": Calls("/sync/Logistics/Items"),
        "product_category": Calls("/logistics/ItemGroups"),
        "hour_type": Calls("/sync/Logistics/Items|/read/project/HourTypes"),
        "employee": Calls("/sync/Payroll/Employees|/payroll/Employees"),
        "payment": Calls("/sync/Cashflow/PaymentTerms|/cashflow/Receivables|/read/financial/ReceivablesList"),
        "order": Calls("/sync/SalesOrder/SalesOrder(Headers|Lines)"),
        "quotation": Calls("/sync/CRM/Quotation(Headers|Lines)"),
        "warehouse": Calls("/inventory/Warehouses"),
        "price_agreement": Calls("/sync/Logistics/SalesItemPrices"),
        "goods_delivery": Calls("/sync/SalesOrder/GoodsDeliver"),
        "planned_work": Calls("/sync/Project/ProjectPlanning"),
    },
    writes={
        "relation": Calls("/crm/Accounts", "POST"),
        "product": Calls("/logistics/Items", "POST"),
        "processed_invoice": Calls("/salesinvoice/SalesInvoices", "POST"),
        "process": Calls("/salesinvoice/PrintedSalesInvoices", "POST"),
        "sales_invoice": Calls("/salesinvoice/SalesInvoices", "POST"),
        "sales_entry": Calls("/salesentry/SalesEntries", "POST"),
        "sales_order": Calls("/salesorder/SalesOrders", "POST"),
        "project_booking": Calls("/project/(Cost|Time)Transactions", "POST"),
    },
    unpriced=("project_booking",),
    attaches=Calls("/documents/Documents$", "POST"),
    change=_change,
    spoil=_spoil,
    remove=_remove,
    discard=_discard,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    # The real limit is 60 a minute, which would make the demo wait for a minute. The tests keep the real one.
    options={"minutely_limit": 600},
    small={"accounts": 40, "items": 30, "employees": 6, "entries": 10, "orders": 6},
    paged={
        "accounts": 1200,
        "items": 1100,
        "groups": 70,
        "employees": 1100,
        "entries": 1100,
        "orders": 105,
        "warehouses": 65,
    },
    # Article groups of two pages: an import can die between them.
    least={"accounts": 4, "items": 12, "groups": 70, "employees": 1, "entries": 1, "orders": 1},
)
