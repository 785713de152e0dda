"""Worked hours as lines: which item, how many, at which price. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from shared.billed import worked
from shared.errors import Unmappable
from shared.schemas.documents import HoursLine

from .gathered import Gathered, WorkOrderJob, chosen_item, hour_item
from .lines import NOTHING, Line, line
from .models import BilledItem


def hour_lines(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours. Raises `Unmappable` for what a setting has to decide."""
    for period, quantity in worked(job.document, job.settings):
        item = hour_item_of(period, job, gathered)
        yield line(
            job,
            item,
            quantity=quantity,
            price=_price(period, item, job),
            percentage=period.vat_percentage,
            text=period.remark,
        )


def hour_item_of(period: HoursLine, job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    """The item of a worked period: that of its hour type, else the chosen one."""
    if not period.hour_type:
        return _default_item(job, gathered)
    code = hour_item(period.hour_type, job.settings)
    if code not in gathered.items:
        # Not the item for unknown codes: hours at the wrong price are worse than hours that wait.
        raise Unmappable(
            "hour_types",
            f"Hour type {period.hour_type} on work order {job.document.number} is not in Exact Online (item {code}). "
            "Choose an item for it in the settings.",
            key=period.hour_type,
        )
    return gathered.items[code]


def _default_item(job: WorkOrderJob, gathered: Gathered) -> BilledItem:
    return chosen_item(
        gathered,
        "default_hour_type",
        job.settings.default_hour_type,
        purpose="hours",
        unset=f"Hours on work order {job.document.number} have no hour type. Choose an item for them in the settings.",
    )


def _price(period: HoursLine, item: BilledItem, job: WorkOrderJob) -> Decimal:
    """Per hour, excluding VAT. Hours that nobody is named for cannot have an employee's price: their type decides."""
    match job.settings.hours_priced_by:
        case "none":
            return NOTHING
        case "employee" if period.employee:
            return _employee_price(period.employee, job)
        case _:
            return _type_price(period, item, job)


def _employee_price(employee: str, job: WorkOrderJob) -> Decimal:
    price = job.settings.employee_prices.get(employee)
    if price is None:
        raise Unmappable(
            "employee_prices",
            f"Employee {employee}, who worked on work order {job.document.number}, has no hour price. "
            "Set one in the settings.",
            key=employee,
        )
    return price


def _type_price(period: HoursLine, item: BilledItem, job: WorkOrderJob) -> Decimal:
    prices = (period.unit_price, item.StandardSalesPrice, job.settings.hour_price)
    price = next((price for price in prices if price is not None), None)
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on work order {job.document.number} have no price, and item {item.Code} has none in Exact Online. "
            "Set an hour price in the settings.",
        )
    return price
