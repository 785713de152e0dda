"""The operations, one `.graphql` file each, and what goes around them (Moloni Spain fact sheet, section 2). Pure."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

PATH = "/v1"
"""The one path of the API."""

NAMES = tuple(sorted(file.stem for file in (Path(__file__).parent / "operations").glob("*.graphql")))
"""Every operation there is."""


@cache
def text(name: str) -> str:
    """The text of an operation, on one line: as it is sent."""
    return " ".join((Path(__file__).parent / "operations" / f"{name}.graphql").read_text().split())


def call(name: str, **variables: Any) -> dict[str, Any]:
    """The body that asks for an operation."""
    return {"query": text(name), "variables": variables}


def results(answer: Any) -> Mapping[str, Mapping[str, Any]]:
    """What stands under each operation of an answer; `ValueError` when nothing does.

    Deletions answer with a list of one.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    found = {name: _one(value) for name, value in data.items()} if isinstance(data, dict) else {}
    if not found or not all(isinstance(value, dict) for value in found.values()):
        raise ValueError("an answer nobody understands")
    return found


def result(answer: Any) -> Mapping[str, Any]:
    """What stands under the one operation of an answer; `ValueError` when nothing does."""
    return next(iter(results(answer).values()))


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def date_time(day: str) -> str:
    """The day as a moment: noon, so that no time zone makes another day of it."""
    return f"{day} 12:00:00"


def filtered(field: str, comparison: str, value: str) -> dict[str, str]:
    """One filter; its value is always text (section 2, Filter)."""
    return {"field": field, "comparison": comparison, "value": value}
