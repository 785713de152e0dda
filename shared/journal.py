"""The log the office worker reads: one line per run and per document, in plain words, kept in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from shared import clock
from shared.clock import Clock, stamp
from shared.log import mask, masked
from shared.paging import Listing, Paged, Place
from shared.store import Document, Is, Store
from shared.store.collections import LOG

Level = Literal["info", "warning", "error"]
About = Literal["export", "import", "connection"]

LOOKED_AT = 1000
"""Lines that one page looks through at most; what few lines satisfy is searched for further back when asked."""
_PART = 200

_ABOUT: Mapping[str, About] = {
    "document": "export",
    "documents": "export",
    "event": "export",
    "reconciliation": "export",
    "sync": "import",
    "callback": "import",
    "webhooks": "import",
}


def about(event: str) -> About:
    """What a line is about, by the first word of its event."""
    return _ABOUT.get(event.partition(".")[0], "connection")


@dataclass(frozen=True)
class Asked:
    """Which lines are wanted; what is None does not matter.

    `kind` is a kind of records (`product`) or a flow of documents (`invoice`). `first` and `last` are
    moments, included.
    """

    about: About | None = None
    kind: str | None = None
    level: Level | None = None
    document: str | None = None
    first: datetime | None = None
    last: datetime | None = None

    @property
    def indexed(self) -> Mapping[str, str]:
        """The condition that leaves fewest lines, of those that an index answers."""
        known = {"document": self.document, "level": self.level, "about": self.about}
        return dict([(name, value) for name, value in known.items() if value][:1])

    def wants(self, line: Document) -> bool:
        """Whether a line satisfies all of it, but for the days."""
        same = {"document": self.document, "level": self.level, "about": self.about}
        plain = all(value is None or line[name] == value for name, value in same.items())
        return plain and (self.kind is None or self.kind in kinds_of(line))


def kinds_of(line: Document) -> Sequence[str]:
    """The kinds of records that a line tells about, or the flow of its document."""
    details = line["details"]
    return [*details.get("counts", ()), *(details[name] for name in ("kind", "flow") if name in details)]


class Journal:
    """Writes and reads the log. `event` is a stable key (`document.exported`) for filters and translations."""

    def __init__(self, store: Store, now: Clock = clock.now) -> None:
        self._store = store
        self._now = now

    async def write(
        self,
        connection: str,
        event: str,
        text: str,
        *,
        level: Level = "info",
        document: str | None = None,
        vendor_says: str | None = None,
        once: str | None = None,
        **details: Any,
    ) -> None:
        """Add a line. `text` is the sentence, `details` its numbers and names, `once` names what is told only once."""
        line = {
            "id": once or str(uuid4()),
            "connection": connection,
            "at": stamp(self._now()),
            "event": event,
            "about": about(event),
            "level": level,
            "text": mask(text),
            "document": document,
            "vendor_says": mask(vendor_says) if vendor_says else None,
            "details": masked(details),
        }
        await self._store.insert(LOG, line)

    async def read(self, connection: str, *, limit: int = 50) -> list[Document]:
        """The newest lines of a connection, newest first."""
        return await self._store.find(LOG, {"connection": connection}, sort=("-at",), limit=limit)

    async def page(self, connection: str, asked: Asked, *, before: Place | None = None, limit: int = 50) -> Paged:
        """The lines that are asked for, newest first. A page may be short though there are older ones."""
        lines = Listing(LOG, "at", [{"connection": connection, **asked.indexed}])
        place = before or (Place(stamp(asked.last), "") if asked.last else None)
        first = stamp(asked.first) if asked.first else ""
        wanted: list[Document] = []
        for _ in range(LOOKED_AT // _PART):
            part = await lines.page(self._store, before=place, limit=_PART)
            for line in part.rows:
                if line["at"] < first:
                    return Paged(wanted, None)
                if len(wanted) == limit:
                    return Paged(wanted, place)
                place = Place.of(line, "at")
                wanted += [line] if asked.wants(line) else []
            if part.older is None:
                return Paged(wanted, None)
        return Paged(wanted, place)

    async def since(self, connection: str, after: Place, *, limit: int = 200) -> Sequence[Document]:
        """The lines behind a place, oldest first."""
        same = {"connection": connection, "at": after.moment, "id": Is(">", after.id)}
        newer = {"connection": connection, "at": Is(">", after.moment)}
        found = await self._store.find(LOG, same, sort=("at",), limit=limit)
        more = limit - len(found)
        return found + (await self._store.find(LOG, newer, sort=("at",), limit=more) if more else [])

    async def newer(self, connections: Sequence[str], moment: datetime, *, limit: int = 1000) -> Sequence[Document]:
        """The lines of several connections that were written since, oldest first: one question for all who listen."""
        where = {"at": Is(">=", stamp(moment)), "connection": Is("in", connections)}
        return await self._store.find(LOG, where, sort=("at",), limit=limit)
