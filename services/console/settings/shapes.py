"""What a setting looks like on a form, by the type of its field: pure, and the same for every connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic.fields import FieldInfo

from shared.hints import Hints, hints_of
from shared.mapping import ConnectorSettings

Kind = Literal["switch", "word", "choice", "choices", "text", "texts", "number", "mapping", "nothing"]
"""`word`: the user's word for something. `choice`, `choices`: one or some of fixed values. `nothing`: not to be set."""

Value = type[str] | type[int] | type[Decimal] | type[date]


@dataclass(frozen=True)
class Shape:
    """One setting. `optional`: it may be left empty.

    `of` is what a value is, `fixed` the values there are, `keys` the keys of a mapping that has fixed ones.
    """

    name: str
    title: str
    description: str
    kind: Kind
    hints: Hints
    of: Value = str
    fixed: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    optional: bool = False
    longest: int | None = None


@cache
def shapes(model: type[ConnectorSettings]) -> Mapping[str, Shape]:
    """All settings of a model by name, in its order."""
    return {name: _shape(name, info) for name, info in model.model_fields.items()}


def _shape(name: str, info: FieldInfo) -> Shape:
    bare, optional = _bare(info.annotation)
    hints = hints_of(info)
    more = {"optional": optional, "longest": _longest(info), **_typed(bare, hints)}
    return Shape(name, info.title or name, info.description or "", hints=hints, **more)


def _typed(bare: Any, hints: Hints) -> dict[str, Any]:
    """Kind and values by type."""
    if bare is NoneType:
        return {"kind": "nothing"}
    if bare is bool:
        return {"kind": "switch"}
    if (origin := get_origin(bare)) is tuple:
        return _one(get_args(bare)[0], "choices", "texts", "texts")
    if origin in (dict, Mapping):
        key, value = get_args(bare)
        keys = tuple(hints.titles) if get_origin(key) is Literal and hints.titles else _values(key)
        return {**_one(value, "mapping", "mapping", "mapping"), "keys": keys}
    return _one(bare, "word" if hints.confirms else "choice", "text", "number")


def _one(annotation: Any, fixed: Kind, text: Kind, number: Kind) -> dict[str, Any]:
    bare, _ = _bare(annotation)
    if get_origin(bare) is Literal:
        return {"kind": fixed, "fixed": _values(bare), "of": type(get_args(bare)[0])}
    return {"kind": number if bare in (int, Decimal) else text, "of": bare}


def _values(annotation: Any) -> tuple[str, ...]:
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The type without `Annotated` and `None`, and whether it may be None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, annotation is NoneType
    members = [member for member in get_args(annotation) if member is not NoneType]
    assert len(members) == 1 or all(get_origin(member) is Literal for member in members), "one type, or nothing"
    values = tuple(value for member in members for value in get_args(member))
    return (Literal[values] if len(members) > 1 else _bare(members[0])[0]), True


def _longest(info: FieldInfo) -> int | None:
    return next((rule.max_length for rule in info.metadata if isinstance(rule, MaxLen)), None)


def worded(value: str) -> str:
    """A fixed value that has no title says itself what it is: `shop_orders` is "Shop orders"."""
    return value.replace("_", " ").capitalize()
