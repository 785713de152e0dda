"""Prices, VAT and totals, to the cent (Exact fact sheet, section 8).

What the sheet leaves open is decided here: VAT is rounded on each line; a header's `Discount` is a percentage off every
line, before VAT; orders and invoices in a foreign currency are valued at the administration's own rate of the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from .columns import Row
from .kinds import ACCOUNTS, COST_CENTERS, COST_UNITS, GL_ACCOUNTS, ITEM_GROUPS, ITEMS, VAT_CODES
from .refusals import bad_reference
from .store import Division

CENT, NOTHING = Decimal("0.01"), Decimal(0)
RATES: Mapping[str, Decimal] = {
    "EUR": Decimal(1), "USD": Decimal("0.8637"), "GBP": Decimal("1.1418"), "CHF": Decimal("1.0724"),
    "DKK": Decimal("0.1339"), "SEK": Decimal("0.0911"), "PLN": Decimal("0.2354"),
}  # fmt: skip
"""Euros for one unit of a currency."""


def cents(amount: Decimal) -> Decimal:
    """Rounded to whole cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def vat(division: Division, code: str | None) -> Row | None:
    """The VAT code's row; None without a code. A `Refusal` (500) for one that is not there."""
    return _known(division, VAT_CODES, code, "Btw-code")


def rate(currency: str) -> Decimal:
    """The administration's rate; a `Refusal` (500) for a currency it does not have."""
    if currency not in RATES:
        raise bad_reference("Valuta")
    return RATES[currency]


def sales_line(division: Division, row: Row, header: Row) -> None:
    """Price, VAT and amounts of a line. Without a VAT code anywhere the line has no VAT, and nobody says so."""
    article = division.tables[ITEMS].rows[row["Item"]]
    row["Quantity"] = Decimal(1) if row.get("Quantity") is None else row["Quantity"]
    customer = division.tables[ACCOUNTS].rows[header["OrderedBy"]]
    row["VATCode"] = row.get("VATCode") or article.get("SalesVatCode") or customer.get("SalesVATCode")
    code = vat(division, row["VATCode"])
    _check_cost(division, row)
    row["Description"] = row.get("Description") or article["Description"]
    row["UnitCode"] = row.get("UnitCode") or article.get("Unit")
    row.update(ItemCode=article["Code"], ItemDescription=article["Description"])
    row["GLAccount"] = row.get("GLAccount") or article.get("GLRevenue") or _group_revenue(division, article)
    _price(row, article)
    row["AmountFC"], _ = _split(row["Quantity"] * row["NetPrice"], code)
    left = 1 - (header.get("Discount") or NOTHING) / 100
    _settle(row, header, code, *_split(row["Quantity"] * row["NetPrice"] * left, code))


def entry_line(division: Division, row: Row, header: Row) -> None:
    """Amounts of a booking line: only `AmountFC` counts, without it the line books nothing."""
    ledger = division.tables[GL_ACCOUNTS].rows[row["GLAccount"]]
    row["GLAccountCode"] = ledger["Code"]
    row["VATCode"] = row.get("VATCode") or ledger.get("VATCode")
    code = vat(division, row["VATCode"])
    _check_cost(division, row)
    if row.get("AmountFC") != row.get("Net"):
        row["Entered"] = row["AmountFC"]
    net, tax = _split(row.get("Entered") or NOTHING, code)
    own = row.get("VATAmountFC") if row.get("VATAmountFC") != row.get("Computed") else None
    row.update(AmountFC=net, Computed=tax)
    _settle(row, header, code, net, tax if own is None else cents(own))


def total(header: Row, lines: Sequence[Row]) -> None:
    """The header's amounts: the sum of its lines' cents."""
    net, tax = (sum((row[name] for row in lines), NOTHING) for name in ("Net", "VATAmountFC"))
    home, home_tax = (sum((row[name] for row in lines), NOTHING) for name in ("NetDC", "VATAmountDC"))
    header.update(AmountFCExclVat=net, AmountFC=net + tax, AmountDC=home + home_tax)
    header.update(VATAmountFC=tax, VATAmountDC=home_tax)
    header["AmountDiscount"] = sum((row["AmountFC"] for row in lines), NOTHING) - net


def _settle(row: Row, header: Row, code: Row | None, net: Decimal, tax: Decimal) -> None:
    # `Net` and `NetDC` are what the books take of the line: after the header's discount, excluding VAT.
    row.update(Net=net, NetDC=cents(net * header["Rate"]), AmountDC=cents(row["AmountFC"] * header["Rate"]))
    row.update(VATAmount=tax, VATAmountFC=tax, VATAmountDC=cents(tax * header["Rate"]))
    row["VATPercentage"] = code["Percentage"] if code else None


def _known(division: Division, path: str, code: str | None, label: str) -> Row | None:
    found = division.by_code(path, code)
    if code and found is None:
        raise bad_reference(label)
    return found


def _check_cost(division: Division, row: Row) -> None:
    _known(division, COST_CENTERS, row.get("CostCenter"), "Kostenplaats")
    _known(division, COST_UNITS, row.get("CostUnit"), "Kostendrager")


def _group_revenue(division: Division, article: Row) -> str:
    groups = division.tables[ITEM_GROUPS]
    group = groups.rows.get(article.get("ItemGroup")) or next(row for row in groups.rows.values() if row["IsDefault"])
    return str(group["GLRevenue"])


def _price(row: Row, article: Row) -> None:
    quantity, amount = row["Quantity"], row.pop("AmountFC", None)
    if row.get("NetPrice") is None and row.get("UnitPrice") is None and amount is not None and quantity:
        row["NetPrice"] = amount / quantity
    if row.get("NetPrice") is None:
        unit = row["UnitPrice"] if row.get("UnitPrice") is not None else article.get("StandardSalesPrice") or NOTHING
        row["NetPrice"] = unit * (1 - (row.get("Discount") or NOTHING))
    if row.get("UnitPrice") is None:
        row["UnitPrice"] = row["NetPrice"]


def _split(amount: Decimal, code: Row | None) -> tuple[Decimal, Decimal]:
    """Amount excluding VAT and the VAT, each in whole cents; a code of type `I` has prices including VAT."""
    if code is None or code["Type"] == "N":
        return cents(amount), NOTHING
    if code["Type"] == "I":
        net = cents(amount / (1 + code["Percentage"]))
        return net, cents(amount) - net
    return cents(amount), cents(cents(amount) * code["Percentage"])
