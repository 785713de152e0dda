"""Exact's `$filter` language: OData v2 over stored rows (Exact fact sheet, section 3)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from .columns import EDM, Column, Row
from .refusals import Refusal, syntax

_INT32 = 2**31 - 1
_TOKEN = re.compile(
    r"\s*(?:(?P<guid>guid'[0-9a-fA-F-]{36}')|(?P<moment>datetime'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[LdDmMfF]?)|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_FAMILY = {"I16": "number", "I32": "number", "I64": "number", "D": "number", "By": "number",
           "S": "text", "G": "guid", "DT": "moment", "B": "boolean"}  # fmt: skip
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
_SYSTEM = {"number": "Int32", "text": "String", "guid": "Guid", "moment": "DateTime", "boolean": "Boolean"}


@dataclass(frozen=True)
class Term:
    """A piece of a filter. `pinned`: the values a matching row's column must have one of. `floor`: what it must exceed.

    Both only narrow the search; `value` alone decides.
    """

    family: str
    value: Callable[[Row], Any]
    fields: frozenset[str] = frozenset()
    edm: str = ""
    column: str = ""
    literal: Any = None
    pinned: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    floor: Mapping[str, Decimal] = field(default_factory=dict)

    def only(self, field: str) -> frozenset[Any] | None:
        """The values that `field` is compared with for equality, when no other row can match."""
        return self.pinned.get(field)


def parse_filter(text: str, columns: Mapping[str, Column]) -> Term:
    """The filter as a `Term` whose value says whether a row matches; `Refusal` (400) when it cannot be read."""
    parser = _Parser(_tokens(text), columns)
    term = parser.either()
    if parser.peek() or term.family != "boolean":
        raise syntax()
    return term


def parse_values(text: str) -> list[Any]:
    """A comma-separated list of literals (a `$skiptoken`)."""
    parser = _Parser(_tokens(text), {})
    values = [parser.literal()]
    while parser.accept(","):
        values.append(parser.literal())
    return values


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise syntax()
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return tokens


class _Parser:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, tokens: list[tuple[str, str]], columns: Mapping[str, Column]) -> None:
        self._tokens = tokens
        self._columns = columns
        self._place = 0

    def peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def accept(self, word: str) -> bool:
        found = self.peek() == word
        self._place += found
        return found

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise syntax()

    def either(self) -> Term:
        left = self.both()
        while self.accept("or"):
            left = _or(left, self.both())
        return left

    def both(self) -> Term:
        left = self.negation()
        while self.accept("and"):
            left = _and(left, self.negation())
        return left

    def negation(self) -> Term:
        if not self.accept("not"):
            return self.comparison()
        inner = self.comparison()
        return Term("boolean", lambda row: not inner.value(row), inner.fields)

    def comparison(self) -> Term:
        left = self.operand()
        word = self.peek()
        if word not in _COMPARE:
            return left
        self._place += 1
        return _compare(left, word, self.operand(), self._place)

    def operand(self) -> Term:
        if self.accept("("):
            inner = self.either()
            self.expect(")")
            return inner
        kind, text = self._next()
        if kind != "word" or text in _WORDS:
            return _literal(kind, text)
        return self._call(text) if self.accept("(") else self._field(text)

    def literal(self) -> Any:
        return _literal(*self._next()).literal

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise syntax()
        self._place += 1
        return self._tokens[self._place - 1]

    def _field(self, name: str) -> Term:
        column = self._columns.get(name)
        if column is None or column.type not in _FAMILY:
            raise Refusal(400, ["This $filter parameter is not supported for this resource"])
        return Term(
            _FAMILY[column.type], lambda row: column.compared(column.of(row)), frozenset({name}), EDM[column.type], name
        )

    def _call(self, name: str) -> Term:
        arguments = [self.operand()]
        while self.accept(","):
            arguments.append(self.operand())
        self.expect(")")
        return _function(name, arguments)


def _literal(kind: str, text: str) -> Term:
    if kind == "word" and text in _WORDS:
        value = _WORDS[text]
        return Term("null" if value is None else "boolean", lambda _: value, literal=value)
    if kind not in _LITERALS:
        raise syntax()
    try:
        value = _LITERALS[kind](text)
    except ValueError as error:
        raise syntax() from error
    return Term(kind, lambda _: value, literal=value)


def _number(text: str) -> Decimal:
    suffix = text[-1] if text[-1].isalpha() else ""
    value = Decimal(text.removesuffix(suffix))
    if not suffix and "." not in text and abs(value) > _INT32:
        # A literal above Int32 needs the suffix L (section 6).
        raise ValueError("Int32 overflow")
    return value


_LITERALS: Mapping[str, Callable[[str], Any]] = {
    "guid": lambda text: text[5:-1].lower(),
    "moment": lambda text: datetime.fromisoformat(text[9:-1]).replace(tzinfo=None),
    "text": lambda text: text[1:-1].replace("''", "'"),
    "number": _number,
}


def _compare(left: Term, word: str, right: Term, place: int) -> Term:
    if left.family != right.family and "null" not in {left.family, right.family}:
        sides = [f"System.{side.edm or _SYSTEM[side.family]}" for side in (left, right)]
        raise syntax(
            f"Operator '{word}' incompatible with operand types '{sides[0]}' and '{sides[1]}' at position {place}."
        )
    test, one, other = _COMPARE[word], left.value, right.value
    pinned = {left.column: frozenset({right.literal})} if word == "eq" and left.column and not right.fields else {}
    if word in {"eq", "ne"}:
        return Term("boolean", lambda row: test(one(row), other(row)), left.fields | right.fields, pinned=pinned)
    floor = {left.column: right.literal} if word == "gt" and right.family == "number" and not right.fields else {}
    return Term("boolean", lambda row: _ordered(test, one(row), other(row)), left.fields | right.fields, floor=floor)


def _ordered(test: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    return one is not None and other is not None and test(one, other)


def _or(left: Term, right: Term) -> Term:
    pinned = {name: left.pinned[name] | right.pinned[name] for name in left.pinned.keys() & right.pinned.keys()}
    one, other = left.value, right.value
    return Term("boolean", lambda row: one(row) or other(row), left.fields | right.fields, pinned=pinned)


def _and(left: Term, right: Term) -> Term:
    one, other = left.value, right.value
    pinned, floor = {**left.pinned, **right.pinned}, {**left.floor, **right.floor}
    return Term("boolean", lambda row: one(row) and other(row), left.fields | right.fields, pinned=pinned, floor=floor)


def _function(name: str, arguments: list[Term]) -> Term:
    functions: Mapping[str, tuple[int, str, Callable[..., Any]]] = {
        "trim": (1, "text", lambda text: text.strip()),
        "tolower": (1, "text", lambda text: text.lower()),
        "substringof": (2, "boolean", lambda part, text: part.lower() in text.lower()),
        "startswith": (2, "boolean", lambda text, start: text.lower().startswith(start.lower())),
    }
    arity, family, call = functions.get(name, (-1, "", None))
    if call is None or arity != len(arguments) or any(term.family != "text" for term in arguments):
        raise syntax()
    empty = False if family == "boolean" else None

    def value(row: Row) -> Any:
        values = [term.value(row) for term in arguments]
        return empty if None in values else call(*values)

    return Term(family, value, frozenset().union(*(term.fields for term in arguments)))
