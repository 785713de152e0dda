"""Two companies, each with one of everything, and an operator."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from services.console.operate.background import WORK
from shared.bus import Bus
from shared.memory_kafka import MemoryKafka
from shared.store.sqlite import SqliteStore
from tests.console.desk import PLATFORM, Desk
from tests.console.security.ground import Ground, ground, operated
from tests.world import make_world


Answer = TypeVar("Answer")


@dataclass
class Town:
    """`acme` is looked at by `bakker`; `oscar` operates the installation."""

    desk: Desk
    acme: Ground
    bakker: Ground
    oscar: httpx.AsyncClient


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    """A console with a Kafka in memory behind it, in which nobody is too fast."""
    store = SqliteStore(folder / "store.db")
    await store.open()
    with MemoryKafka() as kafka:
        settings = {**PLATFORM, "kafka": kafka.bootstrap, "console_rate": 10_000.0}
        made = Desk(make_world(store, settings=settings))
        async with Bus(made.hub.settings, client_id="test") as bus:
            made.hub.bus = bus
            yield made
            await WORK.ended()
        await made.close()
        await made.hub.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """One for a test."""
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture
async def acme(desk: Desk) -> Ground:
    """One company."""
    return await ground(desk)


async def built(desk: Desk) -> Town:
    """Both companies, and the operator."""
    acme = await ground(desk)
    oscar = await operated(acme)
    return Town(desk, acme, await ground(desk, "bakker", "Loodgieter Pieters"), oscar)


@pytest.fixture
async def town(desk: Desk) -> Town:
    """One for a test."""
    return await built(desk)


@dataclass
class Bench:
    """A town for tests that are not coroutines, because something else calls them many times."""

    runner: asyncio.Runner
    town: Town

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do it in the loop of the town."""
        return self.runner.run(work)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for a module."""
    with asyncio.Runner() as runner:
        place = opened(tmp_path_factory.mktemp("bench"))
        desk = runner.run(place.__aenter__())
        yield Bench(runner, runner.run(built(desk)))
        runner.run(place.__aexit__(None, None, None))
