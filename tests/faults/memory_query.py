"""Conditions and sorting of the store port over plain values. Pure."""

import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from shared.store import Document, Is, StoreNow, Where
from shared.store.documents import moment, names, not_comparable

Holds = Callable[[Document], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value_at(document: Document, path: str) -> Any:
    """The value at a field path; None when it is missing."""
    return _at(document, _names(path))


def condition(where: Where, now: datetime) -> Holds:
    """All conditions of a `where` in one; `StoreNow` means `now`. Checked before anything is compared."""
    tests = [_test(path, wanted, now) for path, wanted in where.items()]
    return lambda document: all(test(document) for test in tests)


def in_order(documents: Sequence[Document], sort: Sequence[str]) -> list[Document]:
    """Sorted by field paths (`-path` descends), ties by id; missing and null before any value."""
    ordered = sorted(documents, key=lambda document: str(document["id"]))
    for path in reversed(sort):
        parts = _names(path.removeprefix("-"))
        ordered.sort(key=lambda document, parts=parts: _rank(_at(document, parts)), reverse=path.startswith("-"))
    return ordered


_names = cache(names)
"""Paths are few, and asked for all the time."""


def _at(document: Document, parts: Sequence[str]) -> Any:
    value: Any = document
    for part in parts:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, bool | int | float) else (2, str(value))


def _test(path: str, wanted: Any, now: datetime) -> Holds:
    parts = _names(path)
    op, value = (wanted.op, wanted.value) if isinstance(wanted, Is) else ("=", wanted)
    accepts = _accepts(path, op, value, now)
    return lambda document: accepts(_at(document, parts))


def _accepts(path: str, op: str, value: Any, now: datetime) -> Callable[[Any], bool]:
    if op == "in":
        members = [_comparison("=", _plain(member, now)) for member in value]
        return lambda actual: any(same(actual) for same in members)
    if value is None:
        return _null(path, op)
    if op == "!=":
        same = _comparison("=", _plain(value, now))
        return lambda actual: not same(actual)
    return _comparison(op, _plain(value, now))


def _null(path: str, op: str) -> Callable[[Any], bool]:
    if op not in {"=", "!="}:
        raise ValueError(f"{path} {op} null: only equal and not equal can be asked of null")
    return lambda actual: (actual is None) == (op == "=")


def _comparison(op: str, value: Any) -> Callable[[Any], bool]:
    kind, compare = _kind(value), _COMPARE[op]
    if kind is None:
        raise not_comparable(value)
    return lambda actual: _kind(actual) == kind and compare(actual, value)


def _kind(value: Any) -> str | None:
    """The JSON type, as far as it can be compared: a boolean is no number."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else None


def _plain(value: Any, now: datetime) -> Any:
    return moment(value, now) if isinstance(value, StoreNow) else value
