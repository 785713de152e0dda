"""Ticks and runs, and a package that answers nonsense or not at all."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from shared import envelope, topics
from shared.runs import Runs
from shared.schemas.messages import SyncTick
from shared.store import Store
from shared.store.collections import REJECTS, RUNS
from tests.factories import completed, make_work_order
from tests.fakes import received
from tests.services.test_importer import PRODUCTS, RELATIONS, again, bodies, synced, text_of_log
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


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


async def test_a_page_that_is_refused_again_and_again_ends_the_kind_instead_of_an_endless_read(
    store: Store,
) -> None:
    world = make_world(store, accounts=2300)
    connection = await world.connected(import_kinds=["relation"])
    body = '{"error":{"code":"","message":{"lang":"","value":"Dit mag niet"}}}'
    world.sandbox.fail_next(400, body=body, match="skiptoken", times=1000)
    await world.tick(connection)
    await world.quiet()
    refused = [call for call in world.sandbox.calls if call.status == 400]
    assert len(refused) == 2, "once, and once more after it began anew"
    assert "Dit mag niet" in await text_of_log(world, connection)


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


async def test_a_record_that_a_full_read_does_not_show_but_that_exists_is_not_removed(store: Store) -> None:
    world = make_world(store, accounts=15)
    connection = await synced(world, import_kinds=["relation"])
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    world.sandbox.fail_next(200, body='{"d": {"results": []}}', match="sync/CRM/Accounts")
    assert [message for message in await again(world, connection) if message.body is None] == []
    assert any("crm/Accounts" in call.path for call in world.sandbox.calls), "they were looked up by id"


async def test_a_manual_sync_of_a_run_that_has_just_ended_starts_its_own(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection, "slot-1", kinds=("relation",))
    runs = Runs(world.store)
    run = await runs.active(connection.id)
    assert run is not None
    original = world.store.insert

    async def ended_meanwhile(collection: str, document: Any) -> bool:
        taken = await original(collection, document)
        if collection == RUNS and not taken:
            done = {"active_key": None, "state": "done"}
            await world.store.update(RUNS, run.id, set=done, inc={"version": 1})
        return taken

    world.store.insert = ended_meanwhile  # type: ignore[method-assign]
    await world.tick(connection, "manual-1", kinds=("product",), reason="manual")
    started = await runs.active(connection.id)
    assert started is not None
    assert started.kinds == ("product",)


async def test_a_manual_sync_that_accepts_deletions_tells_the_run_it_joins(world: World) -> None:
    connection = await world.connected()
    await world.tick(connection, "slot-1")
    await world.tick(connection, "manual-1", kinds=("relation",), reason="manual", accept_deletions=True)
    run = await Runs(world.store).active(connection.id)
    assert run is not None
    assert run.accepts == ("relation",), "deletions of other kinds are still held"
