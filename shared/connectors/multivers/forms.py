"""How Multivers writes days, numbers and ids. Pure (Multivers fact sheet, section 3)."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from shared.errors import Unsupported
from shared.schemas.money import JsonFraction, json_number

_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")


def day(text: str) -> date | None:
    """A day as answers have it: `7-3-2026`, now and then with a time behind it or as ISO; empty text is none.

    `ValueError` for anything else.
    """
    plain = text.strip()
    if not plain:
        return None
    found = _DAY.match(plain)
    return date(int(found[3]), int(found[2]), int(found[1])) if found else datetime.fromisoformat(plain).date()


def dutch(when: date) -> str:
    """A day as requests have it: `07-03-2026`."""
    return f"{when:%d-%m-%Y}"


def segment(id: str) -> str:
    """An id as part of a path: percent-encoded, with `!_` in place of every `%`."""
    return quote(id, safe="").replace("%", "!_")


def text(value: str) -> str:
    """A literal of a filter."""
    return "'" + value.replace("'", "''") + "'"


def number(amount: Decimal, what: str) -> float:
    """The amount as a JSON number; `Unsupported` when a double cannot hold it. `what` names it: "The price of A"."""
    found = json_number(amount)
    if found is None:
        raise Unsupported(f"{what} has more digits than can be sent to Multivers: {amount}.")
    return found


def filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty; zeros and false stay."""
    return {name: value for name, value in body.items() if value is not None and value != ""}


def as_it_came(value: Any) -> Any:
    """What was read, ready to be written back: fractions are numbers again."""
    match value:
        case JsonFraction():
            found = json_number(Decimal(value))
            return value if found is None else found
        case Mapping():
            return {name: as_it_came(inner) for name, inner in value.items()}
        case list():
            return [as_it_came(inner) for inner in value]
    return value
