"""Ledger and package are compared in turns: what somebody did there by hand is told, and nothing is ever sent again."""

import pytest

from shared.store import Store
from tests.books import Hands, findings, reconciled, told
from tests.factories import completed
from tests.services.test_exporter import VAT, an_order, entry_of, orders
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def test_when_all_agree_it_says_how_many(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
    await world.quiet()
    run = await reconciled(world, connection)
    assert (run.state, run.agreeing, run.differing) == ("done", 2, 0)
    assert [one.result for one in told(world)] == ["agree"]


async def test_a_document_that_somebody_deleted_is_missing_and_not_sent_again(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
    await world.quiet()
    sent = await entry_of(world, "WO-1")
    Hands(world).delete("WO-1")
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.kind, found.number, found.vendor_id) == ("missing", "WO-1", sent.vendor_id)
    assert found.ours == f"sales order {sent.vendor_number}, 85.00 excl. VAT"
    assert "not sent again" in found.to_do
    await world.quiet()
    assert [order["YourRef"] for order in orders(world)] == ["WO-2"]


async def test_what_somebody_changed_is_different_with_both_sides(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    Hands(world).change("WO-1", AmountFCExclVat="85.01", OrderDate="2026-11-21")
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert found.kind == "different"
    assert found.ours == "total excl. VAT 85.00, date 2026-11-20"
    assert found.theirs == "total excl. VAT 85.01, date 2026-11-21"


async def test_a_second_one_under_our_reference_is_double(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    copy = Hands(world).copy("WO-1", OrderNumber=4711)
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.kind, found.number, found.vendor_id) == ("double", "WO-1", copy)
    assert found.theirs == "sales order 4711, 85.00 excl. VAT"
