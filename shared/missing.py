"""Which settings documents of a connection wait for: cheap for a page, however many documents wait."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.mappings import Waiting
from shared.store import Document, Is, Store
from shared.store.collections import LEDGER


@dataclass(frozen=True)
class Missing(Waiting):
    """What documents wait for, where not all of them are counted. `more`: at least that many."""

    more: bool


COUNTED = 100
"""That many waiting documents are counted; of more it is said that there are more."""
MOST = 50
"""What documents wait for, at most: the office worker mends one after the other."""
_INVOICES = "invoice:"
_BEHIND_INVOICES = "invoice;"  # the next text after all that begin with "invoice:"


async def missing(store: Store, connection: str) -> Sequence[Missing]:
    """Settings (and keys of them) that documents wait for, the longest wait first; not the invoices they wait for."""
    where = {"connection": connection, "state": "waiting"}
    rows = await store.find(LEDGER, where, sort=("planned",), limit=COUNTED)
    counts = Counter(_group(row) for row in rows)
    more = len(rows) == COUNTED
    firsts = [row async for row in _firsts(store, where)] if more else _first_of_each(rows)
    wanted = [row for row in firsts if row["waits_for"] and not row["waits_for"].startswith(_INVOICES)]
    ordered = sorted(wanted, key=lambda row: str(row["planned"]))
    return [Missing(*_group(row), max(counts[_group(row)], 1), row["number"], more) for row in ordered]


def _group(row: Document) -> tuple[str, str | None]:
    return row["waits_for"], row["waits_key"]


def _first_of_each(rows: Sequence[Document]) -> Sequence[Document]:
    return list({_group(row): row for row in reversed(rows)}.values())


async def _firsts(store: Store, where: Mapping[str, Any]) -> AsyncIterator[Document]:
    """The oldest document of each group, by leaps over the others: a query a group, whatever its size."""
    beyond: dict[str, Any] = {"waits_for": Is(">", "")}
    for _ in range(MOST):
        row = await _next(store, {**where, **beyond})
        if row is None and "waits_key" not in beyond:
            return
        if row is None:
            beyond = {"waits_for": Is(">", beyond["waits_for"])}
        elif row["waits_for"].startswith(_INVOICES):
            beyond = {"waits_for": Is(">", _BEHIND_INVOICES)}
        else:
            yield row
            beyond = {"waits_for": row["waits_for"], "waits_key": Is(">", row.get("waits_key") or "")}


async def _next(store: Store, where: Mapping[str, Any]) -> Document | None:
    # A field that is given is not sorted by: SQLite would sort all of the group.
    sort = ("waits_key", "planned") if "waits_key" in where else ("waits_for", "waits_key", "planned")
    found = await store.find(LEDGER, where, sort=sort, limit=1)
    return found[0] if found else None
