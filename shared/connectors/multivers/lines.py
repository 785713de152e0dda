"""A line of an order: how many, at which price, with which VAT. Pure (Multivers fact sheet, section 4.5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from shared.errors import Rejected, Unmappable
from shared.schemas.documents import VatRegime
from shared.schemas.money import line_total, to_cents
from shared.vat import VatCode, check, choose, regime_of

from .forms import dutch, filled, number
from .gathered import BillJob, Gathered, named, payer
from .models import Product

NOTHING = Decimal(0)
GOODS, AMOUNT, TEXT, STOCK = 0, 1, 3, 4
"""`orderLineType`: a product that is not kept in stock, a line without a product, text alone, a product in stock."""

DESCRIPTION, PRODUCT, UNIT, ACCOUNT = 254, 14, 6, 8
"""The longest texts that fit."""

_STOCK_PRODUCT = 2


@dataclass(frozen=True)
class Line:
    """One line. `price` and `total` exclude VAT; `discount` is a percentage. `kind` is Multivers' type of line."""

    kind: int
    text: str
    quantity: Decimal = NOTHING
    price: Decimal = NOTHING
    discount: Decimal = NOTHING
    vat: VatCode | None = None
    product: str | None = None
    unit: str | None = None
    account: str | None = None

    @property
    def total(self) -> Decimal:
        """In cents."""
        return line_total(self.quantity, self.price, self.discount)

    def reversed(self) -> "Line":
        """The same line taken back."""
        return replace(self, quantity=-self.quantity)

    def body(self, day: date, cost_centre: str | None) -> dict[str, Any]:
        """As Multivers wants it: what was ordered is delivered, and the price is ours (section 4.5)."""
        if self.kind == TEXT:
            return {"orderLineType": TEXT, "description": self.text}
        what = f"The {{}} of {self.product or self.text!r}"
        quantity = number(self.quantity, what.format("quantity"))
        body = {
            "orderLineType": self.kind,
            "productId": self.product,
            "description": self.text[:DESCRIPTION],
            "unit": self.unit if self.unit and len(self.unit) <= UNIT else None,
            "quantityOrdered": quantity,
            "quantityDelivered": quantity,
            "price": number(self.price, what.format("price")),
            "pricePer": 1,
            "autoCalculatePrice": False,
            # A fraction: 0.05 is 5 %.
            "discount": number(self.discount / 100, what.format("discount")),
            "vatCodeId": int(self.vat.code) if self.vat else None,
            "accountId": self.account,
            "costCentreId": cost_centre,
            "deliveryDate": dutch(day),
        }
        return filled(body)


def text_lines(text: str) -> list[Line]:
    """Lines of text alone, each as long as fits; nothing is lost."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    return [Line(TEXT, row[at : at + DESCRIPTION]) for row in rows for at in range(0, len(row), DESCRIPTION)]


def line(
    job: BillJob,
    gathered: Gathered,
    product: Product | None,
    *,
    code: str | None,
    text: str,
    quantity: Decimal,
    price: Decimal,
    percentage: Decimal | None,
    discount: Decimal = NOTHING,
    own_vat_code: str | None = None,
    own_ledger: str | None = None,
    unit: str | None = None,
) -> Line:
    """A line with VAT code and account decided. One that is no product of Multivers needs an account.

    Raises as `shared/vat.py`; `Unmappable` for a missing account, `Rejected` for one that is too long.
    """
    what = f"{f'Item {code}' if code else text or 'A line'} on {named(job)}"
    known = product.description or product.product_id if product else None
    return Line(
        kind=_kind(product),
        text=text or known or code or "-",
        quantity=quantity,
        price=price,
        discount=discount,
        vat=_vat(job, gathered, product, percentage, own_vat_code, what),
        product=product.product_id if product else None,
        unit=unit or (product.unit if product else None),
        account=_account(job, product, own_ledger, what),
    )


def _kind(product: Product | None) -> int:
    if product is None:
        return AMOUNT
    return STOCK if product.product_type == _STOCK_PRODUCT else GOODS


def _account(job: BillJob, product: Product | None, own: str | None, what: str) -> str | None:
    """The line's own; a product has its own in Multivers; anything else needs the chosen one."""
    found = own or (None if product else job.settings.ledger)
    if found is None and product is None:
        raise Unmappable("ledger", f"{what} is no product of Multivers and has no account. Choose one in the settings.")
    if found and len(found) > ACCOUNT:
        raise Rejected(f"{what}: account {found} is longer than the {ACCOUNT} characters of an account in Multivers.")
    return found


def regime(job: BillJob, percentage: Decimal | None) -> VatRegime:
    """How a line is taxed."""
    return regime_of(payer(job.document), job.administration, percentage)


def _vat(
    job: BillJob, gathered: Gathered, product: Product | None, percentage: Decimal | None, own: str | None, what: str
) -> VatCode:
    how = regime(job, percentage)
    chosen = choose(
        regime=how,
        given=own,
        product=product.vat_code_id if product else None,
        percentage=percentage,
        settings=job.settings,
        what=what,
    )
    code = gathered.vat_codes.get(chosen.code)
    # With reverse charge the order says so itself, whatever the percentage of its code (section 4.5, chargeVatType).
    wanted = {"domestic": percentage, "reverse_charge": None}.get(how, NOTHING)
    check(chosen, code, wanted, what)
    assert code is not None, "checked"
    return code


def total_of(lines: Sequence[Line]) -> Decimal:
    """The sum of the lines, excluding VAT."""
    return sum((one.total for one in lines), NOTHING)


def vat_of(lines: Sequence[Line]) -> Decimal:
    """The VAT that Multivers computes: of each code on the sum of its lines."""
    nets: defaultdict[VatCode, Decimal] = defaultdict(Decimal)
    for one in lines:
        if one.vat:
            nets[one.vat] += one.total
    return sum((to_cents(net * (code.percentage or NOTHING) / 100) for code, net in nets.items()), NOTHING)
