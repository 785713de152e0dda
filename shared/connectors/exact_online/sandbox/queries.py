"""GET of lists: which rows, in what order, how many, and where the next page begins (Exact fact sheet, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import islice
from typing import Any

from .columns import Row
from .filters import Term, parse_filter, parse_values
from .kinds import Resource
from .refusals import syntax
from .store import Table

_OPTIONS = {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount"}
Order = list[tuple[str, bool]]
"""Column and whether it is descending; the key comes last, so that no two rows are equal."""


@dataclass(frozen=True)
class Query:
    """The query options of one GET, understood."""

    params: Mapping[str, str]
    filter: Term | None
    select: frozenset[str] | None
    expand: frozenset[str]
    order: Order
    top: int | None
    skip: int
    token: list[Any] | None
    count: bool


@dataclass(frozen=True)
class Found:
    """One page. `next` are the query options of the next page; `bare` asks for a list without its wrapper."""

    rows: list[Row]
    next: Mapping[str, str] | None
    count: int | None
    bare: bool


def parse(params: Mapping[str, str], resource: Resource, *, mandatory_filter: bool) -> Query:
    """The query of a list; a `Refusal` (400) says what Exact would not take."""
    unknown = [name for name in params if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise syntax()
    top = _integer(params, "$top")
    term = parse_filter(params["$filter"], resource.columns) if params.get("$filter") else None
    if resource.needs_select and not params.get("$select") and top != 1:
        raise syntax("Please add a $select or a $top=1 statement to the query string.")
    _check_filter(resource, term, mandatory=mandatory_filter)
    return Query(
        params, term, _names(params.get("$select"), resource), _words(params.get("$expand")),
        _order(params.get("$orderby"), resource), top, _integer(params, "$skip") or 0,
        parse_values(params["$skiptoken"]) if "$skiptoken" in params else None,
        params.get("$inlinecount") == "allpages",
    )  # fmt: skip


def run(query: Query, resource: Resource, table: Table, hidden: frozenset[str]) -> Found:
    """The page of rows that match; `hidden` keys are left out."""
    size = resource.page if query.top is None else min(query.top, resource.page)
    matching = _matching(query, resource, table, hidden)
    count = sum(1 for _ in _matching(query, resource, table, hidden, ignore_token=True)) if query.count else None
    rows = list(islice(matching, query.skip, query.skip + size + 1))
    more = len(rows) > size and (query.top is None or query.top > size)
    onward = _next(query, resource, rows[size - 1], size) if more and size else None
    bare = query.top is not None and query.top <= resource.page and not query.count
    return Found(rows[:size], onward, count, bare)


def count(query: Query, resource: Resource, table: Table, hidden: frozenset[str]) -> int:
    """How many rows match, for `/$count`."""
    return sum(1 for _ in _matching(query, resource, table, hidden))


def _matching(
    query: Query, resource: Resource, table: Table, hidden: frozenset[str], *, ignore_token: bool = False
) -> Iterator[Row]:
    token = None if ignore_token else query.token
    rows = _candidates(query, resource, table, token)
    if query.filter is not None:
        rows = filter(query.filter.value, rows)
    if hidden:
        rows = (row for row in rows if row[resource.key] not in hidden)
    return iter(rows)


def _candidates(query: Query, resource: Resource, table: Table, token: list[Any] | None) -> Iterable[Row]:
    """Rows in the asked order from the token on; by key, by version or by sorting, whichever is least work."""
    name, descending = query.order[0]
    if name == "Timestamp" and not descending and resource.by_version:
        floor = query.filter.floor.get(name, 0) if query.filter else 0
        return table.since(max(int(token[0]) if token else 0, int(floor)))
    pinned = query.filter.only(resource.key) if query.filter else None
    if pinned is None and name == resource.key and not descending:
        return table.after(token[0] if token else None)
    rows = table.after() if pinned is None else (table.rows[key] for key in pinned if key in table.rows)
    compare = _comparison(query.order, resource)
    by_values = cmp_to_key(compare)
    ordered = sorted(rows, key=lambda row: by_values(_values(row, query, resource)))
    return ordered if token is None else (row for row in ordered if compare(_values(row, query, resource), token) > 0)


def _values(row: Row, query: Query, resource: Resource) -> list[Any]:
    return [resource.columns[name].of(row) for name, _ in query.order]


def _comparison(order: Order, resource: Resource) -> Callable[[list[Any], list[Any]], int]:
    def compare(one: list[Any], other: list[Any]) -> int:
        for (name, descending), left, right in zip(order, one, other, strict=True):
            column = resource.columns[name]
            if left != right:
                less = left is None or (right is not None and column.compared(left) < column.compared(right))
                return 1 if less == descending else -1
        return 0

    return compare


def _next(query: Query, resource: Resource, last: Row, size: int) -> dict[str, str]:
    onward = {name: value for name, value in query.params.items() if name not in {"$skiptoken", "$skip"}}
    if query.top is not None:
        onward["$top"] = str(query.top - size)
    names = ["Timestamp"] if resource.by_version else [name for name, _ in query.order]
    onward["$skiptoken"] = ",".join(
        _spell(resource.columns[name].of(last), resource.columns[name].type) for name in names
    )
    return onward


def _spell(value: Any, type: str) -> str:
    """The value as a literal that `parse_values` reads back."""
    if value is None:
        return "null"
    if type == "S":
        value = value.replace("'", "''")
    shape = {"G": "guid'{}'", "S": "'{}'", "I64": "{}L"}.get(type, "{}")
    return f"datetime'{value.isoformat()}'" if type == "DT" else shape.format(value)


def _order(text: str | None, resource: Resource) -> Order:
    parts = [part.split() for part in text.split(",")] if text else []
    order = [(words[0], words[1:] == ["desc"]) for words in parts if words]
    if any(name not in resource.columns for name, _ in order):
        raise syntax()
    last = "Timestamp" if resource.by_version else resource.key
    return order if any(name == last for name, _ in order) else [*order, (last, False)]


def _check_filter(resource: Resource, term: Term | None, *, mandatory: bool) -> None:
    fields = term.fields if term else frozenset()
    if resource.only_filters and (strange := sorted(fields - set(resource.only_filters))):
        raise syntax(f"Filtering on these fields is not supported: {', '.join(strange)}")
    if mandatory and resource.must_filter and not fields & set(resource.must_filter):
        raise syntax(
            "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter "
            f"parameter with one of the following fields in the url:{','.join(resource.must_filter)}"
        )


def _integer(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise syntax()
    return int(text)


def _words(text: str | None) -> frozenset[str]:
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())


def _names(text: str | None, resource: Resource) -> frozenset[str] | None:
    if not text or text.strip() == "*":
        return None
    names = frozenset(word.partition("/")[0] for word in _words(text))
    if names - resource.columns.keys():
        raise syntax()
    return names
