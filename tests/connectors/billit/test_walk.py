"""From event to books: what follows an invoice, what a repeated key means, and what Billit does by itself."""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared.connectors.billit import CONNECTOR
from shared.errors import Uncertain
from shared.preview import preview_export
from shared.schemas.documents import InvoiceLine
from tests.connectors.billit.office import COMPANY, Office, export
from tests.connectors.billit.office import an_invoice as a_final_invoice
from tests.connectors.contract import (
    NUMBER,
    an_invoice,
    an_order,
    entry_of,
    event_of,
    joined,
    opened,
    outcomes,
    settled,
)
from tests.factories import make_customer
from tests.world import World

PDF = b"%PDF-1.7 signed by the customer"
HOST = "https://files.example.com"
BELGIAN = make_customer(vat_number="BE0999999922", debtor_number="90002", email=None)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("billit", tmp_path) as made:
        made.settings.pdf_hosts = (HOST,)
        made.hub.transports["pdf"] = httpx.MockTransport(lambda _: httpx.Response(200, content=PDF))
        yield made


async def publish(world, *documents):
    await world.publish(*map(event_of, documents))
    await settled(world)


def orders(world):
    return world.sandbox.memory()["orders"]


def sent(world):
    return [(row["ExternalProviderID"], row["By"]) for row in world.sandbox.memory()["sent"]]


async def log(world):
    (connection,) = await world.hub.connections.all()
    return [row["text"] for row in await world.hub.journal.read(connection.id)]


def files(order):
    return [one["FileName"] for one in order["Attachments"] if one["FileName"] != "request.json"]


async def test_a_work_order_becomes_an_offer_unless_the_user_chooses_otherwise(world):
    await joined(world)
    await publish(world, an_order(world), an_invoice(world, "F-1"))
    assert [(row["OrderType"], row["ExternalProviderID"]) for row in orders(world)] == [("Offer", NUMBER)]


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("kind", ["invoice", "offer"])
async def test_the_pdf_is_attached_to_what_comes_from_a_work_order_and_nothing_else_of_it_changes(
    world, kind, replaces
):
    world.sandbox.api.rules = _rules(world, replaces=replaces)
    await joined(world, work_order_document=kind, attach_pdf=True)
    await publish(world, an_order(world, reference="PO-7", pdf_url=f"{HOST}/1.pdf"))
    (order,) = orders(world)
    assert files(order) == [f"{NUMBER}.pdf"]
    content = world.sandbox.books(COMPANY).files[order["Attachments"][-1]["FileID"]]["FileContent"]
    assert content == b64encode(PDF).decode()
    (outcome,) = outcomes(world)
    assert (order["TotalExcl"], order["OrderNumber"]) == (outcome.total_excl, outcome.vendor_number)
    assert (order["Reference"], len(order["OrderLines"])) == ("PO-7", 2)


def _rules(world, **changes):
    rules = world.sandbox.api.rules
    return type(rules)(type(rules.orders)(**changes), rules.filters_more, rules.matched_by)


async def test_the_pdf_of_a_final_invoice_replaces_billits_own(world):
    await joined(world, invoice_document="invoice", attach_pdf=True)
    await publish(world, an_invoice(world, "F/1", pdf_url=f"{HOST}/1.pdf"))
    (order,) = orders(world)
    assert order["OrderPDF"]["FileName"] == "F-1.pdf"
    assert files(order) == []


@pytest.mark.parametrize("trouble", [{"kind": "cut", "when": "after"}, {"status": 503, "when": "after"}])
async def test_a_lost_answer_of_the_pdf_attaches_it_once(world, trouble):
    await joined(world, work_order_document="invoice", attach_pdf=True)
    world.sandbox.fail_next(match="/v1/orders$", method="POST", skip=1, **trouble)
    await publish(world, an_order(world, pdf_url=f"{HOST}/1.pdf"))
    (order,) = orders(world)
    assert files(order) == [f"{NUMBER}.pdf"]
    assert (await entry_of(world)).follow_ups_due is False


async def test_a_refused_pdf_stands_in_the_log_and_the_invoice_stays_as_it_is(world):
    await joined(world, work_order_document="invoice", attach_pdf=True)
    refusal = world.scenario.refusal("No more files")
    world.sandbox.script(refusal.model_copy(update={"match": "/v1/orders$", "method": "POST", "skip": 1}))
    await publish(world, an_order(world, pdf_url=f"{HOST}/1.pdf"))
    assert (await entry_of(world)).state == "confirmed"
    assert any("attaching the PDF" in line and "No more files" in line for line in await log(world))


@pytest.mark.parametrize("sent_by", ["Peppol", "SMTP", "Letter"])
async def test_an_invoice_is_sent_once_in_the_way_the_user_chose(world, sent_by):
    await joined(world, invoice_document="invoice", sent_by=sent_by)
    world.sandbox.fail_next(kind="cut", when="after", match="/commands/send")
    await publish(world, an_invoice(world, "F-1", customer=BELGIAN))
    assert sent(world) == [("F-1", sent_by)]
    assert outcomes(world)[0].result == "exported"


async def test_what_cannot_go_by_peppol_goes_in_no_other_way(world):
    await joined(world, invoice_document="invoice", sent_by="Peppol")
    await publish(world, an_invoice(world, "F-1"))
    assert sent(world) == []
    assert any("sending it" in line and "cannot receive it by Peppol" in line for line in await log(world))


async def test_an_offer_is_never_sent(world):
    await joined(world, work_order_document="offer", sent_by="SMTP")
    await publish(world, an_order(world))
    assert sent(world) == []


@pytest.mark.parametrize("trouble", [{}, {"status": 503}], ids=["before", "after-a-failed-try"])
async def test_an_invoice_that_the_daily_sending_took_first_is_not_sent_again(world, trouble):
    await joined(world, invoice_document="invoice", sent_by="SMTP")
    if trouble:
        world.sandbox.fail_next(match="/commands/send", **trouble)
    await world.publish(event_of(an_invoice(world, "F-1")))
    while not orders(world) or (await entry_of(world, "F-1")).state != "confirmed":
        await world.one_turn("export")
    world.sandbox.morning_run(COMPANY)
    await settled(world)
    assert sent(world) == [("F-1", "SMTP")]
    assert not any("failed" in line for line in await log(world))


async def test_the_daily_sending_takes_an_unsent_invoice_and_leaves_one_that_is_marked(world):
    connection = await joined(world, invoice_document="invoice")
    await publish(world, an_invoice(world, "F-1"))
    await world.hub.connections.change_settings(connection.id, {"sent_by": "platform"})
    await publish(world, an_invoice(world, "F-2"))
    assert [(row["ExternalProviderID"], row["IsSent"]) for row in orders(world)] == [("F-1", False), ("F-2", True)]
    world.sandbox.morning_run(COMPANY)
    assert sent(world) == [("F-1", "SMTP")]


async def test_the_pdf_comes_behind_the_mark_and_before_the_sending(world):
    for sent_by, last in (("platform", "pdf"), ("SMTP", "send")):
        names = [one.name for one in export("invoice", "invoice").follow_ups]
        assert names == ["mark", "pdf", "send"]
        settings = CONNECTOR.settings(sent_by=sent_by, attach_pdf=True)
        job = type("Job", (), {"settings": settings, "document": an_invoice(world, pdf_url=f"{HOST}/1.pdf")})
        assert [one.name for one in export("invoice", "invoice").follow_ups if one.wanted(job)][-1] == last


@pytest.mark.parametrize("follows", [{"sent_by": "platform"}, {"sent_by": "SMTP", "attach_pdf": True}])
async def test_a_preview_shows_what_follows_too(world, follows):
    connection = await joined(world, invoice_document="invoice", **follows)
    invoice = an_invoice(world, "F-1", pdf_url=f"{HOST}/1.pdf")
    shown = [request async for request in preview_export(world.hub, connection, invoice)]
    assert len(shown) == 2 + len(follows)
    assert orders(world) == []


async def arrives_late(world):
    """The first create arrives after it was given up and made again."""
    await joined(world, work_order_document="invoice")
    world.sandbox.fail_next(kind="delay", seconds=200, match="/v1/orders$", method="POST")
    await publish(world, an_order(world))
    await world.wait(timedelta(minutes=10))
    return len(orders(world))


@pytest.mark.parametrize("company_tokens", [True, False])
async def test_a_create_that_arrives_after_it_was_made_again_is_kept_out_by_its_key(world, company_tokens):
    rules = world.sandbox.api.rules
    world.sandbox.api.rules = type(rules)(company_tokens=company_tokens)
    assert await arrives_late(world) == 1
    assert (await entry_of(world)).state == "confirmed"


async def test_a_customer_whose_first_create_arrives_late_is_kept_out_by_its_key_too(world):
    await joined(world, work_order_document="invoice")
    world.sandbox.fail_next(kind="delay", seconds=200, match="/v1/parties$", method="POST")
    nobody = make_customer(debtor_number="1", email=None, vat_number=None)
    await publish(world, an_order(world, site_customer=nobody, invoice_customer=nobody))
    await world.wait(timedelta(minutes=10))
    assert len(world.sandbox.memory()["parties"]) == len(orders(world)) == 1


async def test_without_its_key_such_a_create_would_be_there_twice(world, monkeypatch):
    """The test of the test above: nothing else keeps the second one out."""
    monkeypatch.setattr("shared.connectors.billit.sandbox.api._IDEMPOTENCY", ())
    assert await arrives_late(world) == 2


@pytest.mark.parametrize("kind", ["invoice", "offer"])
async def test_a_document_that_billit_hides_for_long_is_known_by_its_key_and_looked_up(world, kind):
    await joined(world, work_order_document=kind)
    world.sandbox.lag(queries=3)
    world.sandbox.fail_next(kind="cut", when="after", match="/v1/orders$", method="POST")
    await publish(world, an_order(world))
    assert len(orders(world)) == 1
    assert (await entry_of(world)).state == "confirmed"
    assert [call.status for call in world.sandbox.calls if call[:2] == ("POST", "/v1/orders")] == [None, 409]


async def test_a_number_that_somebody_used_in_billit_is_refused_and_says_so(world):
    await joined(world, invoice_document="invoice")
    books = world.sandbox.books(COMPANY)
    taken = next(row for row in books.tables["Order"].values() if row["OrderType"] == "Invoice")
    await publish(world, an_invoice(world, taken["OrderNumber"]))
    entry = await entry_of(world, taken["OrderNumber"])
    assert entry.state == "refused"
    assert f"(id {taken['OrderID']})" in entry.reason
    assert orders(world) == []


@pytest.mark.parametrize("fault", [{"kind": "cut"}, {"status": 429}, {"status": 503}, {"status": 400}, {"status": 403}])
async def test_whatever_keeps_an_order_from_being_read_back_it_may_be_there(fault):
    office = Office()
    office.sandbox.fail_next(match=r"/v1/orders/\d+$", method="GET", **fault)
    with pytest.raises(Uncertain, match="It was sent, but not read back"):
        await office.book(office.job(a_final_invoice((1, 10, 21))))
    assert len(office.orders()) == 1


async def test_an_order_that_cannot_be_read_back_is_found_by_its_reference(world):
    await joined(world, invoice_document="invoice")
    world.sandbox.fail_next(404, match=r"/v1/orders/\d+$", method="GET", times=2)
    await publish(world, an_invoice(world, "F-1"))
    assert len(orders(world)) == 1
    assert outcomes(world)[0].vendor_number == "F-1"


async def test_expired_access_shows_the_known_sentence_and_rests_the_lane_until_somebody_logs_in(world):
    connection = await joined(world, invoice_document="invoice")
    world.scenario.revoke(world.sandbox)
    await publish(world, an_invoice(world, "F-1"))
    lane = await world.hub.lanes.get(connection.id)
    assert (lane.rest.kind, lane.rest.reason) == (
        "owner",
        "Authentication expired. Reconnect the integration to sync data.",
    )
    assert orders(world) == []
    await world.log_in()
    await settled(world)
    assert [row["OrderNumber"] for row in orders(world)] == ["F-1"]


async def test_a_payment_names_the_platforms_document(world):
    connection = await joined(world, invoice_document="invoice")
    await publish(world, an_invoice(world, "F-1"))
    world.sandbox.pay(COMPANY, orders(world)[0]["OrderID"])
    await world.tick(connection, kinds=("payment",))
    await settled(world)
    events = [one.body or b"" for one in world.bus.of("entities.payment")]
    (ours,) = [body for body in events if b'"reference":"F-1"' in body]
    assert b'"platform_id":"row-F-1"' in ours
    assert b'"paid":true' in ours


async def test_a_rounding_of_billits_own_is_reported_with_its_difference(world):
    world.sandbox.api.rules = _rules(world, rounded_lines=False)
    await joined(world, invoice_document="invoice")
    half_cents = InvoiceLine(description="Screw", quantity=1, unit_price="0.005", vat_percentage=21)
    await publish(world, an_invoice(world, "F-1", lines=(half_cents,) * 4))
    (outcome,) = outcomes(world)
    assert (str(outcome.total_excl), str(outcome.difference)) == ("0.02", "-0.02")
