"""What the package holds arrives as events: everything once, then only what changed, and deletions only when earned."""

from typing import Any

import pytest

from shared import topics
from shared.errors import Unavailable
from shared.store import Store
from shared.store.collections import FINGERPRINTS
from tests.syncs import DIVISION, again, bodies, synced, text_of_log
from tests.world import World, make_world

RELATIONS = topics.entities("relation")
PRODUCTS = topics.entities("product")


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


def account_ids(world: World) -> list[str]:
    return list(world.sandbox.division(DIVISION).tables["crm/Accounts"].rows)  # type: ignore[attr-defined]


async def test_the_first_sync_publishes_every_record_once(world: World) -> None:
    await synced(world)
    keys = [message.key for message in world.bus.of(RELATIONS)]
    assert len(keys) == len(set(keys)) == 40
    assert {key.rsplit("|", 1)[1] for key in keys} == set(account_ids(world))


async def test_a_second_sync_of_an_unchanged_administration_publishes_nothing(world: World) -> None:
    connection = await synced(world)
    calls = len(world.sandbox.calls)
    assert await again(world, connection) == []
    basic, pro = 9, 21
    assert len(world.sandbox.calls) - calls == basic + pro, "as the README of Exact Online tells"


async def test_a_second_sync_brings_only_what_changed(world: World) -> None:
    connection = await synced(world)
    changed = account_ids(world)[3]
    world.sandbox.change(DIVISION, "crm/Accounts", changed, Name="Nieuwe Naam B.V.")  # type: ignore[attr-defined]
    (message,) = await again(world, connection)
    assert message.key.endswith(changed)
    assert bodies([message])[0]["record"]["name"] == "Nieuwe Naam B.V."


async def test_a_record_touched_without_a_change_we_publish_is_not_published_again(world: World) -> None:
    connection = await synced(world)
    world.sandbox.change(DIVISION, "crm/Accounts", account_ids(world)[0], Remarks="gebeld")  # type: ignore[attr-defined]
    assert await again(world, connection) == []


async def test_a_record_deleted_in_the_package_becomes_a_tombstone(world: World) -> None:
    connection = await synced(world)
    gone = account_ids(world)[5]
    world.sandbox.remove(DIVISION, "crm/Accounts", gone)  # type: ignore[attr-defined]
    (message,) = await again(world, connection)
    assert message.body is None
    assert message.key.endswith(gone)
    assert message.headers["ce_reason"] == "deleted"
    assert message.headers["ce_tenant"] == "acme"
    assert await again(world, connection, "slot-3") == []


async def test_many_deletions_at_once_are_held_until_the_owner_accepts_them(world: World) -> None:
    connection = await synced(world)
    for gone in account_ids(world)[:25]:
        world.sandbox.remove(DIVISION, "crm/Accounts", gone)  # type: ignore[attr-defined]
    assert await again(world, connection) == []
    assert "25 relations seem to be deleted" in await text_of_log(world, connection)
    assert await again(world, connection, "slot-3") == [], "they stay held"
    accepted = await again(world, connection, "slot-4", kinds=("relation",), accept_deletions=True, reason="manual")
    assert len([message for message in accepted if message.body is None]) == 25


async def test_deletions_of_a_full_read_are_held_too(world: World) -> None:
    connection = await synced(world)
    for gone in account_ids(world)[:25]:
        world.sandbox.remove(DIVISION, "crm/Accounts", gone)  # type: ignore[attr-defined]
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    published = await again(world, connection)
    assert [message for message in published if message.body is None] == []
    assert "seem to be deleted" in await text_of_log(world, connection)


async def test_a_changed_filter_forces_one_full_read_and_removes_what_it_leaves_out(world: World) -> None:
    connection = await synced(world)
    await world.hub.connections.change_settings(connection.id, {"relation_types": ["P"]})
    published = await again(world, connection)
    removed = [message for message in published if message.body is None]
    assert {message.headers["ce_reason"] for message in removed} == {"filtered"}
    left = await world.store.find(FINGERPRINTS, {"scope": f"{connection.scope}|relation"}, limit=1000)
    assert len(left) == 40 - len(removed)
    assert 0 < len(removed) < 40
    assert await again(world, connection, "slot-3") == []


async def test_a_full_read_looks_records_it_did_not_see_up_before_it_calls_them_deleted(world: World) -> None:
    connection = await synced(world)
    ghost = {
        "id": f"{connection.scope}|relation|ghost",
        "scope": f"{connection.scope}|relation",
        "vendor_id": "00000000-0000-4000-8000-00000000dead",
        "hash": "x",
        "run": "old",
    }
    ghost["id"] = f"{connection.scope}|relation|{ghost['vendor_id']}"
    await world.store.put_many(FINGERPRINTS, [ghost])
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    published = await again(world, connection)
    assert [message.key for message in published if message.body is None] == [
        f"{connection.scope}|{ghost['vendor_id']}"
    ]


async def test_an_order_is_kept_announced_then_published_then_fingerprints_then_position(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection)
    world.bus.fail_next(1)
    await world.one_turn("export")
    await world.one_turn("import")
    announced = await world.store.find(FINGERPRINTS, {}, limit=1000)
    assert {row["hash"] for row in announced} == {""}, "nothing is remembered as published that was not acknowledged"
    assert len(announced) == 40, "all that may be with consumers is known"
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.import_.due is not None
    await world.hub.lanes.release(lane, "import", None) if lane.owner else None
    await world.store.update("lanes", connection.id, set={"import.due": "2020-01-01T00:00:00.000000Z"})
    await world.quiet()
    assert len({message.key for message in world.bus.of(RELATIONS)}) == 40


async def test_a_crash_between_publishing_and_remembering_repeats_the_page_with_a_higher_sequence(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection)
    await world.one_turn("export")
    original = world.store.put_many

    async def crash(collection: str, documents: Any) -> None:
        if collection == FINGERPRINTS and all(document["hash"] for document in documents):
            raise Unavailable("the store went away")
        await original(collection, documents)

    world.store.put_many = crash  # type: ignore[method-assign]
    await world.one_turn("import")
    world.store.put_many = original  # type: ignore[method-assign]
    first = {message.key: message.headers["ce_sequence"] for message in world.bus.of(RELATIONS)}
    assert len(first) == 40
    await world.store.update("lanes", connection.id, set={"import.due": "2020-01-01T00:00:00.000000Z"})
    await world.quiet()
    second = {message.key: message.headers["ce_sequence"] for message in world.bus.of(RELATIONS)[40:]}
    assert second.keys() == first.keys()
    assert all(second[key] > first[key] for key in first)


async def test_after_a_take_over_the_page_is_published_again_whatever_the_fingerprints_say(world: World) -> None:
    connection = await synced(world)
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    await world.tick(connection, "slot-2", kinds=("relation",), reason="manual")
    before = len(world.bus.of(RELATIONS))
    # A holder that vanished: it owns the lane, its lease is over.
    await world.store.update(
        "lanes", connection.id, set={"owner": "vanished", "lease_until": "2020-01-01T00:00:00.000000Z"}
    )
    await world.one_turn("import")
    assert len(world.bus.of(RELATIONS)) - before == 40
