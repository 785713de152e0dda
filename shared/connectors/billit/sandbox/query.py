"""OData v3 as Billit speaks it in lists: `$filter`, `$orderby`, `$top`, `$skip` (Billit fact sheet, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from .refusals import generic

LARGEST_PAGE = 120

Row = dict[str, Any]
Test = Callable[[Row], bool]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "gt": gt, "ge": ge, "lt": lt, "le": le}
_TOKEN = re.compile(
    r"\s*(?:(?P<date>datetime'[^']*')|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w/]*)|(?P<mark>[()]))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Query:
    """What a list was asked for. `top` is never more than a page holds."""

    test: Test
    order: str
    descending: bool
    top: int
    skip: int
    text: str

    def run(self, rows: Sequence[Row]) -> list[Row]:
        """All rows that are wanted, in order; the page is cut from them."""
        found = [row for row in rows if self.test(row) and self._mentions(row)]
        return sorted(found, key=lambda row: _sortable(_value(row, self.order)), reverse=self.descending)

    def _mentions(self, row: Row) -> bool:
        words = " ".join(str(value) for value in row.values() if isinstance(value, str))
        return self.text.casefold() in words.casefold()


def parse(asked: Mapping[str, str], *, filterable: frozenset[str], type_name: str, key: str) -> Query:
    """The query of a list; a property that cannot be filtered on is refused with Billit's words."""
    condition = asked.get("$filter")
    test = _Parser(condition, filterable, type_name).parse() if condition else _everything
    order, _, direction = asked.get("$orderby", key).strip().partition(" ")
    if order != key:
        _check(order, filterable, type_name)
    top = min(_whole(asked.get("$top"), LARGEST_PAGE), LARGEST_PAGE)
    text = asked.get("fullTextSearch", "")
    return Query(test, order, direction.strip() == "desc", top, _whole(asked.get("$skip"), 0), text)


def _everything(_row: Row) -> bool:
    return True


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit():
        raise generic(f"{text} is not a number")
    return int(text)


def _check(name: str, filterable: frozenset[str], type_name: str) -> str:
    if name not in filterable:
        raise generic(f"Could not find a property named '{name}' on type 'Billit.API.{type_name}'.")
    return name


def _value(row: Row, name: str) -> Any:
    value: Any = row
    for part in name.split("/"):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, "") if value is None or isinstance(value, Mapping) else (1, value)


class _Parser:
    """Comparisons joined by `and` and `or`, in parentheses where wanted."""

    def __init__(self, text: str, filterable: frozenset[str], type_name: str) -> None:
        self._filterable = filterable
        self._type = type_name
        self._tokens = _tokens(text)

    def parse(self) -> Test:
        test = self._either()
        if self._tokens:
            raise generic(f"Syntax error near {self._tokens[0][1]!r}")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take_word("or"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take_word("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        kind, text = self._next()
        if (kind, text) == ("mark", "("):
            inner = self._either()
            if self._next() != ("mark", ")"):
                raise generic("Syntax error: a parenthesis is not closed")
            return inner
        name = _check(text, self._filterable, self._type)
        compare, literal = self._next()[1].lower(), _literal(*self._next())
        if compare not in _COMPARE:
            raise generic(f"Syntax error near {compare!r}")
        return lambda row: _holds(_COMPARE[compare], _value(row, name), literal)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise generic("Syntax error: the filter ends too early")
        return self._tokens.pop(0)

    def _take_word(self, word: str) -> bool:
        if self._tokens and self._tokens[0][1].lower() == word:
            self._tokens.pop(0)
            return True
        return False


def _holds(compare: Callable[[Any, Any], bool], value: Any, literal: Any) -> bool:
    try:
        return compare is ne if value is None else compare(value, literal)
    except TypeError:
        return False


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise generic(f"Syntax error at position {place} in the filter")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return found


def _literal(kind: str, text: str) -> Any:
    match kind:
        case "text":
            return text[1:-1].replace("''", "'")
        case "date":
            return _moment(text[len("datetime'") : -1])
        case "number":
            return Decimal(text)
        case "word" if text.lower() in {"true", "false"}:
            return text.lower() == "true"
    raise generic(f"Syntax error near {text!r}")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise generic(f"{text} is not a date") from None
