"""What every connector promises of a login that nobody uses: it lasts, as long as schedulers and importers run."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.scheduler.app import scheduler
from services.scheduler.idle import AT_ONCE, USUAL_LIFE
from shared import connectors, metrics, topics
from shared.clock import stamp
from shared.errors import NeedsOwner
from shared.lanes import Rest
from shared.login import connect, disconnect
from shared.schemas.connections import Connection
from shared.store.collections import CONNECTIONS, GRANTS
from shared.survey import of_connector
from tests.connectors.contract import NAMES, joined, logins, one_call, opened, settled
from tests.fakes import received
from tests.world import World

LAPSING = [name for name in NAMES if connectors.get(name).auth.refresh_token_life]
LASTING = [name for name in NAMES if name not in LAPSING]
HOUR = timedelta(hours=1)


@pytest.fixture(params=LAPSING)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param, tmp_path) as made:
        yield made


def life(world: World) -> timedelta:
    lasts = connectors.get(world.connector).auth.refresh_token_life
    assert lasts is not None
    return lasts


async def days_pass(world: World, time: timedelta) -> None:
    """The scheduler looks each hour, and what it asks for reaches the importer; no lane works."""
    told, hours = 0, int(time / HOUR)
    emitting = scheduler(world.hub)
    for _ in range(0, hours, 12):
        world.sandbox.clock.advance(12 * HOUR)
        await emitting.emit_due()
        ticks = world.bus.of(topics.ticks(world.connector))
        await world.importing([received(tick, told + n) for n, tick in enumerate(ticks[told:])])
        told = len(ticks)


async def idle(world: World, why: str) -> Connection:
    connection = await joined(world)
    if why == "paused":
        await world.store.update(CONNECTIONS, connection.id, set={"state": "paused"})
    if why == "resting":
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="its licence ended"))
    return connection


@pytest.mark.parametrize("why", ["paused", "resting"])
async def test_a_login_nobody_uses_outlives_what_the_package_gives_it(world: World, why: str) -> None:
    connection = await idle(world, why)
    await days_pass(world, 3 * life(world))
    await one_call(world, connection)


async def test_it_lapses_when_nobody_keeps_it_alive(world: World) -> None:
    connection = await idle(world, "paused")
    world.sandbox.clock.advance(2 * life(world))  # some packages give more than is known for sure
    with pytest.raises(NeedsOwner):
        await one_call(world, connection)


async def test_it_is_renewed_twice_in_its_life_and_no_oftener(world: World) -> None:
    await idle(world, "paused")
    before = logins(world)
    await days_pass(world, 2 * life(world))
    assert 2 <= logins(world) - before <= 4


async def test_one_that_a_sync_uses_is_left_alone(world: World) -> None:
    connection = await joined(world)
    for _ in range(4):
        world.sandbox.clock.advance(life(world) / 4)
        await world.tick(connection, f"slot-{world.sandbox.clock.now()}")
        await settled(world)
        seen = len(world.bus.of(topics.ticks(world.connector)))
        await scheduler(world.hub).emit_due()
        reasons = [tick.body for tick in world.bus.of(topics.ticks(world.connector))[seen:]]
        assert not any(b"keep_alive" in (body or b"") for body in reasons)


async def test_of_an_ended_connection_nothing_is_renewed(world: World) -> None:
    connection = await joined(world)
    await world.hub.connections.disconnect(connection.id)
    before = logins(world)
    await days_pass(world, life(world))
    assert logins(world) == before


async def other_logins(world: World, connection: Connection, count: int) -> None:
    """Logins of other users, all a day older, whose connections ended."""
    row = await world.store.get(GRANTS, connection.grant)
    assert row is not None
    older = stamp(world.hub.now() - timedelta(days=1))
    rows = [{**row, "id": f"{row['id']}-{n}", "user": f"ended-{n}", "issued": older} for n in range(count)]
    await world.store.insert_many(GRANTS, rows)


async def test_however_many_logins_of_ended_connections_there_are_a_living_one_is_renewed(world: World) -> None:
    connection = await idle(world, "paused")
    await other_logins(world, connection, AT_ONCE)
    await days_pass(world, 3 * life(world))
    await one_call(world, connection)


async def test_the_tokens_of_an_ended_connection_are_thrown_away_before_they_lapse(world: World) -> None:
    connection = await joined(world)
    before = await world.hub.grants.get(connection.grant)
    await world.hub.connections.disconnect(connection.id)
    await days_pass(world, life(world))
    ended = await world.hub.grants.get(connection.grant)
    tokens = json.loads(world.hub.keys.open(ended.sealed))
    assert (ended.state, set(tokens.values())) == ("ended", {""})
    assert ended.issued == before.issued
    told = [one.gauge async for one in of_connector(world.store, connectors.get(world.connector))]
    assert metrics.EXPIRY not in told
    with pytest.raises(NeedsOwner):
        await world.hub.grants.access_token(connection.grant)


async def test_they_are_kept_while_another_connection_works_with_them(world: World) -> None:
    connection = await joined(world)
    other = await connect(world.hub, "other", await world.log_in(), connection.administration.code)
    assert other.grant == connection.grant
    await world.hub.connections.disconnect(connection.id)
    await days_pass(world, 2 * life(world))
    await one_call(world, other)


async def test_they_are_kept_until_the_hooks_of_an_ended_connection_are_taken_back(world: World) -> None:
    connection = await joined(world)
    door = await world.hub.doors.open(connection, "https://callbacks.example")
    await world.hub.connections.disconnect(connection.id)
    await days_pass(world, life(world) * 0.75)
    assert (await world.hub.grants.get(connection.grant)).state == "live"
    await world.hub.doors.close(door)
    await days_pass(world, life(world) * 0.25)
    assert (await world.hub.grants.get(connection.grant)).state == "ended"


@pytest.mark.parametrize("world", LASTING, indirect=True)
async def test_one_that_never_lapses_is_kept_for_a_paused_connection_and_not_for_an_ended_one(world: World) -> None:
    connection = await idle(world, "paused")
    before = logins(world)
    await days_pass(world, USUAL_LIFE)
    assert ((await world.hub.grants.get(connection.grant)).state, logins(world)) == ("live", before)
    await world.hub.connections.disconnect(connection.id)
    await days_pass(world, HOUR * 12)
    assert (await world.hub.grants.get(connection.grant)).state == "ended"


async def test_a_later_login_of_the_same_user_makes_it_live_again(world: World) -> None:
    connection = await joined(world)
    await disconnect(world.hub, connection.id)
    await days_pass(world, life(world))
    again = await connect(world.hub, connection.tenant, await world.log_in(), connection.administration.code)
    assert (again.id, again.grant) == (connection.id, connection.grant)
    await one_call(world, again)


async def test_one_that_the_package_withdrew_is_told_to_its_owner_once(world: World) -> None:
    connection = await idle(world, "paused")
    world.scenario.revoke(world.sandbox)
    await days_pass(world, 2 * life(world))
    told = [line for line in await world.hub.journal.read(connection.id) if line["event"] == "connection.needs_owner"]
    assert len(told) == 1
    assert (await world.store.find(GRANTS, {}))[0]["state"] == "dead"
