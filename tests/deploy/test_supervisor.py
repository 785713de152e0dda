"""Programs are kept running until they are told to end, and then they end, whatever they are like."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import supervisor
from deploy.local.supervisor import Kept, Places, Program, Screen, Supervisor, pause_after

PATIENCE = 20.0
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)


def python(code: str, *, once: bool = False) -> Program:
    return Program("part", (sys.executable, "-c", code), dict(os.environ), once=once)


def log(places: Places) -> str:
    file = places.logs / "part.log"
    return file.read_text() if file.exists() else ""


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not claim():  # noqa: ASYNC110  # another process announces nothing
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("short")
async def test_what_dies_is_started_again_and_each_death_is_said(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Supervisor(places, Screen(8)) as running:
        kept = running.start(python("print('I live'); raise SystemExit(3)"))
        await until(lambda: kept.deaths >= 3)
    assert log(places).count("I live") >= 3
    said = capsys.readouterr().err
    assert said.count("part     | I live") >= 3
    assert said.count("part     | ended with exit code 3; it is started again in") >= 3


def test_the_pause_doubles_while_it_dies_young_and_begins_anew_after_a_long_life() -> None:
    pauses = [pause_after(0.1, None)]
    for _ in range(3):
        pauses.append(pause_after(0.1, pauses[-1]))
    assert pauses == [1, 2, 4, 8]
    assert pause_after(0.1, 30) == 30
    assert pause_after(31, 8) == 1


async def test_what_runs_once_is_not_started_again_and_its_exit_code_is_told(places: Places) -> None:
    async with Supervisor(places, Screen(8)) as running:
        kept = running.start(python("raise SystemExit(7)", once=True))
        assert await kept.over() == 7
    assert kept.deaths == 0


async def test_what_ignores_being_told_is_killed_after_the_grace(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.1)
    async with Supervisor(places, Screen(8)) as running:
        kept = running.start(python(STUBBORN))
        await until(lambda: "ready" in log(places))
        async with asyncio.timeout(PATIENCE):
            await kept.stop()
    assert kept.deaths == 0


async def test_told_while_it_is_being_started_it_does_not_stay(places: Places) -> None:
    async with asyncio.timeout(PATIENCE):
        async with Supervisor(places, Screen(8)) as running:
            kept = running.start(python("import time; time.sleep(60)"))
            await asyncio.sleep(0)
        assert await kept.over() != 0


async def test_told_during_the_pause_it_is_not_started_again(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 3600.0)
    async with asyncio.timeout(PATIENCE), Supervisor(places, Screen(8)) as running:
        kept: Kept = running.start(python("print('I live')"))
        await until(lambda: kept.deaths == 1)
    assert log(places).count("I live") == 1


@pytest.mark.usefixtures("short")
async def test_the_number_of_the_next_process_comes_in_one_step(places: Places) -> None:
    """A file that were written anew would be empty for a moment, also for who has it open."""
    async with asyncio.timeout(PATIENCE), Supervisor(places, Screen(8)) as running:
        kept = running.start(python("import time; time.sleep(60)"))
        await until((places.ids / "part.pid").exists)
        with (places.ids / "part.pid").open() as file:
            first = int(file.read())
            os.kill(first, signal.SIGKILL)
            await until(lambda: kept.deaths == 1)
            await until(lambda: int((places.ids / "part.pid").read_text()) != first)
            file.seek(0)
            assert int(file.read()) == first


async def test_a_line_of_any_length_reaches_the_log_and_blocks_nobody(places: Places) -> None:
    async with asyncio.timeout(PATIENCE), Supervisor(places, Screen(8)) as running:
        kept = running.start(python("print('x' * 1_000_000, flush=True); print('behind it', flush=True); input()"))
        await until(lambda: "behind it" in log(places))
        assert log(places).count("x") >= 1_000_000
        await kept.stop()
    assert not list(places.ids.glob("*.pid"))
