"""What is not in the package yet, and what the user and the platform are told of a comparison."""

from datetime import date

import pytest

from services.cli.journal import _words
from shared.ledger.entry import document_step
from shared.store import Store
from shared.store.collections import STEPS
from tests.books import Hands, findings, reconciled, sheets, told
from tests.factories import completed
from tests.services.test_exporter import VAT, a_line, an_order, entry_of
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


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
        assert (states, run.state, run.differing) == ({"collected", "skipped"}, "done", 0)

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

    async def test_differences_are_a_warning_with_counts_and_days_and_an_event_with_the_findings(
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
        assert line["text"].endswith("The reconciliation of these days names each of them.")
        assert line["details"] == {"first": "2026-11-01", "last": "2026-11-30"}
        shown = _words(line)
        assert shown.endswith(f"fieldledger reconcile --connection {connection.id} --from 2026-11-01 --to 2026-11-30")
        (event,) = told(world)
        assert (event.result, event.differing) == ("differences", 2)
        assert [one.kind for one in event.findings] == ["missing", "different"]

    async def test_what_was_found_is_kept_by_day_and_by_night(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1", materials=())))
        await world.quiet()
        for id, reason in (("by-night", "schedule"), ("by-hand", "manual")):
            await reconciled(world, connection, id, reason=reason)
            (sheet,) = await sheets(world, id)
            assert (sheet.list, [one.number for one in sheet.findings]) == ("", ["WO-1"])

    async def test_a_nightly_one_in_which_all_agree_keeps_nothing(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await reconciled(world, connection, "by-night", reason="schedule")
        assert await sheets(world, "by-night") == []

    async def test_a_long_list_of_findings_is_told_in_part_and_kept_in_whole(self, world: World) -> None:
        connection = await world.connected(vat_codes=VAT)
        await world.publish(completed(an_order("WO-1")))
        await world.quiet()
        Hands(world).copies("WO-1", 230)
        run = await reconciled(world, connection)
        (event,) = told(world)
        assert (run.differing, event.differing, len(event.findings)) == (230, 230, 100)
        assert len(await findings(world)) == 230
