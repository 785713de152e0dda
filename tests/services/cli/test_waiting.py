"""What waits is seen: why, how often it was tried, when it goes on; and what an owner may say about a resting lane."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.lanes import CatchUp, Rest
from shared.schemas.connections import Connection
from shared.store.sqlite import SqliteStore
from tests.services.cli.support import fieldledger, in_state, waits
from tests.world import World

SOON = datetime(2099, 1, 1, 8, 0, tzinfo=UTC)


async def test_everything_that_waits_is_grouped_by_its_reason(world: World, connection: Connection) -> None:
    for number, attempts in (("WO-1", 2), ("WO-2", 5)):
        await in_state(world, number, state="waiting", reason="the package is down", attempts=attempts, due=SOON)
    await waits(world, "WO-3", "vat_codes", "9")
    (row,) = (await fieldledger("exports", "waiting", "--json")).rows
    groups = {one["oldest"]: one for one in row["waits"]}
    down = groups["WO-1"]
    assert (down["documents"], down["attempts"], down["next"]) == (2, 5, "2099-01-01 08:00:00 UTC")
    assert groups["WO-3"]["next"] is None
    shown = await fieldledger("exports", "waiting", "--connection", connection.id)
    assert "the package is down" in shown.out
    assert "when somebody acts" in shown.out


async def test_attempts_and_the_next_moment_stand_in_the_list(world: World, connection: Connection) -> None:
    await in_state(world, "WO-1", state="waiting", reason="down", attempts=3, due=SOON)
    (row,) = (await fieldledger("exports", "list", "--json")).rows
    assert (row["attempts"], row["due"]) == (3, "2099-01-01T08:00:00.000000Z")
    assert "2099-01-01" in (await fieldledger("exports", "list")).out


async def test_a_resting_lane_says_why_and_when_it_is_looked_at_again(world: World, connection: Connection) -> None:
    await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="The administration is blocked."), SOON)
    (row,) = (await fieldledger("exports", "waiting", "--json")).rows
    assert (row["rests"], row["tried_again"]) == ("The administration is blocked.", "2099-01-01 08:00:00 UTC")
    assert "The administration is blocked. Looked at again 2099-01-01" in (await fieldledger("exports", "waiting")).err


async def test_a_backlog_says_how_far_it_is(world: World, connection: Connection) -> None:
    await in_state(world, "WO-1")
    await world.hub.lanes.catch_up(connection.id, CatchUp(since=await world.store.now(), total=10_000))
    assert "9,999 of 10,000 done." in (await fieldledger("exports", "waiting")).err


async def test_nothing_waits_is_said_too(world: World, connection: Connection) -> None:
    assert "Nothing waits." in (await fieldledger("exports", "waiting")).err


async def test_a_resumed_connection_is_tried_at_once(world: World, connection: Connection) -> None:
    await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="blocked"), SOON)
    assert (await fieldledger("connections", "resume", connection.id)).code == 0
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.rest is None


async def test_a_licence_that_ended_and_one_that_is_active_again_are_noted(
    world: World, connection: Connection
) -> None:
    assert "Nothing is sent or read" in (await fieldledger("connections", "licence", connection.id, "ended")).err
    assert not (await world.hub.connections.get(connection.id)).licensed
    assert "goes on now" in (await fieldledger("connections", "licence", connection.id, "active")).err
    assert (await world.hub.connections.get(connection.id)).licensed


async def test_a_licence_is_noted_by_the_stores_clock(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = clock.now() - timedelta(seconds=4)

    async def now(_store: SqliteStore) -> datetime:
        return behind

    monkeypatch.setattr(SqliteStore, "now", now)
    monkeypatch.setattr(clock, "now", lambda: behind + timedelta(seconds=4))
    await fieldledger("connections", "licence", connection.id, "ended")
    assert (await world.hub.connections.get(connection.id)).licence_told == behind


async def test_the_tier_of_a_licence_is_noted_kept_and_never_one_that_there_is_not(
    world: World, connection: Connection
) -> None:
    await fieldledger("connections", "licence", connection.id, "active", "--tier", "basic")
    await fieldledger("connections", "licence", connection.id, "active")
    assert (await world.hub.connections.get(connection.id)).tier == "basic"
    said = await fieldledger("connections", "licence", connection.id, "active", "--tier", "gold")
    assert (said.code, said.err) == (2, "Exact Online has no licence gold; there are basic, pro.")


async def test_a_document_behind_a_paused_lane_is_not_said_to_be_next_at_once(
    world: World, connection: Connection
) -> None:
    await in_state(world, "WO-1", state="waiting", reason="a limit is reached")
    await world.store.update("lanes", connection.id, set={"export.due": "2099-01-01T08:00:00.000000Z"})
    (row,) = (await fieldledger("exports", "waiting", "--json")).rows
    assert row["waits"][0]["next"] == "2099-01-01 08:00:00 UTC"
    assert "2099-01-01 08:00:00 UTC" in (await fieldledger("exports", "show", "WO-1")).out


async def test_a_connection_is_paused_and_goes_on(world: World, connection: Connection, with_kafka: str) -> None:
    assert (await fieldledger("connections", "pause", connection.id)).code == 0
    assert (await world.hub.connections.get(connection.id)).state == "paused"
    again = await fieldledger("connections", "pause", connection.id)
    assert (again.code, "changes nothing" in again.err) == (2, True)
    assert (await fieldledger("connections", "resume", connection.id)).code == 0
    assert (await world.hub.connections.get(connection.id)).state == "connected"
