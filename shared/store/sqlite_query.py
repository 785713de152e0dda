"""Conditions, sorting and indexes of the store port in SQLite's words, and documents in and out of JSON. Pure.

A value is compared together with its JSON type, because SQLite alone takes `true` for 1 and puts every text behind
every number. Collection and field names are checked, values are always bound: nothing of a user becomes SQL.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared.store import Document, Is, StoreNow, Where
from shared.store.collections import Collection, Index
from shared.store.documents import key_of, known, moment, names, not_comparable, not_storable

Clause = tuple[str, list[Any]]
"""A piece of SQL and the values bound to it."""

_IN_LIST = "IN (SELECT value FROM json_each(?))"
"""A list as one bound value, so it may be longer than SQLite's limit of variables."""


def table(collection: str) -> str:
    """Quote the table of a collection; `ValueError` when collections.py does not know it."""
    return f'"{known(collection)}"'


def field(path: str) -> str:
    """Name the value at a field path. One text for indexes and queries, or SQLite does not see that they match."""
    if path == "id":
        return "id"
    return f"json_extract(doc, '{_json_path(path)}')"


def matches(where: Where, now: datetime) -> Clause:
    """Join all conditions of a `where`; `StoreNow` means `now`."""
    clauses = [_condition(path, wanted, now) for path, wanted in where.items()]
    return " AND ".join(sql for sql, _ in clauses) or "TRUE", [value for _, values in clauses for value in values]


def ordering(sort: Sequence[str]) -> str:
    """Write the `ORDER BY` of a find: field paths, `-` descends, ties by id."""
    terms = [f"{field(path[1:])} DESC" if path.startswith("-") else field(path) for path in sort]
    return ", ".join([*terms, "id"])


def encode(value: Any, now: datetime) -> str:
    """Turn into JSON text, every `StoreNow` replaced. `ValueError` or `TypeError` for what JSON has no word for."""

    def put_in(other: object) -> str:
        if isinstance(other, StoreNow):
            return moment(other, now)
        raise not_storable(other)

    return json.dumps(value, default=put_in, allow_nan=False, separators=(",", ":"))


def row(document: Document, now: datetime) -> tuple[str, str]:
    """Make the columns of a document; `TypeError` when it has no text `id`."""
    return key_of(document), encode(document, now)


def create_table(collection: Collection) -> list[str]:
    """List the statements that make a collection and its indexes; harmless when they exist."""
    name = table(collection.name)
    made = f"CREATE TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)"
    return [made, *(_create_index(name, collection.name, index) for index in collection.indexes)]


def _create_index(table_name: str, collection: str, index: Index) -> str:
    columns = [field(path) for path in index.fields]
    kind, only = ("UNIQUE INDEX", f" WHERE {columns[0]} IS NOT NULL") if index.unique else ("INDEX", "")
    # The name says the definition, so a changed definition is a new index.
    name = f'"{collection}: {kind.lower()} {" ".join(index.fields)}"'
    return f"CREATE {kind} IF NOT EXISTS {name} ON {table_name} ({', '.join(columns)}){only}"


def _json_path(path: str) -> str:
    return "$" + "".join(f'."{name}"' for name in names(path))


def _condition(path: str, wanted: Any, now: datetime) -> Clause:
    op, value = (wanted.op, wanted.value) if isinstance(wanted, Is) else ("=", wanted)
    if op == "in":
        return _any_of(path, [_plain(member, now) for member in value])
    value = _plain(value, now)
    if value is None:
        return _null(path, op), []
    if op == "!=":
        return f"({_comparison(path, '=', value)}) IS NOT TRUE", [value]
    return _comparison(path, op, value), [value]


def _null(path: str, op: str) -> str:
    if op not in {"=", "!="}:
        raise ValueError(f"{path} {op} null: only equal and not equal can be asked of null")
    return f"{field(path)} IS {'NOT ' if op == '!=' else ''}NULL"


def _any_of(path: str, members: Iterable[Any]) -> Clause:
    """One `IN` per JSON type among the members."""
    groups: dict[str, list[Any]] = {}
    for member in members:
        groups.setdefault(_types(member), []).append(member)
    tests = [f"{field(path)} {_IN_LIST}{_and_type(path, types, group)}" for types, group in groups.items()]
    return f"({' OR '.join(tests) or 'FALSE'})", [json.dumps(group) for group in groups.values()]


def _comparison(path: str, op: str, value: Any) -> str:
    if op == "=":
        return f"{field(path)} = ?{_and_type(path, _types(value), [value])}"
    return f"{field(path)} {op} ? AND {_has_type(path, _types(value))}"


def _and_type(path: str, types: str, equal: Iterable[Any]) -> str:
    """Nothing but a text equals a text, save the text of a list or an object.

    So the type is not asked then: that would read every document where the index alone can answer.
    """
    if types == "'text'" and not any(value.startswith(("{", "[")) for value in equal):
        return ""
    return f" AND {_has_type(path, types)}"


def _has_type(path: str, types: str) -> str:
    actual = "'text'" if path == "id" else f"json_type(doc, '{_json_path(path)}')"
    return f"{actual} IN ({types})"


def _types(value: Any) -> str:
    """List the JSON types, in SQLite's words, that may be compared with this value."""
    if isinstance(value, bool):
        return "'true', 'false'"
    if isinstance(value, int | float):
        return "'integer', 'real'"
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("text with a zero character cannot be compared: SQLite ends a text there")
        return "'text'"
    raise not_comparable(value)


def _plain(value: Any, now: datetime) -> Any:
    return moment(value, now) if isinstance(value, StoreNow) else value
