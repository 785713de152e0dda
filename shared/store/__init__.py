"""The store port: JSON documents, unique indexes, and atomic updates of one document. Nothing more is needed.

Every durable state (connections, lanes, the ledger ...) is built on these calls, so an adapter is small and both
adapters can pass one contract suite (`tests/shared/test_store.py`). Field paths may be dotted (`export.due`).
Moments are stored as `clock.stamp` text, so they compare in time order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

Document = dict[str, Any]
"""A stored JSON object; its key is the text field `id`."""


@dataclass(frozen=True)
class StoreNow:
    """The store's own clock plus `offset`, put in by the store itself, as stamp text, wherever a value may stand."""

    offset: timedelta = timedelta(0)


@dataclass(frozen=True)
class Is:
    """A comparison in a `where`: `Is("<=", StoreNow())`. A missing or null field satisfies only `!=` (of a value)."""

    op: str
    value: Any

    def __post_init__(self) -> None:
        if self.op not in {"<", "<=", ">", ">=", "!=", "in"}:
            raise ValueError(f"unknown comparison {self.op!r}")


Where = Mapping[str, Any]
"""Field path -> value (equal; `None` means missing or null), or `Is`. All must hold."""


class Store(Protocol):
    """What an adapter does. All calls may raise `StoreUnavailable`.

    A lost answer may follow a done write, so callers re-read before they go on.
    """

    async def open(self) -> None:
        """Connect, create collections and indexes. Idempotent, safe from many processes at once."""

    async def close(self) -> None:
        """Finish what is queued and release the files or sockets."""

    async def now(self) -> datetime:
        """The store's clock: the only one that leases are measured by."""

    async def get(self, collection: str, id: str) -> Document | None:
        """One document, or None."""

    async def get_many(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """Those of the ids that exist, by id."""

    async def insert(self, collection: str, document: Document) -> bool:
        """Add; False when the id, or a value under a unique index, is taken."""

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """Add each one that is not taken; the ids that were added."""

    async def put_many(self, collection: str, documents: Sequence[Document]) -> None:
        """Add or replace whole documents by id."""

    async def update(
        self,
        collection: str,
        id: str,
        *,
        where: Where | None = None,
        set: Mapping[str, Any] | None = None,
        inc: Mapping[str, int] | None = None,
    ) -> Document | None:
        """Atomically change one document if it exists and `where` holds; the new document, else None.

        `set` of None stores null; `inc` adds to a number (missing counts as 0).
        """

    async def find(
        self, collection: str, where: Where, *, sort: Sequence[str] = (), limit: int = 100
    ) -> list[Document]:
        """Documents for which `where` holds, sorted by field paths (`-path` descends), ties by id."""

    async def count(self, collection: str, where: Where) -> int:
        """How many documents `where` holds for."""

    async def delete_many(self, collection: str, ids: Iterable[str]) -> int:
        """Remove by id; how many there were."""
