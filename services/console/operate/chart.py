"""Pure: the bars of a small chart, as numbers for an SVG that the server writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.operate.pace import Hour

WIDTH, HEIGHT, GAP = 240, 48, 2


@dataclass(frozen=True)
class Bar:
    """One hour: what was exported stands on the ground, what failed on top of that."""

    hour: datetime
    x: float
    width: float
    exported_y: float
    exported_height: float
    failed_y: float
    failed_height: float


@dataclass(frozen=True)
class Chart:
    """`most` is the height of the tallest bar, in documents."""

    width: int
    height: int
    most: int
    bars: tuple[Bar, ...]


def chart(hours: Sequence[Hour]) -> Chart:
    """As tall as its busiest hour."""
    most = max((hour.exported + hour.failed for hour in hours), default=0)
    step = WIDTH / max(len(hours), 1)
    return Chart(WIDTH, HEIGHT, most, tuple(_bar(hour, n * step, step - GAP, most) for n, hour in enumerate(hours)))


def _bar(hour: Hour, x: float, width: float, most: int) -> Bar:
    exported, failed = (round(HEIGHT * count / max(most, 1), 2) for count in (hour.exported, hour.failed))
    top = HEIGHT - exported
    return Bar(hour.hour, round(x, 2), round(width, 2), round(top, 2), exported, round(top - failed, 2), failed)
