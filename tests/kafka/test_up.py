"""`make up` as its users meet it: one process per service, killed at will, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.local.java import container_engine
from shared import connectors
from tests.conftest import mongo_address

PATIENCE = 60.0
UP = (sys.executable, "-m", "deploy.local.up")
SERVICES = (
    "scheduler",
    "webhooks",
    "console",
    *(f"importer.{name}" for name in connectors.names()),
    *(f"exporter.{name}.{place}" for name in connectors.names() for place in (1, 2)),
)
STORY = {"FIELDLEDGER_LEASE": "4", "FIELDLEDGER_REQUEST_TIMEOUT": "2", "FIELDLEDGER_SETTLE_AFTER": "0.5"}
"""Shorter than a person would like to watch."""
WIDE = {"COLUMNS": "200"}
"""So that each sentence of the story stands on one line."""


class Up:
    """A running `make up`, seen from outside: its process, its files, its output."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder

    def log(self, name: str) -> str:
        file = self.folder / "logs" / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def pid(self, name: str) -> int:
        """The present process of a service; 0 while there is none."""
        file = self.folder / "up" / f"{name}.pid"
        return int(file.read_text()) if file.exists() else 0

    def pids(self) -> list[int]:
        return [int(file.read_text()) for file in (self.folder / "up").glob("*.pid")]

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)

    def until(self, claim: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not claim():
            assert self.process.poll() is None, f"It ended before {what}.\n{self.told()}"
            assert time.monotonic() < deadline, f"Not within {PATIENCE:.0f} s: {what}.\n{self.told()}"
            time.sleep(0.02)

    def until_serving(self) -> None:
        self.until(lambda: all("running" in self.log(name) for name in SERVICES), "every service works")

    def summary(self) -> dict[str, Any]:
        """The last line of the story, which is for machines."""
        counts: dict[str, Any] = json.loads(next(line for line in self.told().splitlines() if line.startswith("{")))
        return counts

    def told(self) -> str:
        """Everything on its screen."""
        return (self.folder / "screen.txt").read_text()


@contextmanager
def up(folder: Path, *flags: str) -> Iterator[Up]:
    with (folder / "screen.txt").open("w") as screen:
        process = subprocess.Popen(
            [*UP, "--folder", str(folder), *flags],
            stdout=screen,
            stderr=screen,
            text=True,
            start_new_session=True,
            env={**os.environ, **STORY, **WIDE},
        )
    there = Up(process, folder)
    try:
        yield there
    finally:
        process.kill()
        process.wait()


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        # A zombie answers too, until its new parent has looked.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


KILLS = {
    "logged in": "importer.exact_online",
    "become sales orders": "exporter.exact_online.1",
    "become sales invoices": "exporter.exact_online.2",
    "become processed invoices": "importer.exact_online",
    "final invoices were published": "scheduler",
}
"""At which line of the story which service is killed: each of them in the middle of its work."""


@pytest.fixture
def servers(fresh_topics: str, mongodb: None, tmp_path: Path) -> tuple[str, ...]:
    """Flags for the Kafka and the MongoDB of the whole test run, both empty."""
    return ("--kafka", fresh_topics, "--store", mongo_address(tmp_path))


def test_whichever_service_is_killed_in_mid_story_every_document_is_in_the_books_once(
    servers: tuple[str, ...], tmp_path: Path
) -> None:
    with up(tmp_path, "--once", "--work-orders", "12", *servers) as there:
        for line, name in KILLS.items():
            there.until(lambda line=line: line in there.told(), f"the story says {line!r}")
            there.kill(name)
        assert there.process.wait(PATIENCE) == 0, there.told()
    assert there.told().count("ended by SIGKILL; it is started again") == len(KILLS)
    told = there.summary()["connectors"]
    assert told.keys() == set(connectors.names())
    assert all((counts["duplicates"], counts["lost"]) == (0, 0) for counts in told.values())
    assert sum(told["exact_online"]["exported"].values()) == 19


@pytest.mark.skipif(container_engine(), reason="servers run in containers here, so Java may be missing")
def test_ctrl_c_ends_all_of_it_within_seconds_and_leaves_nothing_running(tmp_path: Path) -> None:
    with up(tmp_path) as there:
        there.until_serving()
        pids = there.pids()
        os.killpg(there.process.pid, signal.SIGINT)  # as a terminal does
        assert there.process.wait(PATIENCE) == 0, there.told()
    assert len(pids) == len({*SERVICES, "kafka", "mongodb", "packages"})
    assert not any(map(alive, pids))
    # They ended by themselves, none was killed.
    assert all("stopped" in there.log(name) for name in SERVICES)
    assert "ended" not in there.told()
    assert not there.pids()


def test_when_it_is_killed_itself_everything_ends_with_it(servers: tuple[str, ...], tmp_path: Path) -> None:
    with up(tmp_path, *servers) as there:
        there.until_serving()
        pids = there.pids()
    deadline = time.monotonic() + PATIENCE
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(pids) == len({*SERVICES, "packages"})
    assert not any(map(alive, pids))


def test_two_of_them_in_one_folder_are_refused_with_a_sentence(servers: tuple[str, ...], tmp_path: Path) -> None:
    with up(tmp_path, *servers) as there:
        there.until(lambda: bool(there.pids()), "it has begun")
        again = subprocess.run(
            [*UP, "--folder", str(tmp_path), *servers], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert (again.returncode, there.process.poll()) == (1, None)
    assert "runs already" in again.stderr
