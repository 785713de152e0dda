"""What Exact does with a record before it keeps it, and what it does not let go (Exact fact sheet, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from . import amounts, ledger, papers, pro
from .columns import Row
from .kinds import (
    ACCOUNTS,
    ATTACHMENTS,
    COSTS,
    DELIVERIES,
    DELIVERY_LINES,
    DOCUMENTS,
    ENTRIES,
    ENTRY_LINES,
    INVOICE_LINES,
    INVOICES,
    ITEM_GROUPS,
    ITEMS,
    JOURNALS,
    ORDER_LINES,
    ORDERS,
    QUOTATION_LINES,
    QUOTATIONS,
    TIMES,
)
from .refusals import bad_reference, business
from .store import Division

SALES_JOURNAL_TYPE = 20
FIRST_ORDER, FIRST_INVOICE_ORDER = 26000001, 36000001
PROCESSED, COMPLETE, CANCELLED = 50, 21, 45


def account(division: Division, row: Row) -> None:
    """A relation: the next number when it has none; a customer is who has status `C`."""
    row["Code"] = row.get("Code") or str(division.next_number("accounts"))
    row["IsSales"] = row.get("Status") == "C"
    amounts.vat(division, row.get("SalesVATCode"))


def item(division: Division, row: Row) -> None:
    """An article: group and VAT code must be there, the group's code is copied."""
    amounts.vat(division, row.get("SalesVatCode"))
    group = division.tables[ITEM_GROUPS].rows.get(row.get("ItemGroup"))
    if group is not None:
        row.update(ItemGroupCode=group["Code"], ItemGroupDescription=group["Description"])


def order(division: Division, row: Row) -> None:
    """A sales order: number, dates and parties."""
    _parties(division, row)
    row.setdefault("OrderNumber", division.next_number("orders", FIRST_ORDER))


def invoice(division: Division, row: Row) -> None:
    """A sales invoice: only customers can be invoiced; without a journal the default sales journal is taken."""
    _parties(division, row)
    for party in {row["OrderedBy"], row["InvoiceTo"]}:
        _check_customer(division, party, "Factuur voor")
    _sales_journal(division, row)
    row.setdefault("OrderNumber", division.next_number("invoices", FIRST_INVOICE_ORDER))
    row.setdefault("InvoiceDate", row["OrderDate"])


def entry(division: Division, row: Row) -> None:
    """A sales entry: a customer, a sales journal, its own or the journal's next number, a date and when it is due."""
    _check_customer(division, row["Customer"], "Klant")
    _sales_journal(division, row)
    customer = division.tables[ACCOUNTS].rows[row["Customer"]]
    row["CustomerName"] = customer["Name"]
    row["PaymentCondition"] = row.get("PaymentCondition") or customer.get("PaymentConditionSales")
    row["EntryDate"] = row.get("EntryDate") or _today(division)
    row["Rate"] = row.get("Rate") or amounts.rate(row["Currency"])
    ledger.number(division, row)


def _check_customer(division: Division, key: str, label: str) -> None:
    if not division.tables[ACCOUNTS].rows[key].get("IsSales"):
        raise business(f"Ongeldige referentie: {label} - relatie is geen klant")


def _parties(division: Division, row: Row) -> None:
    customer = division.tables[ACCOUNTS].rows[row["OrderedBy"]]
    row["OrderedByName"] = customer["Name"]
    row["InvoiceTo"] = row.get("InvoiceTo") or row["OrderedBy"]
    row["DeliverTo"] = row.get("DeliverTo") or row["OrderedBy"]
    row["PaymentCondition"] = row.get("PaymentCondition") or customer.get("PaymentConditionSales")
    row["OrderDate"] = row.get("OrderDate") or _today(division)
    row["Rate"] = amounts.rate(row["Currency"])


def _today(division: Division) -> datetime:
    return division.local_now().replace(hour=0, minute=0, second=0, microsecond=0)


def _sales_journal(division: Division, row: Row) -> None:
    journals = [
        j for j in division.tables[JOURNALS].after() if j["Type"] == SALES_JOURNAL_TYPE and not j.get("IsBlocked")
    ]
    codes = [journal["Code"] for journal in journals]
    row["Journal"] = row.get("Journal") or codes[0]
    if row["Journal"] not in codes:
        raise bad_reference("Dagboek")


COMPLETE_ROW: Mapping[str, Callable[[Division, Row], None]] = {
    ACCOUNTS: account, ITEMS: item, ORDERS: order, INVOICES: invoice, ENTRIES: entry, DOCUMENTS: papers.document,
    ATTACHMENTS: papers.attachment, QUOTATIONS: pro.quotation, DELIVERIES: pro.delivery, TIMES: pro.hours,
    COSTS: pro.costs,
}  # fmt: skip
"""By path: fills in and checks a row before it is kept, on POST and PUT."""

LINE: Mapping[str, Callable[[Division, Row, Row], None]] = {
    ORDER_LINES: amounts.sales_line, INVOICE_LINES: amounts.sales_line, ENTRY_LINES: amounts.entry_line,
    QUOTATION_LINES: amounts.sales_line, DELIVERY_LINES: pro.delivery_line,
}  # fmt: skip
"""By path of the lines: fills in a line of a header."""

REVALUED = frozenset({"Currency", "Rate", "Discount"})
"""A change of these on a header changes the amounts of its lines."""


def keep(division: Division, path: str, header: Row, lines: Sequence[Row]) -> None:
    """Total a header and save it; what is booked goes to the ledger."""
    if path == DELIVERIES:
        pro.deliver(division, header, lines)
        return
    amounts.total(header, lines)
    if path == ENTRIES:
        ledger.book(division, header, lines)
    division.save(path, header)


def release(division: Division, path: str, key: str, user: str) -> None:
    """Let go of what hangs on a record that is about to be deleted."""
    if path == ENTRIES:
        ledger.unbook(division, key, user)
    if path == DOCUMENTS:
        papers.drop_attachments(division, key, user)


def check_open(path: str, header: Row) -> None:
    """Processed invoices and completed orders cannot be changed or deleted."""
    locked = {INVOICES: {PROCESSED}, ORDERS: {COMPLETE, CANCELLED}}
    if header.get("Status") in locked.get(path, set()):
        raise business("Kan niet wijzigen: Document is verwerkt")


def check_unpaid(division: Division, path: str, header: Row) -> None:
    """Amounts of an entry stay once it is processed or money was matched with it."""
    if path == ENTRIES and (header["Status"] == PROCESSED or ledger.is_paid(division, header["EntryID"])):
        raise business("Kan niet wijzigen: Boeking is verwerkt of afgeletterd")


_USES = {
    ACCOUNTS: (
        (ORDERS, "OrderedBy"), (ORDERS, "InvoiceTo"), (INVOICES, "OrderedBy"), (INVOICES, "InvoiceTo"),
        (ENTRIES, "Customer"),
    ),
    ITEMS: ((ORDER_LINES, "Item"), (INVOICE_LINES, "Item")),
}  # fmt: skip


def check_unused(division: Division, path: str, key: str) -> None:
    """A relation or article that a document uses cannot be deleted."""
    for where, column in _USES.get(path, ()):
        if any(row.get(column) == key for row in division.tables[where].after()):
            raise business(f"Kan niet verwijderen: In gebruik: {where.rpartition('/')[2]}")
