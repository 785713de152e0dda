"""What the story counted, on both sides: our events, and the package's own books."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from shared import connectors
from shared.words import plural


@dataclass(frozen=True)
class Result:
    """What one connector did. `wanted` and `exported` are counted by document type.

    `billed_twice`: documents in the books for work that another document bills already. `webhooks`: changes that
    arrived because the package called; None where it calls nobody.
    """

    imported: Mapping[str, int]
    expected: Mapping[str, int]
    wanted: Mapping[str, int]
    exported: Mapping[str, int]
    duplicates: int
    lost: int
    billed_twice: int
    outcomes: int
    webhooks: int | None = None

    @property
    def as_promised(self) -> bool:
        """Everything imported, every document exactly once, none lost, no work billed twice, every outcome told."""
        complete = self.exported == self.wanted and self.outcomes == sum(self.wanted.values())
        nothing_wrong = not (self.duplicates or self.lost or self.billed_twice)
        return complete and nothing_wrong and self.imported == self.expected

    @property
    def counts(self) -> dict[str, Any]:
        """For the last line of output."""
        return {
            "imported": dict(self.imported),
            "exported": dict(self.exported),
            "duplicates": self.duplicates,
            "lost": self.lost,
            "billed_twice": self.billed_twice,
            **({} if self.webhooks is None else {"webhooks": self.webhooks}),
        }


def summary(results: Mapping[str, Result], seconds: float) -> dict[str, Any]:
    """The counts for machines, and how long the story took."""
    return {"connectors": {name: one.counts for name, one in results.items()}, "seconds": round(seconds, 1)}


def table(results: Mapping[str, Result]) -> Table:
    """The counts as people read them."""
    shown = Table(title="What is in the books now", title_justify="left")
    for column in ("Package", "Imported", "Documents", "Twice", "Lost", "Billed twice", "As promised"):
        shown.add_column(column, justify="left" if column in ("Package", "Imported", "Documents") else "right")
    for name, result in results.items():
        verdict = "[green]yes[/green]" if result.as_promised else "[red]NO[/red]"
        numbers = (result.duplicates, result.lost, result.billed_twice)
        texts = (_counted(result.imported), _counted(result.exported))
        shown.add_row(connectors.get(name).title, *texts, *map(str, numbers), verdict)
    return shown


def _counted(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{count:,} {plural(kind)}" for kind, count in counts.items())
