"""Stored rows seen from another side: hour types, receivables, deletions (Exact fact sheet, sections 6 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from .columns import Row
from .kinds import COST_TYPES, DELETED, HOUR_TYPES, ITEMS, RECEIVABLES, RECEIVABLES_LIST, TERMS, Resource
from .store import Division, Table

RECEIPT = 20
"""`LineType` of terms that money is received for; 22 is to be paid."""
DELETED_KEPT = timedelta(days=61)


def table(division: Division, resource: Resource) -> Table:
    """The rows a resource shows: its own table, or a look at another."""
    look = _LOOKS.get(resource.path)
    if look is None:
        return division.tables[resource.base or resource.path]
    shown = Table(resource.key)
    shown.fill(look(division))
    return shown


def _hour_types(division: Division) -> Iterator[Row]:
    return _as_types(row for row in division.tables[ITEMS].after() if row.get("IsTime"))


def _cost_types(division: Division) -> Iterator[Row]:
    rows = division.tables[ITEMS].after()
    return _as_types(row for row in rows if not row.get("IsTime") and not row.get("IsStockItem"))


def _as_types(items: Iterator[Row]) -> Iterator[Row]:
    return ({"ItemId": row["ID"], "ItemCode": row["Code"], "ItemDescription": row["Description"]} for row in items)


def receivables(division: Division) -> Iterator[Row]:
    """The terms that money is received for."""
    return (row for row in division.tables[TERMS].after() if row.get("LineType", RECEIPT) == RECEIPT)


def _open_receivables(division: Division) -> Iterator[Row]:
    for row in receivables(division):
        if not row.get("IsFullyPaid"):
            yield {
                **row, "AccountId": row["Account"], "Amount": row["Due"] - row["Paid"], "CurrencyCode": row["Currency"],
                "JournalCode": row["Journal"],
            }  # fmt: skip


def _recent_deletions(division: Division) -> Iterator[Row]:
    kept = division.local_now() - DELETED_KEPT
    return (row for row in division.tables[DELETED].after() if row["DeletedDate"] > kept)


_LOOKS: Mapping[str, Callable[[Division], Iterator[Row]]] = {
    HOUR_TYPES: _hour_types, COST_TYPES: _cost_types, RECEIVABLES: receivables, RECEIVABLES_LIST: _open_receivables,
    DELETED: _recent_deletions,
}  # fmt: skip
