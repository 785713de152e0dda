"""What of a document is billed: the lines that are shown, and worked hours after minimum and rounding. Pure.

The same for every package, so connectors do not decide it anew.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import Field

from shared.hints import hints
from shared.hours import billable_hours
from shared.mapping import ConnectorSettings
from shared.schemas.documents import HoursLine, Invoice, InvoiceLine, MaterialLine, WorkOrder
from shared.schemas.money import Price


class HourSettings(ConnectorSettings):
    """For connectors that bill hours: what counts where a work order has no minimum or rounding of its own."""

    minimum_hours: Price = Field(
        Decimal(0),
        ge=0,
        title="Minimum hours",
        description="For work orders that have no minimum of their own.",
        json_schema_extra=hints("hours", unit="hours"),
    )
    rounding_minutes: Literal[0, 5, 15, 30] = Field(
        0,
        title="Round hours up to",
        description="Minutes to which the total is rounded up, for work orders that have no rounding of their own.",
        json_schema_extra=hints(
            "hours", titles={"0": "Not rounded", "5": "5 minutes", "15": "15 minutes", "30": "30 minutes"}
        ),
    )


def materials(order: WorkOrder) -> list[MaterialLine]:
    """The materials to bill: neither hidden nor none of them."""
    return [line for line in order.materials if not line.hidden and line.quantity]


def hours(order: WorkOrder) -> list[HoursLine]:
    """The worked periods to bill."""
    return [line for line in order.hours if not line.hidden]


def shown(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice that the customer sees."""
    return [line for line in invoice.lines if not line.hidden]


def worked(order: WorkOrder, settings: HourSettings) -> Iterator[tuple[HoursLine, Decimal]]:
    """Each worked period with the hours to bill for it, none of zero hours.

    The work order's own minimum and rounding win over the settings.
    """
    periods = hours(order)
    billed = billable_hours(
        [period.minutes for period in periods],
        minimum_hours=settings.minimum_hours if order.minimum_hours is None else order.minimum_hours,
        rounding_minutes=settings.rounding_minutes if order.rounding_minutes is None else order.rounding_minutes,
    )
    return ((period, quantity) for period, quantity in zip(periods, billed, strict=True) if quantity)
