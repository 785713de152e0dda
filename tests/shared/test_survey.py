"""The numbers about a whole installation are what its store says, and each can be alarmed on."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared import clock, metrics
from shared.errors import NeedsOwner
from shared.resting import rest
from shared.schemas.connections import Connection
from shared.store import Store
from shared.store.collections import GRANTS, LANES
from shared.survey import page
from tests.factories import completed, make_work_order
from tests.world import World, make_world

C = "exact_online"


@pytest.fixture
def world(store: Store) -> World:
    return make_world(store)


async def numbers(world: World) -> dict[tuple[str, ...], float]:
    """Name and labels -> value, as Prometheus reads them."""
    text = (await page(world.hub)).decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        (one.name.removeprefix("fieldledger_"), *one.labels.values()): one.value
        for one in found
        if one.labels["connector"] == C
    }


async def waiting(world: World, count: int, **settings: object) -> Connection:
    """A connection with so many documents that nobody has taken yet."""
    connection = await world.connected(**settings)
    await world.publish(*(completed(make_work_order(f"WO-{n}"), connection.tenant) for n in range(count)))
    return connection


async def due_since(world: World, connection: Connection, span: timedelta) -> None:
    since = await world.store.now() - span
    await world.store.update(LANES, connection.id, set={"export.due": clock.stamp(since)})


async def test_an_empty_installation_has_a_number_for_everything_but_the_expiry_of_logins(world: World) -> None:
    found = await numbers(world)
    assert {name for name, *_ in found} == {
        family.name.removeprefix("fieldledger_")
        for gauge in metrics.OF_STORE
        if gauge is not metrics.EXPIRY
        for family in gauge.describe()
    }
    full = {("budget_left", C, "minute"), ("budget_left", C, "day")}
    assert all(found[key] > 0 for key in full)
    assert all(value == 0 for key, value in found.items() if key not in full)


async def test_the_backlog_says_how_many_connections_wait_and_how_long_the_first_one_has(world: World) -> None:
    connection = await waiting(world, 3)
    await due_since(world, connection, timedelta(minutes=10))
    found = await numbers(world)
    assert found["backlog_connections", C, "export"] == 1
    assert 600 <= found["backlog_oldest_seconds", C, "export"] < 660
    assert found["open_documents", C, "ready"] == 3

    await world.quiet("export")
    found = await numbers(world)
    assert found["backlog_connections", C, "export"] == 0
    assert found["backlog_oldest_seconds", C, "export"] == 0
    assert found["open_documents", C, "ready"] == 0


async def test_what_rests_for_its_owner_is_no_backlog_but_a_lane_that_waits(world: World) -> None:
    connection = await waiting(world, 2)
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    await rest(world.hub, lane, NeedsOwner("access was withdrawn"))
    found = await numbers(world)
    assert found["backlog_connections", C, "export"] == 0
    assert found["lanes", C, "waits_for_owner"] == 1
    assert found["lanes", C, "free"] == 0
    assert found["open_documents", C, "ready"] == 2


async def test_a_lane_that_is_held_works(world: World) -> None:
    await waiting(world, 1)
    assert (await numbers(world))["lanes", C, "free"] == 1
    assert await world.hub.lanes.claim(C, "export") is not None
    found = await numbers(world)
    assert (found["lanes", C, "working"], found["lanes", C, "free"]) == (1, 0)


async def test_documents_that_wait_for_a_setting_are_counted_as_waiting(world: World) -> None:
    await waiting(world, 2, vat_codes={})
    await world.quiet("export")
    found = await numbers(world)
    assert (found["open_documents", C, "waiting"], found["open_documents", C, "ready"]) == (2, 0)


async def test_calls_left_are_those_of_the_administration_with_the_fewest_until_its_window_resets(world: World) -> None:
    full = (await numbers(world))["budget_left", C, "minute"]
    row = {"connector": C, "window": "minute", "limit": 60}
    now = await world.store.now()
    soon, past = clock.stamp(now + timedelta(minutes=1)), clock.stamp(now - timedelta(minutes=1))
    await world.store.put_many("budgets", [row | {"id": "reset", "remaining": 0, "resets": past}])
    assert (await numbers(world))["budget_left", C, "minute"] == full
    rows = [row | {"id": f"open-{left}", "remaining": left, "resets": soon} for left in (40, 7, 20)]
    await world.store.put_many("budgets", rows)
    assert (await numbers(world))["budget_left", C, "minute"] == 7


async def test_budgets_that_services_save_are_found(world: World) -> None:
    before = (await numbers(world))["budget_left", C, "day"]
    await waiting(world, 1, vat_codes={"21": "4"})
    await world.quiet("export")
    assert 0 < (await numbers(world))["budget_left", C, "day"] < before


async def test_a_login_is_told_with_its_end_and_a_dead_one_without(world: World) -> None:
    connection = await world.connected()
    found = await numbers(world)
    assert (found["grants", C, "live"], found["grants", C, "dead"]) == (1, 0)
    assert 0 < found["grant_expires_seconds", C] <= timedelta(days=30).total_seconds()
    await world.store.update(GRANTS, connection.grant, set={"state": "dead"})
    found = await numbers(world)
    assert (found["grants", C, "live"], found["grants", C, "dead"]) == (0, 1)
    assert ("grant_expires_seconds", C) not in found
