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
    """One line for each material. `Rejected` for one that has no price anywhere."""
    order = job.document
    for used in materials(order):
        product = gathered.product(used.code)
        what = f"Item {used.code} on work order {order.number}"
        how = Vat(order.invoice_customer, used.vat_percentage, used.vat_code)
        code, percentage = decided(job, how, product, what)
        yield Line(
            text=used.description or (product and product.Description) or used.code,
            quantity=used.quantity,
            price=_material_price(used, product, what),
            percentage=percentage,
            vat_code=code,
            discount=used.discount_percentage,
            code=used.code,
            product=product,
            unit=used.unit,
            ledger=used.ledger,
        )


def _material_price(used: MaterialLine, product: Product | None, what: str) -> Decimal:
    price = used.unit_price if used.unit_price is not None else (product.AmountExcl if product else None)
    if price is None:
        raise Rejected(f"{what} has no price, and none in Billit. Give it one, and send the work order again.")
    return price


def hour_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours. Raises `Unmappable` for what a setting has to decide."""
    order = job.document
    for period, quantity in worked(order, job.settings):
        product = _product(period, job, gathered)
        what = f"Item {product.Reference} on work order {order.number}"
        code, percentage = decided(job, Vat(order.invoice_customer, period.vat_percentage), product, what)
        yield Line(
            text=period.remark or product.Description or product.Reference or "",
            quantity=quantity,
            price=_price(period, product, job),
            percentage=percentage,
            vat_code=code,
            code=product.Reference,
            product=product,
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
            f"Hour type {period.hour_type} on work order {number} is not in Billit (product {reference}). Choose a "
            "product for it in the settings.",
            key=period.hour_type,
        )
    if product is None:
        raise Unmappable(
            "default_hour_type", f"Product {reference}, chosen for hours, is not in Billit. Choose another."
        )
    return product


def _price(period: HoursLine, product: Product, job: WorkOrderJob) -> Decimal:
    prices = (period.unit_price, product.AmountExcl, job.settings.hour_price)
    price = next((price for price in prices if price is not None), None)
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on work order {job.document.number} have no price, and product {product.Reference} has none in "
            "Billit. Set an hour price in the settings.",
        )
    return price
