"""How a call to Moloni is made: operations, pages, filters (Moloni Spain fact sheet, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from shared.connector import Page, ReadFrom
from shared.errors import Rejected, TryLater, Uncertain
from shared.log import get
from shared.mapping import Request

from . import queries, sync
from .errors import NotHere, NotUnderstood, Refused
from .models import Row

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)
Raw = Mapping[str, Any]

_log = get(__name__)

_STRANGE = "Moloni answered in an unknown form."
_EVERYTHING: Mapping[str, Any] = {}


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._administration = administration

    @property
    def company(self) -> int:
        """The company that nearly every operation names (section 1, Choosing)."""
        assert self._administration is not None, "an administration is chosen"
        return int(self._administration)

    async def _ask(self, operation: str, **variables: Any) -> Raw:
        """What an operation that only reads answers: `data`, `options`."""
        return next(iter((await self._ask_together(operation, **variables)).values()))

    async def _ask_together(self, operation: str, **variables: Any) -> Mapping[str, Raw]:
        """What several operations answer that are asked for in one call, by their names."""
        answer = await self._http.search(queries.PATH, queries.call(operation, **variables))
        try:
            return queries.results(answer)
        except ValueError as error:
            raise TryLater(_STRANGE) from error

    async def _tell(self, request: Request) -> Raw:
        """What an operation that writes gives back: `data` of what it made."""
        try:
            answer = queries.result(await self._http.write(request))
        except ValueError as error:
            raise Uncertain(_STRANGE) from error
        found = answer.get("data")
        if not isinstance(found, dict):
            raise Uncertain(_STRANGE)
        if answer.get("errors"):
            # It was written, so nothing is sent again (section 2, Errors AND data); whoever looks should know.
            _log.warning("written_with_errors", company=self.company, errors=answer["errors"])
        return found

    async def _page(self, operation: str, page: int, options: Raw, *, globally: bool = False) -> Raw:
        """One page of a list; pages are always asked for (section 2, Missing pagination)."""
        asked = {"pagination": {"page": page, "qty": sync.QTY}, **options}
        return await self._ask(operation, **({} if globally else {"companyId": self.company}), options=asked)

    async def _rows(self, operation: str, options: Raw = _EVERYTHING, *, globally: bool = False) -> list[Raw]:
        """Every record of a list, page after page."""
        found: list[Raw] = []
        page = 0
        while True:
            page += 1
            answer = await self._page(operation, page, options, globally=globally)
            found += _records(answer)
            if not sync.more(_pagination(answer), page):
                return found

    async def _rest(self, operation: str, shape: type[R], first: Raw) -> list[R]:
        """Every record of a list whose first page was asked for together with others."""
        if sync.more(_pagination(first), 1):
            return await self._all(operation, shape)
        return [understood(shape, row) for row in _records(first)]

    async def _all(
        self, operation: str, shape: type[R], options: Raw = _EVERYTHING, *, globally: bool = False
    ) -> list[R]:
        return [understood(shape, row) for row in await self._rows(operation, options, globally=globally)]

    async def _matching(
        self,
        operation: str,
        shape: type[R],
        filters: Sequence[Mapping[str, str]],
        fits: Callable[[R], bool],
        more: Raw = _EVERYTHING,
    ) -> list[R]:
        """The records that fit. What can be filtered on is not fully known: where it is refused, all are read."""
        also = list(more.get("filter", ()))
        try:
            found = await self._all(operation, shape, {**more, "filter": [*also, *filters]})
        except Refused as refused:
            if not _about_options(refused):
                raise
            found = await self._all(operation, shape, more)
        return [row for row in found if fits(row)]

    async def _changed(self, where: ReadFrom, operation: str, order: str, options: Raw = _EVERYTHING) -> Page:
        """A page of a list, of what changed or of everything."""
        at = sync.start(where)
        try:
            answer = await self._page(operation, at.page, _ordered(options, order, at.filters()))
        except Refused as refused:
            if at.since is None or not _about_options(refused):
                raise
            at = at.everything()
            answer = await self._page(operation, at.page, _ordered(options, order, ()))
        records, behind = _records(answer), at.behind(_pagination(answer))
        if behind is not None:
            return Page(records, next=behind.dump())
        return Page(records, next=None, cursor=at.cursor(int(_pagination(answer).get("count") or 0)))

    async def _one(self, operation: str, **id: int) -> Raw | None:
        """The record with this id; None when it is not in this company's books."""
        try:
            found = (await self._ask(operation, companyId=self.company, **id)).get("data")
        except NotHere:
            return None
        return found if isinstance(found, dict) else None

    async def _ones(self, operation: str, key: str, ids: Sequence[str]) -> list[Raw]:
        """Those of the records that are there, by one call each."""
        found = [await self._one(operation, **{key: int(id)}) for id in ids if id.isdecimal()]
        return [row for row in found if row is not None]

    async def _with_more(self, ask: Callable[[str], Any], operation: str, proven: str) -> Any:
        """What `operation` tells; where it asks for more than this Moloni has, what is proven."""
        try:
            return await ask(operation)
        except NotUnderstood:
            return await ask(proven)


def understood(shape: type[R], row: Raw) -> R:
    """The record in its shape; `TryLater` when it is not one."""
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        raise TryLater(_STRANGE) from error


def _records(answer: Raw) -> list[Raw]:
    found = answer.get("data")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TryLater(_STRANGE)
    return found


def _pagination(answer: Raw) -> Raw:
    options = answer.get("options")
    found = options.get("pagination") if isinstance(options, dict) else None
    if not isinstance(found, dict):
        # Without it nobody knows whether there is more; what is missing would count as deleted.
        raise TryLater(_STRANGE)
    return found


def _ordered(options: Raw, key: str, filters: Sequence[Mapping[str, str]]) -> Raw:
    """In the order of ids, so that nothing moves between two pages."""
    wanted = [*options.get("filter", ()), *filters]
    return {**options, "order": [{"field": key, "sort": "ASC"}], **({"filter": wanted} if wanted else {})}


def _about_options(refused: Rejected) -> bool:
    """Whether the list refused what it was asked by, not the company."""
    fields = refused.fields if isinstance(refused, Refused) else frozenset()
    return any("filter" in field or "options" in field for field in fields)
