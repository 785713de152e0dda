"""Column types: how Exact writes a value, compares it and takes it in (Exact fact sheet, sections 3 and 7)."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, cast
from uuid import UUID

from shared.clock import EPOCH

from .refusals import bad_body

Type = Literal["G", "S", "I16", "I32", "I64", "D", "B", "By", "DT", "Bin", "Col"]
Row = dict[str, Any]
"""A stored record, sparse: str (not padded), int, Decimal, bool, naive `datetime` in the server's local time."""

EDM: Mapping[Type, str] = {
    "G": "Guid", "S": "String", "I16": "Int16", "I32": "Int32", "I64": "Int64", "D": "Double",
    "B": "Boolean", "By": "Byte", "DT": "DateTime", "Bin": "Byte[]", "Col": "Collection",
}  # fmt: skip
_INTEGERS = {"I16", "I32", "I64", "By"}
_PURE_DATE = 10


@dataclass(frozen=True)
class Column:
    """One property of a resource.

    `left` and `right` are the widths of padded columns. `label` is the Dutch name in messages. `read_only` values in a
    body are ignored; `fixed` ones are ignored on PUT. `refers` is the path of the resource whose key the value must be.
    """

    name: str
    type: Type
    required: bool = False
    read_only: bool = False
    fixed: bool = False
    left: int = 0
    right: int = 0
    label: str = ""
    refers: str = ""
    default: Any = None

    def of(self, row: Row) -> Any:
        """The stored value in a row; the default when the sparse row leaves it out."""
        return row.get(self.name, self.default)

    def show(self, value: Any) -> Any:
        """The value as JSON carries it; None stays null."""
        shape = _SHOWN.get(self.type)
        if self.type == "S":
            return self.compared(value)
        return shape(value) if shape and value is not None else value

    def compared(self, value: Any) -> Any:
        """The value as filters see it: strings padded."""
        if value is None or not (self.left or self.right):
            return value
        return value.rjust(self.left) if self.left else value.ljust(self.right)

    def read(self, value: Any) -> Any:
        """The stored form of a value from a request body; a `Refusal` (400) when it has the wrong type."""
        if value is None:
            return None
        try:
            return _READ[self.type](value)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise bad_body(
                "Error encountered in converting the value from request payload for property "
                f"'{self.name}' to type '{EDM[self.type]}'"
            ) from error


def _show_number(value: Decimal) -> Decimal:
    # 12.50 leaves as 12.5: the other side holds doubles, which know no trailing zeros.
    return Decimal(format(value.normalize(), "f"))


def _show_date(value: datetime) -> str:
    # Local wall time written as if it were UTC (section 3).
    return f"/Date({round((value.replace(tzinfo=UTC) - EPOCH).total_seconds()) * 1000})/"


_SHOWN: Mapping[Type, Callable[[Any], Any]] = {
    # Contents are null in every answer (section 8).
    "D": _show_number, "DT": _show_date, "I64": str, "Bin": lambda _: None,
}  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value.strip()


def _base64(value: Any) -> str:
    b64decode(_text(value), validate=True)
    return _text(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != Decimal(value):
        raise TypeError("not an integer")
    return int(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError("not a number")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a boolean")
    return value


def _moment(value: Any) -> datetime:
    if wcf := re.fullmatch(r"/Date\((-?\d+)\)/", str(value)):
        return datetime.fromtimestamp(int(wcf[1]) / 1000, UTC).replace(tzinfo=None)
    return datetime.fromisoformat(value).replace(tzinfo=None)


def _guid(value: Any) -> str:
    return str(UUID(value))


_READ: Mapping[Type, Callable[[Any], Any]] = {
    "G": _guid, "S": _text, "I16": _integer, "I32": _integer, "I64": _integer, "By": _integer,
    "D": _number, "B": _boolean, "DT": _moment, "Bin": _base64, "Col": lambda value: value,
}  # fmt: skip


def columns(*lines: str) -> dict[str, Column]:
    """Columns from lines like `Code S <18` (the resource table's shorthand).

    After name and type: `*` required, `r` read-only, `f` fixed after creation, `<n` padded left, `>n` padded right,
    `^path` refers to a resource, `=value` default for new rows, `"label"` Dutch name in messages (`_` is a space).
    """
    parsed = [_column(line.split()) for line in lines]
    return {column.name: column for column in parsed}


def _column(words: list[str]) -> Column:
    name, kind = words[0], cast("Type", words[1])
    found: dict[str, Any] = {}
    for flag in words[2:]:
        found |= _flag(flag, kind)
    return Column(name, kind, **{"label": name, **found})


def _flag(flag: str, type: Type) -> dict[str, Any]:
    mark, rest = flag[0], flag[1:]
    simple = {"*": "required", "r": "read_only", "f": "fixed"}
    if mark in simple:
        return {simple[mark]: True}
    if mark == "=":
        return {"default": rest == "true" if type == "B" else _READ[type](rest)}
    named: dict[str, tuple[str, Any]] = {
        "<": ("left", rest), ">": ("right", rest), "^": ("refers", rest), '"': ("label", rest.replace("_", " "))
    }  # fmt: skip
    key, value = named[mark]
    return {key: int(value) if key in {"left", "right"} else value}
