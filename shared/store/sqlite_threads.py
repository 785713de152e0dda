"""The threads that touch the SQLite file: one writes, in transactions shared by all who wait, and two read."""

import asyncio
import contextlib
import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    future: asyncio.Future[Any]


class Writer:
    """Group commit: what is asked for while one transaction is being written goes into the next one together.

    Each operation succeeds or fails alone, and is answered only after the commit that holds it.
    """

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._jobs: deque[_Job] = deque()
        self._asked = False
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    async def run(self, operation: Operation[T]) -> T:
        """Do it in the next transaction. Raises what the operation raised, or `StoreUnavailable`."""
        job = _Job(operation, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        if not self._asked:
            self._asked = True
            self._thread.submit(self._drain)
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Finish what is queued, then release the file. Nothing may be asked afterwards."""
        self._thread.submit(self._forget)
        await asyncio.to_thread(self._thread.shutdown)

    def _drain(self) -> None:
        # Before the jobs are taken: one that comes later asks again, so none is forgotten.
        self._asked = False
        while self._jobs:
            taken = [self._jobs.popleft() for _ in range(min(BATCH, len(self._jobs)))]
            jobs = [job for job in taken if not job.future.cancelled()]
            _settle_all(jobs, self._outcomes([job.operation for job in jobs]) if jobs else [])

    def _outcomes(self, operations: list[Operation[Any]]) -> list[Any]:
        try:
            return self._transaction(operations)
        except sqlite3.Error as error:
            self._forget()
            return [self._file.unavailable(error) for _ in operations]
        except Exception as error:  # noqa: BLE001  # our own bug: whoever waits must hear of it, not wait for ever
            self._forget()
            return [error for _ in operations]

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


class Reader:
    """One connection for reading, opened when it is first used and anew after an error. One thread at a time."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def read(self, operation: Operation[T]) -> T:
        """Read; raises `StoreUnavailable` when the file cannot be read."""
        try:
            self._connection = self._connection or self._file.connect()
            return operation(self._connection)
        except sqlite3.Error as error:
            self.close()
            raise self._file.unavailable(error) from error

    def close(self) -> None:
        """Release the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Readers:
    """Connections for reading: a read never waits for a write, and sees every write answered before it."""

    def __init__(self, file: StoreFile) -> None:
        self._idle: SimpleQueue[Reader] = SimpleQueue()
        for _ in range(READERS):
            self._idle.put(Reader(file))
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def run(self, operation: Operation[T]) -> T:
        """Read; raises `StoreUnavailable` when the file cannot be read."""
        return await asyncio.wrap_future(self._threads.submit(self._read, operation))

    async def close(self) -> None:
        """Finish what is queued, then release the file. Nothing may be asked afterwards."""
        await asyncio.to_thread(self._threads.shutdown)
        while not self._idle.empty():
            self._idle.get().close()

    def _read(self, operation: Operation[T]) -> T:
        reader = self._idle.get()
        try:
            return reader.read(operation)
        finally:
            self._idle.put(reader)


def _apart(connection: sqlite3.Connection, operation: Operation[Any]) -> Any:
    """Return what one operation came to: its result, or the error that is its own affair, not the transaction's.

    An operation that raises leaves nothing behind: it raises before its first write, or undoes what it did.
    """
    try:
        return operation(connection)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001  # handed to its own caller, the others must not suffer
        return error


def _settle_all(jobs: Sequence[_Job], outcomes: Sequence[Any]) -> None:
    """Answer all from one transaction at once: waking an event loop costs more than a small write."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[_Job, Any]]] = defaultdict(list)
    for job, outcome in zip(jobs, outcomes, strict=True):
        by_loop[job.future.get_loop()].append((job, outcome))
    for loop, settled in by_loop.items():
        with contextlib.suppress(RuntimeError):  # its loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: Sequence[tuple[_Job, Any]]) -> None:
    for job, outcome in settled:
        if job.future.cancelled():
            continue
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
