"""The lines of a work order: materials, then hours. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from shared.billed import materials, worked
from shared.errors import Rejected, Unmappable
from shared.schemas.documents import HoursLine, MaterialLine

from .gathered import Gathered, WorkOrderJob, hour_product
from .lines import Line, Vat, decided
from .models import Product


def material_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each material. Raises `Unmappable` for one without a product, `Rejected` for one without a price."""
    order = job.document
    for used in materials(order):
        what = f"Item {used.code} on work order {order.number}"
        own = gathered.product(used.code)
        product = own or _fallback(job, gathered, what)
        how = Vat(order.invoice_customer, used.vat_percentage, used.vat_code)
        yield Line(
            product=product,
            text=used.description or (own.name if own else used.code),
            quantity=used.quantity,
            price=_material_price(used, own, what),
            taxed=decided(job, how, product, gathered, what),
            discount=used.discount_percentage,
        )


def _fallback(job: WorkOrderJob, gathered: Gathered, what: str) -> Product:
    reference = job.settings.default_product
    product = gathered.product(reference)
    if product is None:
        why = f", and product {reference}, chosen for such lines, neither" if reference else ""
        raise Unmappable(
            "default_product",
            f"{what} is not in Moloni{why}. Add it there, or choose a product for other materials in the settings.",
        )
    return product


def _material_price(used: MaterialLine, product: Product | None, what: str) -> Decimal:
    """The work order's, else its own product's: never that of a product that only stands in for it."""
    price = used.unit_price if used.unit_price is not None else (product.price if product else None)
    if price is None:
        raise Rejected(f"{what} has no price, and none in Moloni. Give it one, and send the work order again.")
    return price


def hour_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours. Raises `Unmappable` for what a setting has to decide."""
    order = job.document
    for period, quantity in worked(order, job.settings):
        product = _product(period, job, gathered)
        what = f"Item {product.reference} on work order {order.number}"
        yield Line(
            product=product,
            text=period.remark or product.name,
            quantity=quantity,
            price=_price(period, product, job),
            taxed=decided(job, Vat(order.invoice_customer, period.vat_percentage), product, gathered, what),
        )


def _product(period: HoursLine, job: WorkOrderJob, gathered: Gathered) -> Product:
    number, reference = job.document.number, hour_product(period.hour_type, job.settings)
    if reference is None:
        raise Unmappable(
            "default_hour_type",
            f"Hours on work order {number} have no hour type. Choose a product for them in the settings.",
        )
    product = gathered.product(reference)
    if product is None and period.hour_type:
        # Hours at the wrong price are worse than hours that wait.
        raise Unmappable(
            "hour_types",
            f"Hour type {period.hour_type} on work order {number} is not in Moloni (product {reference}). Choose a "
            "product for it in the settings.",
            key=period.hour_type,
        )
    if product is None:
        raise Unmappable(
            "default_hour_type", f"Product {reference}, chosen for hours, is not in Moloni. Choose another."
        )
    return product


def _price(period: HoursLine, product: Product, job: WorkOrderJob) -> Decimal:
    """The work order's, the product's unless that is zero, the chosen one."""
    prices = (period.unit_price, product.price or None, job.settings.hour_price)
    price = next((price for price in prices if price is not None), None)
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on work order {job.document.number} have no price, and product {product.reference} has none in "
            "Moloni. Set an hour price in the settings.",
        )
    return price
