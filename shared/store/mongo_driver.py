"""The MongoDB driver: the connection, its errors in words, and writes whose answer may be lost. Nobody else imports it.

It is motor, in calls that PyMongo's own async client has too (only `close` would be awaited), so that changing to that
one is a change of imports: motor gets critical fixes only until May 2027.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import IndexModel, ReplaceOne, ReturnDocument
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

from shared.errors import Misconfigured, StoreUnavailable
from shared.log import mask
from shared.store.mongo_documents import WRITE, Raw
from shared.store.mongo_query import Change, Keys, value_taken

DATABASE = "fieldledger"
"""Its name when the address names none."""

_DURABLE = {"w": "majority", "journal": True, "readConcernLevel": "majority", "readPreference": "primary"}
"""Beats what the address says: an answered write is never lost, and what is read never taken back."""
_LIMITS = ("serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS", "wTimeoutMS")
_NOT_SAYABLE = {2, 14, 28, 40}
"""BadValue (a sum beyond 64 bits), TypeMismatch, PathNotViable (below a null), ConflictingUpdateOperators."""
_TAKEN = 11000
_TOO_LARGE = {10334, 17419, 17420}
"""BSONObjectTooLarge, and an update that would make a document too large."""
_ADVICE = {
    13: "this user may not do that: give it the role readWrite on the database",
    18: "user or password is wrong: check FIELDLEDGER_STORE",
    8000: "user or password is wrong: check FIELDLEDGER_STORE",
    14031: "its disk is full: free some space, work goes on by itself",
}

Table = AsyncIOMotorCollection[Raw]
Database = AsyncIOMotorDatabase[Raw]


class Line:
    """The connection to one database. `place` names it without credentials; `patience`: seconds an answer may take."""

    def __init__(self, address: str, patience: float) -> None:
        self.place = mask(address.partition("?")[0])
        self._address = address
        self._patience = patience
        self._database: Database | None = None
        self._calls = 0
        self._idle = asyncio.Event()

    def open(self) -> bool:
        """Begin; False when it was open. Nothing is sent yet. `Misconfigured` when the address is none."""
        if self._database is not None:
            return False
        try:
            self._database = AsyncIOMotorClient(self._address, **self._options()).get_default_database(DATABASE)
        except (PyMongoError, ValueError, TypeError):
            # `from None`: the driver's words may hold a part of the password.
            raise Misconfigured(
                "FIELDLEDGER_STORE is not an address that MongoDB's driver understands: it looks like "
                "mongodb://USER:PASSWORD@HOST:27017/fieldledger, odd characters of the password percent-encoded."
            ) from None
        return True

    def _options(self) -> dict[str, Any]:
        """The driver lets these beat the address, so time-outs that the address names are left out."""
        named = {name.lower() for name, _ in parse_qsl(self._address.partition("?")[2])}
        limits = [limit for limit in _LIMITS if limit.lower() not in named]
        return {**_DURABLE, **dict.fromkeys(limits, int(self._patience * 1000)), "appname": "fieldledger"}

    async def close(self) -> None:
        """Let the calls under way end, then hang up."""
        database, self._database = self._database, None
        if database is None:
            return
        while self._calls:
            self._idle.clear()
            await self._idle.wait()
        database.client.close()

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Database]:
        """Give the database for one call; what the driver raises becomes `StoreUnavailable`."""
        if self._database is None:
            raise StoreUnavailable(f"The store {self.place} is not open: call open() before using it.")
        self._calls += 1
        try:
            yield self._database
        except (PyMongoError, DocumentTooLarge) as error:
            # What the server says of a write may show what was to be written; what the network says does not.
            raise self._said(error) from (error if isinstance(error, ConnectionFailure) else None)
        finally:
            self._calls -= 1
            self._idle.set()

    def _said(self, error: Exception) -> Exception:
        code = _code(error)
        if isinstance(error, DocumentTooLarge) or code in _TOO_LARGE:
            return ValueError("a document is larger than MongoDB takes, which is 16 MB")
        advice = _ADVICE.get(code or 0, "check that it runs, has a primary and can be reached from here")
        kind = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
        return StoreUnavailable(f"The store {self.place} could not be used ({kind}); {advice}.")


def _code(error: Exception) -> int | None:
    """The server's number for what went wrong; of a bulk write, the first one."""
    if isinstance(error, BulkWriteError) and (refused := error.details.get("writeErrors")):
        return int(refused[0]["code"])
    return error.code if isinstance(error, OperationFailure) else None


async def make_indexes(table: Table, wanted: Sequence[tuple[Keys, Raw]]) -> None:
    """Create those that are not there. Safe from many processes at once."""
    if wanted:
        await table.create_indexes([IndexModel(keys, **options) for keys, options in wanted])


async def insert_or_find(table: Table, fresh: Raw) -> Raw:
    """Add the document unless one of its id is there; the one that is there now."""
    try:
        await table.insert_one(fresh)
    except DuplicateKeyError:
        return await table.find_one({"_id": fresh["_id"]}) or fresh
    return fresh


async def insert(table: Table, rows: Sequence[Raw], write: str) -> set[str]:
    """Add those that are not taken; the ids that were added. Unanswered, what is there is read again."""
    try:
        await table.insert_many(rows, ordered=False)
        refused = set()
    except BulkWriteError as error:
        refused = _taken(error)
    except AutoReconnect as error:
        return await _inserted(table, rows, write, error)
    return {raw["_id"] for number, raw in enumerate(rows) if number not in refused}


def _taken(error: BulkWriteError) -> set[int]:
    """Which rows had an id or unique value that is taken; the error when anything else went wrong."""
    refused = error.details["writeErrors"]
    if error.details.get("writeConcernErrors") or any(one["code"] != _TAKEN for one in refused):
        raise error
    return {one["index"] for one in refused}


async def _inserted(table: Table, rows: Sequence[Raw], write: str, error: AutoReconnect) -> set[str]:
    """Which rows our unanswered insert added; the error while it may still be at work."""
    ids = {raw["_id"] for raw in rows}
    found = await table.find({"_id": {"$in": list(ids)}}).to_list(None)
    if len(found) < len(ids):
        raise error
    return {raw["_id"] for raw in found if raw.get(WRITE) == write}


async def put(table: Table, rows: Iterable[Raw]) -> None:
    """Add or replace whole documents; `ValueError` when a unique value is taken."""
    try:
        await table.bulk_write([ReplaceOne({"_id": raw["_id"]}, raw, upsert=True) for raw in rows])
    except BulkWriteError as error:
        _taken(error)
        raise value_taken(table.name) from None


async def change(table: Table, wanted: Change) -> Raw | None:
    """Make a change if its condition holds; the document as it is then, else None. Unanswered, it is read again."""
    try:
        return await _change(table, wanted)
    except DuplicateKeyError:
        return None
    except AutoReconnect as error:
        return await _as_written(table, wanted, error)


async def _change(table: Table, wanted: Change) -> Raw | None:
    if update := wanted.update():
        try:
            found = await table.find_one_and_update(wanted.sayable(), update, return_document=ReturnDocument.AFTER)
        except OperationFailure as error:
            if error.code not in _NOT_SAYABLE:
                raise
        else:
            if found or not wanted.inc:
                return found
    return await rewrite(table, wanted.condition(), wanted.applied)


async def rewrite(table: Table, condition: Raw, edit: Callable[[Raw], Raw]) -> Raw | None:
    """Read a document and put the edited one in its place, again until nobody was faster.

    For changes that MongoDB has no words for. None when the condition holds for no document.
    """
    while found := await table.find_one(condition):
        as_read = {"_id": found["_id"], WRITE: found.get(WRITE)}
        done = await table.find_one_and_replace(as_read, edit(found), return_document=ReturnDocument.AFTER)
        if done:
            return done
    return None


async def _as_written(table: Table, wanted: Change, error: AutoReconnect) -> Raw:
    """The document as our unanswered change left it; the error if that cannot be seen, for it may still be at work."""
    found = await table.find_one({"_id": wanted.id, WRITE: wanted.write})
    if found is None:
        raise error
    return found
