"""What the importer does with callbacks, and how that meets runs, take-overs and trouble."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from services.importer.app import sweep
from services.importer.callbacks import CallbackTurn
from services.importer.changes import MASS_COUNT
from services.importer.rings import Rings
from services.importer.turn import turn
from shared import metrics, topics
from shared.errors import TryLater
from shared.login import disconnect
from shared.schemas.messages import LicenseChanged
from shared.store.collections import FINGERPRINTS, LOG, RINGS
from shared.store.sqlite import SqliteStore
from shared.turns import Held
from tests.connectors.contract import settled, synced
from tests.doorbell import Doorbell, called
from tests.fakes import received
from tests.world import make_contract_world

DIVISION, ACCOUNTS, ITEMS = 900001, "crm/Accounts", "logistics/Items"


@pytest.fixture
async def bell(tmp_path):
    """Exact Online after its first sync; the test rings."""
    made = make_contract_world("exact_online", tmp_path)
    await made.hub.open()
    yield Doorbell(made)
    await made.sandbox.bells.close()
    await made.hub.close()


@pytest.fixture
async def connection(bell):
    return await synced(bell.world)


def rows(bell, table=ACCOUNTS):
    return bell.world.sandbox.division(DIVISION).tables[table].rows


def rename(bell, id, name):
    bell.world.sandbox.change(DIVISION, ACCOUNTS, id, Name=name)


def relations(bell):
    return [
        json.loads(one.body)["record"]["name"] for one in bell.world.bus.of(topics.entities("relation")) if one.body
    ]


async def rings(bell):
    return {row["vendor_id"]: row["rung"] for row in await bell.world.store.find(RINGS, {}, limit=1000)}


async def fetches(bell, since):
    return [call.path for call in bell.world.sandbox.calls[since:] if "webhooks" not in call.path]


async def test_callbacks_about_one_record_are_fetched_once(bell, connection):
    id, calls = next(iter(rows(bell))), len(bell.world.sandbox.calls)
    rename(bell, id, "Anders")
    await bell.rings(connection, "relation", id, id, id)
    await bell.rings(connection, "relation", id)
    await settled(bell.world)
    assert len(await fetches(bell, calls)) == 1
    assert relations(bell).count("Anders") == 1


async def test_many_records_are_fetched_together_and_unchanged_ones_are_not_published(bell, connection):
    ids, calls = list(rows(bell))[:5], len(bell.world.sandbox.calls)
    rename(bell, ids[3], "Anders")
    published = len(bell.world.bus.messages)
    await bell.rings(connection, "relation", *ids)
    await settled(bell.world)
    assert len(await fetches(bell, calls)) == 1
    assert len(bell.world.bus.messages) == published + 1


async def test_one_ring_serves_every_kind_that_is_read_together(bell, connection):
    hours = next(row["ID"] for row in rows(bell, ITEMS).values() if row.get("IsTime") == 1)
    bell.world.sandbox.change(DIVISION, ITEMS, hours, IsTime=0)
    published = len(bell.world.bus.messages)
    await bell.rings(connection, "hour_type", hours)
    await settled(bell.world)
    told = {one.topic: one.body is None for one in bell.world.bus.messages[published:]}
    assert told == {topics.entities("product"): False, topics.entities("hour_type"): True}


async def test_a_ring_during_the_fetch_is_counted_beyond_what_the_fetch_saw(bell, connection):
    kept = Rings(bell.world.store)
    await bell.rings(connection, "relation", "1")
    (seen,) = await kept.due(connection.id, 10)
    await bell.rings(connection, "relation", "1")
    await kept.answer(seen)
    assert [ring.rung for ring in await kept.due(connection.id, 10)] == [2]
    (seen,) = await kept.due(connection.id, 10)
    await kept.answer(seen)
    assert await kept.due(connection.id, 10) == []
    assert await rings(bell) == {"1": 0}


async def test_a_record_that_rings_again_keeps_its_place_in_the_queue(bell, connection):
    for id in ("1", "2", "1"):
        await bell.rings(connection, "relation", id)
        bell.world.sandbox.clock.advance(timedelta(seconds=1))
    assert [ring.vendor_id for ring in await Rings(bell.world.store).due(connection.id, 10)] == ["1", "2"]


async def test_rings_of_many_processes_at_once_are_all_counted(tmp_path, bell, connection):
    stores = [SqliteStore(tmp_path / "store.db") for _ in range(4)]
    for store in stores:
        await store.open()
    await asyncio.gather(*(Rings(store).ring(connection, "relation", "1") for store in stores for _ in range(25)))
    assert await rings(bell) == {"1": 100}
    for store in stores:
        await store.close()


async def test_what_the_user_does_not_import_is_dropped_and_counted(bell, connection):
    await bell.world.hub.connections.change_settings(connection.id, {"import_kinds": ["product"]})
    dropped = metrics.IGNORED.labels("importer", "callback")
    before = dropped._value.get()
    await bell.rings(connection, "relation", "1")
    await bell.rings(replace_id(connection), "product", "1")
    assert await rings(bell) == {}
    assert dropped._value.get() == before + 2


def replace_id(connection):
    return connection.model_copy(update={"id": "another"})


async def test_what_cannot_be_read_or_is_never_called_back_about_is_a_dead_letter(bell, connection):
    await bell.rings(connection, "employee", "1")
    broken = replace(called(connection, "relation", "1"), body=b'{"connection": 1}')
    await bell.world.importing([received(broken)])
    reasons = [json.loads(one.body)["reason"] for one in bell.world.bus.of(topics.imports_dead("exact_online"))]
    assert reasons == ["Exact Online does not call back about a 'employee'", "not a readable callback: 3 problems"]


async def test_what_is_switched_off_meanwhile_is_not_fetched(bell, connection):
    await bell.rings(connection, "relation", next(iter(rows(bell))))
    await bell.world.hub.connections.change_settings(connection.id, {"import_kinds": ["product"]})
    calls = len(bell.world.sandbox.calls)
    await settled(bell.world)
    assert await fetches(bell, calls) == []
    assert await Rings(bell.world.store).due(connection.id, 10) == []


async def test_callbacks_go_between_the_pages_of_a_run(bell, connection):
    id = next(iter(rows(bell)))
    await bell.world.wait(timedelta(minutes=1))  # the first sync may have taken most calls of its minute
    await bell.world.tick(connection, "slot-2")
    assert await bell.world.one_turn("import")
    rename(bell, id, "Zwischendurch")
    await bell.rings(connection, "relation", id)
    assert await bell.world.one_turn("import")
    assert relations(bell)[-1] == "Zwischendurch"


async def test_what_is_fetched_during_a_full_read_counts_as_seen_by_it(bell, connection):
    """Else the read would suspect every one of them, and hold deletions that nobody made."""
    await bell.world.hub.connections.change_settings(connection.id, {"relation_types": ["C", "P", "S"]})
    await bell.world.tick(connection, "slot-2")
    while not [call for call in bell.world.sandbox.calls if "sync/CRM/Accounts" in call.path][1:]:
        assert await bell.world.one_turn("import")
    await bell.rings(connection, "relation", *list(rows(bell))[: MASS_COUNT + 10])
    await settled(bell.world)
    assert not [one for one in await bell.world.store.find(LOG, {}, limit=100) if one["event"] == "sync.deletions_held"]
    found = await bell.world.store.find(FINGERPRINTS, {"scope": f"{connection.scope}|relation"}, limit=1000)
    assert {row["run"] for row in found} == {f"{connection.id}@slot-2"}


async def test_many_deletions_at_once_are_left_to_the_sync_which_asks_the_owner(bell, connection):
    ids = list(rows(bell))[: MASS_COUNT + 5]
    published = len(bell.world.bus.messages)
    for id in ids:
        bell.world.sandbox.remove(DIVISION, ACCOUNTS, id)
    await bell.rings(connection, "relation", *ids)
    await settled(bell.world)
    assert len(bell.world.bus.messages) == published
    assert await Rings(bell.world.store).due(connection.id, 1) == []


async def test_after_a_take_over_what_rang_is_published_again_and_the_page_of_the_run_too(bell, connection):
    """A late writer of the turn before may have been at either, and published something older behind us."""
    lanes, id = bell.world.hub.lanes, next(iter(rows(bell)))
    await bell.rings(connection, "relation", id)
    await bell.world.tick(connection, "slot-2", ["product_category"])
    assert await lanes.claim("exact_online", "import")  # and it is never heard of again
    bell.world.sandbox.clock.advance(timedelta(minutes=5))
    published = len(bell.world.bus.messages)
    assert await bell.world.one_turn("import")
    told = [one.topic for one in bell.world.bus.messages[published:]]
    assert told.count(topics.entities("relation")) == 1
    assert told.count(topics.entities("product_category")) > 1


async def test_a_fetch_that_fails_is_tried_again_and_given_up_with_a_line_in_the_log(bell, connection):
    id = next(iter(rows(bell)))
    rename(bell, id, "Anders")
    bell.world.sandbox.fail_next(503, match="crm/Accounts", times=2)
    await bell.rings(connection, "relation", id)
    await settled(bell.world)
    assert relations(bell)[-1] == "Anders"
    bell.world.sandbox.fail_next(503, match="crm/Accounts", times=100)
    await bell.rings(connection, "relation", id)
    await settled(bell.world)
    (line,) = [one for one in await bell.world.store.find(LOG, {}, limit=100) if one["event"] == "callback.failed"]
    assert "The next sync brings what changed" in line["text"]
    assert await Rings(bell.world.store).next_due(connection.id) is None


async def test_a_bug_of_ours_counts_for_the_fuse_and_the_record_is_tried_again(bell, connection, monkeypatch):
    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(CallbackTurn, "_fetch", broken)
    await bell.rings(connection, "relation", "1")
    held = Held(bell.world.hub.lanes, await bell.world.hub.lanes.claim("exact_online", "import"))
    await turn(held, bell.world.hub)
    assert isinstance(held.internal_error, ZeroDivisionError)
    assert not held.succeeded
    assert await Rings(bell.world.store).next_due(connection.id) is not None


async def test_a_fetch_that_only_failed_says_nothing_of_a_lane_that_rested(bell, connection, monkeypatch):
    async def away(*_):
        raise TryLater("away")

    monkeypatch.setattr(CallbackTurn, "_fetch", away)
    await bell.rings(connection, "relation", "1")
    held = Held(bell.world.hub.lanes, await bell.world.hub.lanes.claim("exact_online", "import"))
    await turn(held, bell.world.hub)
    assert not held.succeeded


async def test_a_ring_whose_wake_up_was_lost_is_found_by_the_sweep(bell, connection):
    await Rings(bell.world.store).ring(connection, "relation", "1")
    await sweep(bell.world.hub, "exact_online")
    assert await bell.world.hub.lanes.claim("exact_online", "import") is not None


async def test_what_rang_is_forgotten_when_the_connection_ends(bell, connection):
    await bell.rings(connection, "relation", "1")
    await disconnect(bell.world.hub, connection.id)
    await settled(bell.world)
    assert await rings(bell) == {}


async def test_without_a_licence_nothing_is_fetched(bell, connection):
    hub = bell.world.hub
    ended = LicenseChanged(connector=connection.connector, active=False, changed_at=hub.now())
    await hub.connections.note_licence(connection, ended)
    await bell.rings(connection, "relation", next(iter(rows(bell))))
    calls = len(bell.world.sandbox.calls)
    await bell.world.one_turn("import")
    assert len(bell.world.sandbox.calls) == calls
    assert (await hub.lanes.get(connection.id)).rest is not None
