"""How a call to Exact Online is made: paths, pages and envelopes (Exact fact sheet, sections 3 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from shared import clock
from shared.connector import Page, ReadFrom
from shared.errors import TryLater, Uncertain, Unsupported
from shared.mapping import Request

from . import odata, sync
from .models import Row
from .sync import EntityType

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
RawRow = Mapping[str, Any]

MOST_PAGES = 30
"""Of a table in one turn. A turn that needs more calls than a minute allows (section 5) would begin anew for ever."""


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._division = administration

    def _path(self, resource: str) -> str:
        assert self._division is not None, "no administration chosen"
        return odata.path(self._division, resource)

    async def _any(self, resource: str, shape: type[R], field: str, literals: Iterable[str]) -> list[R]:
        return [understood(shape, row) for row in await self._any_raw(resource, shape, field, literals)]

    async def _any_raw(self, resource: str, shape: type[Row], field: str, literals: Iterable[str]) -> list[RawRow]:
        path = self._path(resource)
        return [row for part in odata.any_of(field, literals) for row in await self._all_raw(path, shape, part)]

    async def _all(self, path: str, shape: type[R], filters: str | None = None) -> list[R]:
        return [understood(shape, row) for row in await self._all_raw(path, shape, filters)]

    async def _table(self, resource: str, shape: type[R], filters: str | None = None) -> list[R]:
        """A table that settings choose from; `Unsupported` when it has too many pages for one turn."""
        page = await self._rows(self._path(resource), _query(shape, filters))
        found = [*page.rows]
        for _ in range(MOST_PAGES - 1):
            if not page.next:
                break
            page = await self._rows(page.next)
            found += page.rows
        if page.next:
            raise Unsupported(
                f"Exact Online has more than {len(found):,} of these, too many to offer. Type the code you want."
            )
        return [understood(shape, row) for row in found]

    async def _all_raw(self, path: str, shape: type[Row], filters: str | None = None) -> list[RawRow]:
        """Every row of a list, page after page."""
        page = await self._rows(path, _query(shape, filters))
        found = [*page.rows]
        while page.next:
            page = await self._rows(page.next)
            found += page.rows
        return found

    async def _one(self, path: str, shape: type[R]) -> R:
        """The row that a path with a key leads to."""
        try:
            row = odata.single(await self._http.read(path, _query(shape, None)))
        except ValueError as error:
            raise TryLater("Exact Online answered in an unknown form.") from error
        return understood(shape, row)

    async def _first(self, resource: str, shape: type[Row]) -> odata.Rows:
        return await self._rows(self._path(resource), _query(shape, None))

    async def _rows(self, path: str, query: Mapping[str, str] | None = None) -> odata.Rows:
        try:
            return odata.rows(await self._http.read(path, query))
        except ValueError as error:
            raise TryLater("Exact Online answered in an unknown form.") from error

    async def _sync(
        self, where: ReadFrom, resource: str, shape: type[Row], entity: EntityType, most: int | None = None
    ) -> Page:
        """A page of a sync endpoint: a thousand rows, or `most` where each of them takes more calls.

        Then the next page begins behind the last row version: they come in that order (section 6).
        """
        at = sync.start(where)
        path, select = (f"sync/{resource}", f"{shape.select()},Timestamp")
        if at.deletions:
            path, select = ("sync/Deleted", "EntityKey,Timestamp")
        query = {"$filter": at.filter(entity), "$select": select}
        few = {"$top": str(most)} if most and not at.deletions else {}
        page = await (self._rows(at.link) if at.link else self._rows(self._path(path), query | few))
        at = at.after(page.rows, page.next)
        on = at if few and len(page.rows) == most else at.next
        return Page(
            records=[] if at.deletions else [dated(row) for row in page.rows],
            removed=[row["EntityKey"] for row in page.rows] if at.deletions else [],
            next=on.dump() if on else None,
            cursor=None if on else at.seen.dump(),
        )

    async def _create(self, request: Request, shape: type[R]) -> R:
        answer = await self._http.write(request)
        try:
            return shape.model_validate(odata.single(answer))
        except ValueError as error:
            raise Uncertain("Exact Online answered in an unknown form.") from error


def _query(shape: type[Row], filters: str | None) -> dict[str, str]:
    query = {"$select": shape.select()} | ({"$expand": shape.expand} if shape.expand else {})
    return query | {"$filter": filters} if filters else query


def understood(shape: type[R], row: RawRow) -> R:
    """The row as its shape; `TryLater` when it is another."""
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater("Exact Online answered in an unknown form.") from error


def dated(row: RawRow) -> RawRow:
    """Add whether the row's `EndDate` has passed, so that mapping it needs no clock."""
    end = row.get("EndDate")
    try:
        ended = end is not None and odata.day(end) < clock.now().date()
    except ValueError:
        ended = None  # nobody understands this row; the others of the page are read
    return {**row, "_ended": ended}
