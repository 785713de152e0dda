"""Bad days of a comparison: access that expires, missing rights, outages, expired positions, ended connections."""

from datetime import timedelta

import pytest

from services.exporter.app import exporter
from shared.login import disconnect
from shared.store import Store
from shared.store.collections import CONNECTIONS
from tests.books import ORDERS, Hands, asked, reconciled, told
from tests.factories import completed
from tests.services.test_exporter import an_order, entry_of
from tests.services.test_reconciling_turns import in_books, listings, run_of
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def test_access_that_expires_in_the_middle_rests_the_lane_and_a_new_login_resumes_it(world: World) -> None:
    connection = await in_books(world, "WO-1")
    Hands(world).copies("WO-1", 70, YourRef="of somebody else")
    await world.publish(asked(connection, "r-1"))
    await world.one_turn("export")
    await world.one_turn("export")
    assert (await run_of(world)).page == 1
    world.sandbox.clock.advance(timedelta(days=31))
    await world.quiet("export")
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.rest is not None
    assert ((await run_of(world)).state, (await run_of(world)).page) == ("active", 1)
    await world.log_in()
    await world.quiet()
    assert ((await run_of(world)).state, (await run_of(world)).agreeing) == ("done", 1)


async def test_a_right_that_is_missing_ends_it_with_a_sentence_and_rests_nothing(world: World) -> None:
    connection = await in_books(world, "WO-1")
    world.sandbox.fail_next(403, match=ORDERS, method="GET")
    run = await reconciled(world, connection)
    assert run.state == "failed"
    (event,) = told(world)
    assert (event.result, event.reason) == ("failed", run.problem)
    line = (await world.hub.journal.read(connection.id))[0]
    assert (line["event"], line["level"]) == ("reconciliation.failed", "error")
    assert run.problem
    assert run.problem in line["text"]
    await world.publish(completed(an_order("WO-2")))
    await world.quiet("export")
    assert (await entry_of(world, "WO-2")).state == "confirmed"


async def test_a_bad_moment_of_the_package_is_waited_out(world: World) -> None:
    connection = await in_books(world, "WO-1")
    world.sandbox.fail_next(503, match=ORDERS, method="GET", times=3)
    run = await reconciled(world, connection)
    assert (run.state, run.agreeing, run.attempts, run.waits) == ("done", 1, 0, None)


async def test_a_lane_that_is_woken_meanwhile_does_not_shorten_its_pause(store: Store) -> None:
    world = make_world(store, settings={"retry_first": 3600})
    connection = await in_books(world, "WO-1")
    world.sandbox.fail_next(503, match=ORDERS, method="GET")
    await reconciled(world, connection)
    calls = listings(world)
    await world.publish(asked(connection, "r-1"))
    await world.quiet("export")
    assert listings(world) == calls
    assert (await run_of(world)).waits


async def test_a_package_that_never_answers_ends_it(store: Store) -> None:
    world = make_world(store, settings={"max_attempts": 3})
    connection = await in_books(world, "WO-1")
    world.sandbox.fail_next(503, match=ORDERS, method="GET", times=99)
    run = await reconciled(world, connection)
    assert run.state == "failed"
    assert "given up after 3 tries" in (run.problem or "")


async def test_a_position_that_expired_begins_the_list_anew_once(world: World) -> None:
    connection = await in_books(world, "WO-1")
    Hands(world).copies("WO-1", 70, YourRef="of somebody else")
    expired = world.scenario.refusal("Bad Request - Error in query syntax.")
    world.sandbox.script(expired.model_copy(update={"match": r"SalesOrders.*\$skiptoken"}))
    before = listings(world)
    run = await reconciled(world, connection)
    assert (run.state, run.agreeing) == ("done", 1)
    assert listings(world) - before == 4, "the first page, the refusal, and both pages"
    world.sandbox.script(expired.model_copy(update={"match": r"SalesOrders.*\$skiptoken", "times": 2}))
    assert (await reconciled(world, connection, "r-2")).state == "failed"


async def test_a_connection_that_leads_elsewhere_meanwhile_compares_nothing(world: World) -> None:
    connection = await in_books(world, "WO-1")
    await world.publish(asked(connection, "r-1"))
    await world.store.update(CONNECTIONS, connection.id, set={"administration.code": "900002"})
    await world.quiet("export")
    assert (await run_of(world)).problem == "the connection leads to another administration now"


async def test_an_ended_connection_is_asked_nothing(world: World) -> None:
    connection = await in_books(world, "WO-1")
    await world.publish(asked(connection, "r-1"))
    await disconnect(world.hub, connection.id)
    calls = len(world.sandbox.calls)
    await exporter(world.hub, "exact_online")._sweep()
    await world.quiet("export")
    assert len(world.sandbox.calls) == calls
    lane = await world.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.export.due is None
