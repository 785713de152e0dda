"""A smaller licence stops what it does not have; a larger one takes it up again. Nothing is lost or doubled."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import connectors, licences, topics
from shared.errors import Misconfigured, Unmappable
from shared.preview import preview_export, preview_import
from shared.schemas.connections import Connection
from shared.schemas.documents import OrderRef
from shared.schemas.messages import LicenseChanged
from tests.connectors.contract import an_order, entry_of, event_of, in_books, opened, settled, sync_again, synced
from tests.world import World

PRO = {kind for kind in connectors.get("exact_online").kinds if connectors.get("exact_online").import_of(kind).tier}
BASIC = set(connectors.get("exact_online").kinds) - PRO
BOOKING = {"work_order_document": "project_booking"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        yield made


async def say(world: World, tier: str) -> Connection:
    """The licence manager says which licence it is now."""
    await world.wait(timedelta(minutes=1))
    told = LicenseChanged(connector="exact_online", active=True, tier=tier, changed_at=world.hub.now())
    changed = await licences.change(world.hub, "acme", told)
    assert changed is not None
    return changed


async def lines(world: World, connection: Connection, event: str) -> list[str]:
    found = await world.hub.journal.read(connection.id, limit=1000)
    return [line["text"] for line in reversed(found) if line["event"] == event]


def published(world: World) -> set[str]:
    return {kind for kind in BASIC | PRO if world.bus.of(topics.entities(kind))}


def calls_for_orders(world: World) -> int:
    return sum("SalesOrder" in call.path or "Quotation" in call.path for call in world.sandbox.calls)


async def change_an_order(world: World) -> None:
    world.scenario.change(world.sandbox, "order")


async def publish(world: World, *documents: Any) -> None:
    await world.publish(*map(event_of, documents))
    await settled(world)


def of(messages: Sequence[Any], kind: str) -> list[Any]:
    return [message for message in messages if message.topic == topics.entities(kind)]


async def test_a_basic_licence_reads_the_basic_kinds_alone(world: World) -> None:
    connection = await world.connected(**world.scenario.settings)
    await say(world, "basic")
    await world.tick(connection)
    await settled(world)
    assert published(world) == BASIC
    assert calls_for_orders(world) == 0


async def test_a_licence_that_nobody_told_of_has_everything(world: World) -> None:
    await synced(world)
    assert published(world) == BASIC | PRO


async def test_going_to_basic_stops_the_pro_kinds_keeps_what_was_published_and_says_so_once(world: World) -> None:
    connection = await synced(world)
    await say(world, "pro")
    before, calls = len(world.bus.messages), calls_for_orders(world)
    await say(world, "Basic")
    await say(world, "Basic")
    await change_an_order(world)
    assert await sync_again(world, connection) == []
    assert calls_for_orders(world) == calls
    assert not [one for one in world.bus.messages[before:] if one.topic.startswith("entities.")], "nothing taken back"
    (told,) = await lines(world, connection, "connection.tier")
    assert told.startswith('The licence is "Basic" now. No longer read or sent: orders, quotations, warehouses')
    assert "work orders as project booking" in told


async def test_back_to_pro_what_changed_meanwhile_is_read_and_nothing_else_again(world: World) -> None:
    connection = await synced(world)
    await say(world, "basic")
    await change_an_order(world)
    await sync_again(world, connection)
    await say(world, "pro")
    assert len(of(await sync_again(world, connection, "slot-3"), "order")) == 1
    assert (await lines(world, connection, "connection.tier"))[-1].startswith('The licence is "pro" now. Read and sent')


async def test_a_run_that_is_under_way_goes_on_without_them(world: World) -> None:
    connection = await world.connected(**world.scenario.settings)
    await world.tick(connection)
    assert await world.one_turn("import")
    await say(world, "basic")
    await settled(world)
    assert published(world) == BASIC
    assert await lines(world, connection, "sync.failed") == []


async def test_who_asks_for_a_kind_by_hand_is_told_why_it_is_not_read(world: World) -> None:
    connection = await world.connected(**world.scenario.settings)
    await say(world, "basic")
    await world.tick(connection, kinds=["order", "relation"], reason="manual")
    await settled(world)
    assert published(world) == {"relation"}
    assert await lines(world, connection, "sync.not_licensed") == [
        "Not read: orders. That comes with Exact Online Pro."
    ]


async def test_a_document_set_to_a_pro_export_waits_with_a_sentence_and_goes_when_the_licence_has_it(
    world: World,
) -> None:
    connection = await world.connected(**world.scenario.settings, **BOOKING)
    await say(world, "basic")
    await publish(world, an_order(world))
    entry = await entry_of(world)
    assert (entry.state, entry.waits_for, in_books(world)) == ("waiting", "work_order_document", [])
    assert entry.reason == (
        "Work orders become project bookings by your settings, and those come with Exact Online Pro. Extend the "
        "licence, or choose something else in the settings."
    )
    await say(world, "pro")
    await settled(world)
    assert in_books(world) == [entry.number]
    assert (await entry_of(world)).document_type == "project_booking"
    assert connection.id == entry.connection


async def test_or_it_becomes_something_else_that_the_licence_has(world: World) -> None:
    connection = await world.connected(**world.scenario.settings, **BOOKING)
    await say(world, "basic")
    await publish(world, an_order(world))
    await world.hub.connections.change_settings(connection.id, {"work_order_document": "sales_order"})
    await settled(world)
    assert (await entry_of(world)).document_type == "sales_order"


async def test_a_document_that_was_begun_is_finished(world: World) -> None:
    await world.connected(**world.scenario.settings, **BOOKING)
    world.sandbox.fail_next(503, match="/project/TimeTransactions", method="POST", when="before")
    await world.publish(event_of(an_order(world)))
    await world.quiet("export", patience=1)
    memory = world.sandbox.memory()
    assert (len(memory["cost_transactions"]), len(memory["time_transactions"])) == (1, 0)
    await say(world, "basic")
    await settled(world)
    assert len(world.sandbox.memory()["time_transactions"]) == 1
    assert (await entry_of(world)).state == "confirmed"


async def test_what_follows_a_document_is_left_out_when_the_licence_does_not_have_it(world: World) -> None:
    connection = await world.connected(**world.scenario.settings, complete_orders=True)
    order = next(iter(world.scenario.listed(world.sandbox, "900001", "order")))
    await say(world, "basic")
    calls = len(world.sandbox.calls)
    ref = OrderRef(connector="exact_online", administration="900001", vendor_id=order)
    await publish(world, an_order(world, order=ref))
    assert (await entry_of(world)).state == "confirmed"
    assert not [call for call in world.sandbox.calls[calls:] if "Complete" in call.path or "Finish" in call.path]
    assert await lines(world, connection, "document.warning") == []


async def test_previews_say_it_too(world: World) -> None:
    await world.connected(**world.scenario.settings, **BOOKING)
    connection = await say(world, "basic")
    with pytest.raises(Misconfigured, match="That comes with Exact Online Pro"):
        await anext(preview_import(world.hub, connection, "order"))
    with pytest.raises(Unmappable, match="those come with Exact Online Pro"):
        await anext(preview_export(world.hub, connection, an_order(world)))


@pytest.mark.parametrize(
    ("licence", "has"), [(None, True), ("pro", True), ("Pro", True), ("basic", False), ("trial-2027", False)]
)
def test_a_licence_of_an_unknown_name_has_what_every_licence_has(licence: str | None, has: bool) -> None:
    connector = connectors.get("exact_online")
    assert connector.includes(licence, "pro") is has
    assert connector.includes(licence, None)
