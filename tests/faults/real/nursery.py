"""Services forked from a process that has imported everything: a start costs milliseconds instead of a second.

They are processes as real as any other. `Moods` are what a machine does to one: its clock is moved, its store file
cannot be written for a while.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Self

from shared import clock
from tests.kafka.processes import Process

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["services.cli", "shared.store.mongo", "tests.faults.real.nursery"])


@dataclass(frozen=True)
class Moods:
    """What a machine does to its services now; kept in a folder, so that it can change while they run."""

    folder: Path

    def move_clock(self, by: timedelta) -> None:
        """From now on the machine's clock is that far off."""
        self._replace("clock", str(by.total_seconds()))

    def read_only(self, *, now: bool) -> None:
        """The store file cannot be written now, or can be again."""
        self._replace("read-only", "ON" if now else "OFF")

    @property
    def clock_off_by(self) -> timedelta:
        return timedelta(seconds=float(self._read("clock", "0")))

    @property
    def query_only(self) -> str:
        """As `PRAGMA query_only` wants it: writing then fails as it does on a read-only disk."""
        return self._read("read-only", "OFF")

    def _replace(self, name: str, text: str) -> None:
        fresh = self.folder / f".{name}"
        fresh.write_text(text)
        fresh.replace(self.folder / name)

    def _read(self, name: str, default: str) -> str:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return default


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


def _serve(names: Sequence[str], environment: Mapping[str, str], log: Path, moods: Moods | None) -> None:
    from services.cli import main  # the parent of all forks has it, who merely starts them need not

    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        for standard in (1, 2):
            os.dup2(file.fileno(), standard)
    random.seed()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if moods is not None:
        _suffer(moods)
    sys.argv = ["fieldledger", "run", *names]
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
        """The file as the moods have it, looked at before each transaction."""

        def execute(self, sql: str, *parameters: Sequence[object]) -> sqlite3.Cursor:
            if sql.startswith("BEGIN"):
                super().execute(f"PRAGMA query_only = {moods.query_only}")
            return super().execute(sql, *parameters)

    clock.datetime = Moved
    sqlite3.connect = partial(sqlite3.connect, factory=Touchy)
