"""What happened in one simulated installation, in its order: what a person reads who looks for a cause."""

from __future__ import annotations

import asyncio
from typing import NamedTuple


class Line(NamedTuple):
    """`at` seconds of virtual time, `who` did it. `loud`: not an ordinary step, but something that went wrong."""

    at: float
    who: str
    what: str
    loud: bool = False

    def __str__(self) -> str:
        return f"{self.at:10.3f}  {self.who:<12} {'**' if self.loud else '  '} {self.what}"


class Story:
    """The lines of one run, and the promises that were broken in it."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.broken: list[str] = []
        self.duplicates = 0
        self.lost = 0

    def say(self, who: str, what: str, *, loud: bool = False) -> None:
        """Add a line."""
        self.lines.append(Line(asyncio.get_running_loop().time(), who, what, loud))

    def broke(self, promise: str) -> None:
        """A promise was broken."""
        if promise not in self.broken:
            self.broken.append(promise)
            self.say("oracle", promise, loud=True)

    def duplicate(self, what: str) -> None:
        """Something is in the books more than once."""
        self.duplicates += 1
        self.broke(f"twice in the books: {what}")

    def gone(self, what: str) -> None:
        """A document is neither in the books nor waiting visibly."""
        self.lost += 1
        self.broke(f"lost: {what}")

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(map(str, self.lines))
