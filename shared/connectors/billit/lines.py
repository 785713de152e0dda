"""A line of an order: how many, at which price, with which VAT; and what Billit makes of all of them. Pure.

Lines need no product (Billit fact sheet, section 4.3, Minimal line); one that Billit knows is named all the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Unsupported
from shared.mapping import Job
from shared.schemas.documents import Customer, SourceDocument
from shared.schemas.money import line_total, to_cents
from shared.vat import check, choose, regime_of

from . import odata, ventilation
from .models import Product
from .settings import Settings

DESCRIPTION_LENGTH = 512
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One line. `code` is the reference it is known by, `vat_code` Billit's ventilation code."""

    text: str
    quantity: Decimal
    price: Decimal
    percentage: Decimal
    vat_code: str
    discount: Decimal = NOTHING
    code: str | None = None
    product: Product | None = None
    unit: str | None = None
    ledger: str | None = None

    @property
    def total(self) -> Decimal:
        """Excluding VAT, in cents."""
        return line_total(self.quantity, self.price, self.discount)

    @property
    def body(self) -> dict[str, Any]:
        """As Billit wants it."""
        what = f"The {{}} of {self.code or self.text!r}"
        body = {
            "Quantity": odata.number(self.quantity, what.format("quantity")),
            "UnitPriceExcl": odata.number(self.price, what.format("price")),
            "Description": self.text[:DESCRIPTION_LENGTH],
            # What does not fit stands there in full; nothing is lost.
            "DescriptionExtended": self.text if len(self.text) > DESCRIPTION_LENGTH else None,
            "Reference": self.code,
            "VATPercentage": odata.number(self.percentage, what.format("VAT percentage")),
            "ReductionPercentage": odata.number(self.discount, what.format("discount")) if self.discount else None,
            "ProductID": self.product.ProductID if self.product else None,
            "Unit": self.unit or (self.product.Unit if self.product else None),
            "AccountCode": self.ledger,
        }
        return odata.filled(body)


@dataclass(frozen=True)
class Vat:
    """How a line is taxed: the percentage it states, if any, and its own VAT code."""

    customer: Customer
    percentage: Decimal | None
    given: str | None = None


def decided(job: Job[SourceDocument, Settings], how: Vat, product: Product | None, what: str) -> tuple[str, Decimal]:
    """The VAT code of a line, and the percentage it charges. Raises as `shared/vat.py` does."""
    regime = regime_of(how.customer, job.administration, how.percentage)
    chosen = choose(
        regime=regime,
        given=how.given,
        product=ventilation.code_of(product.VAT) if product else None,
        percentage=how.percentage,
        settings=job.settings,
        what=what,
    )
    code = ventilation.vat_code(chosen.code, job.administration)
    check(chosen, code, how.percentage if regime == "domestic" else NOTHING, what)
    assert code is not None, "checked"
    if code.percentage is None:
        raise Unsupported(f"{what}: Billit's VAT code {code.code} has no known percentage outside Belgium.")
    return code.code, code.percentage


def reason(lines: Sequence[Line], what: str) -> str | None:
    """The code in the header: why nothing is charged, one for all lines. None: there is nothing to explain."""
    reasons = {line.vat_code for line in lines if line.vat_code in ventilation.REASONS}
    others = {line.vat_code for line in lines} - reasons
    if len(reasons) > 1 or (reasons and others):
        codes = ", ".join(sorted(reasons | others, key=int))
        raise Unsupported(
            f"{what} has lines with VAT codes {codes}, and Billit has one reason for 0 % for a whole document. Make it "
            "by hand, or as several documents."
        )
    return next(iter(reasons), None)


def vat_of(lines: Sequence[Line]) -> Decimal:
    """The VAT that Billit computes: by percentage, on the sum of its lines, rounded then (section 4.3, Totals)."""
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        nets[line.percentage] += line.total
    return sum((to_cents(net * percentage / 100) for percentage, net in nets.items()), NOTHING)


def total_of(lines: Sequence[Line]) -> Decimal:
    """The sum of the lines, excluding VAT."""
    return sum((line.total for line in lines), NOTHING)
