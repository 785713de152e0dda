"""The SQLite file itself: connecting, creating what it must hold, and saying in words why it does not answer."""

import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from shared import clock
from shared.errors import Misconfigured, StoreUnavailable
from shared.store import Is
from shared.store.collections import COLLECTIONS, Collection
from shared.store.migrations import MIGRATIONS, Migration, schema_version
from shared.store.sqlite_query import create_table, encode, matches, table

OLDEST_SQLITE = (3, 38, 0)
"""The first release with the JSON functions always built in (https://sqlite.org/releaselog/3_38_0.html)."""

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space, work goes on by itself",
    sqlite3.SQLITE_IOERR: "reading or writing failed: check the disk and its free space",
    sqlite3.SQLITE_READONLY: "it cannot be written: give this user write access to the file and its folder",
    sqlite3.SQLITE_PERM: "access is denied: give this user write access to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the folder exists and this user may write in it",
    sqlite3.SQLITE_CORRUPT: "it is damaged: stop all services and restore a backup",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite file: restore a backup, or point FIELDLEDGER_STORE at another file",
    sqlite3.SQLITE_BUSY: "another process holds it for too long: look for one that hangs, or copies or edits the file",
}
_BUSY_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)


def require_sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """`Misconfigured` when the SQLite of this Python lacks what the store needs."""
    if version < OLDEST_SQLITE:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, OLDEST_SQLITE))
        raise Misconfigured(f"this Python brings SQLite {found}, Fieldledger needs {needed}: use a newer Python build.")


@dataclass(frozen=True)
class StoreFile:
    """Where the file is. `patience`: seconds to wait for another process's transaction.

    The schema version is kept in `PRAGMA user_version`.
    """

    path: Path
    patience: float = 30.0
    migrations: tuple[Migration, ...] = MIGRATIONS

    def connect(self, mode: str = "rw") -> sqlite3.Connection:
        """Open a connection any one thread at a time may use. Mode `rw` never makes a new, forgetful file."""
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self.patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def prepare(self) -> None:
        """Create the file, its tables and indexes where missing, and forget what has expired.

        Safe while other processes do the same.

        `Misconfigured` when a newer program wrote it.
        """
        try:
            connection = self.connect("rwc")
            try:
                self._prepare(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise self.unavailable(error) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        _use_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        newest = schema_version(self.migrations)
        if found > newest:
            raise Misconfigured(
                f"{self.path} was written by a newer Fieldledger (schema {found}, this one knows {newest}): "
                "run the newer version, or point FIELDLEDGER_STORE at another file."
            )
        for collection in COLLECTIONS:
            for statement in create_table(collection):
                connection.execute(statement)
            _expire(connection, collection)
        # A file of version 0 has just been made, and holds nothing.
        for migration in self.migrations[found - 1 :] if found else ():
            _migrate(connection, migration)
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")

    def unavailable(self, error: sqlite3.Error) -> StoreUnavailable:
        """Put into words for the caller what happened and what to do."""
        advice = _ADVICE.get(_code(error), "it does not answer: see the cause and check the file")
        return StoreUnavailable(f"The store {self.path} could not be used ({error}); {advice}.")


def _expire(connection: sqlite3.Connection, collection: Collection) -> None:
    if expiry := collection.expiry:
        now = clock.now()
        condition, values = matches({expiry.field: Is("<", clock.stamp(now - expiry.after))}, now)
        connection.execute(f"DELETE FROM {table(collection.name)} WHERE {condition}", values)  # noqa: S608  # our own


def _migrate(connection: sqlite3.Connection, migration: Migration) -> None:
    for collection in COLLECTIONS:
        name = table(collection.name)
        for id, doc in connection.execute(f"SELECT id, doc FROM {name}").fetchall():  # noqa: S608  # a name of ours
            moved = encode(migration(collection.name, json.loads(doc)), clock.EPOCH)
            if moved != doc:
                connection.execute(f"UPDATE {name} SET doc = ? WHERE id = ?", [moved, id])  # noqa: S608  # as above


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; the switch alone does not wait when others open the file at the same time."""
    for pause in _BUSY_PAUSES:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(pause)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code (https://sqlite.org/rescode.html); 0 when Python itself raised the error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
