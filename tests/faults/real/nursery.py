"""Services forked from a process that has imported everything: a start costs milliseconds instead of a second.

They are processes as real as any other, and a lane they hold tells which one holds it. `Moods` are what a machine does
to them: its clock is moved, its SQLite fails for a while, one of them hangs.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from shared import clock, lanes
from shared.bus import intake
from tests.kafka.installation import CONNECTOR
from tests.kafka.processes import Process

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["services.cli", "shared.store.mongo", "tests.faults.real.nursery"])

NOTICED_AFTER = 2_000
"""Milliseconds after which a service looks for new partitions; by itself it does so every five minutes."""

USUAL = {"query_only": "OFF", "max_page_count": 2**30 - 1, "busy_timeout": 30_000}
"""The pragmas of SQLite that moods change, as they are otherwise (https://sqlite.org/pragma.html)."""


@dataclass(frozen=True)
class Moods:
    """What a machine does to its services now; kept in a folder, so that it can change while they run."""

    folder: Path

    @contextmanager
    def clock_off(self, by: timedelta) -> Iterator[None]:
        """The machine's clock is that far off while the block runs."""
        with self._mood("clock", by.total_seconds()):
            yield

    @contextmanager
    def sqlite(self, **pragmas: object) -> Iterator[None]:
        """Its SQLite works under these pragmas while the block runs; see `USUAL`."""
        with self._mood("sqlite", pragmas):
            yield

    @contextmanager
    def one_hangs(self) -> Iterator[None]:
        """The first process that has written to SQLite since the block began stops (SIGSTOP) before it commits."""
        with self._mood("hang", None):
            yield

    @property
    def clock_off_by(self) -> timedelta:
        return timedelta(seconds=self._now("clock", 0))

    @property
    def pragmas(self) -> Mapping[str, object]:
        return {**USUAL, **self._now("sqlite", {})}

    def hang(self) -> None:
        """Stop this process if it is the one that shall hang: who deletes the file."""
        with suppress(FileNotFoundError):
            (self.folder / "hang").unlink()
            # By this thread: if another one takes the signal, this one runs on for a moment.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    @contextmanager
    def _mood(self, name: str, value: object) -> Iterator[None]:
        fresh = self.folder / f".{name}"
        fresh.write_text(json.dumps(value))
        fresh.replace(self.folder / name)
        try:
            yield
        finally:
            (self.folder / name).unlink(missing_ok=True)

    def _now(self, name: str, usual: Any) -> Any:
        try:
            return json.loads((self.folder / name).read_text())
        except FileNotFoundError:
            return usual


class Forked:
    """A forked service, as `Service` wants a process."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        assert process.pid is not None, "it was started"
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        # Not `join` in a thread: the exit code can be read once, and `returncode` may be reading it.
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        assert self._process.exitcode is not None, "it has ended"
        return self._process.exitcode


async def forked(
    names: Sequence[str], environment: Mapping[str, str], log: Path, *, moods: Moods | None = None
) -> Process:
    """`fieldledger run NAMES`; see `Spawn`."""
    log.touch()
    process = _CONTEXT.Process(target=_serve, args=(names, dict(environment), log, moods), daemon=True)
    await asyncio.to_thread(process.start)
    return Forked(process)


def moody(moods: Moods) -> partial:
    """`forked` on a machine with these moods."""
    return partial(forked, moods=moods)


def owner_of(pid: int) -> str:
    """What a lane calls the forked process that holds it."""
    return str(UUID(int=pid))


def _serve(names: Sequence[str], environment: Mapping[str, str], log: Path, moods: Moods | None) -> None:
    from services.cli import main  # the parent of all forks has it, who merely starts them need not

    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        for standard in (1, 2):
            os.dup2(file.fileno(), standard)
    random.seed()
    lanes.uuid4 = lambda: UUID(owner_of(os.getpid()))
    intake.KafkaBroker = partial(intake.KafkaBroker, metadata_max_age_ms=NOTICED_AFTER)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if moods is not None:
        _suffer(moods)
    # The topics of the others are not there, and asking Kafka for them takes more time than all work.
    sys.argv = ["fieldledger", "run", *names, "--connector", CONNECTOR]
    main()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "it was forked"
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _suffer(moods: Moods) -> None:
    class Moved(datetime):
        """All wall clock is read through `shared.clock`, and that reads this."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + moods.clock_off_by

    class Touchy(sqlite3.Connection):
        """SQLite as the moods have it, looked at before each transaction and before its end."""

        def execute(self, sql: str, *parameters: Sequence[object]) -> sqlite3.Cursor:
            if sql.startswith("BEGIN"):
                for name, value in moods.pragmas.items():
                    super().execute(f"PRAGMA {name} = {value}")
            elif sql == "COMMIT":
                moods.hang()
            return super().execute(sql, *parameters)

    clock.datetime = Moved
    sqlite3.connect = partial(sqlite3.connect, factory=Touchy)
