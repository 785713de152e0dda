"""Ledger and package are compared: what somebody did there by hand is told, and nothing is ever sent again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.login import connect, disconnect
from shared.store import Store
from shared.store.collections import CONNECTIONS
from tests.books import DIVISION, ENTRIES, INVOICES, Hands, findings, reconciled, told
from tests.factories import completed, finalized, make_invoice
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


async def test_documents_without_our_reference_are_nobodys_business(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    Hands(world).copy("WO-1", YourRef=None)
    Hands(world).copy("WO-1", YourRef="of somebody else")
    run = await reconciled(world, connection)
    assert (run.agreeing, run.differing) == (1, 0)


@pytest.mark.parametrize(
    ("change", "ours", "theirs"),
    [
        ({"Currency": "USD"}, "currency EUR", "currency USD"),
        ({"OrderNumber": 4711}, "number {number}", "number 4711"),
        ({"Status": 45}, "state sent", "state cancelled"),
    ],
)
async def test_whatever_else_was_changed_is_named(world: World, change: Any, ours: str, theirs: str) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    sent = await entry_of(world, "WO-1")
    Hands(world).change("WO-1", **change)
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.ours, found.theirs) == (ours.format(number=sent.vendor_number), theirs)


async def test_another_customer_is_named(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    other = next(iter(world.sandbox.division(DIVISION).tables["crm/Accounts"].after()))["ID"]  # type: ignore[attr-defined]
    Hands(world).change("WO-1", OrderedBy=other)
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert found.theirs == f"customer {other}"


async def test_a_document_moved_to_a_day_outside_the_period_is_different_not_missing(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    Hands(world).change("WO-1", OrderDate="2027-01-04")
    await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.kind, found.theirs) == ("different", "date 2027-01-04")


async def test_a_document_moved_into_the_period_is_different_and_no_double(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1", work_date=date(2026, 10, 5))))
    await world.quiet()
    Hands(world).change("WO-1", OrderDate="2026-11-05")
    run = await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.kind, found.ours, run.agreeing) == ("different", "date 2026-10-05", 0)


async def test_documents_of_other_days_are_left_alone(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1", work_date=date(2026, 10, 31))), completed(an_order("WO-2")))
    await world.quiet()
    Hands(world).delete("WO-1")
    run = await reconciled(world, connection)
    assert (run.agreeing, run.differing) == (1, 0)


async def test_an_invoice_that_exact_makes_of_our_order_is_no_double(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, journal="70", ledger="8000")
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    await world.hub.connections.change_settings(connection.id, {"work_order_document": "sales_invoice"})
    await world.publish(completed(an_order("WO-2")))
    await world.quiet()
    Hands(world).copy("WO-2", INVOICES, YourRef="WO-1")
    run = await reconciled(world, connection)
    assert (run.agreeing, run.differing) == (2, 0)


async def test_a_draft_that_somebody_processed_since_agrees(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, journal="70", ledger="8000", work_order_document="sales_invoice")
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    Hands(world).change("WO-1", INVOICES, Status=50, InvoiceNumber=20260042)
    run = await reconciled(world, connection)
    assert (run.agreeing, run.differing) == (1, 0)


async def test_vat_that_somebody_changed_on_an_invoice_is_different(world: World) -> None:
    connection = await world.connected(
        vat_codes=VAT, vat_default="4", journal="70", ledger="8000", invoice_document="sales_entry"
    )
    await world.publish(finalized(make_invoice("INV-1")), finalized(make_invoice("INV-2")))
    await world.quiet()
    Hands(world).change("INV-1", ENTRIES, AmountFC="35.00", VATAmountFC="5.60")
    run = await reconciled(world, connection)
    (found,) = await findings(world)
    assert (found.number, found.ours, found.theirs) == ("INV-1", "total incl. VAT 35.57", "total incl. VAT 35.00")
    assert run.agreeing == 1


async def test_a_credit_note_is_compared_with_its_sign(world: World) -> None:
    connection = await world.connected(
        vat_codes=VAT, vat_default="4", journal="70", ledger="8000", invoice_document="sales_entry"
    )
    await world.publish(finalized(make_invoice("CN-1", type="credit")))
    await world.quiet()
    run = await reconciled(world, connection)
    assert (run.agreeing, run.differing, await findings(world)) == (1, 0, [])


async def test_a_copy_of_an_older_document_is_double_and_the_older_one_not_missing(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1", work_date=date(2026, 10, 5))))
    await world.quiet()
    Hands(world).copy("WO-1", OrderDate=datetime(2026, 11, 5))  # noqa: DTZ001  # Exact's own wall clock
    run = await reconciled(world, connection)
    assert ([one.kind for one in await findings(world)], run.agreeing) == (["double"], 0)


async def test_a_total_with_vat_that_differed_from_the_beginning_was_told_then(world: World) -> None:
    connection = await world.connected(
        vat_codes=VAT, vat_default="4", journal="70", ledger="8000", invoice_document="sales_entry"
    )
    await world.publish(finalized(make_invoice("INV-1")))
    await world.quiet()
    Hands(world).change("INV-1", ENTRIES, AmountFC="35.58", VATAmountFC="6.18")
    assert (await reconciled(world, connection)).differing == 1
    entry = await entry_of(world, "INV-1")
    told_then = {"difference": Decimal("0.01")}
    await world.hub.entries.change(entry.id, lambda now: now.model_copy(update=told_then))
    assert (await reconciled(world, connection, "r-2")).differing == 0


async def test_what_an_ended_connection_never_sent_is_not_missed_by_the_next_in_other_books(world: World) -> None:
    first = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1", materials=())))
    await world.quiet()
    assert (await reconciled(world, first)).differing == 1
    await disconnect(world.hub, first.id)
    second = await connect(
        world.hub, "acme", await world.log_in(), world.scenario.second_administration, {"vat_codes": VAT}
    )
    await world.hub.connections.start_exports(second.id, date(2026, 1, 1))
    assert (await reconciled(world, second, "r-2")).differing == 0


async def test_the_books_of_another_administration_are_not_compared(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    elsewhere = connection.administration.model_copy(update={"code": "900002"}).model_dump(mode="json")
    await world.store.update(CONNECTIONS, connection.id, set={"administration": elsewhere})
    run = await reconciled(world, await world.hub.connections.get(connection.id))
    assert (run.state, run.agreeing, run.differing) == ("done", 0, 0)
