"""What pydantic says of settings, as sentences an office worker understands, by setting. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.console.settings.shapes import Shape
from services.console.texts import Texts

GENERAL = ""
"""What is wrong with several settings together stands under this name."""


def problems(error: ValidationError, shapes: Mapping[str, Shape], texts: Texts) -> dict[str, str]:
    """The first thing that is wrong with each setting."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = _name(item, shapes)
        found.setdefault(name, _with_key(item, shapes.get(name), _sentence(item, texts), texts))
    return found


def _name(item: ErrorDetails, shapes: Mapping[str, Shape]) -> str:
    name = str(item["loc"][0]) if item["loc"] else str(_of(item).get("setting", GENERAL))
    return name if name in shapes else GENERAL


def _of(item: ErrorDetails) -> Mapping[str, Any]:
    return item.get("ctx") or {}


def _with_key(item: ErrorDetails, shape: Shape | None, sentence: str, texts: Texts) -> str:
    """Of a mapping, also which row is meant."""
    _, *inside = item["loc"] or ("",)
    if shape is None or shape.kind != "mapping" or not inside:
        return sentence
    return texts("{key}: {problem}", key=str(inside[0]), problem=sentence)


def _sentence(item: ErrorDetails, texts: Texts) -> str:
    limits, kind = _of(item), item["type"]
    if "setting" in limits or kind == "value_error":  # a sentence of the connector's own
        return texts.said(_as_sentence(item["msg"].removeprefix("Value error, ")))
    match kind:
        case "string_too_long":
            return texts("This is too long: at most {n} characters.", n=limits["max_length"])
        case "greater_than_equal":
            return texts("This must not be less than {n}.", n=limits["ge"])
        case _:
            return _by_type(kind, texts)


def _by_type(kind: str, texts: Texts) -> str:
    """By the first word of pydantic's name for it: `int_parsing`, `decimal_type`, `literal_error`."""
    sentences = {
        "literal": texts("Choose one of the list."),
        "string": texts("Fill this in."),
        "extra": texts("There is no such setting."),
        "date": texts("Choose a day here, such as {example}.", example="2026-03-31"),
        "int": texts("Write a whole number here."),
        "decimal": texts("Write a number here."),
        "finite": texts("Write a number here."),
        "bool": texts("This is either on or off."),
    }
    return sentences.get(kind.partition("_")[0], texts("This cannot be understood."))


def _as_sentence(text: str) -> str:
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."
