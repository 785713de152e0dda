"""A work order becomes an invoice that Exact numbers and books: once, and nothing leaves the house."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.connectors.exact_online.sandbox.kinds import ACCOUNTS
from shared.store.collections import STEPS
from tests.connectors.contract import DAY, NUMBER, TOTAL, an_order, entry_of, joined, opened, outcomes, settled
from tests.connectors.test_contract_exports import MortalStore, ProcessDied
from tests.factories import completed, make_customer
from tests.world import World

DIVISION = 900001
PRINTING = {"match": "/salesinvoice/PrintedSalesInvoices", "method": "POST"}
READ_BACK = {"match": r"/SalesInvoices\(guid", "method": "GET"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        await joined(made, work_order_document="processed_invoice")
        yield made


async def _publish(world, **changes):
    await world.publish(completed(an_order(world, **changes)))
    await settled(world)


async def _only_invoice(world):
    """The one invoice there is, once it is processed; the number the ledger knows is its own."""
    (invoice,) = world.sandbox.memory()["sales_invoices"]
    entry = await entry_of(world)
    assert (invoice["Status"], entry.state) == (50, "confirmed")
    assert entry.vendor_number == str(invoice["InvoiceNumber"])
    assert (entry.total_excl, entry.difference) == (TOTAL, None)
    assert len(world.sandbox.memory()["printed"]) == 1
    return invoice


def _answer(**fields):
    return json.dumps({"d": {"InvoiceID": "00000000-0000-0000-0000-000000000000", **fields}})


async def test_the_invoice_is_numbered_and_booked_and_the_platform_is_told_its_number(world):
    await _publish(world)
    invoice = await _only_invoice(world)
    assert [row["YourRef"] for row in world.sandbox.memory()["receivables"]] == [NUMBER]
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_number) == ("exported", str(invoice["InvoiceNumber"]))


@pytest.mark.parametrize("method", [1, 2, 4, 8])
async def test_nothing_is_mailed_or_sent_by_peppol_whatever_the_relation_wants(world, method):
    books = world.sandbox.division(DIVISION)
    account = next(row for row in books.tables[ACCOUNTS].rows.values() if row.get("IsSales") and row.get("Email"))
    wishes = {"InvoicingMethod": method, "PeppolIdentifier": "0106:12345678"}
    world.sandbox.change(DIVISION, ACCOUNTS, account["ID"], **wishes)
    customer = make_customer(debtor_number=account["Code"].strip())
    await _publish(world, site_customer=customer, invoice_customer=customer)
    assert (await _only_invoice(world))["OrderedBy"] == account["ID"]
    assert (world.sandbox.memory()["mailed"], world.sandbox.memory()["peppol"]) == ([], [])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["document", "process"])
async def test_a_lost_answer_leaves_one_processed_invoice(world, step, when):
    call = PRINTING if step == "process" else {"match": "/salesinvoice/SalesInvoices", "method": "POST"}
    world.sandbox.fail_next(kind="cut", when=when, **call)
    await _publish(world)
    await _only_invoice(world)


async def test_a_worker_that_dies_before_processing_leaves_it_to_the_next(world):
    mortal = MortalStore(world.store, "after", STEPS, "confirmed", "|document")
    first = World(mortal, world.sandbox, world.connector, world.settings, world.bus, own_time=True)
    await first.publish(completed(an_order(world)))
    with pytest.raises(ProcessDied):
        await settled(first)
    assert [row["Status"] for row in world.sandbox.memory()["sales_invoices"]] == [20]
    await world.wait(timedelta(seconds=world.settings.lease))
    await settled(world)
    await _only_invoice(world)


async def test_a_failure_of_the_paper_alone_is_no_failure_of_the_invoice(world):
    body = _answer(DocumentCreationSuccess=False, DocumentCreationError="Geen layout")
    world.sandbox.fail_next(status=201, body=body, when="after", **PRINTING)
    await _publish(world)
    await _only_invoice(world)


async def test_an_invoice_that_was_not_processed_is_refused_with_the_packages_words(world):
    body = _answer(DocumentCreationError="Periode is afgesloten", EmailCreationError="")
    world.sandbox.fail_next(status=201, body=body, when="before", **PRINTING)
    await _publish(world)
    entry = await entry_of(world)
    assert (entry.state, entry.vendor_says) == ("refused", "Periode is afgesloten")
    assert "processing of the invoice failed" in entry.reason
    assert [row["Status"] for row in world.sandbox.memory()["sales_invoices"]] == [20]


async def test_an_answer_that_says_nothing_is_not_believed(world):
    world.sandbox.fail_next(status=201, body=_answer(), when="before", **PRINTING)
    await _publish(world)
    await _only_invoice(world)


@pytest.mark.parametrize("status", [403, 404, 429, 503])
async def test_an_invoice_that_cannot_be_read_back_was_processed_all_the_same(world, status):
    world.sandbox.fail_next(status=status, **READ_BACK)
    await world.publish(completed(an_order(world)))
    assert await world.quiet(patience=1) > 0
    assert (await entry_of(world)).state != "confirmed"
    await settled(world)
    await _only_invoice(world)
    assert sum(call.path.endswith("PrintedSalesInvoices") for call in world.sandbox.calls) == 1


async def test_a_search_that_lags_behind_does_not_hide_that_an_invoice_is_processed(world):
    world.sandbox.fail_next(status=503, when="after", **PRINTING)
    world.sandbox.lag(seconds=DAY)
    await _publish(world)
    await _only_invoice(world)
