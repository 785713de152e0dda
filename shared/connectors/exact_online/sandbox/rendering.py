"""Answers in Exact's two dialects: OData verbose JSON, and Atom for who does not ask for JSON (section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from shared.sandbox.payload import encode

from .columns import Row
from .kinds import Resource
from .queries import Found
from .refusals import Refusal
from .resources import RESOURCES
from .store import Division

_NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
)
Shown = Mapping[str, Any]


class View:
    """Shows rows of one resource to one caller. `root` is the URL the division's paths hang under.

    `masked` columns are null for this caller.
    """

    def __init__(
        self, resource: Resource, root: str, division: Division | None, masked: frozenset[str] = frozenset()
    ) -> None:
        self._resource = resource
        self._masked = masked
        self._root = root
        self._division = division

    def row(self, row: Row, select: frozenset[str] | None = None, expand: frozenset[str] = frozenset()) -> Shown:
        """A row as JSON: every selected column, nulls included, values padded."""
        uri = self.uri(row[self._resource.key])
        shown: dict[str, Any] = {"__metadata": {"uri": uri, "type": f"Exact.Web.Api.Models.{self._resource.model}"}}
        for column in self._resource.columns.values():
            if select is not None and column.name not in select:
                continue
            if column.type == "Col":
                shown[column.name] = self._collection(column.name, row, uri, expand)
            else:
                shown[column.name] = None if column.name in self._masked else column.show(column.of(row))
        return shown

    def blank(self, row: Row) -> Shown:
        """What some resources answer to a POST: the id, and null for everything else (section 3)."""
        return self.row(dict.fromkeys(self._resource.columns) | {self._resource.key: row[self._resource.key]})

    def uri(self, key: Any) -> str:
        """The row's own address."""
        literal = f"guid'{key}'" if self._resource.columns[self._resource.key].type == "G" else str(key)
        return f"{self._root}/{self._resource.path}({literal})"

    def _collection(self, name: str, row: Row, uri: str, expand: frozenset[str]) -> Shown:
        if name not in expand:
            return {"__deferred": {"uri": f"{uri}/{name}"}}
        if name != self._resource.collection or self._division is None:
            return {"results": []}
        lines = RESOURCES[self._resource.lines or ""]
        view = View(lines, self._root, self._division)
        found = self._division.tables[lines.path].lines_of(row[self._resource.key])
        return {"results": [view.row(line) for line in found]}


def listing(found: Found, rows: list[Shown], next_url: str | None, *, json: bool) -> Response:
    """A page. A small `$top` gets the bare array."""
    if not json:
        return _feed(rows, next_url)
    wrapped: dict[str, Any] = {"results": rows}
    if found.count is not None:
        wrapped["__count"] = str(found.count)
    if next_url:
        wrapped["__next"] = next_url
    return _json({"d": rows if found.bare else wrapped})


def single(row: Shown, status: int = 200, *, json: bool) -> Response:
    """One record."""
    return _json({"d": row}, status) if json else _xml(_entry(row, f" {_NAMESPACES}"), status)


def refused(refusal: Refusal, *, json: bool) -> Response:
    """An error; without a message the body is empty."""
    if not refusal.message:
        return Response(status_code=refusal.status, headers=refusal.headers)
    if json:
        body = {"error": {"code": "", "message": {"lang": "", "value": refusal.message}}}
        return Response(encode(body), refusal.status, refusal.headers, "application/json; charset=utf-8")
    text = f"<error {_NAMESPACES.rpartition(' ')[2]}><code/><message>{escape(refusal.message)}</message></error>"
    return _xml(text, refusal.status)


def _json(body: Shown, status: int = 200) -> Response:
    return Response(encode(body), status, media_type="application/json; charset=utf-8")


def _xml(text: str, status: int) -> Response:
    return Response(f'<?xml version="1.0" encoding="utf-8"?>{text}', status, media_type="application/atom+xml")


def _feed(rows: Iterable[Shown], next_url: str | None) -> Response:
    onward = f'<link rel="next" href={quoteattr(next_url)}/>' if next_url else ""
    return _xml(f"<feed {_NAMESPACES}>{''.join(_entry(row) for row in rows)}{onward}</feed>", 200)


def _entry(row: Shown, attributes: str = "") -> str:
    fields = "".join(_property(name, value) for name, value in row.items() if not isinstance(value, Mapping))
    uri = escape(row["__metadata"]["uri"])
    return (
        f'<entry{attributes}><id>{uri}</id><content type="application/xml"><m:properties>{fields}'
        "</m:properties></content></entry>"
    )


def _property(name: str, value: Any) -> str:
    if value is None:
        return f'<d:{name} m:null="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kind = {bool: "Boolean", int: "Int32", Decimal: "Double"}.get(type(value))
    mark = f' m:type="Edm.{kind}"' if kind else ""
    return f'<d:{name}{mark} xml:space="preserve">{escape(text)}</d:{name}>'
