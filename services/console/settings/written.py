"""Settings as texts in the fields of a form, and back. Pure; what is shown and not changed comes back the same."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from services.console.settings.numbers import plain, shown
from services.console.settings.shapes import Shape
from services.console.texts import Texts

Pairs = tuple[tuple[str, str], ...]
Written = str | tuple[str, ...] | Pairs
"""What the field of a form holds: a text (`"true"` for a switch that is on), some texts, or pairs of key and code."""

KEY, CODE = ".key", ".code"
"""Behind the name of a mapping, the names of its two columns."""


class Posted(Protocol):
    """A form as it came, several values under a name."""

    def get(self, key: str) -> Any:
        """The last value."""

    def getlist(self, key: str) -> list[Any]:
        """All values."""


class Wrong(ValueError):
    """What stands in a field cannot be what the field is for; the text is a sentence for the user."""


def written(shape: Shape, value: Any, texts: Texts) -> Written:
    """A stored value as its field shows it."""
    match shape.kind:
        case "switch":
            return "true" if value else ""
        case "choices" | "texts":
            return tuple(map(str, value or ()))
        case "mapping":
            rows = (value or {}).items()
            return tuple((key_shown(shape, key, texts), _shown(shape, code, texts)) for key, code in rows)
        case _:
            return "" if value is None else _shown(shape, value, texts)


def posted(shape: Shape, form: Posted) -> Written:
    """What somebody left in a field."""
    match shape.kind:
        case "choices" | "texts":
            return tuple(text for text in map(_text, form.getlist(shape.name)) if text)
        case "mapping":
            keys, codes = form.getlist(shape.name + KEY), form.getlist(shape.name + CODE)
            return tuple(zip(map(_text, keys), map(_text, codes), strict=False))
        case _:
            return _text(form.get(shape.name))


def value_of(shape: Shape, given: Written, texts: Texts, *, before: Any = None, kept: Collection[str] = ()) -> Any:
    """The value to be validated. `Wrong` where it cannot be one.

    Of fixed values those `kept` stay as they were `before`, and the order of before stays too: only a list that really
    differs is saved as another one.
    """
    match shape.kind:
        case "switch":
            return given == "true"
        case "choices":
            return _in_order(shape, [str(one) for one in before or ()], {*given, *kept})
        case "texts":
            return list(given)
        case "mapping":
            return _mapping(shape, [pair for pair in given if isinstance(pair, tuple)], texts)
        case _:
            return None if given == "" and shape.optional else _value(shape, str(given), texts)


def _text(value: Any) -> str:
    """Browsers send the ends of lines in two characters; a file is no text."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _in_order(shape: Shape, before: Sequence[str], chosen: Collection[str]) -> list[str]:
    new = (one for one in (*shape.fixed, *sorted(chosen)) if one in chosen and one not in before)
    return [*(one for one in before if one in chosen), *dict.fromkeys(new)]


def _mapping(shape: Shape, pairs: Sequence[tuple[str, str]], texts: Texts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for written_key, code in pairs:
        if not code:
            continue  # that is how a row is removed
        key = _key(shape, written_key, texts)
        if not key:
            raise Wrong(texts("Say what {code} stands for, or empty that row.", code=code))
        if key in found:
            raise Wrong(texts("{key} stands there twice. Remove one of the rows.", key=written_key))
        found[key] = _value(shape, code, texts)
    return found


def _key(shape: Shape, key: str, texts: Texts) -> str:
    return (plain(key, texts.locale) or key) if shape.hints.key_unit else key


def key_shown(shape: Shape, key: str, texts: Texts) -> str:
    """A key of a mapping as its row shows it."""
    return shown(key, texts.locale) if shape.hints.key_unit else key


def _shown(shape: Shape, value: Any, texts: Texts) -> str:
    return shown(str(value), texts.locale) if _counts(shape) else str(value)


def _value(shape: Shape, text: str, texts: Texts) -> Any:
    if not _counts(shape):
        return _literal(shape, text)
    number = plain(text, texts.locale)
    if number is None:
        raise Wrong(texts("Write a number here, such as {example}.", example=shown("12.5", texts.locale)))
    if shape.of is int and "." in number:
        raise Wrong(texts("Write a whole number here."))
    return number


def _counts(shape: Shape) -> bool:
    return shape.of.__name__ in {"int", "Decimal"} and not shape.fixed


def _literal(shape: Shape, text: str) -> Any:
    return int(text) if shape.fixed and shape.of is int and text in shape.fixed else text
