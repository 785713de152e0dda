"""What a run of fault injection came to: the numbers that are published."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Tally:
    """Sums of a part or of all parts.

    `points` where something was killed or cut off, `scripts` of the package's bad days (both by name, so none counts
    twice), `runs` of an installation until it was quiet, `seeds` of the simulation. `duplicates` and `lost` count
    documents by the sandbox's own memory; `violations` every other promise that was broken (ledger and books differ,
    order, budget, a token lost ...).
    """

    points: int = 0
    scripts: int = 0
    runs: int = 0
    seeds: int = 0
    duplicates: int = 0
    lost: int = 0
    violations: int = 0

    def __add__(self, other: Tally) -> Tally:
        """The numbers of both parts."""
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.duplicates or self.lost or self.violations)

    def line(self) -> str:
        """One JSON object, as the last line of the report."""
        return json.dumps(asdict(self))
