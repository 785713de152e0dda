"""Reads: pages of 50 at most, changes since a moment, single records, and lenient searches (sections 2, 3.1, 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from . import shapes
from .bodies import whole
from .books import CUSTOMERS, DOCUMENTS, KEYS, PRODUCTS, Books, Row
from .refusals import Invalid, Problem, integer
from .rules import Rules

PAGE = 50
Body = Mapping[str, Any]
_FILTERS = ("customer_id", "document_set_id", "number", "date", "year", "your_reference", "our_reference")


def page(rows: Sequence[Row], body: Body, cls: str, rules: Rules) -> list[Row]:
    """A page; a larger `qty` is not honoured, and some classes ignore `offset`."""
    begin = 0 if cls in rules.repeats_pages else whole(body.get("offset", 0))
    return [*rows[begin : begin + min(whole(body.get("qty")) or PAGE, PAGE)]]


def customers(books: Books, _body: Body) -> list[Row]:
    """All customers."""
    return [shapes.customer(books, row) for row in books.visible(CUSTOMERS)]


def products(books: Books, body: Body) -> list[Row]:
    """Those that are not invisible, unless asked for."""
    every = whole(body.get("with_invisible"))
    shown = [row for row in books.visible(PRODUCTS) if every or row["visibility_id"]]
    return [shapes.product(books, row) for row in shown]


def by(field: str) -> Callable[[Sequence[Row], Body], list[Row]]:
    """A lenient search: also what only begins alike (section 3.1, customers)."""

    def search(rows: Sequence[Row], body: Body) -> list[Row]:
        wanted = str(body.get(field, ""))
        if not wanted:
            raise Invalid([Problem(1, field)])
        return [row for row in rows if str(row.get(field, "")).lower().startswith(wanted.lower())]

    return search


def documents(books: Books, cls: str, body: Body, rules: Rules) -> list[Row]:
    """The documents of a class that fit the filters; an empty one or 0 fits everything."""
    rows = [row for row in books.visible(DOCUMENTS) if cls in ("documents", row["_class"])]
    asked = {name: str(body[name]) for name in _FILTERS if body.get(name) not in (None, "", 0, "0")}
    if cls == "documents" and "status" in body:
        asked["status"] = str(body["status"])
    return [row for row in rows if all(_fits(row, name, value, rules) for name, value in asked.items())]


def _fits(row: Row, name: str, value: str, rules: Rules) -> bool:
    if name == "year":
        return bool(row["date"].startswith(value))
    if name.endswith("reference") and rules.matching == "substring":
        return value.lower() in str(row[name]).lower()
    return str(row[name]) == value


def since(books: Books, table: str, rows: Sequence[Row], body: Body, rules: Rules) -> list[Row]:
    """Those that were changed since `lastmodified`, which has no zone."""
    text = str(body.get("lastmodified", ""))
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(rules.modified_in))
    except ValueError:
        raise Invalid([Problem(1, "lastmodified")]) from None
    begin = moment if rules.modified_inclusive else moment + timedelta(seconds=1)
    return [row for row in rows if books.changed_at(table, row).replace(microsecond=0) >= begin]


def one(rows: Sequence[Row], table: str, body: Body, rules: Rules) -> Any:
    """The record with the id of the call; what is answered for another id is not documented."""
    key = KEYS[table]
    found = [row for row in rows if row[key] == whole(body.get(key))]
    if found:
        return found[0]
    if rules.unknown_as == "error":
        raise Invalid([integer(key)])
    return [] if rules.unknown_as == "empty" else {}
