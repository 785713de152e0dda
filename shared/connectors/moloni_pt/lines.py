"""The lines of a work order: materials, then hours; and what Moloni makes of all of them. Pure (section 4.3)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.billed import materials, worked
from shared.errors import Rejected, Unmappable, Unsupported
from shared.schemas.documents import HoursLine, MaterialLine
from shared.schemas.money import json_number, line_total, to_cents

from .gathered import Gathered, WorkOrderJob, hour_product
from .models import Product
from .vat_codes import NOTHING, Asked, Vat, code_of, decided


@dataclass(frozen=True)
class Line:
    """One line. `code` is how the platform names it; `known` False: another product stands in for it."""

    product: Product
    text: str
    quantity: Decimal
    price: Decimal
    vat: Vat
    code: str
    discount: Decimal = NOTHING
    known: bool = True

    @property
    def total(self) -> Decimal:
        """Excluding VAT, in cents."""
        return line_total(self.quantity, self.price, self.discount)

    def body(self, place: int) -> dict[str, Any]:
        """As Moloni wants it."""
        return {
            "product_id": self.product.product_id,
            "name": self.text,
            "qty": number(self.quantity, f"The quantity of {self.code}"),
            "price": number(self.price, f"The price of {self.code}"),
            "discount": number(self.discount, f"The discount of {self.code}"),
            "order": place,
            **self.vat.body,
        }


def lines_of(job: WorkOrderJob, gathered: Gathered) -> list[Line]:
    """All lines to bill. Raises `Unsupported` when there are none."""
    lines = [*_material_lines(job, gathered), *_hour_lines(job, gathered)]
    if not lines:
        raise Unsupported(f"Work order {job.document.number} has no lines to bill, so there is no document to make.")
    return lines


def total_of(lines: Sequence[Line]) -> Decimal:
    """The sum of the lines, excluding VAT."""
    return sum((line.total for line in lines), NOTHING)


def total_with_vat(lines: Sequence[Line]) -> Decimal:
    """What is to be paid: the VAT of each rate is computed on the sum of its lines, and rounded then."""
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        nets[line.vat.percentage] += line.total
    return total_of(lines) + sum((to_cents(net * rate / 100) for rate, net in nets.items()), NOTHING)


def number(amount: Decimal, what: str) -> float:
    """A number for a body; `Unsupported` when a JSON number cannot hold it exactly."""
    double = json_number(amount)
    if double is None:
        raise Unsupported(f"{what} is {amount.normalize():f}, and has too many digits. Correct it on the platform.")
    return double


def _material_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    for used in materials(job.document):
        what = f"Item {used.code} on work order {job.document.number}"
        known = gathered.product(used.code)
        product = known or _stand_in(used, job, gathered, what)
        yield Line(
            product=product,
            text=used.description or (known.name if known else used.code),
            quantity=used.quantity,
            price=_material_price(used, known, what),
            vat=decided(job, gathered.taxes, _asked(used, known, product, job, what)),
            code=used.code,
            discount=used.discount_percentage,
            known=known is not None,
        )


def _asked(used: MaterialLine, known: Product | None, product: Product, job: WorkOrderJob, what: str) -> Asked:
    """The VAT of a product that stands in counts only where the line itself says nothing."""
    own = product if known or used.vat_percentage is None else None
    customer = job.document.invoice_customer
    return Asked(what, customer, used.vat_percentage, used.vat_code, code_of(own) if own else None)


def _stand_in(used: MaterialLine, job: WorkOrderJob, gathered: Gathered, what: str) -> Product:
    """Moloni has no lines without a product."""
    chosen = job.settings.default_product
    found = gathered.product(chosen)
    if found is None:
        why = f"Product {chosen}, chosen to stand in, is not there either" if chosen else "No product is chosen"
        raise Unmappable(
            "default_product",
            f"{what} is not in Moloni. {why}. Add a product with reference {used.code}, or choose in the settings "
            "which one stands in for it.",
        )
    return found


def _material_price(used: MaterialLine, product: Product | None, what: str) -> Decimal:
    price = used.unit_price if used.unit_price is not None else (product.price if product else None)
    if price is None:
        raise Rejected(f"{what} has no price, and none in Moloni. Give it one, and send the work order again.")
    return price


def _hour_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours."""
    order = job.document
    for period, quantity in worked(order, job.settings):
        product = _hour_product(period, job, gathered)
        what = f"Item {product.reference} on work order {order.number}"
        asked = Asked(what, order.invoice_customer, period.vat_percentage, own=code_of(product))
        yield Line(
            product=product,
            text=period.remark or product.name,
            quantity=quantity,
            price=_hour_price(period, product, job),
            vat=decided(job, gathered.taxes, asked),
            code=product.reference or product.name,
        )


def _hour_product(period: HoursLine, job: WorkOrderJob, gathered: Gathered) -> Product:
    on, reference = f"on work order {job.document.number}", hour_product(period.hour_type, job.settings)
    if reference is None:
        raise Unmappable(
            "default_hour_type", f"Hours {on} have no hour type. Choose a product for them in the settings."
        )
    product = gathered.product(reference)
    if product is None and period.hour_type:
        # Hours at the wrong price are worse than hours that wait.
        raise Unmappable(
            "hour_types",
            f"Hour type {period.hour_type} {on} is not in Moloni (product {reference}). Choose a product for it in the "
            "settings.",
            key=period.hour_type,
        )
    if product is None:
        raise Unmappable(
            "default_hour_type", f"Product {reference}, chosen for hours, is not in Moloni. Choose another."
        )
    return product


def _hour_price(period: HoursLine, product: Product, job: WorkOrderJob) -> Decimal:
    prices = (period.unit_price, product.price, job.settings.hour_price)
    price = next((price for price in prices if price is not None), None)
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on work order {job.document.number} have no price, and product {product.reference} has none in "
            "Moloni. Set an hour price in the settings.",
        )
    return price
