"""How values look in Multivers' answers and come in its requests (Multivers fact sheet, section 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from .refusals import refused

_HIDDEN = "_"


def shown(value: Any) -> Any:
    """A value as it goes out: dates without leading zeros, what begins with `_` left out."""
    match value:
        case date():
            return f"{value.day}-{value.month}-{value.year}"
        case Mapping():
            return {name: shown(inner) for name, inner in value.items() if not name.startswith(_HIDDEN)}
        case list():
            return [shown(inner) for inner in value]
    return value


def day(text: Any, name: str) -> date | None:
    """A day of a request: `07-03-2026`, also with `0:00:00` behind it, or as ISO; empty text is none."""
    if not text:
        return None
    plain = str(text).partition(" ")[0].partition("T")[0]
    for form in ("%d-%m-%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007  # a calendar day
        except ValueError:
            continue
    raise refused(f"{name}: {text} is geen geldige datum.")


def number(body: Mapping[str, Any], name: str, default: str = "0") -> Decimal:
    """A number of a request. Text is none, as the package's serializer is not documented to read it."""
    value = body.get(name)
    if value is None:
        return Decimal(default)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise refused(f"{name}: {value!r} is geen getal.")
    return Decimal(value)


def text(body: Mapping[str, Any], name: str, longest: int) -> str:
    """A text of a request; one that is too long is refused."""
    value = str(body.get(name) or "")
    if len(value) > longest:
        raise refused(f"Het veld {name} mag maximaal {longest} tekens bevatten.")
    return value


def plain(segment: str) -> str:
    """An id in a path, with `!_` for every `%` (section 3, Characters in path)."""
    return unquote(re.sub("!_", "%", segment))
