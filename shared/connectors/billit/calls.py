"""How a call to Billit is made: headers of the company, lists and their pages, ids (Billit fact sheet, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from shared.connector import Page
from shared.errors import NeedsOwner, Rejected, TryLater, Uncertain
from shared.mapping import Request

from . import companies, odata
from .errors import CLOSED, NotHere
from .models import Row
from .sync import Position

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
RawRow = Mapping[str, Any]


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._bare = http
        self._http = http.with_headers(companies.headers(administration)) if administration else http
        self._company = administration

    async def _rows(self, path: str, query: Mapping[str, str] | None = None) -> odata.Rows:
        try:
            return odata.rows(await self._http.read(path, query))
        except NotHere as error:
            # A list belongs to the company itself; nothing of anybody else's was asked for.
            raise NeedsOwner(CLOSED, vendor_says=error.vendor_says) from error
        except ValueError as error:
            raise TryLater("Billit answered in an unknown form.") from error

    async def _all(self, path: str, shape: type[R], query: Mapping[str, str] | None = None) -> list[R]:
        """Every row of a list in its shape."""
        return [understood(shape, row) for row in await self._all_raw(path, query)]

    async def _all_raw(self, path: str, query: Mapping[str, str] | None = None) -> list[RawRow]:
        """Every row of a list, page after page.

        The form of the link to the next page is not known (section 6): it only tells that there is one.
        """
        page = await self._rows(path, query)
        found = [*page.rows]
        while page.next:
            page = await self._rows(path, {**(query or {}), "$skip": str(len(found))})
            found += page.rows
        return found

    async def _matching(self, path: str, shape: type[R], filters: str, fits: Callable[[R], bool]) -> list[R]:
        """The rows that fit. Which properties can be filtered on is known of orders only: else all rows are read."""
        try:
            found = await self._all(path, shape, {"$filter": filters})
        except Rejected:
            found = await self._all(path, shape)
        return [row for row in found if fits(row)]

    async def _one(self, path: str, shape: type[R]) -> R | None:
        """What a path with an id leads to; None when it is not in this company's books."""
        try:
            return understood(shape, await self._http.read(path))
        except NotHere:
            return None

    async def _there(self, path: str, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there, by one call each."""
        found = {id: await self._one(f"{path}/{id}", Row) for id in ids}
        return {id for id, row in found.items() if row is not None}

    async def _changed(self, at: Position, path: str, only: str | None = None) -> tuple[odata.Rows, Position]:
        """A page in the order of changes, and the position behind it."""
        page = await self._rows(path, at.query(only))
        return page, at.after(page.rows)

    async def _list(self, at: Position, path: str) -> Page:
        """A page of a list whose deletions are told nowhere."""
        page, behind = await self._changed(at, path)
        if page.next:
            return Page(page.rows, next=behind.dump())
        return Page(page.rows, next=None, cursor=behind.cursor())

    async def _create(self, request: Request) -> int:
        """The id of what was made: a bare integer (section 2, Success bodies)."""
        answer = await self._http.write(request)
        if isinstance(answer, bool) or not isinstance(answer, int):
            raise Uncertain("Billit answered in an unknown form.")
        return answer

    @staticmethod
    def _deletions(at: Position) -> str:
        return replace(at, deletions=True).dump()


def understood(shape: type[R], row: RawRow) -> R:
    """The row in its shape; `TryLater` when it is not one."""
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater("Billit answered in an unknown form.") from error
