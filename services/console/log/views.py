"""The lines of a connection's log: what happened, in the user's words."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import StringConstraints

from services.console.log.keys import key_of
from shared import connectors
from shared.clock import Moment, from_stamp
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.journal import About, Asked, Level, kinds_of
from shared.paging import Place, behind
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Document
from shared.words import FLOWS

A_PAGE = 30
MOST = 200
_ABOUTS: tuple[About, ...] = ("import", "export", "connection")

Result = Literal["done", "waits", "left_out", "note", "attention", "failed", "look"]


class Line(Frozen):
    """One line. `key` names its document, `place` where the list goes on behind it."""

    id: str
    at: Moment
    event: str
    about: About
    level: Level
    result: Result
    text: str
    document: str | None
    key: str | None
    vendor_says: str | None
    kinds: Sequence[str]
    place: str


class Lines(Frozen):
    """Lines, newest first; `older` is where the next page begins.

    A page may be short though there are more: `searched_to` is how far back they were looked for.
    """

    lines: Sequence[Line]
    older: str | None
    searched_to: Moment | None


Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")]


Day = date | Literal[""]


class Filter(Frozen):
    """What somebody looks for.

    `kind` is `import`, `export` or `connection`, a kind of records (`product`), or a flow of documents (`invoice`).
    """

    kind: str = ""
    result: Literal["", "info", "warning", "error"] = ""
    document: str = ""
    first: Day = ""
    last: Day = ""

    @property
    def used(self) -> bool:
        """Whether anything is looked for."""
        return any((self.kind, self.result, self.document, self.first, self.last))

    @property
    def query(self) -> dict[str, str]:
        """As the parameters of an address."""
        return {name: str(value) for name, value in self.model_dump().items() if value}

    def asked(self, connection: Connection) -> Asked:
        """In the journal's words; days are those of the connection's clock. `Misconfigured` for an unknown kind."""
        about, kind = _about(connection, self.kind)
        return Asked(
            about=about,
            kind=kind,
            level=self.result or None,
            document=self.document or None,
            first=_midnight(self.first, connection) if self.first else None,
            last=_midnight(_next(self.last), connection) - timedelta(microseconds=1) if self.last else None,
        )


async def _wanted(
    kind: Annotated[Word, Query(description="import, export, connection, a kind of records, or a flow")] = "",
    result: Literal["", "info", "warning", "error"] = "",
    document: Annotated[Word, Query(description="the number of a document")] = "",
    first: Annotated[Day, Query(description="the first day, by the connection's clock")] = "",
    last: Annotated[Day, Query(description="the last day")] = "",
) -> Filter:
    return Filter(kind=kind, result=result, document=document, first=first, last=last)


Wanted = Annotated[Filter, Depends(_wanted)]
"""What the parameters of an address ask for."""


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _midnight(day: date, connection: Connection) -> datetime:
    zone = ZoneInfo(connection.timezone)
    safe = min(max(day, date(1970, 1, 2)), date(9999, 12, 30))  # a zone may lie a day beside UTC
    return datetime.combine(safe, time(), zone)


def _about(connection: Connection, kind: str) -> tuple[About | None, str | None]:
    if not kind:
        return None, None
    for about in _ABOUTS:
        if kind == about:
            return about, None
    if kind in FLOWS:
        return "export", kind
    if kind in connectors.get(connection.connector).kinds:
        return "import", kind
    raise Misconfigured("There is no such kind of records or documents. Choose one of the list.")


async def lines(
    hub: Hub, connection: Connection, wanted: Filter, *, before: str | None = None, limit: int = A_PAGE
) -> Lines:
    """A page of the log."""
    place = behind(before)
    found = await hub.journal.page(
        connection.id, wanted.asked(connection), before=place, limit=max(1, min(limit, MOST))
    )
    short = found.older is not None and len(found.rows) < limit
    return Lines(
        lines=[line(connection, row) for row in found.rows],
        older=found.next,
        searched_to=from_stamp(found.older.moment) if short and found.older else None,
    )


async def top(hub: Hub, connection: Connection) -> Place:
    """The place before everything that is still to come: where a page that is shown now goes on, live."""
    found = await hub.journal.read(connection.id, limit=1)
    return Place.of(found[0], "at") if found else _BOTTOM


_BOTTOM = Place("1970-01-01T00:00:00.000000Z", "-")


def line(connection: Connection, row: Document) -> Line:
    """A line of the journal, as people and programs see it."""
    entry = row["details"].get("entry")
    return Line(
        id=row["id"],
        at=row["at"],
        event=row["event"],
        about=row["about"],
        level=row["level"],
        result=_result(row),
        text=row["text"],
        document=row["document"],
        key=key_of(connection, entry) if isinstance(entry, str) else None,
        vendor_says=row["vendor_says"],
        kinds=kinds_of(row),
        place=str(Place.of(row, "at")),
    )


_RESULTS: dict[str, Result] = {
    "document.waiting": "waits",
    "document.skipped": "left_out",
    "document.unsure": "look",
}


def _result(row: Document) -> Result:
    if known := _RESULTS.get(row["event"]):
        return known
    if row["level"] != "info":
        return "failed" if row["level"] == "error" else "attention"
    return "note" if row["about"] == "connection" else "done"
