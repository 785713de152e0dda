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


def result(answer: Any) -> Mapping[str, Any]:
    """What stands under the one operation of an answer; `ValueError` when nothing does.

    Deletions answer with a list of one.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    found = next(iter(data.values()), None) if isinstance(data, dict) else None
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        raise ValueError("an answer nobody understands")  # noqa: TRY004  # the answer is wrong, not our call
    return found


def date_time(day: str) -> str:
    """The day as a moment: noon, so that no time zone makes another day of it."""
    return f"{day} 12:00:00"


def filtered(field: str, comparison: str, value: str) -> dict[str, str]:
    """One filter; its value is always text (section 2, Filter)."""
    return {"field": field, "comparison": comparison, "value": value}
