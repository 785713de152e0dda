"""How a call to e-Boekhouden is made: envelopes, sessions of accountants, answers (e-Boekhouden fact sheet, 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from zeep.helpers import serialize_object

from shared.connector import Page, ReadFrom
from shared.errors import NeedsOwner, TryLater, Uncertain

from . import soap
from .models import Administratie, Row
from .partition import Reader, Search
from .sessions import administration_code

if TYPE_CHECKING:
    from shared.http import VendorHttp

R = TypeVar("R", bound=Row)

CALLS_A_PAGE = 10
"""Parts of a long list asked for in one turn, unless one of them brings something new."""


class Calls:
    """What all calls of one connection share; `Client` has the calls themselves."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        self._http = http
        self._administration = administration
        self._session: str | None = None

    @property
    def own(self) -> str:
        """The code of the administration whose codes were typed."""
        return self._http.whose.rpartition("@")[2]

    async def _write(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Send a write; its result. `Uncertain` when the answer cannot be read."""
        text = await self._exchange(operation, await self._in_session(parameters), write=True)
        try:
            return soap.result(operation, text)
        except ValueError as error:
            raise Uncertain(_STRANGE) from error

    async def _result(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Ask in the session of the login; the result."""
        try:
            return soap.result(operation, await self._exchange(operation, parameters, write=False))
        except ValueError as error:
            raise TryLater(_STRANGE) from error

    async def _list(
        self, operation: str, parameters: Mapping[str, Any], names: Sequence[str], shape: type[R]
    ) -> list[R]:
        """The records of a short list; `names` lead to it in the result."""
        found = await self._result(operation, await self._in_session(parameters))
        for name in names:
            found = getattr(found, name, None)  # absent or empty when there are none (section 9)
        return [_understood(shape, one) for one in found or ()]

    async def _elements(self, operation: str, name: str, filters: Mapping[str, Any]) -> list[Any]:
        """The records of a long list as they came."""
        asked = await self._in_session({"cFilter": dict(filters)})
        try:
            return list(soap.elements(await self._exchange(operation, asked, write=False), name))
        except ValueError as error:
            raise TryLater(_STRANGE) from error

    async def _parts(self, search: Search, where: ReadFrom, ask: Callable[[Mapping[str, str]], Any]) -> Page:
        """The next piece of a list that may be longer than one answer."""
        reader, found = Reader(search, where.position, where.cursor), []
        for _ in range(CALLS_A_PAGE):
            elements = {soap.field(one, search.id): one for one in await ask(reader.filter)}
            new = reader.take(list(elements))
            if reader.first:
                reader.signs_of(soap.field(one, search.code) for one in elements.values())
            found = [soap.record(elements[id]) for id in new]
            reader.learn(found)
            if found or reader.done:
                break
        if reader.done:
            return Page(found, next=None, cursor=reader.cursor, doubt=reader.doubt)
        return Page(found, next=reader.position)

    async def _in_session(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """With the session of another administration than that of the login, for accountants (section 2)."""
        if self._administration in {None, self.own}:
            return parameters
        if self._session is None:
            self._session = await self._open_sub(await self._guid())
        return {"SessionID": self._session, **parameters}

    async def _guid(self) -> str:
        for one in await self._administrations():
            if administration_code(one.Guid) == self._administration:
                return one.Guid
        raise NeedsOwner("The login may not open this administration of e-Boekhouden any more. Log in again.")

    async def _open_sub(self, guid: str) -> str:
        opened = await self._result("OpenSessionSub", {"AdministratieGUID": guid})
        if opened is None or not opened.SessionID:
            raise TryLater(_STRANGE)
        return str(opened.SessionID)

    async def _administrations(self) -> list[Administratie]:
        found = await self._result("GetAdministraties", {})
        rows = getattr(getattr(found, "Administraties", None), "cAdministratie", None) or ()
        return [_understood(Administratie, one) for one in rows if one.Guid]

    async def _exchange(self, operation: str, parameters: Mapping[str, Any], *, write: bool) -> str:
        content, headers = soap.envelope(operation, parameters)
        return (await self._http.exchange(soap.PATH, content, headers, write=write)).text


_STRANGE = "e-Boekhouden answered in an unknown form."


def _understood(shape: type[R], row: Any) -> R:
    try:
        return shape.model_validate(serialize_object(row, dict))  # type: ignore[no-untyped-call]  # zeep's
    except ValidationError:
        # Not `from`: its text would show what was read, a security code perhaps.
        raise TryLater(_STRANGE) from None
