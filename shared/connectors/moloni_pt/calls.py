"""How a call to Moloni is made: by POST, JSON both ways, the company in the body (Moloni PT fact sheet, section 2).

The token travels in the query of every call; it is put there last (`Access.carry`), so no request of ours holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from pydantic import ValidationError

from shared.errors import TryLater, Uncertain
from shared.mapping import Request

from .errors import DataError
from .models import Row
from .paths import path

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
RawRow = Mapping[str, Any]
PAGE = 50
"""The most that a page has, whatever is asked for."""


def carry(request: httpx.Request, token: str) -> httpx.Request:
    """The token in the query, where Moloni wants it."""
    request.url = request.url.copy_set_param("access_token", token)
    return request


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._company = administration

    async def _ask(self, cls: str, method: str, **asked: Any) -> Any:
        return await self._http.search(path(cls, method), self._own(asked))

    def _own(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """With the company, once one is chosen."""
        return dict(asked) if self._company is None else {"company_id": int(self._company), **asked}

    async def _page(self, cls: str, method: str, size: int = PAGE, **asked: Any) -> list[RawRow]:
        """One page of a list as it came."""
        answer = await self._ask(cls, method, qty=size, **asked)
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise TryLater("Moloni answered in an unknown form.")
        return answer

    async def _found(self, cls: str, method: str, shape: type[R], key: str, **asked: Any) -> list[R]:
        """Every row of a list or search."""
        return [understood(shape, row) for row in await self._every(cls, method, key, **asked)]

    async def _every(self, cls: str, method: str, key: str, **asked: Any) -> list[RawRow]:
        """The same as they came, page after page; a page that comes again ends it (section 2, End of list)."""
        found: dict[Any, RawRow] = {}
        offset = 0
        while True:
            rows = await self._page(cls, method, offset=offset, **asked)
            news = {row.get(key): row for row in rows if row.get(key) not in found}
            found |= news
            if len(rows) < PAGE or not news:
                return [*found.values()]
            offset += len(rows)

    async def _one(self, cls: str, shape: type[R], key: str, id: str) -> R | None:
        """A record by its id; None when it is not there. What `getOne` answers then is not documented."""
        row = await self._raw(cls, key, id)
        return None if row is None else understood(shape, row)

    async def _raw(self, cls: str, key: str, id: str) -> RawRow | None:
        try:
            answer = await self._ask(cls, "getOne", **{key: int(id)})
        except DataError as error:
            if {problem.field for problem in error.problems} == {key}:
                return None
            raise
        row = answer[0] if isinstance(answer, list) and answer else answer
        # It gives the first match of all filters, so another one may come for an id that is gone.
        return row if isinstance(row, dict) and str(row.get(key)) == id else None

    async def _there(self, cls: str, key: str, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there, by one call each."""
        return {id for id in ids if await self._raw(cls, key, id) is not None}

    async def _write(self, request: Request, key: str) -> str:
        """The id of what was written; a refusal names the lines by what they say."""
        try:
            answer = await self._http.write(request)
        except DataError as error:
            raise DataError(error.problems, _names(request)) from error
        id = answer.get(key) if isinstance(answer, dict) else None
        if id is None:
            raise Uncertain("Moloni answered in an unknown form.")
        return str(id)


def understood(shape: type[R], row: RawRow) -> R:
    """The row in its shape; `TryLater` when it is not one."""
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater("Moloni answered in an unknown form.") from error


def _names(request: Request) -> list[str]:
    return [str(line.get("name", "")) for line in request.body.get("products", ())]
