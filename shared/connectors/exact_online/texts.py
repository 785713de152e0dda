"""The texts of a work order: in the header of its document, or on a line of their own. Pure; no text is lost."""

from collections.abc import Iterator
from decimal import Decimal

from shared.billed import hours, materials
from shared.schemas.documents import WorkOrder

from .gathered import Gathered, WorkOrderJob, chosen_item
from .lines import DESCRIPTION_LENGTH, NOTHING, Line, clipped, line, on_one_line
from .models import BilledItem


def header_texts(job: WorkOrderJob) -> dict[str, str]:
    """`Description` and `Remarks` of the header; what is empty is not there."""
    order, texts = job.document, _texts(job.document)
    title = clipped(texts[0] if texts else order.number)
    match job.settings.texts_as:
        case "notes":
            return _filled(title, [text for text in texts if text != title])
        case "description":
            return _filled(*_as_description(texts, order.number))
        case "item":
            return _filled(title, [])


def text_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """The line that carries the texts, if the user wants one and there are any: one piece, for nothing."""
    texts = _texts(job.document)
    if job.settings.texts_as == "item" and texts:
        yield line(
            job,
            _item(job, gathered),
            quantity=Decimal(1),
            price=NOTHING,
            percentage=_percentage(job.document),
            text="\n\n".join(texts),
        )


def _as_description(texts: list[str], number: str) -> tuple[str, list[str]]:
    """All in one line; where that is too long, as much as fits, and all of it in the remarks."""
    all_in_one = on_one_line(" - ".join(texts)) or number
    return clipped(all_in_one), texts if len(all_in_one) > DESCRIPTION_LENGTH else []


def _filled(description: str, remarks: list[str]) -> dict[str, str]:
    return {"Description": description} | ({"Remarks": "\n\n".join(remarks)} if remarks else {})


def _texts(order: WorkOrder) -> list[str]:
    return [text.strip() for text in (order.short_description, order.description) if text.strip()]


def _percentage(order: WorkOrder) -> Decimal | None:
    """The VAT of the work: a line that costs nothing must not be taxed otherwise than the others."""
    stated = [used.vat_percentage for used in materials(order)] + [period.vat_percentage for period in hours(order)]
    return next((percentage for percentage in stated if percentage is not None), None)


def _item(job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    return chosen_item(
        gathered,
        "text_item",
        job.settings.text_item,
        purpose="texts",
        unset="The texts of work orders get a line of their own: choose an item for that in the settings.",
    )
