"""A company with long lists, from sync to sync: only news is published, and deletions show once a day."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared import clock
from shared.connectors.billit.sandbox import create
from shared.store.sqlite import SqliteStore
from tests.connectors.billit.office import COMPANY
from tests.connectors.contract import sync_again, synced
from tests.world import World, access_to, make_settings


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    sandbox = create(parties=900, products=700, invoices=150)
    monkeypatch.setattr(clock, "now", sandbox.clock.now)
    settings = make_settings(**access_to("billit", sandbox.base_url))
    made = World(SqliteStore(tmp_path / "store.db", clock=sandbox.clock), sandbox, "billit", settings, own_time=True)
    await made.hub.open()
    yield made
    await made.hub.close()


async def test_all_arrive_then_nothing_then_what_changed_and_a_deletion_within_a_day(world):
    connection = await synced(world)
    expected = world.scenario.expected(world.sandbox)
    assert {kind: len(world.bus.of(f"entities.{kind}")) for kind in expected} == dict(expected)
    assert sum(expected.values()) > 1_500
    await world.wait(timedelta(hours=3))
    assert await sync_again(world, connection) == []
    for kind in ("relation", "product", "payment"):
        world.scenario.change(world.sandbox, kind)
    assert len(await sync_again(world, connection, "slot-3")) == 3
    gone = world.scenario.remove(world.sandbox, "relation")
    assert await sync_again(world, connection, "slot-4") == [], "changes do not tell of it"
    await world.wait(timedelta(days=1))
    told = [*await sync_again(world, connection, "slot-5"), *await sync_again(world, connection, "slot-6")]
    assert [(one.key.rpartition("|")[2], one.body) for one in told] == [(gone, None)]


async def test_a_sync_of_an_unchanged_company_makes_few_calls(world):
    connection = await synced(world)
    await world.wait(timedelta(hours=3))
    before = len(world.sandbox.calls)
    await sync_again(world, connection)
    calls = [call.path for call in world.sandbox.calls[before:] if "OAuth2" not in call.path]
    assert calls.count("/v1/parties") < 900 / 120
    assert calls.count("/v1/orders/deleted") == 1
    assert world.sandbox.books(COMPANY).deleted == []
