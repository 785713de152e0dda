"""What every connector promises: logging in, and reading everything once, then only news. No vendor's word in here."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import connectors, topics
from shared.connector import ReadFrom
from shared.errors import Misconfigured, NeedsOwner
from shared.login import connect
from shared.mapping import LeftOut
from shared.schemas.entities import ENTITY_KINDS
from shared.store.collections import REJECTS
from tests.connectors.contract import (
    KINDS,
    NAMES,
    joined,
    logins,
    one_call,
    opened,
    past_expiry,
    read_with,
    settled,
    sync_again,
    synced,
)
from tests.world import World

LOOKED_UP = [(name, kind) for name, kind in KINDS if connectors.get(name).import_of(kind).exists]
each_kind = pytest.mark.parametrize(("world", "kind"), KINDS, indirect=["world"])


@pytest.fixture(params=NAMES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=NAMES)
async def paged(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param, tmp_path, paged=True) as made:
        yield made


def ids(world: World, kind: str) -> list[str]:
    return [message.key.rpartition("|")[2] for message in world.bus.of(topics.entities(kind))]


async def counts(world: World, connection: Any) -> dict[str, Any]:
    lines = await world.hub.journal.read(connection.id)
    return next(line["details"]["counts"] for line in lines if line["event"] == "sync.finished")


async def test_logging_in_gives_a_user_and_the_administrations_they_may_open(world: World) -> None:
    login = await world.log_in()
    assert world.scenario.user in login.user.name
    codes = [administration.code for administration in login.administrations]
    assert {world.scenario.administration, world.scenario.second_administration} <= set(codes)
    assert len(codes) == len(set(codes))
    assert all(administration.name for administration in login.administrations)


async def test_an_administration_the_user_may_not_open_cannot_be_connected(world: World) -> None:
    login = await world.log_in()
    with pytest.raises(Misconfigured, match="cannot open administration"):
        await connect(world.hub, "acme", login, "no-such-administration")


async def test_everything_is_read_to_the_last_page_and_published_once(paged: World) -> None:
    connection = await joined(paged)
    await paged.tick(connection)
    pages = await settled(paged)
    kinds = connectors.get(paged.connector).kinds
    expected = paged.scenario.expected(paged.sandbox)
    assert expected.keys() == set(kinds)
    assert {kind: len(set(ids(paged, kind))) for kind in kinds} == expected
    assert {kind: len(ids(paged, kind)) for kind in kinds} == expected, "none of them twice"
    assert pages > len(kinds)


@pytest.mark.parametrize(("paged", "kind"), KINDS, indirect=["paged"])
async def test_a_read_has_several_pages_and_ends(paged: World, kind: str) -> None:
    connection = await joined(paged)
    how = connectors.get(paged.connector).import_of(kind)
    seen: Counter[str] = Counter()
    pages, where = 0, ReadFrom(None, None)
    async with paged.hub.connect(connection, "import") as client:
        while where is not None:
            page = await how.read(client, where)
            seen.update(map(how.id, page.records))
            pages += bool(page.records)
            where = ReadFrom(page.next, None) if page.next else None
    assert (pages > 1) == (kind not in paged.scenario.unpaged)
    assert set(seen.values()) == {1}
    assert len(seen) >= paged.scenario.expected(paged.sandbox)[kind]


@each_kind
async def test_every_record_maps_to_its_kind_or_is_left_out_with_a_reason(world: World, kind: str) -> None:
    connection = await joined(world)
    connector = connectors.get(world.connector)
    how, settings = connector.import_of(kind), connector.settings.model_validate(dict(world.scenario.settings))
    async with world.hub.connect(connection, "import") as client:
        page = await how.read(client, ReadFrom(None, None))
        while not page.records and page.next:
            page = await how.read(client, ReadFrom(page.next, None))
    mapped = [how.map(how.model.model_validate(raw), settings) for raw in page.records]
    assert [one.vendor_id for one in mapped] == [how.id(raw) for raw in page.records]
    entities = [one for one in mapped if not isinstance(one, LeftOut)]
    assert {type(one) for one in entities} == {ENTITY_KINDS[kind]}
    assert all(one.reason for one in mapped if isinstance(one, LeftOut))


@each_kind
async def test_a_record_that_nobody_understands_is_kept_and_the_others_arrive(world: World, kind: str) -> None:
    expected = world.scenario.expected(world.sandbox)[kind]
    spoiled = world.scenario.spoil(world.sandbox, kind)
    connection = await synced(world)
    assert spoiled not in ids(world, kind)
    assert len(ids(world, kind)) == expected - 1
    kept = await world.store.find(REJECTS, {"connection": connection.id})
    assert all(spoiled in row["record"] and row["reason"] for row in kept)
    # Of kinds that come from one endpoint nobody can say whose record it was: each of them reports it.
    assert {row["kind"] for row in kept} == read_with(world, kind)
    assert {name: count["rejected"] for name, count in (await counts(world, connection)).items()} == {
        name: int(name in read_with(world, kind)) for name in world.scenario.reads
    }


async def test_a_second_sync_of_an_unchanged_administration_brings_nothing(world: World) -> None:
    connection = await synced(world)
    assert await sync_again(world, connection) == []


@each_kind
async def test_a_second_sync_brings_only_what_changed(world: World, kind: str) -> None:
    connection = await synced(world)
    changed = world.scenario.change(world.sandbox, kind)
    (message,) = await sync_again(world, connection)
    assert message.topic == topics.entities(kind)
    assert json.loads(message.body or b"")["vendor_id"] == changed
    assert await sync_again(world, connection, "slot-3") == []


@each_kind
async def test_a_deletion_arrives_once(world: World, kind: str) -> None:
    connection = await synced(world)
    removed = world.scenario.remove(world.sandbox, kind)
    if connectors.get(world.connector).import_of(kind).exists is None:
        assert await sync_again(world, connection, "slot-1b") == [], "one read that does not show it proves nothing"
    (message,) = await sync_again(world, connection)
    assert (message.topic, message.body) == (topics.entities(kind), None)
    assert message.key.rpartition("|")[2] == removed
    assert message.headers["ce_reason"] == "deleted"
    assert await sync_again(world, connection, "slot-3") == []


@pytest.mark.parametrize(("world", "kind"), LOOKED_UP, indirect=["world"])
async def test_what_is_there_is_told_from_what_is_not(world: World, kind: str) -> None:
    connection = await synced(world)
    how = connectors.get(world.connector).import_of(kind)
    gone = world.scenario.remove(world.sandbox, kind)
    asked = [*ids(world, kind)[: how.exists_batch - 1], gone]
    assert how.exists is not None
    await world.wait(timedelta(minutes=1))  # the first sync may have used up what a package allows in one
    async with world.hub.connect(connection, "import") as client:
        assert await how.exists(client, asked) == set(asked) - {gone}


async def test_an_expired_token_is_renewed_once_for_five_parallel_calls(world: World) -> None:
    connection = await joined(world)
    await past_expiry(world, connection)
    before = logins(world)
    await asyncio.gather(*(one_call(world, connection) for _ in range(5)))
    assert logins(world) - before == 1


async def test_two_connections_of_one_vendor_user_share_one_grant(world: World) -> None:
    login = await world.log_in()
    first = await connect(world.hub, "acme", login, world.scenario.administration)
    second = await connect(world.hub, "globex", login, world.scenario.second_administration)
    assert first.grant == second.grant
    await past_expiry(world, first)
    before = logins(world)
    await asyncio.gather(one_call(world, first), one_call(world, second))
    assert logins(world) - before == 1


async def test_withdrawn_access_asks_for_the_owner_and_makes_no_more_calls(world: World) -> None:
    connection = await joined(world)
    world.scenario.revoke(world.sandbox)
    await past_expiry(world, connection)
    with pytest.raises(NeedsOwner):
        await one_call(world, connection)
    calls = len(world.sandbox.calls)
    with pytest.raises(NeedsOwner):
        await one_call(world, connection)
    assert len(world.sandbox.calls) == calls


async def test_withdrawn_access_rests_the_lane_and_a_new_login_resumes_it_by_itself(world: World) -> None:
    connection = await joined(world)
    world.scenario.revoke(world.sandbox)
    await past_expiry(world, connection)
    await world.tick(connection)
    await settled(world)
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.rest is not None
    assert lane.rest.kind == "owner"
    assert json.loads(world.bus.of(topics.CONNECTIONS_CHANGED)[-1].body or b"")["state"] == "needs_owner"
    assert (await world.hub.journal.read(connection.id))[0]["event"] == "connection.needs_owner"
    await world.log_in()
    assert json.loads(world.bus.of(topics.CONNECTIONS_CHANGED)[-1].body or b"")["state"] == "connected"
    await settled(world)
    expected = world.scenario.expected(world.sandbox)
    assert {kind: len(set(ids(world, kind))) for kind in expected} == expected
