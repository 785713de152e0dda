"""Where a read of a list stands, and where the next one begins (Moloni PT fact sheet, section 2). Pure.

Customers and products carry no moment of their last change, so the mark is our own clock before the first page, less an
overlap. It is sent in UTC: whatever zone Moloni reads it in, Lisbon or one further east, that is never too late.

What was deleted is told nowhere. A short list is therefore read in full each time, a long one by its changes, and in
full once a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from shared import clock
from shared.connector import ReadFrom

FULL_READ = timedelta(days=1)
"""How often a long list is read in full."""

OVERLAP = timedelta(minutes=10)
"""How far a read of changes begins before the last one began (section 5, trap 3)."""


@dataclass(frozen=True)
class List:
    """How one list is read. `short`: up to so many records it is read in full each time. `page`: records a turn."""

    cls: str
    key: str
    short: int
    page: int = 50


@dataclass(frozen=True)
class Cursor:
    """Between runs: our clock when the last read began, and when everything was last read."""

    began: str
    full: str

    def dump(self) -> str:
        """As stored between runs."""
        return _CURSOR.dump_json(self).decode()


@dataclass(frozen=True)
class Position:
    """Inside a run that began at `began`: changes since `since` (None: everything), from `offset` on.

    `first` is the first record of the last page, by which a page that comes again is known. `full` is when everything
    was last read; None: that is what this run does.
    """

    began: str
    since: str | None = None
    offset: int = 0
    first: str | None = None
    full: str | None = None

    @property
    def method(self) -> str:
        """What to call."""
        return "getAll" if self.since is None else "getModifiedSince"

    @property
    def asked(self) -> Mapping[str, Any]:
        """What to ask for."""
        return {"offset": self.offset} | ({} if self.since is None else {"lastmodified": self.since})

    def dump(self) -> str:
        """As stored between pages."""
        return _POSITION.dump_json(self).decode()

    def is_again(self, ids: Sequence[str]) -> bool:
        """Whether this is the page before: some lists ignore `offset` (section 2, End of list)."""
        return bool(ids) and ids[0] == self.first

    def after(self, ids: Sequence[str]) -> "Position":
        """The position behind a page."""
        return replace(self, offset=self.offset + len(ids), first=ids[0] if ids else self.first)

    def cursor(self, short: int) -> str | None:
        """Where the next run begins: None, in full, where the list is short, or was not read in full for long."""
        if self.full is None:
            return None if self.offset <= short else Cursor(self.began, self.began).dump()
        overdue = clock.now() - clock.from_stamp(self.full) >= FULL_READ
        return None if overdue else Cursor(self.began, self.full).dump()


_CURSOR = TypeAdapter(Cursor)
_POSITION = TypeAdapter(Position)


def start(where: ReadFrom) -> Position:
    """The position to read at: on in this run, else a while before the cursor, else from the beginning."""
    if where.position is not None:
        return _POSITION.validate_json(where.position)
    began = clock.stamp(clock.now())
    if where.cursor is None:
        return Position(began)
    cursor = _CURSOR.validate_json(where.cursor)
    return Position(began, since=_in_utc(clock.from_stamp(cursor.began) - OVERLAP), full=cursor.full)


def _in_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
