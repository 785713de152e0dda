"""OData v2 as Exact speaks it: literals, filters, envelopes and dates (Exact fact sheet, sections 3 and 7)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

from shared import clock
from shared.errors import Unsupported
from shared.schemas.money import json_number

FILTER_LENGTH = 4500
"""Encoded characters of one filter: a URL may have 6000 in all (Exact fact sheet, section 1)."""

PAGE = 60
"""Rows of an ordinary page (Exact fact sheet, section 3)."""

_MILLISECONDS = re.compile(r"/Date\((-?\d+)\)/")


def text(value: str) -> str:
    """A string literal; quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"


def guid(value: str) -> str:
    """A GUID literal."""
    return f"guid'{value}'"


def path(division: str, resource: str) -> str:
    """Where a resource of an administration is (Exact fact sheet, section 1)."""
    return f"/api/v1/{division}/{resource}"


def filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with only what there is to say."""
    return {name: value for name, value in body.items() if value not in (None, "")}


def key_of(path: str) -> str:
    """The GUID in a path like `crm/Accounts(guid'...')`."""
    return path.rpartition("(guid'")[2].removesuffix("')")


def midnight(value: date) -> str:
    """The beginning of a day as a literal. It has no zone: Exact compares with its own wall clock (section 3)."""
    return f"datetime'{value.isoformat()}T00:00:00'"


def wall_time(value: datetime) -> str:
    """A moment as a literal, by Exact's own wall clock: without a zone (section 3)."""
    return f"datetime'{value.replace(microsecond=0).isoformat()}'"


def int64(value: int) -> str:
    """A 64-bit literal: above 32 bits the suffix is required (Exact fact sheet, section 6)."""
    return f"{value}L"


def padded(code: str) -> str:
    """An account code as a filter needs it: unpadded it matches nothing, without an error (section 7)."""
    return text(code.rjust(18))


def number(amount: Decimal) -> float:
    """A Double for a body. Raises `Unsupported` for an amount with more digits than a Double holds."""
    double = json_number(amount)
    if double is None:
        raise Unsupported(f"{amount} has more digits than Exact Online can hold.")
    return double


def any_of(field: str, literals: Iterable[str]) -> Iterator[str]:
    """Filters `field eq a or field eq b ...`, each short enough for one URL and one page of answers."""
    terms: list[str] = []
    for literal in literals:
        term = f"{field} eq {literal}"
        if terms and (len(terms) == PAGE or len(quote_plus(" or ".join([*terms, term]))) > FILTER_LENGTH):
            yield " or ".join(terms)
            terms = []
        terms.append(term)
    if terms:
        yield " or ".join(terms)


@dataclass(frozen=True)
class Rows:
    """One answer with a list: the raw rows and the link to the next page, None on the last one."""

    rows: Sequence[Mapping[str, Any]]
    next: str | None


def rows(body: Any) -> Rows:
    """Unwrap a list: `{"d": {"results": [...], "__next": ...}}`, or the bare `{"d": [...]}` of short answers.

    Raises `ValueError` when it is neither.
    """
    content = body.get("d") if isinstance(body, dict) else None
    if isinstance(content, list):
        return Rows(content, None)
    if isinstance(content, dict) and isinstance(content.get("results"), list):
        return Rows(content["results"], content.get("__next"))
    raise ValueError("no list in the answer")


def single(body: Any) -> Mapping[str, Any]:
    """Unwrap one entity: `{"d": {...}}`. Raises `ValueError` when there is none."""
    content = body.get("d") if isinstance(body, dict) else None
    if isinstance(content, dict):
        return content
    raise ValueError("no entity in the answer")


def day(value: str) -> date:
    """The day of `/Date(1795168800000)/` or of an ISO text.

    Exact writes its local wall time as if it were UTC, so the UTC day is the day the user sees (section 3).
    """
    return moment(value).date()


def moment(value: str) -> datetime:
    """The wall time of `/Date(1795168800000)/` or of an ISO text, without a zone."""
    found = _MILLISECONDS.fullmatch(value)
    if found is None:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return (clock.EPOCH + timedelta(milliseconds=int(found[1]))).replace(tzinfo=None)
