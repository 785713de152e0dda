"""A page is published, and the store goes away before that is remembered: consumers believe the truth all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.errors import Unavailable
from shared.schemas.connections import Connection
from shared.store import Store
from shared.store.collections import FINGERPRINTS, LANES, LINKS
from tests.syncs import again, change, present, remove, synced, table
from tests.world import World, make_world

ACCOUNTS = "crm/Accounts"
LONG_AGO = "2020-01-01T00:00:00.000000Z"


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


@asynccontextmanager
async def nothing_remembered(world: World, connection: Connection) -> AsyncIterator[None]:
    """The next page is published, and not remembered; what happens in here happens before it is read again."""
    put, delete = world.store.put_many, world.store.delete_many
    before = len(world.bus.messages)

    async def put_many(collection: str, documents: Any) -> None:
        if collection == FINGERPRINTS and len(world.bus.messages) > before:
            raise Unavailable("the store went away")
        await put(collection, documents)

    async def delete_many(collection: str, ids: Any) -> int:
        if collection == FINGERPRINTS:
            raise Unavailable("the store went away")
        return await delete(collection, ids)

    world.store.put_many, world.store.delete_many = put_many, delete_many  # type: ignore[method-assign]
    await world.tick(connection, "unremembered")
    await world.one_turn("export")
    await world.one_turn("import")
    world.store.put_many, world.store.delete_many = put, delete  # type: ignore[method-assign]
    assert len(world.bus.messages) > before, "the page was published"
    yield
    await world.store.update(LANES, connection.id, set={"import.due": LONG_AGO})
    await world.quiet()
    await again(world, connection, "after")


def believed(world: World, vendor_id: str) -> str | None:
    """The name that consumers have of this relation; None: it is gone."""
    told = present(world, "relation")
    return next((body["record"]["name"] for key, body in told.items() if key.endswith(vendor_id)), None)


def fourth(world: World) -> str:
    return list(table(world, ACCOUNTS))[3]


async def test_a_new_record_that_is_deleted_meanwhile_is_taken_back(world: World) -> None:
    connection = await world.connected()
    async with nothing_remembered(world, connection):
        relation = fourth(world)
        assert believed(world, relation)
        remove(world, ACCOUNTS, relation)
    assert believed(world, relation) is None


async def test_a_change_that_is_undone_meanwhile_is_told_again(world: World) -> None:
    connection = await synced(world)
    relation = fourth(world)
    name = believed(world, relation)
    change(world, ACCOUNTS, relation, Name="For a moment")
    async with nothing_remembered(world, connection):
        assert believed(world, relation) == "For a moment"
        change(world, ACCOUNTS, relation, Name=name)
    assert believed(world, relation) == name


async def test_a_record_that_was_left_out_only_for_a_moment_comes_back(world: World) -> None:
    connection = await synced(world)
    relation = fourth(world)
    name = believed(world, relation)
    change(world, ACCOUNTS, relation, Blocked=True)
    async with nothing_remembered(world, connection):
        assert believed(world, relation) is None
        change(world, ACCOUNTS, relation, Blocked=False)
    assert believed(world, relation) == name


async def test_documents_let_go_of_a_deleted_record_although_the_store_went_away_then(world: World) -> None:
    connection = await synced(world)
    relation, links = fourth(world), world.hub.links
    await links.add(connection.scope, "relation", "customer-7", relation)
    # Deleted long ago, so that no list of deletions tells of it; and everything is read anew.
    del table(world, ACCOUNTS)[relation]
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    delete = world.store.delete_many
    refused = 0

    async def delete_many(collection: str, ids: Any) -> int:
        nonlocal refused
        if collection == LINKS and not refused:
            refused += 1
            raise Unavailable("the store went away")
        return await delete(collection, ids)

    world.store.delete_many = delete_many  # type: ignore[method-assign]
    await world.tick(connection, "read anew")
    await world.quiet()
    await world.store.update(LANES, connection.id, set={"import.due": LONG_AGO})
    await world.quiet()
    assert refused == 1
    assert await links.vendor_id(connection.scope, "relation", "customer-7") is None
