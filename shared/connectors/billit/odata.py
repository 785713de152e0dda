"""OData v3 as Billit speaks it, and its JSON: literals, filters, envelopes, numbers (Billit fact sheet, section 2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

from shared.errors import Unsupported
from shared.schemas.money import json_number

DECIMALS = 5
"""Of a quantity and a price, at most (section 4.3, Precision)."""

_FILTER_LENGTH = 1500
"""Encoded characters of one filter: how long a URL may be is not published."""


def text(value: str) -> str:
    """A string literal; quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """A date literal of a local moment without a zone."""
    return f"DateTime'{value.isoformat(timespec='milliseconds')}'"


def any_of(field: str, literals: Iterable[str]) -> Iterator[str]:
    """Filters `field eq a or field eq b ...`, each short enough for one URL."""
    terms: list[str] = []
    for literal in literals:
        term = f"{field} eq {literal}"
        if terms and len(quote_plus(" or ".join([*terms, term]))) > _FILTER_LENGTH:
            yield " or ".join(terms)
            terms = []
        terms.append(term)
    if terms:
        yield " or ".join(terms)


def filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with only what there is to say: explicit nulls are refused (section 2, Nulls)."""
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def number(amount: Decimal, what: str) -> float:
    """A number for a body. `what` names it.

    Raises `Unsupported` for more decimals than Billit keeps, or more digits than a double holds.
    """
    exponent = amount.normalize().as_tuple().exponent
    double = json_number(amount)
    if not isinstance(exponent, int) or -exponent > DECIMALS or double is None:
        raise Unsupported(
            f"{what} is {amount.normalize():f}, and Billit keeps {DECIMALS} decimals. Correct it on the platform."
        )
    return double


@dataclass(frozen=True)
class Rows:
    """One answer with a list: the raw rows and the link to the next page, None on the last one."""

    rows: Sequence[Mapping[str, Any]]
    next: str | None


def rows(body: Any) -> Rows:
    """Unwrap a list: `{"Items": [...], "NextPageLink": ...}`, or bare, as older captures of the Swagger have it.

    An empty page is the last one, whatever its link says. Raises `ValueError` when it is no list.
    """
    if isinstance(body, list):
        return Rows(body, None)
    if isinstance(body, dict) and isinstance(body.get("Items"), list):
        return Rows(body["Items"], (body.get("NextPageLink") or None) if body["Items"] else None)
    raise ValueError("no list in the answer")
