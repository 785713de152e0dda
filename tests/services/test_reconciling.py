"""Ledger and package are compared: what somebody did there by hand is told, and nothing is ever sent again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.ledger.entry import document_step
from shared.login import disconnect
from shared.store import Store
from shared.store.collections import CONNECTIONS, STEPS
from tests.books import DIVISION, ENTRIES, INVOICES, Hands, findings, reconciled, sheets, told
from tests.factories import completed, finalized, make_invoice
from tests.services.test_exporter import VAT, a_line, an_order, entry_of, orders
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


async def test_what_an_ended_connection_never_sent_is_not_missed_by_the_next(world: World) -> None:
    first = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1", materials=())))
    await world.quiet()
    assert (await reconciled(world, first)).differing == 1
    await disconnect(world.hub, first.id)
    second = await world.connected(vat_codes=VAT)
    assert (await reconciled(world, second, "r-2")).differing == 0


async def test_the_books_of_another_administration_are_not_compared(world: World) -> None:
    connection = await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet()
    elsewhere = connection.administration.model_copy(update={"code": "900002"}).model_dump(mode="json")
    await world.store.update(CONNECTIONS, connection.id, set={"administration": elsewhere})
    run = await reconciled(world, await world.hub.connections.get(connection.id))
    assert (run.state, run.agreeing, run.differing) == ("done", 0, 0)


class TestNotThereYet:
    async def test_what_waits_or_was_refused_says_why_and_where_to_look(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        strange, empty = an_order("WO-1", materials=(a_line(code="NIET-BEKEND"),)), an_order("WO-2", materials=())
        await world.publish(completed(strange), completed(empty))
        await world.quiet()
        run = await reconciled(world, connection)
        waiting, refused = await findings(world)
        assert (run.agreeing, waiting.kind, refused.kind) == (0, "not_exported", "not_exported")
        assert (waiting.ours, refused.ours) == ("waiting", "refused")
        assert "NIET-BEKEND" in waiting.to_do
        assert "fieldledger exports show" in refused.to_do

    async def test_what_the_user_holds_collects_or_leaves_out_is_not_missed(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT, manual_exports=True)
        await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2", work_date=date(2025, 11, 5))))
        await world.quiet()
        states = {entry.state for entry in await world.hub.entries.list({})}
        run = await reconciled(world, connection, first=date(2025, 11, 1))
        assert (states, run.differing) == ({"collected", "skipped"}, 0)

    async def test_one_that_somebody_typed_meanwhile_would_be_in_the_books_twice(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        strange = an_order("WO-1", materials=(a_line(code="NIET-BEKEND"),))
        await world.publish(completed(strange), completed(an_order("WO-2")))
        await world.quiet()
        typed = Hands(world).copy("WO-2", YourRef="WO-1", OrderNumber=4711)
        await reconciled(world, connection)
        (found,) = await findings(world)
        assert (found.kind, found.number, found.vendor_id, found.ours) == ("unknown", "WO-1", typed, "waiting")
        assert "twice" in found.to_do

    async def test_of_a_document_nobody_is_sure_about_it_gives_the_command_that_says_so(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
        await world.quiet()
        entry = await entry_of(world, "WO-1")
        unsure = {"state": "unsure", "vendor_id": None, "document_type": "sales_order"}
        await world.hub.entries.change(entry.id, lambda now: now.model_copy(update=unsure))
        await world.store.update(STEPS, document_step(entry.id), set={"state": "unsure"})
        await reconciled(world, connection)
        (found,) = await findings(world)
        assert (found.kind, found.vendor_id) == ("unknown", entry.vendor_id)
        assert f"exports it-is-there '{entry.id}' --vendor-id {entry.vendor_id}" in found.to_do

    async def test_a_document_whose_follow_up_failed_is_in_the_package_and_not_done(self, world: World) -> None:
        connection = await world.connected(
            vat_codes=VAT, journal="70", ledger="8000", work_order_document="processed_invoice"
        )
        refusal = world.scenario.refusal("Periode gesloten")
        world.sandbox.script(refusal.model_copy(update={"match": "PrintedSalesInvoices", "times": 99}))
        await world.publish(completed(an_order("WO-1")))
        await world.quiet()
        await reconciled(world, connection)
        (found,) = await findings(world)
        assert (found.kind, found.ours) == ("not_exported", "refused")
        assert "not all that belongs to it is done" in found.to_do
        assert found.theirs

    async def test_one_that_was_completed_again_differs_from_what_is_there(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")))
        await world.quiet()
        await world.publish(completed(an_order("WO-1", revision=2, remark="one more hour")))
        await world.quiet()
        await reconciled(world, connection)
        (found,) = await findings(world)
        assert (found.kind, found.ours) == ("different", "completed again after it was sent")
        assert "by hand" in found.to_do


class TestTelling:
    async def test_agreement_is_one_quiet_line_and_an_event(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")))
        await world.quiet()
        await reconciled(world, connection, reason="schedule")
        line = (await world.hub.journal.read(connection.id))[0]
        assert (line["event"], line["level"]) == ("reconciliation.agrees", "info")
        assert line["text"] == ("All documents of 2026-11-01 to 2026-11-30 are in Exact Online as they were sent (1).")
        (event,) = told(world)
        assert (event.result, event.agreeing, event.findings) == ("agree", 1, ())

    async def test_differences_are_a_warning_with_counts_and_the_command_and_an_event_with_the_findings(
        self, world: World
    ) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
        await world.quiet()
        Hands(world).delete("WO-1")
        Hands(world).change("WO-2", AmountFCExclVat="1.00")
        await reconciled(world, connection, reason="schedule")
        line = (await world.hub.journal.read(connection.id))[0]
        assert (line["event"], line["level"]) == ("reconciliation.differences", "warning")
        assert "1 missing, 1 different" in line["text"]
        command = f"fieldledger reconcile --connection {connection.id} --from 2026-11-01 --to 2026-11-30"
        assert line["text"].endswith(command)
        (event,) = told(world)
        assert (event.result, event.differing) == ("differences", 2)
        assert [one.kind for one in event.findings] == ["missing", "different"]

    async def test_what_a_person_asked_for_is_kept_for_them_and_a_nightly_one_is_not(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1", materials=())))
        await world.quiet()
        await reconciled(world, connection, "by-night", reason="schedule")
        await reconciled(world, connection, "by-hand")
        assert await sheets(world, "by-night") == []
        assert [sheet.list for sheet in await sheets(world, "by-hand")] == [""]

    async def test_a_long_list_of_findings_is_told_in_part_and_kept_in_whole(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")))
        await world.quiet()
        Hands(world).copies("WO-1", 230)
        run = await reconciled(world, connection)
        (event,) = told(world)
        assert (run.differing, event.differing, len(event.findings)) == (230, 230, 100)
        assert len(await findings(world)) == 230
