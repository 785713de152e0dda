"""The embedded store: one SQLite file, several processes. Durable before it answers (WAL, synchronous=FULL)."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from shared import clock
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.store import Document, Is, Where
from shared.store.documents import changed
from shared.store.sqlite_file import StoreFile, require_sqlite
from shared.store.sqlite_query import encode, matches, ordering, row, table
from shared.store.sqlite_threads import Operation, Reader, Readers, T, Writer

require_sqlite()

_ADD = "INSERT OR IGNORE INTO {} (id, doc) VALUES (?, ?)"
_PUT = "INSERT INTO {} (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
_CHANGE = "UPDATE {} SET doc = ? WHERE id = ?"
_GET = "SELECT doc FROM {} WHERE id = ?"
_FIND = "SELECT doc FROM {} WHERE "
_COUNT = "SELECT count(*) FROM {} WHERE "
_DELETE = "DELETE FROM {} WHERE "

AT_ONCE = 16
"""So many documents by id are read without a thread."""


class SqliteStore:
    """The `Store` of one installation on one machine. Its clock is the machine's, the same for all its processes.

    Nothing is opened before `open`, so an instance may cross a fork or spawn. `patience`: seconds a write waits for
    other processes before it is `StoreUnavailable`. A cancelled call may or may not have been done.
    """

    def __init__(self, path: Path, clock: Clock = clock.now, *, patience: float = 30.0) -> None:
        self._file = StoreFile(path, patience)
        self._clock = clock
        self._threads: tuple[Writer, Readers] | None = None
        self._at_once = Reader(StoreFile(path, patience=0.0))

    async def open(self) -> None:
        """See `Store.open`. `Misconfigured` when a newer Fieldledger wrote the file."""
        await asyncio.to_thread(self._file.prepare)
        if self._threads is None:
            self._threads = Writer(self._file), Readers(self._file)

    async def close(self) -> None:
        """See `Store.close`. It may be opened again."""
        threads, self._threads = self._threads, None
        for side in threads or ():
            await side.close()
        self._at_once.close()

    async def now(self) -> datetime:
        """See `Store.now`."""
        return self._clock()

    async def get(self, collection: str, id: str) -> Document | None:
        """See `Store.get`."""
        return (await self.get_many(collection, [id])).get(id)

    async def get_many(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """See `Store.get_many`."""
        wanted = list(dict.fromkeys(ids))
        if len(wanted) > AT_ONCE:
            found = await self.find(collection, {"id": Is("in", wanted)}, limit=len(wanted))
            return {document["id"]: document for document in found}
        statement = _GET.format(table(collection))

        def get(connection: sqlite3.Connection) -> dict[str, Document]:
            found = (connection.execute(statement, (id,)).fetchone() for id in wanted)
            return {document["id"]: document for document in (_document(row[0]) for row in found if row)}

        return await self._read_at_once(get)

    async def insert(self, collection: str, document: Document) -> bool:
        """See `Store.insert`."""
        return bool(await self.insert_many(collection, [document]))

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """See `Store.insert_many`."""
        statement = _ADD.format(table(collection))

        def add(connection: sqlite3.Connection) -> set[str]:
            now = self._clock()
            rows = [row(document, now) for document in documents]
            return {columns[0] for columns in rows if connection.execute(statement, columns).rowcount}

        return await self._write(add)

    async def put_many(self, collection: str, documents: Sequence[Document]) -> None:
        """See `Store.put_many`. All or nothing; `ValueError` when a value under a unique index is taken."""
        statement = _PUT.format(table(collection))

        def put(connection: sqlite3.Connection) -> None:
            now = self._clock()
            rows = [row(document, now) for document in documents]
            connection.execute("SAVEPOINT put")
            try:
                connection.executemany(statement, rows)
            except sqlite3.IntegrityError as error:
                connection.execute("ROLLBACK TO put")
                raise ValueError(f"a value under a unique index of {collection} is taken") from error
            finally:
                connection.execute("RELEASE put")

        if documents:
            await self._write(put)

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
        read, write = _FIND.format(table(collection)), _CHANGE.format(table(collection))

        def update(connection: sqlite3.Connection) -> Document | None:
            now = self._clock()
            condition, values = matches(where or {}, now)
            found = connection.execute(f"{read} id = ? AND {condition}", [id, *values]).fetchone()
            if found is None:
                return None
            # Not by `json_set`: it does nothing below a null, and its sums beyond 64 bits become floats.
            doc = encode(changed(json.loads(found[0]), set or {}, inc or {}), now)
            try:
                connection.execute(write, [doc, id])
            except sqlite3.IntegrityError:
                return None
            return _document(doc)

        return await self._write(update)

    async def find(
        self, collection: str, where: Where, *, sort: Sequence[str] = (), limit: int = 100
    ) -> list[Document]:
        """See `Store.find`."""
        statement = _FIND.format(table(collection))

        def find(connection: sqlite3.Connection) -> list[Document]:
            condition, values = matches(where, self._clock())
            query = f"{statement} {condition} ORDER BY {ordering(sort)} LIMIT ?"
            return [_document(doc) for (doc,) in connection.execute(query, [*values, limit])]

        return await self._read(find)

    async def count(self, collection: str, where: Where) -> int:
        """See `Store.count`."""
        statement = _COUNT.format(table(collection))

        def count(connection: sqlite3.Connection) -> int:
            condition, values = matches(where, self._clock())
            (total,) = connection.execute(f"{statement} {condition}", values).fetchone()
            return int(total)

        return await self._read(count)

    async def delete_many(self, collection: str, ids: Iterable[str]) -> int:
        """See `Store.delete_many`."""
        statement = _DELETE.format(table(collection))
        wanted = set(ids)

        def delete(connection: sqlite3.Connection) -> int:
            condition, values = matches({"id": Is("in", wanted)}, self._clock())
            return connection.execute(f"{statement} {condition}", values).rowcount

        return await self._write(delete)

    async def _write(self, operation: Operation[T]) -> T:
        writer, _ = self._open_threads()
        return await writer.run(operation)

    async def _read(self, operation: Operation[T]) -> T:
        _, readers = self._open_threads()
        return await readers.run(operation)

    async def _read_at_once(self, operation: Operation[T]) -> T:
        """A few documents by their ids, read right here: sooner done than a thread is woken for it.

        What does not succeed at once (another process holds the file) is left to those who may wait.
        """
        self._open_threads()
        await asyncio.sleep(0)  # whoever reads again and again must let others have their turn
        try:
            return self._at_once.read(operation)
        except StoreUnavailable:
            return await self._read(operation)

    def _open_threads(self) -> tuple[Writer, Readers]:
        if self._threads is None:
            raise StoreUnavailable(f"The store {self._file.path} is not open: call open() before using it.")
        return self._threads


def _document(doc: str) -> Document:
    document: Document = json.loads(doc)
    return document
