"""Lists: pages, filters whose values are texts, searches, order (Moloni Spain fact sheet, section 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal

from .books import Row
from .refusals import Refusal

MOST, USUAL = 1000, 50
"""Records on a page, at most and where nothing is said."""


@dataclass(frozen=True)
class Listing:
    """What the sheet leaves open. `strict`: a list without `pagination` is refused.

    `unfilterable`: fields that cannot be filtered on, and whether that is refused, matches everything or nothing.
    `gte_includes` False: `gte` leaves the moment itself out. `most` is the largest page.
    """

    strict: bool = True
    unfilterable: Mapping[str, Literal["refused", "everything", "nothing"]] = field(default_factory=dict)
    gte_includes: bool = True
    most: int = MOST

    def page(self, rows: Iterable[Row], options: Mapping[str, Any] | None) -> dict[str, Any]:
        """The page that `options` ask for."""
        asked = options or {}
        if self.strict and not asked.get("pagination"):
            raise Refusal("options.pagination", "Pagination is required.")
        found = _ordered(self._searched(self._filtered(list(rows), asked), asked), asked)
        page, qty = self._size(asked.get("pagination") or {})
        shown = found[(page - 1) * qty : page * qty]
        return {"data": shown, "options": {"pagination": {"page": page, "qty": qty, "count": len(found)}}}

    def _size(self, pagination: Mapping[str, Any]) -> tuple[int, int]:
        page, qty = pagination.get("page") or 1, pagination.get("qty", USUAL)
        return max(1, page), min(self.most, max(1, USUAL if qty is None else qty))

    def _filtered(self, rows: list[Row], asked: Mapping[str, Any]) -> list[Row]:
        for one in asked.get("filter") or ():
            rows = self._kept(rows, one["field"], one["comparison"], one.get("value"))
        return rows

    def _kept(self, rows: list[Row], field: str, comparison: str, value: str | None) -> list[Row]:
        how = self.unfilterable.get(field)
        if how == "refused" or comparison not in _COMPARISONS:
            raise Refusal("options.filter", f"{field} can not be filtered by {comparison}.")
        if how is not None:
            return rows if how == "everything" else []
        if comparison == "gte" and not self.gte_includes:
            comparison = "gt"
        return [row for row in rows if _fits(row.get(field), comparison, value)]

    def _searched(self, rows: list[Row], asked: Mapping[str, Any]) -> list[Row]:
        search = asked.get("search")
        if not search or not search.get("value"):
            return rows
        names, text = search["field"], search["value"].casefold()
        return [row for row in rows if any(text in str(row[name]).casefold() for name in _columns(row, names))]


def _columns(row: Row, name: str) -> Sequence[str]:
    return [column for column, value in row.items() if isinstance(value, str)] if name == "ALL" else [name]


def _ordered(rows: list[Row], asked: Mapping[str, Any]) -> list[Row]:
    for one in reversed(asked.get("order") or ()):
        rows = sorted(rows, key=lambda row: (row.get(one["field"]) is None, row.get(one["field"])))  # used at once
        if one["sort"] == "DESC":
            rows.reverse()
    return rows


def _fits(own: Any, comparison: str, value: str | None) -> bool:
    if value is None or own is None:
        same = own is None and value in {None, "null"}
        return same if comparison == "eq" else not same if comparison == "ne" else False
    return _COMPARISONS[comparison](own, value)


def _compared(how: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def compare(own: Any, value: str) -> bool:
        try:
            return how(*_alike(own, value))
        except ValueError:
            return False

    return compare


def _alike(own: Any, value: str) -> tuple[Any, Any]:
    """Both as what the column is; texts without regard to capitals, as databases do."""
    if isinstance(own, str):
        return own.casefold(), value.casefold()
    return own, type(own)(value)


def _like(own: Any, value: str) -> bool:
    pattern = ".*".join(map(re.escape, value.casefold().split("%")))
    return re.fullmatch(pattern, str(own).casefold()) is not None


def _among(own: Any, value: str) -> bool:
    """The list is text too: `"[0, 1]"`."""
    try:
        wanted = json.loads(value)
    except ValueError:
        raise Refusal("options.filter", f"{value} is not a list.") from None
    return own in wanted


_COMPARISONS: Mapping[str, Callable[[Any, str], bool]] = {
    "eq": _compared(eq),
    "ne": _compared(ne),
    "gt": _compared(gt),
    "gte": _compared(ge),
    "lt": _compared(lt),
    "lte": _compared(le),
    "like": _like,
    "notLike": lambda own, value: not _like(own, value),
    "in": _among,
    "notIn": lambda own, value: not _among(own, value),
}
