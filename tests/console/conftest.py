"""What the tests of the console share."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.store.sqlite import SqliteStore
from tests.console.desk import PLATFORM, Desk
from tests.world import make_contract_world, make_world


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Desk]:
    """The console over Exact Online on the real clock."""
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    desk = Desk(make_world(store, settings=PLATFORM))
    yield desk
    await desk.close()
    await desk.hub.close()


@pytest.fixture
async def console_of(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """The console over another package: `parametrize("console_of", ["billit"], indirect=True)`; its clock stands."""
    world = make_contract_world(request.param, tmp_path, **PLATFORM)
    await world.store.open()
    desk = Desk(world)
    yield desk
    await desk.close()
    await desk.hub.close()


@pytest.fixture
async def office(console: Desk) -> httpx.AsyncClient:
    """An office worker of `acme`, signed in with a session."""
    return await console.signed_in()


@pytest.fixture
async def operator(console: Desk) -> httpx.AsyncClient:
    """An operator of `acme`, signed in with a session."""
    return await console.signed_in(role="operator", sub="operator-1", name="Oscar Operator")
