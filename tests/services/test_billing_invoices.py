"""An invoice or credit note is booked once by a tenant, and work that was credited in full can be invoiced anew."""

from datetime import date
from decimal import Decimal

import pytest

from shared.login import connect, disconnect
from shared.schemas.documents import InvoiceLine
from tests.trial import Trial, a_credit_note, an_invoice, an_order
from tests.trial_connector import ITEM, ORDERS


async def test_an_invoice_and_its_credit_note_are_not_booked_again_over_a_new_connection(trial: Trial) -> None:
    await trial.connected()
    both = an_invoice(), a_credit_note()
    await trial.publish(*both)
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.publish(*both)
    assert trial.orders == ["I-1", "C-1"]
    (entry,) = await trial.hub.entries.list({"connection": trial.connection.id, "number": "I-1"})
    first = trial.outcomes("I-1")[0]
    assert entry.reason == f"it was sent before: invoice I-1 is in Exact Online as sales entry {first.vendor_number}"


async def test_work_whose_invoice_was_credited_in_full_is_invoiced_anew(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"), a_credit_note(), an_invoice("I-2", work_order="w"))
    assert trial.orders == ["I-1", "C-1", "I-2"]


async def test_a_new_invoice_that_came_before_the_credit_note_goes_when_that_is_booked(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"), an_invoice("I-2", work_order="w"))
    assert trial.results("I-2") == ["skipped"]
    await trial.publish(a_credit_note())
    assert trial.orders == ["I-1", "C-1", "I-2"]
    assert trial.results("I-2") == ["skipped", "exported"]


async def test_an_invoice_from_before_the_start_date_stays_left_out_whatever_is_credited(trial: Trial) -> None:
    await trial.connected()
    old = an_invoice("I-2", work_order="w", invoice_date=date(2025, 12, 31))
    await trial.publish(an_invoice(work_order="w"), old, a_credit_note())
    assert trial.orders == ["I-1", "C-1"]


async def test_the_new_invoice_bills_the_work_once_again(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="row-WO-1"), a_credit_note(), an_invoice("I-2", work_order="row-WO-1"))
    await trial.publish(an_order(), an_invoice("I-3", work_order="row-WO-1"))
    assert trial.orders == ["I-1", "C-1", "I-2"]


async def test_work_that_was_credited_in_part_stays_billed(trial: Trial) -> None:
    await trial.connected()
    half = (InvoiceLine(code=ITEM, quantity=Decimal(1), unit_price=Decimal("42.50"), vat_percentage=Decimal(21)),)
    await trial.publish(an_invoice(work_order="w"), a_credit_note(lines=half), an_invoice("I-2", work_order="w"))
    assert trial.orders == ["I-1", "C-1"]


async def test_a_refused_credit_note_frees_nothing(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"))
    trial.refuse(ORDERS)
    await trial.publish(a_credit_note(), an_invoice("I-2", work_order="w"))
    assert trial.orders == ["I-1"]


async def test_a_credit_note_frees_no_work_that_another_document_billed(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_order(), an_invoice(work_order="row-WO-1"))
    await trial.publish(a_credit_note())
    await trial.say(await trial.entry("C-1"), reason="send_alone")
    await trial.settled()
    await trial.publish(an_invoice("I-2", work_order="row-WO-1"))
    assert trial.orders == ["WO-1", "C-1"]


async def test_invoices_with_an_empty_work_order_do_not_bill_one_and_the_same(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order=""), an_invoice("I-2", work_order=""))
    await trial.publish(a_credit_note(credits=""))
    assert trial.orders == ["I-1", "I-2", "C-1"]


@pytest.mark.parametrize("replayed", [False, True])
async def test_a_credit_note_follows_its_invoice_over_a_new_connection_to_the_same_books(
    trial: Trial, replayed: bool
) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"))
    number = (await trial.entry("I-1")).vendor_number
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.publish(*([an_invoice(work_order="w")] if replayed else []), a_credit_note())
    assert trial.orders == ["I-1", "C-1"]
    assert trial.sandbox.memory()["sales_orders"][-1]["Remarks"] == f"credits {number}"
    await trial.publish(an_invoice("I-2", work_order="w"))
    assert trial.orders == ["I-1", "C-1", "I-2"]


async def test_a_credit_note_of_an_invoice_in_other_books_waits_for_a_persons_word(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice())
    await disconnect(trial.hub, trial.connection.id)
    login = await trial.world.log_in()
    other = await connect(trial.hub, "acme", login, "900002", {"invoice_document": "sales_entry"})
    await trial.hub.connections.start_exports(other.id, date(2026, 1, 1))
    await trial.publish(a_credit_note())
    assert (await trial.entry("C-1")).state == "waiting"
