"""The lines of a work order as lines of an Exact document: which item, how many, which price, which VAT. Pure.

Materials first, then worked hours. Hidden lines are left out. Exact has no lines without an item (section 8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable
from shared.hours import billable_hours
from shared.mapping import Job
from shared.schemas.documents import HoursLine, MaterialLine, WorkOrder
from shared.schemas.money import line_total
from shared.vat import percentage_key

from . import odata
from .models import Item
from .settings import Settings

DESCRIPTION_LENGTH = 60
"""The one known length: an item's description (Exact fact sheet, section 8). Longer text goes to notes in full."""

WorkOrderJob = Job[WorkOrder, Settings]
Items = Mapping[str, Item]


@dataclass(frozen=True)
class Line:
    """One line. `code` is what the work order asked for, `item` what Exact has for it; `price` None: Exact decides."""

    code: str
    item: Item
    quantity: Decimal
    price: Decimal | None
    discount_percentage: Decimal
    vat_code: str
    text: str

    @property
    def total(self) -> Decimal | None:
        """Excluding VAT, in cents; None when Exact decides the price."""
        if self.price is None:
            return None
        return line_total(self.quantity, self.price, self.discount_percentage)

    @property
    def body(self) -> dict[str, Any]:
        """As Exact wants it, in sales orders and sales invoices alike."""
        return {
            "Item": self.item.ID,
            "Quantity": odata.number(self.quantity),
            **self._price,
            # Always sent: an item without a VAT code makes a line without VAT, and no error (section 10). Padded to 3.
            "VATCode": self.vat_code.ljust(3),
            "Description": clipped(self.text),
            **({"Notes": self.text} if clipped(self.text) != self.text else {}),
        }

    @property
    def _price(self) -> dict[str, float]:
        if not self.discount_percentage:
            return {} if self.price is None else {"NetPrice": odata.number(self.price)}
        # A fraction, where the header's discount is a percentage (section 8). Exact takes it off the unit price.
        discount = {"Discount": odata.number(self.discount_percentage / 100)}
        return discount if self.price is None else {"UnitPrice": odata.number(self.price)} | discount


def clipped(text: str) -> str:
    """The text as a description: on one line, and no longer than descriptions surely are."""
    return " ".join(text.split())[:DESCRIPTION_LENGTH].rstrip()


def item_codes(job: WorkOrderJob) -> set[str]:
    """The codes of all items the mapping may need."""
    settings = job.settings
    materials = {line.code for line in _materials(job.document)}
    hours = {line.hour_type for line in _hours(job.document)}
    return {code for code in materials | hours | {settings.default_hour_type, settings.fallback_item} if code}


def lines(job: WorkOrderJob, items: Items) -> list[Line]:
    """All lines to bill, none with a quantity of zero. Raises `Unmappable` for what a setting has to decide."""
    return [line for line in (*_material_lines(job, items), *_hour_lines(job, items)) if line.quantity]


def vat_code(code: str | None, item: Item, percentage: Decimal | None, job: WorkOrderJob) -> str:
    """The VAT code of a line: the line's own, the item's, the one for the percentage, the user's default, else wait."""
    settings = job.settings
    mapped = None if percentage is None else settings.vat_codes.get(percentage_key(percentage))
    found = code or item.SalesVatCode or mapped or settings.vat_default
    if found:
        return found
    missing = "without a VAT percentage" if percentage is None else f"with {percentage_key(percentage)} % VAT"
    raise Unmappable(
        "vat_codes",
        f"Item {item.Code} on work order {job.document.number}, {missing}, has no VAT code. "
        "Choose one in the settings.",
    )


def _materials(order: WorkOrder) -> list[MaterialLine]:
    return [line for line in order.materials if not line.hidden]


def _hours(order: WorkOrder) -> list[HoursLine]:
    return [line for line in order.hours if not line.hidden]


def _material_lines(job: WorkOrderJob, items: Items) -> Iterator[Line]:
    for line in _materials(job.document):
        item = _item(line.code, job, items)
        yield Line(
            code=line.code,
            item=item,
            quantity=line.quantity,
            price=line.unit_price,
            discount_percentage=line.discount_percentage,
            vat_code=vat_code(line.vat_code, item, line.vat_percentage, job),
            text=line.description or item.Description or line.code,
        )


def _hour_lines(job: WorkOrderJob, items: Items) -> Iterator[Line]:
    worked = _hours(job.document)
    for line, hours in zip(worked, _billable(worked, job), strict=True):
        code, item = _hour_item(line, job, items)
        yield Line(
            code=code,
            item=item,
            quantity=hours,
            price=_hour_price(line, item, job),
            discount_percentage=Decimal(0),
            vat_code=vat_code(None, item, line.vat_percentage, job),
            text=line.remark or item.Description or code,
        )


def _billable(worked: list[HoursLine], job: WorkOrderJob) -> tuple[Decimal, ...]:
    """The hours of each line; the work order's own minimum and rounding win over the settings."""
    order, settings = job.document, job.settings
    return billable_hours(
        [line.minutes for line in worked],
        minimum_hours=settings.minimum_hours if order.minimum_hours is None else order.minimum_hours,
        rounding_minutes=settings.rounding_minutes if order.rounding_minutes is None else order.rounding_minutes,
    )


def _hour_item(line: HoursLine, job: WorkOrderJob, items: Items) -> tuple[str, Item]:
    if line.hour_type:
        return line.hour_type, _item(line.hour_type, job, items)
    default = job.settings.default_hour_type
    if default is None:
        raise Unmappable(
            "default_hour_type",
            f"Hours on work order {job.document.number} have no hour type. Choose an item for them in the settings.",
        )
    if default not in items:
        raise Unmappable(
            "default_hour_type", f"Item {default}, chosen for hours, is not in Exact Online. Choose another."
        )
    return default, items[default]


def _hour_price(line: HoursLine, item: Item, job: WorkOrderJob) -> Decimal:
    prices = (line.unit_price, item.StandardSalesPrice, job.settings.hour_price)
    price = next((price for price in prices if price is not None), None)
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on work order {job.document.number} have no price, and item {item.Code} has none in Exact Online. "
            "Set an hour price in the settings.",
        )
    return price


def _item(code: str, job: WorkOrderJob, items: Items) -> Item:
    if code in items:
        return items[code]
    fallback = job.settings.fallback_item
    if fallback is None:
        raise Unmappable(
            "fallback_item",
            f"Item {code} on work order {job.document.number} is not in Exact Online. Add it there and send the work "
            "order again, or choose an item for unknown codes in the settings.",
        )
    if fallback not in items:
        raise Unmappable(
            "fallback_item", f"Item {fallback}, chosen for unknown codes, is not in Exact Online. Choose another."
        )
    return items[fallback]
