"""Where a read of a list stands, and where the next one begins (Billit fact sheet, section 2, Delta and Paging). Pure.

Lists are read in the order of `LastModified`. A record that is changed while they are read moves to their end and
everything behind it up by one, so a next page found by counting would skip one. Each next page therefore begins at the
moment of the last record that was seen, less those of that moment that were seen already; Billit's link to the next
page only tells that there is one.

Deleted parties and products are told nowhere. A short list is therefore read in full each time, a long one by its
changes, and in full once a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from shared import clock
from shared.connector import ReadFrom

from . import odata

SHORT = 600
"""Records of a list that is read in full each time: five calls."""

FULL_READ = timedelta(days=1)
"""How often a long list is read in full."""

OVERLAP = timedelta(hours=2)
"""How far a read of changes begins before the last one ended.

Moments are local and have no zone: in autumn the clock goes back by an hour.
"""


@dataclass(frozen=True)
class Cursor:
    """Between runs: the newest `LastModified` seen, as it was written, and when everything was last read."""

    since: str
    full: str

    def dump(self) -> str:
        """As stored between runs."""
        return _CURSOR.dump_json(self).decode()


@dataclass(frozen=True)
class Position:
    """Inside a run: read from `since` on, past `skip` records; `count` were read, `newest` is the last one's moment.

    `full` is when everything was last read; None: that is what this run does. `deletions`: the list itself is done.
    """

    since: str | None = None
    skip: int = 0
    count: int = 0
    newest: str | None = None
    full: str | None = None
    deletions: bool = False

    def dump(self) -> str:
        """As stored between pages."""
        return _POSITION.dump_json(self).decode()

    def query(self, only: str | None) -> dict[str, str]:
        """What to ask for; `only` is a filter of the list's own."""
        since = f"LastModified ge {odata.moment(datetime.fromisoformat(self.since))}" if self.since else None
        filters = " and ".join(part for part in (only, since) if part)
        query = {"$orderby": "LastModified asc"} | ({"$filter": filters} if filters else {})
        return query | ({"$skip": str(self.skip)} if self.skip else {})

    def after(self, rows: Sequence[Mapping[str, Any]]) -> "Position":
        """The position behind these rows."""
        last = rows[-1].get("LastModified") if rows else None
        counted = replace(self, count=self.count + len(rows), newest=last or self.newest)
        if last is None or last == self.since:
            return replace(counted, skip=self.skip + len(rows))
        return replace(counted, since=last, skip=sum(row.get("LastModified") == last for row in rows))

    def cursor(self) -> str | None:
        """Where the next run begins: None, in full, where the list is short, or has not been read in full for long."""
        now = clock.now()
        was_full = self.full is None
        if was_full and self.count <= SHORT:
            return None
        if self.full is not None and now - clock.from_stamp(self.full) >= FULL_READ:
            return None
        return self.changes()

    def changes(self) -> str | None:
        """Where the next run begins, if it needs the changes only."""
        if self.newest is None:
            return None
        return Cursor(self.newest, self.full or clock.stamp(clock.now())).dump()


_CURSOR = TypeAdapter(Cursor)
_POSITION = TypeAdapter(Position)


def start(where: ReadFrom) -> Position:
    """The position to read at: on in this run, else a while before the cursor, else from the beginning."""
    if where.position is not None:
        return _POSITION.validate_json(where.position)
    if where.cursor is None:
        return Position()
    cursor = _CURSOR.validate_json(where.cursor)
    since = datetime.fromisoformat(cursor.since) - OVERLAP
    return Position(since.isoformat(timespec="milliseconds"), newest=cursor.since, full=cursor.full)
