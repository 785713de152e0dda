"""Where a read of a sync endpoint stands, and where the next one begins (Exact fact sheet, section 6). Pure.

A read has two phases: the rows, then the log of deletions. Each has its own highest `Timestamp` (a row version, not a
time). The deletions come last, so that a row deleted while the rows are read is not left standing.

A first read takes the deletions from the start of the log. It is kept for two months and holds 1000 to a page, so that
is about one call; a later start would have to be asked for before the rows, or miss what is deleted meanwhile.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum
from typing import Any

from pydantic import TypeAdapter

from shared.connector import ReadFrom

from . import odata

START = 1
"""Before the first row version."""

DELETIONS_KEPT = timedelta(days=55)
"""The log of deletions is kept for two months (section 6); an older cursor would miss some: everything is read anew."""


class EntityType(IntEnum):
    """Kinds of rows in `sync/Deleted`."""

    ACCOUNT = 2
    ITEM_PRICE = 8
    ITEM = 9
    PAYMENT_TERM = 10
    GOODS_DELIVERY = 16
    GOODS_DELIVERY_LINE = 17
    PROJECT_PLANNING = 26
    SALES_ORDER = 32
    SALES_ORDER_LINE = 33
    QUOTATION = 34
    QUOTATION_LINE = 35
    SHOP_ORDER = 36
    EMPLOYEE = 42


@dataclass(frozen=True)
class Cursor:
    """The highest row versions seen, of rows and of deletions."""

    rows: int = START
    deleted: int = START

    def dump(self) -> str:
        """As stored between runs."""
        return _CURSOR.dump_json(self).decode()


@dataclass(frozen=True)
class Position:
    """Inside a run: `seen` grows with every page, `link` is Exact's own link to the next page of this phase."""

    seen: Cursor
    deletions: bool = False
    link: str | None = None

    def dump(self) -> str:
        """As stored between pages."""
        return _POSITION.dump_json(self).decode()

    def after(self, rows: Iterable[Mapping[str, Any]], link: str | None) -> "Position":
        """The position behind these rows."""
        newest = max((int(row["Timestamp"]) for row in rows), default=START)
        if self.deletions:
            seen = replace(self.seen, deleted=max(self.seen.deleted, newest))
        else:
            seen = replace(self.seen, rows=max(self.seen.rows, newest))
        return replace(self, seen=seen, link=link)

    @property
    def next(self) -> "Position | None":
        """Where to read on: the next page, else the deletions, else nowhere."""
        if self.link is not None:
            return self
        return None if self.deletions else Position(self.seen, deletions=True)

    def filter(self, entity: EntityType) -> str:
        """The filter of a phase's first page; later pages have it in their link."""
        if self.deletions:
            return f"Timestamp gt {odata.int64(self.seen.deleted)} and EntityType eq {entity.value}"
        return f"Timestamp gt {odata.int64(self.seen.rows)}"


_CURSOR = TypeAdapter(Cursor)
_POSITION = TypeAdapter(Position)


def start(where: ReadFrom) -> Position:
    """The position to read at: on in this run, else from the cursor, else from the beginning."""
    if where.position is not None:
        return _POSITION.validate_json(where.position)
    return Position(_CURSOR.validate_json(where.cursor) if where.cursor else Cursor())
