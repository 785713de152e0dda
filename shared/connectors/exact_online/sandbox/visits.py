"""One call to one administration: reads and writes of its resources (Exact fact sheet, sections 3 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from shared.sandbox.lag import Lag
from shared.sandbox.oauth import Chain
from shared.sandbox.payload import decode

from . import finishing, printing, queries, rendering, views, writes
from .columns import Row
from .filters import parse_values
from .hooks import Hooks
from .kinds import COMPLETE_ORDER, FINISH_ASSEMBLY, PRINTED, WEBHOOKS, Resource
from .refusals import Refusal, bad_body
from .rendering import View
from .resources import RESOURCES, SERVED
from .store import Division, Table

_ACTIONS = {
    PRINTED: printing.print_invoice,
    COMPLETE_ORDER: finishing.complete_order,
    FINISH_ASSEMBLY: finishing.finish_assembly,
}
"""By path: a POST that does something and keeps no record of itself."""


@dataclass(frozen=True)
class Target:
    """What a URL points at. `key` is the text between the parentheses, `rest` what follows it."""

    division: str
    path: str
    key: str | None
    rest: str | None


@dataclass(frozen=True)
class Books:
    """What the API works on. `me` gives the row of current/Me; `divisions` those of system/Divisions, for a login."""

    open: Callable[[int], Division]
    me: Callable[[Chain], Row]
    divisions: Callable[[Chain], list[Row]]
    lag: Callable[[], Lag]
    hooks: Hooks
    mandatory_filter: bool
    payroll_role: bool


class Visit:
    """One call to one division."""

    def __init__(self, books: Books, request: Request, target: Target, login: Chain, *, json: bool) -> None:
        self._books = books
        self._request = request
        self._target = target
        self._division = books.open(int(target.division))
        self._login = login
        self._json = json
        self._resource = _resource(target.path)
        masked = frozenset() if books.payroll_role else self._resource.private
        self._view = View(self._resource, f"{origin(request)}/api/v1/{target.division}", self._division, masked)

    async def answer(self) -> Response:
        """The answer to the call."""
        if self._request.method not in self._resource.methods:
            raise Refusal(self._resource.unread if self._request.method == "GET" else 405)
        if self._request.method == "GET":
            return self._get()
        if self._request.method == "POST":
            body = await self._body()
            if self._resource.path == WEBHOOKS:
                await self._books.hooks.check(body)
            return self._post(body)
        key = self._key()
        if self._request.method == "PUT":
            return self._put(key, await self._body())
        writes.delete(self._division, self._resource, key, self._login.user)
        return Response(status_code=204)

    def _get(self) -> Response:
        if self._target.key is None:
            return self._list(self._resource, views.table(self._division, self._resource))
        row = by_key(views.table(self._division, self._resource), self._target.key)
        if self._target.rest is not None:
            return self._lines(row)
        query = queries.parse(self._request.query_params, self._resource, mandatory_filter=False)
        return rendering.single(self._view.row(row, query.select, query.expand), json=self._json)

    def _list(self, resource: Resource, table: Table) -> Response:
        query = queries.parse(self._request.query_params, resource, mandatory_filter=self._books.mandatory_filter)
        hidden = self._books.lag().search(resource.base or resource.path)
        if self._target.rest == "$count":
            return Response(str(queries.count(query, resource, table, hidden)), media_type="text/plain")
        if self._target.rest is not None:
            raise Refusal(404)
        found = queries.run(query, resource, table, hidden)
        rows = [self._view.row(row, query.select, query.expand) for row in found.rows]
        return rendering.listing(found, rows, self._next_url(found.next), json=self._json)

    def _lines(self, header: Row) -> Response:
        if self._target.rest != self._resource.collection:
            raise Refusal(404)
        lines = RESOURCES[self._resource.lines or ""]
        table = Table(lines.key)
        table.fill(self._division.tables[lines.path].lines_of(header[self._resource.key]))
        self._view = View(lines, f"{origin(self._request)}/api/v1/{self._division.code}", self._division)
        query = queries.parse(self._request.query_params, lines, mandatory_filter=False)
        found = queries.run(query, lines, table, frozenset())
        rows = [self._view.row(row, query.select) for row in found.rows]
        return rendering.listing(found, rows, self._next_url(found.next), json=self._json)

    def _post(self, body: Any) -> Response:
        before = self._division.version
        act = _ACTIONS.get(self._resource.path, writes.create)
        row = act(self._division, self._resource, body, self._login.user)
        self._note_written(before)
        blank = self._resource.blank_answer and not self._wants_record()
        return rendering.single(self._view.blank(row) if blank else self._view.row(row), 201, json=self._json)

    def _note_written(self, since: int) -> None:
        for path, resource in RESOURCES.items():
            for row in self._division.tables[path].since(since):
                self._books.lag().note(path, row[resource.key])

    def _put(self, key: str, body: Any) -> Response:
        row = writes.update(self._division, self._resource, key, body, self._login.user)
        if self._wants_record():
            return rendering.single(self._view.row(row), json=self._json)
        return Response(status_code=204)

    def _wants_record(self) -> bool:
        return "return=representation" in self._request.headers.get("prefer", "")

    def _key(self) -> str:
        if self._target.key is None or self._target.rest is not None:
            raise Refusal(405)
        return str(_key_value(self._target.key))

    def _next_url(self, params: Mapping[str, str] | None) -> str | None:
        if params is None:
            return None
        spelled = "&".join(f"{name}={quote(value, safe=chr(39) + ',:()$*')}" for name, value in params.items())
        return f"{origin(self._request)}{quote(self._request.scope['path'])}?{spelled}"

    async def _body(self) -> Any:
        try:
            return decode(await self._request.body())
        except ValueError as error:
            raise bad_body("The request should be a valid top-level resource object.") from error


def _resource(path: str) -> Resource:
    if path not in SERVED:
        raise Refusal(404)
    return SERVED[path]


def by_key(table: Table, key: str) -> Row:
    """The row with the key between a URL's parentheses; 404 when there is none."""
    row = table.rows.get(_key_value(key))
    if row is None:
        raise Refusal(404)
    return row


def _key_value(text: str) -> Any:
    values = parse_values(text)
    return values[0] if isinstance(values[0], str) else int(values[0])


def origin(request: Request) -> str:
    """Scheme and host as the caller wrote them: links lead back to where the call came in."""
    return f"{request.url.scheme}://{request.url.netloc}"
