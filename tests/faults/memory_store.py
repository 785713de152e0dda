"""A store in memory: the third adapter of the store suite. Deterministic, one thread, gone with its process.

For the simulation, where thousands of installations live for milliseconds. `Memory` is what is kept, `MemoryStore` one
client of it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared import clock
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.store import Document, Where
from shared.store.collections import COLLECTIONS
from shared.store.documents import changed, key_of, known
from shared.store.sqlite_query import encode
from tests.faults.memory_query import condition, in_order, value_at

_UNIQUE = {
    collection.name: [index.fields for index in collection.indexes if index.unique] for collection in COLLECTIONS
}

Watcher = Callable[[str, Document | None, Document | None], None]
"""Told of every write: collection, the document before and after it. It must change neither."""


@dataclass(frozen=True)
class _Kept:
    """A document as text, from which every reader gets its own copy, and as values, to be compared."""

    text: str
    values: Document

    def copy(self) -> Document:
        document: Document = json.loads(self.text)
        return document


@dataclass
class Memory:
    """All collections. `watch` is told of every write."""

    watch: Watcher = lambda *_: None
    _kept: dict[str, dict[str, _Kept]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, collection: str) -> dict[str, _Kept]:
        """The documents of a collection; `ValueError` when collections.py does not know it."""
        return self._kept[known(collection)]

    def documents(self, collection: str) -> Iterator[Document]:
        """Every document, in the order they came; for oracles, which must not change them."""
        return (kept.values for kept in self.of(collection).values())

    def keep(self, collection: str, text: str) -> None:
        """Add or replace one."""
        kept, rows = _Kept(text, json.loads(text)), self.of(collection)
        before = rows.get(kept.values["id"])
        rows[kept.values["id"]] = kept
        self.watch(collection, before.values if before else None, kept.values)

    def drop(self, collection: str, id: str) -> bool:
        """Remove one; False when there was none."""
        before = self.of(collection).pop(id, None)
        if before is not None:
            self.watch(collection, before.values, None)
        return before is not None

    def taken(self, collection: str, document: Document) -> bool:
        """Whether another document has a value of this one under a unique index."""
        return any(
            kept.values["id"] != document["id"] and _same(fields, kept.values, document)
            for fields in _UNIQUE[collection]
            for kept in self.of(collection).values()
        )


def _same(fields: Sequence[str], one: Document, other: Document) -> bool:
    values = [value_at(document, fields[0]) for document in (one, other)]
    return values[0] is not None and all(value_at(one, path) == value_at(other, path) for path in fields)


class MemoryStore:
    """One client. Each call happens in one piece, at the moment it is made."""

    def __init__(self, memory: Memory, clock: Clock = clock.now) -> None:
        self._memory = memory
        self._clock = clock
        self._open = False

    async def open(self) -> None:
        """See `Store.open`."""
        self._open = True

    async def close(self) -> None:
        """See `Store.close`. It may be opened again."""
        self._open = False

    async def now(self) -> datetime:
        """See `Store.now`."""
        return self._clock()

    async def get(self, collection: str, id: str) -> Document | None:
        """See `Store.get`."""
        found = self._all(collection).get(id)
        return found.copy() if found else None

    async def get_many(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """See `Store.get_many`."""
        rows = self._all(collection)
        return {id: rows[id].copy() for id in dict.fromkeys(ids) if id in rows}

    async def insert(self, collection: str, document: Document) -> bool:
        """See `Store.insert`."""
        return bool(await self.insert_many(collection, [document]))

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """See `Store.insert_many`."""
        rows, texts = self._all(collection), self._texts(documents)
        added = set()
        for document, text in zip(documents, texts, strict=True):
            if document["id"] not in rows and not self._memory.taken(collection, document):
                self._memory.keep(collection, text)
                added.add(document["id"])
        return added

    async def put_many(self, collection: str, documents: Sequence[Document]) -> None:
        """See `Store.put_many`. All or nothing; `ValueError` when a value under a unique index is taken."""
        self._all(collection)
        texts = dict(zip(map(key_of, documents), self._texts(documents), strict=True))
        newest = {document["id"]: document for document in documents}
        if any(self._in_the_way(collection, one, newest) for one in newest.values()):
            raise ValueError(f"a value under a unique index of {collection} is taken")
        for text in texts.values():
            self._memory.keep(collection, text)

    def _in_the_way(self, collection: str, one: Document, newest: Mapping[str, Document]) -> bool:
        """Whether a value of it is taken by what stays, or by another one that is put with it."""
        stay = (kept.values for id, kept in self._memory.of(collection).items() if id not in newest)
        others = [*stay, *(other for other in newest.values() if other["id"] != one["id"])]
        return any(_same(fields, one, other) for fields in _UNIQUE[collection] for other in others)

    async def update(
        self,
        collection: str,
        id: str,
        *,
        where: Where | None = None,
        set: Mapping[str, Any] | None = None,
        inc: Mapping[str, int] | None = None,
    ) -> Document | None:
        """See `Store.update`. Also None when a value under a unique index is taken."""
        now = self._clock()
        holds = condition(where or {}, now)
        found = self._all(collection).get(id)
        if found is None or not holds(found.values):
            return None
        text = encode(changed(found.copy(), set or {}, inc or {}), now)
        newer: Document = json.loads(text)
        if self._memory.taken(collection, newer):
            return None
        self._memory.keep(collection, text)
        return newer

    async def find(
        self, collection: str, where: Where, *, sort: Sequence[str] = (), limit: int = 100
    ) -> list[Document]:
        """See `Store.find`."""
        holds = condition(where, self._clock())
        found = {id: kept for id, kept in self._all(collection).items() if holds(kept.values)}
        ordered = in_order([kept.values for kept in found.values()], sort)
        return [found[document["id"]].copy() for document in ordered[:limit]]

    async def count(self, collection: str, where: Where) -> int:
        """See `Store.count`."""
        holds = condition(where, self._clock())
        return sum(holds(kept.values) for kept in self._all(collection).values())

    async def delete_many(self, collection: str, ids: Iterable[str]) -> int:
        """See `Store.delete_many`."""
        self._all(collection)
        return sum([self._memory.drop(collection, id) for id in dict.fromkeys(ids)])

    def _all(self, collection: str) -> dict[str, _Kept]:
        if not self._open:
            raise StoreUnavailable("The store in memory is not open: call open() before using it.")
        return self._memory.of(collection)

    def _texts(self, documents: Sequence[Document]) -> list[str]:
        for document in documents:
            key_of(document)
        now = self._clock()
        return [encode(document, now) for document in documents]
