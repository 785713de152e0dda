"""The console with a Kafka in memory behind it: dead letters and replays are reads of topics."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.console.operate.background import WORK
from shared.bus import Bus
from shared.memory_kafka import MemoryKafka
from shared.store.sqlite import SqliteStore
from tests.console.desk import PLATFORM, Desk
from tests.world import make_world


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    with MemoryKafka() as kafka:
        made = Desk(make_world(store, settings={**PLATFORM, "kafka": kafka.bootstrap}))
        async with Bus(made.hub.settings, client_id="test") as bus:
            made.hub.bus = bus
            yield made
            await WORK.ended()
        await made.close()
        await made.hub.close()


@pytest.fixture
async def oscar(desk: Desk) -> httpx.AsyncClient:
    """An operator of another tenant than the connections'."""
    return await desk.signed_in(tenant="operations", role="operator", name="Oscar Operator")


@pytest.fixture
async def olivia(desk: Desk) -> httpx.AsyncClient:
    """An office worker of `acme`."""
    return await desk.signed_in()
