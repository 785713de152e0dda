"""What a measurement says, and whether that is what was aimed at. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median

from bench.sides import Measured


@dataclass(frozen=True)
class Target:
    """What the ratio is compared with."""

    at: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.at:g}"

    def reached_by(self, ratio: float) -> bool:
        """Whether a ratio is as good as was aimed at."""
        return ratio <= self.at if self.at_most else ratio >= self.at


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is `value` over `baseline`; without a target there is nothing to reach."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: Target | None = None
    peak_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        """How often the baseline goes into the value."""
        return self.value / self.baseline if self.baseline else None

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None without one."""
        return None if self.target is None or self.ratio is None else self.target.reached_by(self.ratio)


def rate(measured: Sequence[Measured]) -> float:
    """How much per second: the median of the rounds."""
    return median(one.rate for one in measured)


def peak(measured: Sequence[Measured]) -> float:
    """The most memory of any round, in megabytes."""
    return max(one.peak_mb for one in measured)


def noise(name: str, one: Sequence[Measured], again: Sequence[Measured]) -> Row:
    """The same side against itself: what is nearer to 1 than this says nothing."""
    return Row(f"{name}: bare against itself", rate(again), "/s", rate(one))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many of a hundred do not exceed (nearest rank)."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def as_json(rows: Sequence[Row]) -> str:
    """All rows for machines, one object each."""
    return json.dumps([_plain(row) for row in rows], indent=2) + "\n"


def _plain(row: Row) -> dict[str, object]:
    target = None if row.target is None else str(row.target)
    plain = {**asdict(row), "ratio": row.ratio, "target": target, "reached": row.reached}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in plain.items()}
