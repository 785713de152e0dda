"""How a call to Multivers is made: addresses, lists and their pages, shapes (Multivers fact sheet, section 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from shared.connector import Page, ReadFrom
from shared.errors import TryLater

from .errors import NotHere
from .exports import path_of
from .forms import segment
from .models import Row

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
RawRow = Mapping[str, Any]

PAGE = 250
STRANGE = "Multivers answered in an unknown form."


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._administration = administration

    def _path(self, what: str) -> str:
        return path_of(self._administration or "", what)

    async def _rows(self, path: str, query: Mapping[str, str] | None = None) -> list[RawRow]:
        """A list: a plain array, without an envelope or a count."""
        found = await self._http.read(path, query)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise TryLater(STRANGE)
        return found

    async def _all(self, what: str, shape: type[R], query: Mapping[str, str] | None = None) -> list[R]:
        """Every row of a list that comes as a whole."""
        return [understood(shape, row) for row in await self._rows(self._path(what), query)]

    async def _one(self, what: str, shape: type[R]) -> R | None:
        """What a path with an id leads to; None when it is not there."""
        try:
            return understood(shape, await self._http.read(self._path(what)))
        except NotHere:
            return None

    async def _there(self, what: str, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there, by one call each."""
        found = {id: await self._one(f"{what}/{segment(id)}", Row) for id in ids}
        return {id for id, row in found.items() if row is not None}

    async def _part(self, what: str, key: str, at: Place, query: Mapping[str, str] | None = None) -> Part:
        """Rows of a list from a place on, in the order of their keys.

        Which lists can be read in parts is not known (section 3, Paging). One that cannot gives everything at once,
        more or fewer rows than a part has; one that gives the same rows again is said to be incomplete.
        """
        ordered = f"{key[0].upper()}{key[1:]}"
        asked = {**(query or {}), "$orderby": ordered, "$top": str(PAGE), "$skip": str(at.skip)}
        rows = await self._rows(self._path(what), asked)
        first = str(rows[0].get(key)) if rows else ""
        if at.skip and first == at.first:
            return Part([], None, doubt="Multivers gave the same part of the list twice. Tell the operator.")
        return Part(rows, Place(at.skip + len(rows), first) if len(rows) == PAGE else None)

    async def _list(self, what: str, key: str, where: ReadFrom) -> Page:
        """A page of a list."""
        part = await self._part(what, key, Place.load(where.position))
        return Page(part.rows, next=part.next.dump() if part.next else None, doubt=part.doubt)


@dataclass(frozen=True)
class Place:
    """How far a list was read: so many rows, and the key of the first one of the last part."""

    skip: int = 0
    first: str = ""

    def dump(self) -> str:
        """As stored between pages."""
        return json.dumps([self.skip, self.first])

    @classmethod
    def load(cls, position: str | None) -> Place:
        """As it was stored; from the beginning without one."""
        return cls(*json.loads(position)) if position else cls()


@dataclass(frozen=True)
class Part:
    """Some rows of a list; `next` is the place where it goes on, None at its end. `doubt`: see `Page`."""

    rows: Sequence[RawRow]
    next: Place | None
    doubt: str | None = None


def understood(shape: type[R], row: Any) -> R:
    """The row in its shape; `TryLater` when it is not one."""
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater(STRANGE) from error
