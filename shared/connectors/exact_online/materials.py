"""Used materials as lines, and the items that are made for them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.billed import materials
from shared.errors import Unmappable
from shared.schemas.documents import MaterialLine
from shared.vat import percentage_key

from .gathered import Gathered, WorkOrderJob, chosen_item, missing_items
from .lines import Line, clipped, line, regime
from .models import BilledItem


@dataclass(frozen=True)
class NewItem:
    """An item that Exact does not have yet. `group` is the id of its item group; None: Exact's own default."""

    code: str
    description: str
    unit: str | None
    vat_code: str | None
    group: str | None


def material_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each material. Raises `Unmappable` for items that are not there and may not be made."""
    for used in materials(job.document):
        yield line(
            job,
            item_of(used, job, gathered),
            code=used.code,
            quantity=used.quantity,
            price=used.unit_price,
            discount=used.discount_percentage,
            percentage=used.vat_percentage,
            own_vat_code=used.vat_code,
            own_ledger=used.ledger,
            text=used.description,
        )


def new_items(job: WorkOrderJob, gathered: Gathered) -> list[NewItem]:
    """The items to be made for a work order, if the user wants that."""
    if not job.settings.create_products:
        return []
    return [_new_item(used, job, gathered) for used in missing_items(job, gathered.items)]


def item_of(used: MaterialLine, job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    """The item of a used material: the one of that code, else one that is made, else the one chosen for others."""
    if used.code in gathered.items:
        return gathered.items[used.code]
    return _made(used, job, gathered) if job.settings.create_products else _fallback(used.code, job, gathered)


def _made(used: MaterialLine, job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    """The item as it is once it has been made. It has no price of its own: Exact's API cannot set one (section 8)."""
    if used.unit_price is None:
        raise Unmappable(
            "create_products",
            f"Item {used.code} on work order {job.document.number} has no price, and is not in Exact Online. Add it "
            "there with a price and send the work order again.",
        )
    new = _new_item(used, job, gathered)
    id = job.ensured[f"product:{new.code}"]
    return BilledItem(ID=id, Code=new.code, Description=new.description, SalesVatCode=new.vat_code)


def _new_item(used: MaterialLine, job: WorkOrderJob, gathered: Gathered) -> NewItem:
    chosen = job.settings.new_product_category
    if chosen and gathered.item_group is None:
        raise Unmappable(
            "new_product_category",
            f"Item group {chosen}, chosen for new items, is not in Exact Online. Choose another.",
        )
    return NewItem(
        code=used.code,
        description=clipped(used.description) or used.code,
        unit=used.unit,
        vat_code=_vat_code(used, job),
        group=gathered.item_group,
    )


def _vat_code(used: MaterialLine, job: WorkOrderJob) -> str | None:
    """The VAT code for everybody who will buy it: a customer without VAT says nothing about that."""
    if regime(job, used.vat_percentage) != "domestic":
        return None
    mapped = None if used.vat_percentage is None else percentage_key(used.vat_percentage)
    return used.vat_code or job.settings.vat_codes.get(mapped or "")


def _fallback(code: str, job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    return chosen_item(
        gathered,
        "fallback_item",
        job.settings.fallback_item,
        purpose="unknown codes",
        unset=f"Item {code} on work order {job.document.number} is not in Exact Online. Add it there and send the work "
        "order again, or choose an item for unknown codes in the settings.",
    )
