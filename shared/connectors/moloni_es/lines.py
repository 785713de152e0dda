"""A line of a document: which product, how many, at which price, with which tax. Pure (fact sheet, section 4.1)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.schemas.documents import Customer
from shared.schemas.money import line_total
from shared.vat import VatCode, check, choose, regime_of

from .amounts import number
from .gathered import Gathered, WorkOrderJob
from .models import Product, Tax

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Taxed:
    """What is charged on a line: a tax, a reason why nothing is, or a tax of 0 % with its reason."""

    tax: int | None = None
    percentage: Decimal = NOTHING
    reason: str | None = None


@dataclass(frozen=True)
class Line:
    """One line; every line names a product (section 4.1)."""

    product: Product
    text: str
    quantity: Decimal
    price: Decimal
    taxed: Taxed
    discount: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        """Excluding VAT, in cents."""
        return line_total(self.quantity, self.price, self.discount)

    def body(self, place: int) -> dict[str, Any]:
        """As Moloni wants it; `place` is 1 for the first."""
        what = f"The {{}} of {self.text!r}"
        line: dict[str, Any] = {
            "productId": self.product.productId,
            "ordering": place,
            "qty": number(self.quantity, what.format("quantity")),
            "price": number(self.price, what.format("price")),
            "name": self.text,
            "discount": number(self.discount, what.format("discount")),
        }
        return line | self._tax(what)

    def _tax(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.taxed.tax is not None:
            value = number(self.taxed.percentage, what.format("VAT percentage"))
            found["taxes"] = [{"taxId": self.taxed.tax, "value": value, "ordering": 1, "cumulative": False}]
        if self.taxed.reason is not None:
            found["exemptionReason"] = self.taxed.reason
        return found


@dataclass(frozen=True)
class Vat:
    """How a line is taxed: the percentage it states, if any, and its own VAT code."""

    customer: Customer
    percentage: Decimal | None
    given: str | None = None


def decided(job: WorkOrderJob, how: Vat, product: Product, gathered: Gathered, what: str) -> Taxed:
    """What is charged on a line. Raises as `shared/vat.py` does, and `Unmappable` for a reason that is missing."""
    regime = regime_of(how.customer, job.administration, how.percentage)
    chosen = choose(
        regime=regime,
        given=how.given,
        product=str(product.vat.taxId) if product.vat else None,
        percentage=how.percentage,
        settings=job.settings,
        what=what,
    )
    tax = gathered.tax(chosen.code)
    check(chosen, vat_code(chosen.code, tax), how.percentage if regime == "domestic" else NOTHING, what)
    if tax is None:
        return Taxed(reason=chosen.code)
    if not tax.value:
        return Taxed(tax.taxId, NOTHING, _reason(job, tax, what))
    return Taxed(tax.taxId, tax.value)


def vat_code(code: str, tax: Tax | None) -> VatCode | None:
    """A code in neutral terms: a tax by its id, or the reason why nothing is charged; None for an unknown tax."""
    if tax is not None:
        return VatCode(code, tax.name or code, tax.value if tax.is_vat else None, for_sales=tax.is_vat)
    return None if code.isdecimal() else VatCode(code, "exemption reason", NOTHING)


def total_of(lines: list[Line]) -> Decimal:
    """The sum of the lines, excluding VAT."""
    return sum((line.total for line in lines), NOTHING)


def _reason(job: WorkOrderJob, tax: Tax, what: str) -> str:
    """Without VAT, Moloni wants a reason (section 4.1)."""
    if job.settings.exemption_reason is None:
        raise Unmappable(
            "exemption_reason",
            f"{what} is charged nothing ({tax.name}), and Moloni wants a reason for that. Enter one in the settings.",
        )
    return job.settings.exemption_reason


def must_be_home_currency(currency: str, job: WorkOrderJob) -> None:
    """Raise `Unsupported` for another currency: at which rate Moloni would book it is not ours to choose."""
    if currency != job.administration.currency:
        raise Unsupported(
            f"Work order {job.document.number} is in {currency}, and the company's books are in "
            f"{job.administration.currency}. Make its document in Moloni by hand."
        )
