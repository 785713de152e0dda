"""The platform's PDF stands behind the document in Exact, once, and never in its way."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.connectors.exact_online import attachments
from shared.mapping import Job, Receipt
from shared.preview import preview_export
from tests.connectors.contract import NUMBER, an_order, entry_of, joined, opened, outcomes, settled
from tests.connectors.exact_online.paperwork import job_of
from tests.factories import completed
from tests.world import World

PDF = b"%PDF-1.7 signed by the customer"
HOST = "https://files.example.com"
KINDS = pytest.mark.parametrize("kind", ["sales_order", "sales_invoice", "processed_invoice"])
STEPS = {
    "paper": {"match": "/documents/Documents$", "method": "POST"},
    "attachment": {"match": "/documents/DocumentAttachments", "method": "POST"},
    "link": {"method": "PUT"},
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        made.settings.pdf_hosts = (HOST,)
        made.hub.transports["pdf"] = httpx.MockTransport(lambda _: httpx.Response(200, content=PDF))
        yield made


async def _publish(world, *numbers, pdf_url=f"{HOST}/work-order.pdf"):
    orders = [an_order(world, number, pdf_url=pdf_url) for number in numbers or (NUMBER,)]
    await world.publish(*map(completed, orders))
    await settled(world)


def _papers(world):
    """Ours: Exact leaves a paper of its own when it processes an invoice."""
    found = world.sandbox.memory()["documents"]
    return [row for row in found if row["Subject"].startswith("Work order")]


def _files(world, paper):
    return [row for row in world.sandbox.memory()["document_attachments"] if row["Document"] == paper["ID"]]


async def _only_document(world, kind):
    """The one document there is, with the PDF once behind it."""
    table, key = ("sales_orders", "OrderID") if kind == "sales_order" else ("sales_invoices", "InvoiceID")
    (document,) = world.sandbox.memory()[table]
    (paper,) = _papers(world)
    (file,) = _files(world, paper)
    assert (file["FileName"], file["Attachment"]) == (f"{NUMBER}.pdf", b64encode(PDF).decode())
    assert (paper["Type"], paper["Account"]) == (10, document["OrderedBy"])
    if kind == "processed_invoice":
        assert (document["Status"], paper["FinancialTransactionEntryID"]) == (50, document[key])
    else:
        assert document["Document"] == paper["ID"]
    entry = await entry_of(world)
    assert (entry.state, entry.follow_ups_due) == ("confirmed", False)


async def _log(world):
    (connection,) = await world.hub.connections.all()
    return [row["text"] for row in await world.hub.journal.read(connection.id)]


@KINDS
async def test_the_pdf_stands_behind_its_document(world, kind):
    await joined(world, work_order_document=kind, attach_pdf=True)
    await _publish(world)
    await _only_document(world, kind)
    (outcome,) = outcomes(world)
    assert outcome.result == "exported"


@KINDS
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_attaches_it_once(world, kind, step, when):
    await joined(world, work_order_document=kind, attach_pdf=True)
    world.sandbox.fail_next(kind="cut", when=when, **STEPS[step])
    await _publish(world)
    await _only_document(world, kind)


@KINDS
@pytest.mark.parametrize("step", STEPS)
async def test_a_refusal_of_the_pdf_leaves_the_document_as_it_is(world, kind, step):
    await joined(world, work_order_document=kind, attach_pdf=True)
    world.sandbox.fail_next(status=400, **STEPS[step])
    await _publish(world)
    assert (await entry_of(world)).state == "confirmed"
    assert [outcome.result for outcome in outcomes(world)] == ["exported"]
    assert len(world.sandbox.memory()["sales_orders"] + world.sandbox.memory()["sales_invoices"]) == 1
    assert any("of the PDF failed" in text or "to the PDF failed" in text for text in await _log(world))


async def test_a_pdf_that_may_not_be_fetched_is_told_and_holds_up_nothing(world):
    await joined(world, attach_pdf=True)
    await _publish(world, pdf_url="https://elsewhere.example.com/work-order.pdf")
    assert (await entry_of(world)).state == "confirmed"
    assert (_papers(world), world.sandbox.memory()["document_attachments"]) == ([], []), "no empty sheet is left behind"
    assert any("filing of the PDF failed" in text for text in await _log(world))


async def test_two_work_orders_with_one_number_have_a_pdf_each(world):
    await joined(world, attach_pdf=True)
    twin = an_order(world, pdf_url=f"{HOST}/2.pdf", id="twin")
    await world.publish(completed(an_order(world, pdf_url=f"{HOST}/1.pdf")), completed(twin))
    world.sandbox.fail_next(kind="cut", when="after", times=2, **STEPS["paper"])
    await settled(world)
    papers = _papers(world)
    assert len({row["Document"] for row in world.sandbox.memory()["sales_orders"]}) == len(papers) == 2
    assert [len(_files(world, paper)) for paper in papers] == [1, 1]


async def test_a_file_somebody_put_there_by_hand_is_not_taken_for_the_pdf(world):
    connection = await joined(world, attach_pdf=True)
    await _publish(world)
    (paper,) = _papers(world)
    async with world.hub.connect(connection, "export") as client:
        assert len(await client.attachments(paper["ID"], f"{NUMBER}.pdf")) == 1
        assert await client.attachments(paper["ID"], "photo.jpg") == []


async def test_a_preview_shows_the_pdfs_steps_and_makes_none_of_them(world):
    connection = await joined(world, work_order_document="processed_invoice", attach_pdf=True)
    shown = [one async for one in preview_export(world.hub, connection, an_order(world, pdf_url=f"{HOST}/1.pdf"))]
    resources = [request.path.split("/")[5].partition("(")[0] for request in shown]
    assert resources == [
        "Accounts", "SalesInvoices", "PrintedSalesInvoices", "Documents", "DocumentAttachments", "Documents"
    ]  # fmt: skip
    assert world.sandbox.memory()["documents"] == []


@pytest.mark.parametrize(("wanted", "url"), [(False, f"{HOST}/1.pdf"), (True, None)])
async def test_without_the_users_wish_or_a_pdf_nothing_is_filed(world, wanted, url):
    await joined(world, attach_pdf=wanted)
    await _publish(world, pdf_url=url)
    assert (await entry_of(world)).state == "confirmed"
    assert _papers(world) == []


def test_a_number_becomes_a_file_name_without_the_signs_that_have_a_meaning_there():
    job = job_of()
    named = Job(job.document, 'W/1:\\"x"', job.settings, job.administration, job.timezone)
    assert attachments.file_name(named) == "W-1---x-.pdf"


def test_a_sales_entry_is_tied_from_the_side_of_the_paper():
    job = job_of()
    job.made.update({"document": Receipt("entry-1"), "paper": Receipt("paper-1")})
    request = attachments.booking_link(job).request
    assert (request.method, request.path) == ("PUT", "/api/v1/900001/documents/Documents(guid'paper-1')")
    assert request.body == {"FinancialTransactionEntryID": "entry-1"}


def test_every_step_of_the_pdf_is_optional_and_what_makes_something_of_it_needs_it():
    steps = attachments.follow_ups(attachments.booking_link)
    assert [(step.name, step.optional, step.needs_pdf) for step in steps] == [
        ("paper", True, True),
        ("attachment", True, True),
        ("link", True, False),
    ]
