"""Two companies, each with one of everything, and an operator."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.console.operate.background import WORK
from shared.bus import Bus
from shared.memory_kafka import MemoryKafka
from shared.store.sqlite import SqliteStore
from tests.console.desk import PLATFORM, Desk
from tests.console.security.ground import Ground, ground, operated
from tests.world import make_world


@dataclass
class Town:
    """`acme` is looked at by `bakker`; `oscar` operates the installation."""

    desk: Desk
    acme: Ground
    bakker: Ground
    oscar: httpx.AsyncClient


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A console with a Kafka in memory behind it, in which nobody is too fast."""
    store = SqliteStore(tmp_path / "store.db")
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
async def acme(desk: Desk) -> Ground:
    """One company."""
    return await ground(desk)


@pytest.fixture
async def town(desk: Desk, acme: Ground) -> Town:
    """Both, and the operator."""
    oscar = await operated(acme)
    return Town(desk, acme, await ground(desk, "bakker", "Loodgieter Pieters"), oscar)
