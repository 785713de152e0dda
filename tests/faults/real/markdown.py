"""The trials as a table for the published report."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.real.books import Findings


@dataclass(frozen=True)
class Played:
    """A trial, and what came of it."""

    title: str
    found: Findings
    seconds: int


def markdown(played: Sequence[Played], servers: str) -> str:
    """A line for each, below a sentence that says what they stood on."""
    rows = [f"| {' | '.join(_cells(one))} |" for one in played]
    head = f"Services are processes of their own; {servers}."
    return "\n".join([head, "", "| tried | faults | result | seconds | |", "|---|---|---|---|---|", *rows])


def _cells(played: Played) -> Sequence[str]:
    found = played.found
    return played.title, f"{found.faults:,}", _result(found), str(played.seconds), "; ".join(found.notes)


def _result(found: Findings) -> str:
    counts = {"double": len(found.double), "lost": len(found.lost), "broken": len(found.broken)}
    wrong = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"**{wrong}**" if wrong else "as promised"
