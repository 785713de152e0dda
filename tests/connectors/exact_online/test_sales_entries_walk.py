"""Final invoices from the event to the books: with their PDF, credited, and waiting for what is missing."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.connectors.contract import an_invoice, entry_of, joined, opened, outcomes, settled
from tests.factories import finalized, make_customer
from tests.world import World

HOST = "https://files.example.com"
PDF = b"%PDF-1.7 the invoice"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        made.settings.pdf_hosts = (HOST,)
        made.hub.transports["pdf"] = httpx.MockTransport(lambda _: httpx.Response(200, content=PDF))
        yield made


async def _publish(world, *invoices):
    await world.publish(*map(finalized, invoices))
    await settled(world)


async def test_the_pdf_of_an_invoice_is_tied_to_its_booking(world):
    await joined(world, invoice_document="sales_entry", attach_pdf=True)
    await _publish(world, an_invoice(world, "F-1", pdf_url=f"{HOST}/F-1.pdf"))
    (entry,) = world.sandbox.memory()["sales_entries"]
    (paper,) = world.sandbox.memory()["documents"]
    (file,) = world.sandbox.memory()["document_attachments"]
    assert paper["FinancialTransactionEntryID"] == entry["EntryID"]
    assert (file["Document"], file["FileName"]) == (paper["ID"], "F-1.pdf")


async def test_a_credit_note_names_the_booking_of_its_invoice(world):
    await joined(world, invoice_document="sales_entry")
    await _publish(world, an_invoice(world, "F-1"))
    await _publish(world, an_invoice(world, "C-1", type="credit", credits="row-F-1"))
    invoice, credit = world.sandbox.memory()["sales_entries"]
    assert credit["Description"] == f"C-1 / {invoice['InvoiceNumber']}"
    assert (credit["Type"], credit["AmountFC"]) == (21, -invoice["AmountFC"])
    assert [(one.number, one.result, one.difference) for one in outcomes(world)] == [
        ("F-1", "exported", None),
        ("C-1", "exported", None),
    ]


async def test_an_invoice_without_a_code_for_its_regime_waits_for_that_regime_and_goes_once_it_is_chosen(world):
    connection = await joined(world, invoice_document="sales_entry")
    customer = make_customer(vat_regime="reverse_charge")
    lines = tuple(line.model_copy(update={"vat_percentage": 0}) for line in an_invoice(world).lines)
    await _publish(world, an_invoice(world, "F-1", customer=customer, lines=lines))
    waiting = await entry_of(world, "F-1")
    assert (waiting.state, waiting.waits_for, waiting.waits_key) == ("waiting", "vat_regimes", "reverse_charge")
    await world.hub.connections.change_settings(connection.id, {"vat_regimes": {"reverse_charge": "6"}})
    await settled(world)
    assert (await entry_of(world, "F-1")).state == "confirmed"


async def test_an_invoice_that_does_not_add_up_is_refused_before_anything_is_made(world):
    await joined(world, invoice_document="sales_entry")
    await _publish(world, an_invoice(world, "F-1", total_excl="1", total_vat="0", total_incl="1"))
    refused = await entry_of(world, "F-1")
    assert refused.state == "refused"
    assert refused.reason == (
        "The lines of invoice F-1 make 178.75 excluding VAT, but its total is 1. Credit it on the platform and make it "
        "anew, or book it by hand."
    )
    made = world.sandbox.memory()
    assert (made["accounts"], made["sales_entries"]) == ([], [])
