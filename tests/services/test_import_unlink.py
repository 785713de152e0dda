"""What an ended connection published is taken back: unlinked, not deleted."""

from typing import Any

import pytest

from services.importer import unlink
from services.importer.app import sweep
from shared.clock import EPOCH, stamp
from shared.lanes import Rest
from shared.login import connect, disconnect
from shared.schemas.connections import Connection
from shared.schemas.entities import ENTITY_KINDS
from shared.store import Store
from shared.store.collections import CONNECTIONS, CURSORS, FINGERPRINTS, LANES, PARTS, REFERENCE, RUNS
from tests.connectors.mortal import ProcessDied
from tests.syncs import present, removals, synced, text_of_log
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


def everything(world: World) -> dict[str, dict[str, Any]]:
    return {key: event for kind in ENTITY_KINDS for key, event in present(world, kind).items()}


async def test_every_record_of_an_ended_connection_is_taken_back_once(world: World) -> None:
    connection = await synced(world)
    count = len(everything(world))
    before = len(world.bus.messages)
    await disconnect(world.hub, connection.id)
    await world.quiet()
    reasons = [reason for _, _, reason in removals(world.bus.messages[before:])]
    assert reasons == ["unlinked"] * count
    assert everything(world) == {}
    assert "was taken back from the platform" in await text_of_log(world, connection)


async def test_nothing_of_it_stays_in_the_store(world: World) -> None:
    connection = await synced(world)
    await disconnect(world.hub, connection.id)
    await world.quiet()
    for collection in (FINGERPRINTS, PARTS, CURSORS, REFERENCE):
        assert await world.store.count(collection, {}) == 0, collection


async def test_the_package_is_not_asked_for_anything(world: World) -> None:
    connection = await synced(world)
    calls = len(world.sandbox.calls)
    await disconnect(world.hub, connection.id)
    await world.quiet()
    assert len(world.sandbox.calls) == calls


async def test_it_goes_in_pages_and_a_page_that_was_not_acknowledged_is_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlink, "PAGE", 15)
    connection = await synced(world)
    await disconnect(world.hub, connection.id)
    await world.one_turn("export")
    await world.one_turn("import")
    taken = [reason for _, _, reason in removals(world.bus.messages)]
    assert taken == ["unlinked"] * 15
    known = await world.store.count(FINGERPRINTS, {})
    world.bus.fail_next(1)
    await world.one_turn("import")
    assert await world.store.count(FINGERPRINTS, {}) == known
    await world.store.update("lanes", connection.id, set={"import.due": "2020-01-01T00:00:00.000000Z"})
    await world.quiet()
    assert everything(world) == {}


async def test_its_tombstones_are_newer_than_what_was_published(world: World) -> None:
    connection = await synced(world)
    await disconnect(world.hub, connection.id)
    await world.quiet()
    newest: dict[tuple[str, str], str] = {}
    for message in world.bus.messages:
        if message.topic.startswith("entities."):
            key = (message.topic, message.key)
            assert message.headers["ce_sequence"] > newest.get(key, "")
            newest[key] = message.headers["ce_sequence"]


async def test_a_lane_that_rests_takes_back_all_the_same(world: World) -> None:
    connection = await synced(world)
    await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Log in again."))
    await disconnect(world.hub, connection.id)
    await world.quiet()
    assert everything(world) == {}


async def test_a_run_that_was_going_on_is_over(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection)
    await world.one_turn("export")
    await world.one_turn("import")
    await disconnect(world.hub, connection.id)
    await world.quiet()
    assert everything(world) == {}
    (run,) = await world.store.find(RUNS, {})
    assert (run["state"], run["active_key"]) == ("done", None)


async def test_a_lost_wake_up_is_found_by_the_sweep(world: World) -> None:
    connection = await synced(world)
    await disconnect(world.hub, connection.id)
    await world.store.update("lanes", connection.id, set={"import.due": None})
    assert not await world.one_turn("import")
    await sweep(world.hub, "exact_online")
    await world.quiet()
    assert everything(world) == {}
    assert await world.hub.connections.to_take_back("exact_online") == []
    await sweep(world.hub, "exact_online")
    assert not await world.one_turn("import"), "and then it is over"


async def other_administration(world: World) -> Connection:
    login = await world.log_in()
    return await connect(world.hub, "acme", login, world.scenario.second_administration)


async def test_after_a_switch_only_the_new_administration_is_left(world: World) -> None:
    old = await synced(world)
    await disconnect(world.hub, old.id)
    new = await other_administration(world)
    await world.tick(new)
    await world.quiet()
    assert {event["administration"] for event in everything(world).values()} == {world.scenario.second_administration}
    assert all(key.startswith(f"{new.id}|") for key in everything(world))


async def test_a_connection_of_somebody_else_keeps_its_records(world: World) -> None:
    mine = await synced(world)
    theirs = await world.connected("globex", import_kinds=["relation"])
    await world.tick(theirs)
    await world.quiet()
    await disconnect(world.hub, mine.id)
    await world.quiet()
    assert {event["connection"] for event in everything(world).values()} == {theirs.id}


async def test_a_connection_that_is_live_again_before_all_was_taken_back_is_read_anew_at_once(world: World) -> None:
    connection = await synced(world)
    known = everything(world)
    await disconnect(world.hub, connection.id)
    again = await connect(world.hub, "acme", await world.log_in(), connection.administration.code)
    await world.tick(again, "slot-2")  # begins a run that the taking back ends
    await world.quiet()
    assert again.id == connection.id
    assert everything(world).keys() == known.keys()


@pytest.mark.parametrize("collection", [CONNECTIONS, RUNS])
async def test_a_crash_between_taking_back_and_reading_anew_loses_neither(world: World, collection: str) -> None:
    connection = await synced(world)
    known = everything(world)
    await disconnect(world.hub, connection.id)
    await connect(world.hub, "acme", await world.log_in(), connection.administration.code)
    mortal = Dying(world.store, collection)
    first = World(mortal, world.sandbox, world.connector, world.settings, world.bus)  # type: ignore[arg-type]
    with pytest.raises(ProcessDied):
        await first.quiet()
    await world.store.update(LANES, connection.id, set={"lease_until": stamp(EPOCH)})  # it has passed by now
    await world.quiet()
    assert everything(world).keys() == known.keys()


class Dying:
    """A store whose process dies right behind a taken back run's insert, or before the connection is told."""

    def __init__(self, store: Store, collection: str) -> None:
        self._store = store
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def insert(self, collection: str, document: dict[str, Any]) -> bool:
        done = await self._store.insert(collection, document)
        if collection == self._collection and "live-again" in document["id"]:
            raise ProcessDied
        return done

    async def update(self, collection: str, id: str, **how: Any) -> Any:
        if collection == self._collection and (how.get("set") or {}).get("take_back") is False:
            raise ProcessDied
        return await self._store.update(collection, id, **how)
