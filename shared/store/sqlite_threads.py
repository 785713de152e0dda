"""The threads that touch the SQLite file: one writes, in transactions shared by all who wait, and two read."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from shared.store.sqlite_file import StoreFile

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]
"""Statements that belong together. May run in a thread of the store; touches nothing but the connection."""

BATCH = 500
"""Operations in one transaction at most: enough to share the cost of a commit, short for other processes."""

READERS = 2


@dataclass(frozen=True)
class _Job:
    operation: Operation[Any]
    future: Future[Any]


class Writer:
    """Group commit: what is asked for while one transaction is being written goes into the next one together.

    Each operation succeeds or fails alone, and is answered only after the commit that holds it.
    """

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._jobs: deque[_Job] = deque()
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    async def run(self, operation: Operation[T]) -> T:
        """Do it in the next transaction. Raises what the operation raised, or `StoreUnavailable`."""
        job = _Job(operation, Future())
        self._jobs.append(job)
        # One call of `_drain` per job: most find nothing left to do, and none can be forgotten.
        self._thread.submit(self._drain)
        return await asyncio.wrap_future(job.future)

    async def close(self) -> None:
        """Finish what is queued, then release the file. Nothing may be asked afterwards."""
        self._thread.submit(self._forget)
        await asyncio.to_thread(self._thread.shutdown)

    def _drain(self) -> None:
        taken = [self._jobs.popleft() for _ in range(min(BATCH, len(self._jobs)))]
        jobs = [job for job in taken if job.future.set_running_or_notify_cancel()]
        if not jobs:
            return
        try:
            outcomes = self._transaction([job.operation for job in jobs])
        except sqlite3.Error as error:
            self._forget()
            outcomes = [self._file.unavailable(error) for _ in jobs]
        for job, outcome in zip(jobs, outcomes, strict=True):
            _settle(job.future, outcome)

    def _transaction(self, operations: list[Operation[Any]]) -> list[Any]:
        connection = self._connection = self._connection or self._file.connect()
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_apart(connection, operation) for operation in operations]
        connection.execute("COMMIT")
        return outcomes

    def _forget(self) -> None:
        """Close the connection, which rolls back; the next transaction begins with a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Readers:
    """Connections for reading: a read never waits for a write, and sees every write answered before it."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._idle: SimpleQueue[sqlite3.Connection | None] = SimpleQueue()
        for _ in range(READERS):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def run(self, operation: Operation[T]) -> T:
        """Read; raises `StoreUnavailable` when the file cannot be read."""
        return await asyncio.wrap_future(self._threads.submit(self._read, operation))

    async def close(self) -> None:
        """Finish what is queued, then release the file. Nothing may be asked afterwards."""
        await asyncio.to_thread(self._threads.shutdown)
        while not self._idle.empty():
            connection = self._idle.get()
            if connection is not None:
                connection.close()

    def _read(self, operation: Operation[T]) -> T:
        connection = self._idle.get()
        try:
            connection = connection or self._file.connect()
            return operation(connection)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
                connection = None
            raise self._file.unavailable(error) from error
        finally:
            self._idle.put(connection)


def _apart(connection: sqlite3.Connection, operation: Operation[Any]) -> Any:
    """Return what one operation came to: its result, or the error that is its own affair, not the transaction's."""
    connection.execute("SAVEPOINT operation")
    try:
        result = operation(connection)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001  # handed to its own caller, the others must not suffer
        connection.execute("ROLLBACK TO operation")
        result = error
    connection.execute("RELEASE operation")
    return result


def _settle(future: Future[Any], outcome: Any) -> None:
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
