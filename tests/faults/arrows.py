"""The arrows of the protocol: every place at which a process can die, by a name that tells what was being written.

Wrappers around the three things a service speaks to (store, bus, package) and around its intake, so that the code which
runs for real carries no fail points. `at` is awaited before and after every write; it may kill, stop or suspend.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

import httpx

from shared.bus import Record
from shared.envelope import Message
from shared.hub import Publisher
from shared.sandbox.scenario import scenario
from shared.store import Document, Store, Where
from tests.faults.names import delete_name, insert_name, publish_name, put_name, update_name, vendor_name

T = TypeVar("T")


class Arrow(NamedTuple):
    """A moment of the protocol: just `before` something durable happens, or just `after` it."""

    name: str
    side: Literal["before", "after"]

    def __str__(self) -> str:
        """`before step sending`."""
        return f"{self.side} {self.name}"


At = Callable[[Arrow], Awaitable[None]]
"""What happens at an arrow. Raising ends the call there, as a crash would."""

OFFSETS = "offsets committed"


async def across(at: At, name: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` between its two arrows. A failed call has an `after` too: what failed may have been done."""
    await at(Arrow(name, "before"))
    try:
        result = await work()
    except Exception:  # an answer that is an error; a crash (BaseException) passes no further arrow
        await at(Arrow(name, "after"))
        raise
    await at(Arrow(name, "after"))
    return result


class WatchedStore:
    """A `Store` with an arrow at every write; reads pass."""

    def __init__(self, store: Store, at: At) -> None:
        self._store = store
        self._at = at

    async def open(self) -> None:
        await self._store.open()

    async def close(self) -> None:
        await self._store.close()

    async def now(self) -> datetime:
        return await self._store.now()

    async def get(self, collection: str, id: str) -> Document | None:
        return await self._store.get(collection, id)

    async def get_many(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        return await self._store.get_many(collection, ids)

    async def find(
        self, collection: str, where: Where, *, sort: Sequence[str] = (), limit: int = 100
    ) -> list[Document]:
        return await self._store.find(collection, where, sort=sort, limit=limit)

    async def count(self, collection: str, where: Where) -> int:
        return await self._store.count(collection, where)

    async def insert(self, collection: str, document: Document) -> bool:
        name = insert_name(collection, document["id"])
        return await across(self._at, name, lambda: self._store.insert(collection, document))

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> set[str]:
        name = put_name(collection, documents)
        return await across(self._at, name, lambda: self._store.insert_many(collection, documents))

    async def put_many(self, collection: str, documents: Sequence[Document]) -> None:
        if documents:
            name = put_name(collection, documents)
            await across(self._at, name, lambda: self._store.put_many(collection, documents))

    async def update(
        self,
        collection: str,
        id: str,
        *,
        where: Where | None = None,
        set: Mapping[str, Any] | None = None,
        inc: Mapping[str, int] | None = None,
    ) -> Document | None:
        name = update_name(collection, id, set or {}, inc or {})
        return await across(self._at, name, lambda: self._store.update(collection, id, where=where, set=set, inc=inc))

    async def delete_many(self, collection: str, ids: Iterable[str]) -> int:
        return await across(self._at, delete_name(collection), lambda: self._store.delete_many(collection, ids))


class WatchedBus:
    """A `Publisher` with an arrow at every publish, named after the topic of its first message."""

    def __init__(self, bus: Publisher, at: At) -> None:
        self._bus = bus
        self._at = at

    async def publish(self, messages: Sequence[Message]) -> None:
        if messages:
            await across(self._at, publish_name(messages[0].topic), lambda: self._bus.publish(messages))


class WatchedTransport(httpx.AsyncBaseTransport):
    """The way to a connector's package, with an arrow at every call, those for a token included."""

    def __init__(self, connector: str, transport: httpx.AsyncBaseTransport, at: At) -> None:
        self._known = scenario(connector)
        self._transport = transport
        self._at = at

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        name = vendor_name(self._known, request)
        return await across(self._at, name, lambda: self._transport.handle_async_request(request))

    async def aclose(self) -> None:
        await self._transport.aclose()


class WatchedIntake:
    """A handler of Kafka records, and the commit of their offsets behind it, with an arrow at the commit."""

    def __init__(
        self,
        handler: Callable[[Sequence[Record]], Awaitable[None]],
        at: At,
        commit: Callable[[Sequence[Record]], Awaitable[None]],
    ) -> None:
        self._handler = handler
        self._at = at
        self._commit = commit

    async def __call__(self, records: Sequence[Record]) -> None:
        await self._handler(records)
        await across(self._at, OFFSETS, lambda: self._commit(records))
