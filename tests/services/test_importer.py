"""What the package holds arrives as events: everything once, then only what changed, and deletions only when earned."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from shared import envelope, topics
from shared.errors import Unavailable
from shared.schemas.messages import SyncTick
from shared.store import Store
from shared.store.collections import FINGERPRINTS, REJECTS, RUNS
from tests.factories import completed, make_work_order
from tests.fakes import received
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
    assert len(world.sandbox.calls) - calls == 9, "rows and deletions of four endpoints, and the item groups"


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


async def test_an_order_is_kept_published_then_fingerprints_then_position(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection)
    world.bus.fail_next(1)
    await world.one_turn("export")
    await world.one_turn("import")
    assert await world.store.count(FINGERPRINTS, {}) == 0, "nothing is remembered that was not acknowledged"
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
        if collection == FINGERPRINTS:
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


async def test_a_tick_met_twice_starts_one_run(world: World) -> None:
    connection = await world.connected()
    for _ in range(2):
        await world.tick(connection, "slot-1")
    await world.quiet()
    await world.tick(connection, "slot-1")
    await world.quiet()
    assert await world.store.count(RUNS, {}) == 1


async def test_a_tick_for_a_connection_whose_run_is_going_starts_no_second_run(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection, "slot-1")
    await world.tick(connection, "slot-2")
    assert await world.store.count(RUNS, {}) == 1


async def test_a_manual_sync_during_a_run_is_done_behind_it(world: World) -> None:
    connection = await world.connected(import_kinds=["relation"])
    await world.tick(connection, "slot-1")
    await world.tick(connection, "manual-1", kinds=("product",), reason="manual")
    await world.tick(connection, "manual-1", kinds=("product",), reason="manual")
    await world.quiet()
    assert len(world.bus.of(RELATIONS)) == 40
    assert len(world.bus.of(PRODUCTS)) == len({message.key for message in world.bus.of(PRODUCTS)}) > 0


async def test_only_the_chosen_kinds_are_read_automatically(world: World) -> None:
    await synced(world, import_kinds=["product"])
    assert world.bus.of(RELATIONS) == []
    assert world.bus.of(PRODUCTS)


async def test_vendor_nonsense_is_kept_and_reported_and_the_rest_goes_on(world: World) -> None:
    connection = await world.connected(import_kinds=["relation"])
    odd, even = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    rows = [
        {"ID": odd, "Timestamp": "5", "Name": {"never": "seen"}},
        {"ID": even, "Timestamp": "6", "Name": "Goed B.V."},
    ]
    world.sandbox.fail_next(200, body=json.dumps({"d": {"results": rows}}), match="sync/CRM/Accounts")
    await world.tick(connection)
    await world.quiet()
    assert [message.key.rsplit("|", 1)[1] for message in world.bus.of(RELATIONS)] == [even]
    (kept,) = await world.store.find(REJECTS, {"connection": connection.id})
    assert odd in kept["record"]
    assert "1 relations of Exact Online could not be understood" in await text_of_log(world, connection)


async def test_a_package_in_maintenance_is_tried_again_and_nothing_is_lost(world: World) -> None:
    connection = await world.connected(import_kinds=["relation"])
    page = "<html><body>Exact Online is under maintenance</body></html>"
    world.sandbox.fail_next(503, body=page, match="sync/CRM/Accounts", times=3)
    await world.tick(connection)
    await world.quiet()
    assert len(world.bus.of(RELATIONS)) == 40
    assert "<html>" not in await text_of_log(world, connection)


async def test_a_kind_that_cannot_be_read_does_not_stop_the_others(world: World) -> None:
    connection = await world.connected()
    body = '{"error":{"code":"","message":{"lang":"","value":"Dit mag niet"}}}'
    world.sandbox.fail_next(400, body=body, match="sync/CRM/Accounts", times=50)
    await world.tick(connection)
    await world.quiet()
    assert world.bus.of(RELATIONS) == []
    assert world.bus.of(PRODUCTS)
    lines = await world.hub.journal.read(connection.id)
    assert [line["vendor_says"] for line in lines if line["event"] == "sync.failed"] == ["Dit mag niet"]


async def test_a_large_administration_is_read_in_turns_of_one_page(store: Store) -> None:
    world = make_world(store, accounts=2300)
    everything = {"include_blocked": True, "include_inactive": True}
    connection = await world.connected(import_kinds=["relation"], **everything)
    await world.tick(connection)
    await world.one_turn("export")
    await world.one_turn("import")
    assert len(world.bus.of(RELATIONS)) == 1000
    await world.quiet()
    assert len({message.key for message in world.bus.of(RELATIONS)}) == 2300


async def test_a_relation_we_exported_comes_back_with_the_platforms_own_number(world: World) -> None:
    connection = await synced(world, vat_codes={"21": "4"})
    await world.publish(completed(make_work_order(hours=(), materials=make_work_order().materials[:0] or ())))
    await world.hub.connections.change_settings(connection.id, {"fallback_item": "ARB-VOORRIJ"})
    await world.publish(completed(make_work_order("WO-2", hours=())))
    await world.quiet()
    (message,) = [one for one in await again(world, connection) if one.topic == RELATIONS]
    assert bodies([message])[0]["platform_id"] == "90001"


async def test_an_unreadable_tick_is_a_dead_letter(world: World) -> None:
    connection = await world.connected()
    tick = envelope.message(
        topics.ticks("exact_online"),
        connection.id,
        SyncTick(connection=connection.id, slot="s", kinds=("unicorn",)),
        type=envelope.SYNC_TICK,
        source="test",
        tenant="acme",
    )
    await world.importing([received(tick)])
    (letter,) = world.bus.of(topics.imports_dead("exact_online"))
    assert b"has no unicorn to import" in (letter.body or b"")


async def test_imports_go_on_while_no_exporter_runs(world: World) -> None:
    connection = await world.connected(vat_codes={"21": "4"})
    await world.publish(completed(make_work_order()))
    long_ago = world.hub.now() - timedelta(minutes=2)
    from shared.clock import stamp  # only this test bends a lane

    await world.store.update("lanes", connection.id, set={"export.due": stamp(long_ago)})
    await world.tick(connection)
    await world.quiet("import")
    assert len(world.bus.of(RELATIONS)) == 40


async def test_the_start_date_of_exports_does_not_matter_for_imports(world: World) -> None:
    connection = await world.connected(exports_from=date(2030, 1, 1))
    await world.tick(connection)
    await world.quiet()
    assert len(world.bus.of(RELATIONS)) == 40
