"""Documents that wait, revisions, held exports, access that expires: nothing lost, nothing doubled."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from services.exporter.app import exporter
from shared import topics
from shared.login import disconnect
from shared.store import Store
from shared.store.collections import CONNECTIONS
from tests.factories import completed
from tests.services.test_exporter import (
    ORDERS,
    VAT,
    a_line,
    an_order,
    entry_of,
    orders,
    outcomes,
    send_again,
)
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def test_a_missing_vat_mapping_lets_this_document_wait_and_the_next_go(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    strange = an_order("WO-STRANGE", materials=(a_line(code="NIET-BEKEND"),))
    await world.publish(completed(strange), completed(an_order("WO-NEXT")))
    await world.quiet()
    waiting = await entry_of(world, "WO-STRANGE")
    assert waiting.state == "waiting"
    assert waiting.waits_for == "fallback_item"
    assert "NIET-BEKEND" in (waiting.reason or "")
    assert (await entry_of(world, "WO-NEXT")).state == "confirmed"
    assert [one.waits_for for one in outcomes(world) if one.result == "waiting"] == ["fallback_item"]
    await world.hub.connections.change_settings(connection.id, {"fallback_item": "ARB-VOORRIJ"})
    await world.quiet()
    assert (await entry_of(world, "WO-STRANGE")).state == "confirmed"


async def test_saving_another_setting_wakes_nobody(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order(materials=(a_line(code="NIET-BEKEND"),))))
    await world.quiet()
    await world.hub.connections.change_settings(connection.id, {"include_blocked": True})
    assert (await entry_of(world)).state == "waiting"
    assert (await entry_of(world)).due is None


async def test_a_setting_saved_while_the_turn_looks_at_the_old_ones_still_wakes_the_document(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order(materials=(a_line(code="NIET-BEKEND"),))))
    world.sandbox.fail_next(match="logistics/Items", method="GET", kind="delay", seconds=0.3)
    turn = asyncio.create_task(world.one_turn("export"))
    await asyncio.sleep(0.15)
    await world.hub.connections.change_settings(connection.id, {"fallback_item": "ARB-VOORRIJ"})
    await turn
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"


async def test_a_document_that_waits_is_sent_when_what_it_misses_was_added_in_the_package(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order(materials=(a_line(code="NIEUW"),))))
    await world.quiet()
    waiting = await entry_of(world)
    assert (waiting.state, waiting.waits_for) == ("waiting", "fallback_item")
    books = world.sandbox.division(900001).tables["logistics/Items"].rows  # type: ignore[attr-defined]
    (item,) = [id for id, row in books.items() if row["Code"].strip() == "ARB-VOORRIJ"]
    world.sandbox.change(900001, "logistics/Items", item, Code="NIEUW")  # type: ignore[attr-defined]
    await world.publish(send_again(waiting))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"


async def test_exports_are_held_until_the_first_ok_and_older_documents_are_left_out(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, exports_from=None)
    old = an_order("WO-OLD", work_date=date(2026, 10, 1))
    await world.publish(completed(old), completed(an_order("WO-NEW")))
    await world.quiet()
    assert orders(world) == []
    assert (await entry_of(world, "WO-NEW")).state == "held"
    await world.hub.connections.start_exports(connection.id, date(2026, 11, 1))
    await world.quiet()
    assert [order["YourRef"] for order in orders(world)] == ["WO-NEW"]
    assert (await entry_of(world, "WO-OLD")).state == "skipped"


async def test_a_newer_revision_of_a_document_from_before_the_start_date_is_left_out_too(store: Store) -> None:
    world = make_world(store)
    await world.connected(vat_codes=VAT, exports_from=date(2026, 11, 21))
    await world.publish(completed(an_order()))
    await world.publish(completed(an_order(revision=2)))
    await world.quiet()
    assert orders(world) == []
    assert [(one.result, one.revision) for one in outcomes(world)] == [("skipped", 1), ("skipped", 2)]
    await world.publish(completed(an_order(revision=3, work_date=date(2026, 11, 21))))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"


async def test_a_newer_revision_replaces_an_unsent_one(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, exports_from=None)
    await world.publish(completed(an_order()))
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await world.hub.connections.start_exports(connection.id, date(2026, 1, 1))
    await world.quiet()
    assert len(orders(world)) == 1
    assert outcomes(world)[-1].total_excl == Decimal("127.50")
    assert outcomes(world)[-1].revision == 2


async def test_a_newer_revision_of_a_sent_one_makes_no_second_document_and_says_what_to_do(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    await world.quiet()
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await world.quiet()
    assert len(orders(world)) == 1
    entry = await entry_of(world)
    assert entry.state == "refused"
    assert "change that one in Exact Online by hand" in (entry.reason or "")


async def test_a_revision_that_arrives_while_the_first_is_being_sent_makes_no_second_document(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="delay", seconds=0.3, when="after")
    turn = asyncio.create_task(world.one_turn("export"))
    while not orders(world):  # noqa: ASYNC110  # the package tells nobody
        await asyncio.sleep(0.01)
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await turn
    await world.quiet()
    assert len(orders(world)) == 1
    assert (await entry_of(world)).sent_revision == 1


async def test_a_lower_revision_is_ignored(world: World) -> None:
    await world.connected(vat_codes=VAT, exports_from=None)
    await world.publish(completed(an_order(revision=3)))
    await world.publish(completed(an_order(revision=2)))
    assert (await entry_of(world)).revision == 3
    assert world.bus.of(topics.exports_dead("exact_online")) == []


async def test_the_same_revision_with_other_content_is_a_dead_letter(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, exports_from=None)
    await world.publish(completed(an_order()))
    await world.publish(completed(an_order(remark="changed behind our back")))
    (letter,) = world.bus.of(topics.exports_dead("exact_online"))
    assert b"came twice with different content" in (letter.body or b"")
    assert (await world.hub.journal.read(connection.id))[0]["event"] == "event.refused"


async def test_a_tenant_without_a_connection_is_ignored(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order(), tenant="somebody-else"))
    assert await world.hub.entries.list({}) == []


async def test_expired_access_rests_the_lane_and_reconnecting_resumes_it_with_nothing_lost_or_doubled(
    world: World,
) -> None:
    connection = await world.connected(vat_codes=VAT)
    world.sandbox.clock.advance(timedelta(days=31))
    await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
    await world.quiet()
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.rest is not None
    assert orders(world) == []
    assert b'"needs_owner"' in (world.bus.of(topics.CONNECTIONS_CHANGED)[-1].body or b"")
    await world.log_in()
    await world.quiet()
    assert sorted(order["YourRef"] for order in orders(world)) == ["WO-1", "WO-2"]


async def test_a_rate_limit_costs_no_attempt_and_is_waited_out(store: Store) -> None:
    world = make_world(store, minutely_limit=8)
    await world.connected(vat_codes=VAT)
    await world.publish(*[completed(an_order(f"WO-{n}")) for n in range(4)])
    await world.quiet()
    assert 0 < len(orders(world)) < 4
    world.sandbox.clock.advance(timedelta(minutes=1))
    for _ in range(3):
        await wake(world)
        await world.quiet()
        world.sandbox.clock.advance(timedelta(minutes=1))
    assert len(orders(world)) == 4
    assert {entry.attempts for entry in await world.hub.entries.list({})} == {0}


async def wake(world: World) -> None:
    """The sandbox's clock was moved, the store's was not: what is due a minute from now is made due."""
    for entry in await world.hub.entries.list({}):
        if not entry.final:
            await world.hub.entries.change(entry.id, lambda now: now.model_copy(update={"due": now.planned}))
            await world.hub.lanes.wake(entry.connection, "export")


async def test_a_disconnected_connection_sends_nothing_more(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    await disconnect(world.hub, connection.id)
    await world.quiet()
    assert orders(world) == []


async def test_disconnecting_while_a_document_is_prepared_stops_it_before_it_is_sent(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    world.sandbox.fail_next(match="logistics/Items", method="GET", kind="delay", seconds=0.3)
    turn = asyncio.create_task(world.one_turn("export"))
    await asyncio.sleep(0.15)
    await disconnect(world.hub, connection.id)
    await turn
    assert orders(world) == []


async def test_an_outcome_that_could_not_be_published_is_published_by_the_sweep(world: World) -> None:
    from services.exporter.outbox import publish_leftovers  # only this test sweeps

    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    world.bus.fail_next(1)
    await world.quiet()
    assert outcomes(world) == []
    due_for = timedelta(minutes=1)
    assert await publish_leftovers(world.hub, "exact_online", due_for) == 0, "its own turn may be at it just now"
    assert await publish_leftovers(world.hub, "exact_online") == 1
    assert [one.result for one in outcomes(world)] == ["exported"]
    assert await publish_leftovers(world.hub, "exact_online") == 0


async def test_work_that_stops_its_worker_three_times_becomes_a_dead_letter(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    entry = await entry_of(world)
    await world.hub.entries.change(entry.id, lambda now: now.model_copy(update={"crashes": 3}))
    await world.quiet()
    assert (await entry_of(world)).state == "refused"
    lines = [line["text"] for line in await world.hub.journal.read(connection.id)]
    assert any("stopped its worker 3 times" in line for line in lines)


async def test_the_sweep_releases_what_is_held_on_every_connection_though_they_fill_more_than_a_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.hub.connections, "connected", partial(world.hub.connections.connected, limit=1))
    both = [await world.connected(tenant, exports_from=None, vat_codes=VAT) for tenant in ("acme", "beta")]
    await world.publish(*(completed(an_order(), one.tenant) for one in both))
    await world.quiet("export")
    for one in both:
        await world.store.update(CONNECTIONS, one.id, set={"exports_from": "2026-01-01"})
    await exporter(world.hub, "exact_online")._sweep()
    await world.quiet("export")
    assert [entry.state for entry in await world.hub.entries.list({})] == ["confirmed", "confirmed"]
