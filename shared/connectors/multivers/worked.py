"""The lines of a work order: texts, materials and worked hours. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from shared.billed import materials, worked
from shared.errors import Rejected, Unmappable, Unsupported
from shared.schemas.documents import HoursLine, MaterialLine

from .gathered import Gathered, WorkOrderJob, hour_product, named
from .imports import per_one
from .lines import Line, line, text_lines
from .models import Product


def lines(job: WorkOrderJob, gathered: Gathered) -> list[Line]:
    """What was used and worked, in the order the user chose; `Unsupported` when there is nothing."""
    used = [_material(one, job, gathered) for one in materials(job.document)]
    hours = list(_hours(job, gathered))
    found = [*hours, *used] if job.settings.line_order == "hours_first" else [*used, *hours]
    if not found:
        raise Unsupported(
            f"Work order {job.document.number} has no materials and no hours, so there is nothing to send."
        )
    return found


def texts(job: WorkOrderJob) -> list[Line]:
    """What was done, as the user wants it."""
    if job.settings.texts == "none":
        return []
    return [row for text in (job.document.short_description, job.document.description) for row in text_lines(text)]


def _material(used: MaterialLine, job: WorkOrderJob, gathered: Gathered) -> Line:
    """A material need not be a product: then its own words, price, VAT and account are all there is."""
    product = gathered.products.get(used.code)
    return line(
        job,
        gathered,
        product,
        code=used.code,
        text=used.description,
        quantity=used.quantity,
        price=_material_price(used, product, job),
        percentage=used.vat_percentage,
        discount=used.discount_percentage,
        own_vat_code=used.vat_code,
        own_ledger=used.ledger,
        unit=used.unit,
    )


def _material_price(used: MaterialLine, product: Product | None, job: WorkOrderJob) -> Decimal:
    price = used.unit_price if used.unit_price is not None else _price_of(product)
    if price is None:
        raise Rejected(
            f"Item {used.code} on {named(job)} has no price, and none in Multivers. Give it one, and send the work "
            "order again."
        )
    return price


def _price_of(product: Product | None) -> Decimal | None:
    return per_one(product.price, product.price_per) if product else None


def _hours(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours."""
    for period, quantity in worked(job.document, job.settings):
        product = _hour_product(period, job, gathered)
        yield line(
            job,
            gathered,
            product,
            code=product.product_id,
            text=period.remark,
            quantity=quantity,
            price=_hour_price(period, product, job),
            percentage=period.vat_percentage,
        )


def _hour_product(period: HoursLine, job: WorkOrderJob, gathered: Gathered) -> Product:
    """Order lines name products, and no labour categories (section 4.5): the user says which product stands for one."""
    id = hour_product(period.hour_type, job.settings)
    if product := gathered.products.get(id or ""):
        return product
    if period.hour_type:
        # Nothing else is taken for them: hours at the wrong price are worse than hours that wait.
        raise Unmappable(
            "hour_types",
            f"Hour type {period.hour_type} on {named(job)} is no product of Multivers ({id}). Choose a product for it "
            "in the settings.",
            key=period.hour_type,
        )
    if id:
        raise Unmappable("default_hour_type", f"Product {id}, chosen for hours, is not in Multivers. Choose another.")
    raise Unmappable(
        "default_hour_type", f"Hours on {named(job)} have no hour type. Choose a product for them in the settings."
    )


def _hour_price(period: HoursLine, product: Product, job: WorkOrderJob) -> Decimal:
    """Per hour: the work order's, the product's unless that is zero, the chosen one."""
    price = period.unit_price if period.unit_price is not None else _price_of(product) or None
    price = job.settings.hour_price if price is None else price
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on {named(job)} have no price, and product {product.product_id} has none in Multivers. Set an hour "
            "price in the settings.",
        )
    return price
