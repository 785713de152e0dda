"""The store for real life: MongoDB as a replica set, one node is enough."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared import clock
from shared.clock import Clock
from shared.errors import Misconfigured
from shared.store import Document, Where
from shared.store.collections import COLLECTIONS
from shared.store.documents import known
from shared.store.migrations import MIGRATIONS, Migration, schema_version
from shared.store.mongo_documents import Raw, asks_now, document, row
from shared.store.mongo_driver import Database, Line, change, insert, insert_or_find, make_indexes, put, rewrite
from shared.store.mongo_query import Change, indexes, matches, ordering, rivals, value_taken

SCHEMA = "schema"
"""The collection of one document that holds the schema version."""


class MongoStore:
    """The `Store` of an installation on several machines. Its clock is the primary's, asked before each `StoreNow`.

    So a moment that is stored or compared lies a round trip before the write and never behind it: a lease ends early
    rather than late, and is taken over late rather than early. Nothing is opened before `open`, so an instance may
    cross a spawn. `patience`: seconds an answer may take before the store is `StoreUnavailable`. `clock` replaces the
    primary's in tests.
    """

    def __init__(
        self,
        address: str,
        clock: Clock | None = None,
        *,
        patience: float = 10.0,
        migrations: tuple[Migration, ...] = MIGRATIONS,
    ) -> None:
        self._line = Line(address, patience)
        self._clock = clock
        self._migrations = migrations

    async def open(self) -> None:
        """See `Store.open`. `Misconfigured` when the address is none, or a newer Fieldledger wrote the database."""
        if not self._line.open():
            return
        try:
            async with self._line.call() as database:
                await self._migrate(database)
                for collection in COLLECTIONS:
                    await make_indexes(database[collection.name], list(indexes(collection)))
        except BaseException:  # also a cancelled start: no line is left open, and the error goes on
            await self.close()
            raise

    async def close(self) -> None:
        """See `Store.close`. It may be opened again."""
        await self._line.close()

    async def now(self) -> datetime:
        """See `Store.now`."""
        async with self._line.call() as database:
            return await self._now(database)

    async def _now(self, database: Database) -> datetime:
        if self._clock is not None:
            return self._clock()
        answer = await database.command("hello")
        moment: datetime = answer["localTime"]
        return moment.replace(tzinfo=UTC)

    async def _moment(self, database: Database, *values: Any) -> datetime:
        """The store's clock, which costs a call; any moment when none of the values asks for it."""
        return await self._now(database) if asks_now(*values) else clock.EPOCH

    async def get(self, collection: str, id: str) -> Document | None:
        """See `Store.get`."""
        async with self._line.call() as database:
            found = await database[known(collection)].find_one({"_id": id})
            return found and document(found)

    async def get_many(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """See `Store.get_many`."""
        async with self._line.call() as database:
            found = database[known(collection)].find({"_id": {"$in": list({*ids})}})
            return {raw["_id"]: document(raw) for raw in await found.to_list(None)}

    async def insert(self, collection: str, document: Document) -> bool:
        """See `Store.insert`."""
        return bool(await self.insert_many(collection, [document]))

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """See `Store.insert_many`."""
        async with self._line.call() as database:
            table, write = database[known(collection)], uuid4().hex
            rows = await self._rows(database, collection, documents, write)
            return await insert(table, rows, write) if rows else set()

    async def put_many(self, collection: str, documents: Sequence[Document]) -> None:
        """See `Store.put_many`. `ValueError` when a value under a unique index is taken: then nothing is written.

        Not even a crash leaves it half done in SQLite; here it may, and whoever puts repeats.
        """
        async with self._line.call() as database:
            table = database[known(collection)]
            rows = await self._rows(database, collection, documents, uuid4().hex)
            for others in rivals(collection, rows):
                if await table.find_one(others):
                    raise value_taken(collection)
            if rows:
                await put(table, rows)

    async def _rows(self, database: Database, collection: str, documents: Sequence[Document], write: str) -> list[Raw]:
        now = await self._moment(database, *documents)
        return [row(collection, one, now, write) for one in documents]

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
        where, set, inc = where or {}, set or {}, inc or {}
        async with self._line.call() as database:
            table, now = database[known(collection)], await self._moment(database, where, set)
            found = await change(table, Change(collection, id, where, set, inc, now, uuid4().hex))
            return found and document(found)

    async def find(
        self, collection: str, where: Where, *, sort: Sequence[str] = (), limit: int = 100
    ) -> list[Document]:
        """See `Store.find`."""
        async with self._line.call() as database:
            condition = matches(where, await self._moment(database, where))
            order = ordering(sort)
            if limit == 0:  # which is "all" to MongoDB
                return []
            found = database[known(collection)].find(condition).sort(order).limit(limit)
            return [document(raw) for raw in await found.to_list(None)]

    async def count(self, collection: str, where: Where) -> int:
        """See `Store.count`."""
        async with self._line.call() as database:
            condition = matches(where, await self._moment(database, where))
            return await database[known(collection)].count_documents(condition)

    async def delete_many(self, collection: str, ids: Iterable[str]) -> int:
        """See `Store.delete_many`."""
        async with self._line.call() as database:
            done = await database[known(collection)].delete_many({"_id": {"$in": list({*ids})}})
            return done.deleted_count

    async def _migrate(self, database: Database) -> None:
        newest = schema_version(self._migrations)
        found = (await insert_or_find(database[SCHEMA], {"_id": SCHEMA, "version": newest}))["version"]
        if found > newest:
            raise Misconfigured(
                f"{self._line.place} was written by a newer Fieldledger (schema {found}, this one knows {newest}): "
                "run the newer version, or point FIELDLEDGER_STORE at another database."
            )
        for number, migration in enumerate(self._migrations[found - 1 :], start=found):
            for collection in COLLECTIONS:
                await self._migrate_all(database, collection.name, migration)
            await database[SCHEMA].update_one({"_id": SCHEMA, "version": number}, {"$set": {"version": number + 1}})

    async def _migrate_all(self, database: Database, collection: str, migration: Migration) -> None:
        table, now, write = database[collection], await self._now(database), uuid4().hex

        def moved(raw: Raw) -> Raw:
            return row(collection, migration(collection, document(raw)), now, write)

        async for raw in table.find({}):
            if document(moved(raw)) != document(raw):
                await rewrite(table, {"_id": raw["_id"]}, moved)
