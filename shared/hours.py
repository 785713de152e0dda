"""Billable hours: the minimum and the rounding of a work order, spread over its lines. The same for every package."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

HOURS = Decimal("0.0001")
"""Hours are sent with four decimals: a third of an hour is then exact to the cent up to a price of 100 an hour."""


def billable_hours(minutes: Sequence[int], *, minimum_hours: Decimal, rounding_minutes: int) -> tuple[Decimal, ...]:
    """The hours to bill for each worked period, in the same order.

    The total is at least `minimum_hours`, then rounded up to a multiple of `rounding_minutes` (0: not rounded).
    What the total gains goes to the last period in which somebody worked. Without periods there is nothing to bill,
    whatever the minimum says.
    """
    if not minutes:
        return ()
    total = _round_up(max(Decimal(sum(minutes)), minimum_hours * 60), rounding_minutes)
    hours = [_to_hours(Decimal(worked)) for worked in minutes]
    # An empty last period would be billed less than nothing where the ones before it were rounded up.
    last = max((place for place, worked in enumerate(minutes) if worked), default=len(minutes) - 1)
    hours[last] += _to_hours(total) - sum(hours)
    return tuple(hours)


def _round_up(minutes: Decimal, step: int) -> Decimal:
    if step == 0:
        return minutes
    return (minutes / step).to_integral_value(ROUND_CEILING) * step


def _to_hours(minutes: Decimal) -> Decimal:
    return (minutes / 60).quantize(HOURS, ROUND_HALF_UP)
