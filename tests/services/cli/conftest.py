"""An installation for one command: real store, real HTTP to a sandbox, Kafka in memory or away."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from shared.bus import Bus
from shared.memory_kafka import MemoryKafka
from shared.sandbox import Sandbox, create, serving
from shared.schemas.connections import Connection
from shared.settings import Settings
from shared.store.sqlite import SqliteStore
from tests.services.cli.support import NOBODY, free_port
from tests.world import KEY, World


@pytest.fixture(autouse=True)
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in ("aiokafka", "httpx", "httpcore")}
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation in an empty folder, with no Kafka and nothing configured."""
    for name in [name for name in os.environ if name.startswith("FIELDLEDGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIELDLEDGER_STORE", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("FIELDLEDGER_KEYS", KEY)
    monkeypatch.setenv("FIELDLEDGER_KAFKA", NOBODY)


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    with MemoryKafka() as memory:
        yield memory.bootstrap


@pytest.fixture
def with_kafka(kafka: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FIELDLEDGER_KAFKA", kafka)
    return kafka


@pytest.fixture
def own_kafka(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Kafka in memory with nothing in it."""
    with MemoryKafka() as memory:
        monkeypatch.setenv("FIELDLEDGER_KAFKA", memory.bootstrap)
        yield memory.bootstrap


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A pretend Exact Online on a real socket, configured in the environment."""
    back = f"http://127.0.0.1:{free_port()}/callback"
    made = create(
        "exact_online",
        accounts=12,
        items=8,
        minutely_limit=10_000,
        redirect_uris=(back, "https://office.example/back", "http://127.0.0.1:8765/callback"),
    )
    async with serving(made) as url:
        prefix = "FIELDLEDGER_CONNECTORS__EXACT_ONLINE__"
        settings = {"BASE_URL": url, "CLIENT_ID": "fieldledger-demo", "CLIENT_SECRET": "demo-secret"}
        for name, value in {**settings, "REDIRECT_URI": back}.items():
            monkeypatch.setenv(prefix + name, value)
        yield made


@pytest.fixture
async def world(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[World]:
    """Services over the same store and the same sandbox, driven by hand."""
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    made = World(store, sandbox)
    yield made
    await made.hub.close()


@pytest.fixture
async def connection(world: World) -> Connection:
    return await world.connected()


@pytest.fixture
async def broker(world: World, own_kafka: str) -> AsyncIterator[str]:
    """A Kafka with nothing in it, to which the services of `world` publish too."""
    async with Bus(Settings(_env_file=None, kafka=own_kafka), client_id="test") as bus:
        world.hub.bus = bus
        yield own_kafka
