"""Where a read of a list stands, and where the next one begins (Moloni Spain fact sheet, section 2, Incremental). Pure.

Deletions are told by hooks only, and hooks may get lost. So a short list is read in full each time, a long one by what
changed since, and in full once a day.

Moments are ours: that of the beginning of the last read. In which zone Moloni keeps its own is not known, and whether
`gte` includes the moment itself neither, so a read of changes begins more than a day earlier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from shared import clock
from shared.connector import ReadFrom

from . import queries

SHORT = 2000
"""Records of a list that is read in full each time: four calls."""

QTY = 500
"""Records on a page. Of Moloni ON the most are known, 1000; what is capped is said in the answer."""

FULL_READ = timedelta(days=1)
"""How often a long list is read in full."""

OVERLAP = timedelta(hours=27)
"""How far a read of changes begins before the last one: every zone there is, and an hour more."""


@dataclass(frozen=True)
class Cursor:
    """Between runs: when the last read began, and the last full one."""

    since: str
    full: str


@dataclass(frozen=True)
class Position:
    """Inside a run: the next page. `began` is when the run did, `since` what it asks for; None: everything.

    `full` is when everything was last read; None: that is what this run does.
    """

    began: str
    page: int = 1
    since: str | None = None
    full: str | None = None

    def dump(self) -> str:
        """As stored between pages."""
        return _POSITION.dump_json(self).decode()

    def filters(self) -> list[dict[str, str]]:
        """What to ask for."""
        return [queries.filtered("updatedAt", "gte", self.since)] if self.since else []

    def everything(self) -> "Position":
        """The same run, of the whole list."""
        return replace(self, page=1, since=None, full=None)

    def behind(self, page: Mapping[str, Any]) -> "Position | None":
        """The position behind a page by what it says of itself; None when it was the last."""
        return replace(self, page=self.page + 1) if more(page, self.page) else None

    def cursor(self, count: int) -> str | None:
        """Where the next run begins: None, in full, where the list is short, or was not read in full for a day."""
        if self.full is None and count <= SHORT:
            return None
        full = self.full or self.began
        if clock.now() - clock.from_stamp(full) >= FULL_READ:
            return None
        return _CURSOR.dump_json(Cursor(self.began, full)).decode()


_CURSOR = TypeAdapter(Cursor)
_POSITION = TypeAdapter(Position)


def more(page: Mapping[str, Any], at: int) -> bool:
    """Whether there is a page behind this one; `qty` is what Moloni made of ours (section 2, Limits)."""
    count, qty = page.get("count") or 0, page.get("qty") or 0
    return bool(qty) and count > qty * at


def start(where: ReadFrom) -> Position:
    """The position to read at: on in this run, else a while before the cursor, else from the beginning."""
    if where.position is not None:
        return _POSITION.validate_json(where.position)
    began = clock.stamp(clock.now())
    if where.cursor is None:
        return Position(began)
    cursor = _CURSOR.validate_json(where.cursor)
    since = clock.from_stamp(cursor.since) - OVERLAP
    return Position(began, since=f"{since:%Y-%m-%d %H:%M:%S}", full=cursor.full)
