"""The contract of connectors whose package calls back: what is asked for, what arrives, and what is taken back."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.rings import Rings
from shared import connectors, topics
from shared.login import disconnect
from shared.store.collections import DOORS, LOG, STEPS
from tests.connectors.contract import joined, settled, sync_again, synced
from tests.doorbell import PUBLIC, Doorbell
from tests.world import make_contract_world

CALL_BACK = [one for one in connectors.all_connectors() if one.webhooks]
NAMES = [one.name for one in CALL_BACK]
RUNG = [(one.name, kinds[0]) for one in CALL_BACK for kinds in {tuple(kinds) for kinds in one.webhooks.topics.values()}]
"""Connector, kind that it calls back about."""

each = pytest.mark.parametrize("name", NAMES)
each_kind = pytest.mark.parametrize(("name", "kind"), sorted(RUNG))


@asynccontextmanager
async def opened(name, folder, **settings):
    world = make_contract_world(name, folder, public_url=PUBLIC, **settings)
    await world.hub.open()
    try:
        yield Doorbell(world)
    finally:
        await world.sandbox.bells.close()
        await world.hub.close()


def entities(bell, kind):
    return bell.world.bus.of(topics.entities(kind))


async def lines(bell, event):
    return [row for row in await bell.world.store.find(LOG, {}, limit=1000) if row["event"] == event]


def wanted(bell, connection):
    return sorted(bell.how.wanted(connection.settings["import_kinds"]))


async def mine(bell, connection):
    address = await bell.address(connection)
    return [hook for hook in await bell.hooks(connection) if hook.address == address]


@each
async def test_after_connecting_each_hook_that_is_wanted_is_there_once(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        hooks = await bell.hooks(connection)
        assert sorted(hook.topic for hook in hooks) == wanted(bell, connection) != []
        assert {hook.address for hook in hooks} == {await bell.address(connection)}
        await sync_again(bell.world, connection)
        assert await bell.hooks(connection) == hooks


@each
async def test_what_the_user_does_not_import_is_not_asked_for(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        named = {kind for kinds in bell.how.topics.values() for kind in kinds}
        others = [kind for kind in connectors.get(name).kinds if kind not in named]
        connection = await synced(bell.world, import_kinds=others)
        assert await bell.hooks(connection) == []
        connection = await bell.world.hub.connections.change_settings(connection.id, {"import_kinds": sorted(named)})
        await settled(bell.world)
        assert sorted(hook.topic for hook in await bell.hooks(connection)) == wanted(bell, connection) != []
        await bell.world.hub.connections.change_settings(connection.id, {"import_kinds": others})
        await settled(bell.world)
        assert await bell.hooks(connection) == []


@each
async def test_without_a_public_address_nothing_is_asked_for(name, tmp_path):
    world = make_contract_world(name, tmp_path)
    await world.hub.open()
    connection = await synced(world)
    bell = Doorbell(world)
    assert await bell.hooks(connection) == []
    await world.hub.close()


@each_kind
async def test_a_change_in_the_package_arrives_without_a_tick(name, kind, tmp_path):
    async with opened(name, tmp_path) as bell:
        await synced(bell.world)
        before = len(entities(bell, kind))
        vendor_id = bell.world.scenario.change(bell.world.sandbox, kind)
        assert await bell.heard() >= 1
        await settled(bell.world)
        (event,) = entities(bell, kind)[before:]
        assert json.loads(event.body)["vendor_id"] == vendor_id
        assert set(bell.world.sandbox.bells.answers) == {200}


@each_kind
async def test_a_record_that_the_fetch_does_not_find_is_removed(name, kind, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        before = len(entities(bell, kind))
        bell.world.sandbox.bells.lose(10)
        vendor_id = bell.world.scenario.remove(bell.world.sandbox, kind)
        await bell.rings(connection, kind, vendor_id)
        await settled(bell.world)
        (event,) = entities(bell, kind)[before:]
        assert (event.key.rpartition("|")[2], event.body, event.headers["ce_reason"]) == (vendor_id, None, "deleted")
        await bell.rings(connection, kind, vendor_id, "424242")
        await settled(bell.world)
        assert len(entities(bell, kind)) == before + 1


@each_kind
async def test_a_callback_that_is_lost_is_healed_by_the_next_sync(name, kind, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        bell.world.sandbox.bells.lose(10)
        vendor_id = bell.world.scenario.change(bell.world.sandbox, kind)
        assert await bell.heard() == 0
        bell.world.sandbox.clock.advance(timedelta(minutes=15))
        published = [
            event for event in await sync_again(bell.world, connection) if event.topic == topics.entities(kind)
        ]
        assert [json.loads(event.body)["vendor_id"] for event in published] == [vendor_id]


@each_kind
async def test_what_changes_again_while_it_is_fetched_is_fetched_again(name, kind, tmp_path, monkeypatch):
    """Change, callback, fetch, change again: the second callback comes before the first fetch is written down."""
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        before, answer = len(entities(bell, kind)), Rings.answer
        changed = bell.world.scenario.change(bell.world.sandbox, kind)
        await bell.rings(connection, kind, changed)

        async def deleted_meanwhile(rings, ring):
            monkeypatch.undo()
            assert bell.world.scenario.remove(bell.world.sandbox, kind) == changed
            await bell.rings(connection, kind, changed)
            await answer(rings, ring)

        monkeypatch.setattr(Rings, "answer", deleted_meanwhile)
        await settled(bell.world)
        first, second = entities(bell, kind)[before:]
        assert first.body is not None
        assert second.body is None
        assert first.headers["ce_sequence"] < second.headers["ce_sequence"]


@each
async def test_hooks_that_another_program_deleted_are_asked_for_again(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        before = await bell.hooks(connection)
        await bell.remove(connection, *before)
        await sync_again(bell.world, connection)
        assert await bell.hooks(connection) == []  # not looked at yet
        bell.world.sandbox.clock.advance(timedelta(hours=2))
        await sync_again(bell.world, connection, "slot-3")
        again = await bell.hooks(connection)
        assert sorted(hook.topic for hook in again) == sorted(hook.topic for hook in before)
        kind = next(kind for one, kind in RUNG if one == name)
        bell.world.scenario.change(bell.world.sandbox, kind)
        assert await bell.heard() >= 1


@each
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_that_is_lost_leaves_no_hook_twice(name, when, tmp_path):
    async with opened(name, tmp_path) as bell:
        calls = bell.world.scenario.asks_to_be_called
        bell.world.sandbox.fail_next(kind="cut", match=calls.match, method=calls.method, skip=calls.skip, when=when)
        connection = await synced(bell.world)
        assert sorted(hook.topic for hook in await bell.hooks(connection)) == wanted(bell, connection)
        steps = await bell.world.store.find(STEPS, {"entry": f"{connection.scope}|hooks"}, limit=100)
        assert {step["state"] for step in steps} == {"confirmed"}
        kind = next(kind for one, kind in RUNG if one == name)
        bell.world.scenario.change(bell.world.sandbox, kind)
        assert await bell.heard() >= 1  # also where the secret stood in the answer that was lost


@each
async def test_at_the_end_ours_are_taken_back_and_those_of_others_stay(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        address = await bell.address(connection)
        # On the topic of one of ours that is gone: Exact has room for one of each.
        (first, *_) = await bell.hooks(connection)
        await bell.remove(connection, first)
        await bell.world.sandbox.bells.close()  # nobody answers there, and nobody need to
        theirs = await bell.make(connection, first.topic, f"{PUBLIC}/of/another/program")
        await disconnect(bell.world.hub, connection.id)
        await settled(bell.world)
        assert [hook.id for hook in await bell.hooks(connection)] == [theirs.id]
        assert await bell.world.hub.doors.get(connection.id) is None
        answer = await bell.post(address)
        assert answer.status_code == 404 or bell.how.administration is not None


@each
async def test_whoever_connects_again_is_called_back_at_another_address(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        before = await bell.door(connection)
        await disconnect(bell.world.hub, connection.id)
        again = await joined(bell.world)
        await settled(bell.world)
        await sync_again(bell.world, again, "slot-9")
        after = await bell.door(again)
        assert (again.id, after.generation) == (connection.id, connection.generation + 1)
        assert after.digest != before.digest
        assert sorted(hook.topic for hook in await mine(bell, again)) == wanted(bell, again)


@each
async def test_what_cannot_be_taken_back_is_told(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        bell.world.scenario.revoke(bell.world.sandbox)
        await disconnect(bell.world.hub, connection.id)
        await settled(bell.world)
        (line,) = await lines(bell, "webhooks.left")
        assert line["level"] == "warning"
        assert await bell.world.store.find(DOORS, {}) == []


def until_tomorrow(moment):
    """So that the hours after it are of one day, whenever the test runs."""
    return timedelta(days=1) - (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0))


@each
async def test_trouble_with_hooks_stops_no_sync_and_is_told_once_a_day(name, tmp_path):
    async with opened(name, tmp_path) as bell:
        calls = bell.world.scenario.asks_to_be_called
        bell.world.sandbox.fail_next(403, match=calls.match, method=calls.method, skip=calls.skip, times=100, body="{}")
        bell.world.sandbox.clock.advance(until_tomorrow(bell.world.sandbox.clock.now()))
        connection = await synced(bell.world)
        bell.world.sandbox.clock.advance(timedelta(hours=1))
        await sync_again(bell.world, connection)
        assert len(await lines(bell, "webhooks.failed")) == 1
        assert await lines(bell, "sync.finished")


@each
async def test_no_address_is_told_to_anybody_but_the_package(name, tmp_path, caplog):
    async with opened(name, tmp_path) as bell:
        connection = await synced(bell.world)
        secret = (await bell.address(connection)).rpartition("/")[2]
        stored = [await bell.world.store.find(one, {}, limit=10_000) for one in (DOORS, STEPS, LOG)]
        told = json.dumps(stored) + caplog.text + "".join(str(message) for message in bell.world.bus.messages)
        assert secret not in told or bell.how.administration is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["Content", "model", "EntityDetail"]), inner)
    ),
)


@each
@given(payload=JSON, body=st.binary(), header=st.text())
def test_whatever_comes_is_read_without_an_error(name, payload, body, header):
    how = connectors.get(name).webhooks
    assert all(isinstance(one.vendor_id, str) for one in how.translate(payload))
    if how.administration:
        how.administration(payload)
    if how.verify:
        headers = dict.fromkeys(("billit-signature", "content-type"), header)
        assert not how.verify("secret", headers, body, datetime(2026, 11, 20, tzinfo=UTC))
