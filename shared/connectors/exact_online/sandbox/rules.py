"""What Exact does with a record before it keeps it: defaults, VAT, amounts (Exact fact sheet, section 8).

A header's `Discount` is kept but not applied to its lines; the sheet does not say how Exact does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from .columns import Row
from .refusals import bad_reference, business
from .resources import (
    ACCOUNTS,
    INVOICE_LINES,
    INVOICES,
    ITEM_GROUPS,
    ITEMS,
    JOURNALS,
    ORDER_LINES,
    ORDERS,
    VAT_CODES,
)
from .store import Division

CENT = Decimal("0.01")
SALES_JOURNAL_TYPE = 20
FIRST_ORDER, FIRST_INVOICE_ORDER = 26000001, 36000001
PROCESSED, COMPLETE, CANCELLED = 50, 21, 45


def cents(amount: Decimal) -> Decimal:
    """Rounded to whole cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def by_code(division: Division, path: str, code: str) -> Row | None:
    """The row of a small table with that code."""
    return next((row for row in division.tables[path].after() if row["Code"] == code), None)


def _vat(division: Division, code: str | None, label: str) -> Row | None:
    found = by_code(division, VAT_CODES, code) if code else None
    if code and found is None:
        raise bad_reference(label)
    return found


def account(division: Division, row: Row) -> None:
    """A relation: the next number when it has none; a customer is who has status `C`."""
    row["Code"] = row.get("Code") or str(division.next_number("accounts"))
    row["IsSales"] = row.get("Status") == "C"
    _vat(division, row.get("SalesVATCode"), "Btw-code")


def item(division: Division, row: Row) -> None:
    """An article: group and VAT code must be there, the group's code is copied."""
    _vat(division, row.get("SalesVatCode"), "Btw-code")
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
        if not division.tables[ACCOUNTS].rows[party].get("IsSales"):
            raise business("Ongeldige referentie: Factuur voor - relatie is geen klant")
    _sales_journal(division, row)
    row.setdefault("OrderNumber", division.next_number("invoices", FIRST_INVOICE_ORDER))
    row.setdefault("InvoiceDate", row["OrderDate"])


def _parties(division: Division, row: Row) -> None:
    customer = division.tables[ACCOUNTS].rows[row["OrderedBy"]]
    row["OrderedByName"] = customer["Name"]
    row["InvoiceTo"] = row.get("InvoiceTo") or row["OrderedBy"]
    row["DeliverTo"] = row.get("DeliverTo") or row["OrderedBy"]
    row["PaymentCondition"] = row.get("PaymentCondition") or customer.get("PaymentConditionSales")
    midnight = division.local_now().replace(hour=0, minute=0, second=0, microsecond=0)
    row["OrderDate"] = row.get("OrderDate") or midnight


def _sales_journal(division: Division, row: Row) -> None:
    journals = [
        j for j in division.tables[JOURNALS].after() if j["Type"] == SALES_JOURNAL_TYPE and not j.get("IsBlocked")
    ]
    codes = [journal["Code"] for journal in journals]
    row["Journal"] = row.get("Journal") or codes[0]
    if row["Journal"] not in codes:
        raise bad_reference("Dagboek")


def line(division: Division, row: Row, header: Row) -> None:
    """Price, VAT and amounts of a line. Without a VAT code anywhere the line has no VAT, and nobody says so."""
    article = division.tables[ITEMS].rows[row["Item"]]
    row["Quantity"] = Decimal(1) if row.get("Quantity") is None else row["Quantity"]
    customer = division.tables[ACCOUNTS].rows[header["OrderedBy"]]
    row["VATCode"] = row.get("VATCode") or article.get("SalesVatCode") or customer.get("SalesVATCode")
    vat = _vat(division, row["VATCode"], "Btw-code")
    row["Description"] = row.get("Description") or article["Description"]
    row["UnitCode"] = row.get("UnitCode") or article.get("Unit")
    row.update(ItemCode=article["Code"], ItemDescription=article["Description"])
    _price(row, article)
    excl, tax = _split(row["Quantity"] * row["NetPrice"], vat)
    row.update(AmountFC=excl, AmountDC=excl, VATPercentage=vat["Percentage"] if vat else None)
    row.update(VATAmount=tax, VATAmountFC=tax, VATAmountDC=tax)


def _price(row: Row, article: Row) -> None:
    quantity, amount = row["Quantity"], row.pop("AmountFC", None)
    if row.get("NetPrice") is None and row.get("UnitPrice") is None and amount is not None and quantity:
        row["NetPrice"] = amount / quantity
    if row.get("NetPrice") is None:
        unit = row["UnitPrice"] if row.get("UnitPrice") is not None else article.get("StandardSalesPrice") or Decimal(0)
        row["NetPrice"] = unit * (1 - (row.get("Discount") or Decimal(0)))
    if row.get("UnitPrice") is None:
        row["UnitPrice"] = row["NetPrice"]


def _split(amount: Decimal, vat: Row | None) -> tuple[Decimal, Decimal]:
    """Amount excluding VAT and the VAT, each in whole cents; a code of type `I` has prices including VAT."""
    if vat is None or vat["Type"] == "N":
        return cents(amount), Decimal(0)
    if vat["Type"] == "I":
        excl = cents(amount / (1 + vat["Percentage"]))
        return excl, cents(amount) - excl
    return cents(amount), cents(cents(amount) * vat["Percentage"])


def total(header: Row, lines: Sequence[Row]) -> None:
    """The header's amounts: the sum of its lines' cents."""
    excl = sum((row["AmountFC"] for row in lines), Decimal(0))
    tax = sum((row["VATAmountFC"] for row in lines), Decimal(0))
    header.update(AmountFCExclVat=excl, AmountFC=excl + tax, AmountDC=excl + tax)
    header.update(VATAmountFC=tax, VATAmountDC=tax)


COMPLETE_ROW: Mapping[str, Callable[[Division, Row], None]] = {
    ACCOUNTS: account, ITEMS: item, ORDERS: order, INVOICES: invoice
}  # fmt: skip
"""By path: fills in and checks a row before it is kept, on POST and PUT."""


def check_open(path: str, header: Row) -> None:
    """Processed invoices and completed orders cannot be changed or deleted."""
    locked = {INVOICES: {PROCESSED}, ORDERS: {COMPLETE, CANCELLED}}
    if header.get("Status") in locked.get(path, set()):
        raise business("Kan niet wijzigen: Document is verwerkt")


def check_unused(division: Division, path: str, key: str) -> None:
    """A relation or article that a document uses cannot be deleted."""
    uses = {
        ACCOUNTS: ((ORDERS, "OrderedBy"), (ORDERS, "InvoiceTo"), (INVOICES, "OrderedBy"), (INVOICES, "InvoiceTo")),
        ITEMS: ((ORDER_LINES, "Item"), (INVOICE_LINES, "Item")),
        ITEM_GROUPS: (),
    }
    for where, column in uses.get(path, ()):
        if any(row.get(column) == key for row in division.tables[where].after()):
            raise business(f"Kan niet verwijderen: In gebruik: {where.rpartition('/')[2]}")
