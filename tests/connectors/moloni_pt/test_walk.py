"""From event to books and back: drafts and closed documents, types of work, service lists that return."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shared import topics
from shared.connectors.moloni_pt.settings import IN_WORDS
from shared.errors import Misconfigured
from shared.preview import preview_export, preview_import
from tests.connectors.contract import (
    NUMBER,
    an_order,
    entry_of,
    event_of,
    in_books,
    joined,
    opened,
    outcomes,
    settled,
    sync_again,
    synced,
)
from tests.connectors.moloni_pt.office import COMPANY
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("moloni_pt", tmp_path) as made:
        yield made


async def publish(world, *documents):
    await world.publish(*map(event_of, documents))
    await settled(world)


def documents(world):
    return world.sandbox.memory()["documents"]


def sent(world, path):
    return [call.status for call in world.sandbox.calls if call.path == f"/v1/{path}/"]


async def log(world):
    (connection,) = await world.hub.connections.all()
    return [row["text"] for row in await world.hub.journal.read(connection.id)]


async def test_by_default_a_work_order_becomes_a_draft_invoice_without_a_number(world):
    await joined(world)
    await publish(world, an_order(world))
    (row,) = documents(world)
    assert (row["class"], row["status"], row["number"]) == ("invoices", 0, -1)
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_number) == ("exported", None)


async def test_a_closed_document_is_told_with_its_number(world):
    await joined(world, work_order_document="closed_invoice")
    await publish(world, an_order(world))
    (row,) = documents(world)
    assert (row["status"], row["number"]) == (1, 1)
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_number) == ("exported", "2026/1")


async def test_a_draft_whose_total_is_not_ours_stays_a_draft_and_the_user_reads_why(world):
    world.sandbox.api.rules = replace(world.sandbox.api.rules, rounded="sum")
    await joined(world, work_order_document="closed_invoice")
    line = an_order(world).materials[0].model_copy(update={"quantity": Decimal("0.5"), "unit_price": Decimal("0.01")})
    await publish(world, an_order(world, materials=(line,) * 4, hours=()))
    (row,) = documents(world)
    assert (row["status"], sent(world, "invoices/update")) == (0, [])
    entry = await entry_of(world)
    assert (entry.state, entry.in_package) == ("refused", True)
    assert "it is in the package, but closing it failed" in entry.reason
    assert "differs from ours by -0.02 EUR, so it was not closed" in entry.reason


async def test_somebody_who_closes_the_draft_first_leaves_nothing_to_do(world):
    await joined(world, work_order_document="closed_invoice")
    world.sandbox.fail_next(503, match="/v1/invoices/update/")
    await world.publish(event_of(an_order(world)))
    await world.quiet(patience=5)
    (row,) = documents(world)
    world.sandbox.close(COMPANY, row["document_id"])
    await settled(world)
    assert (await entry_of(world)).vendor_number == "2026/1"
    assert sent(world, "invoices/update") == [503]


@pytest.mark.parametrize("words", ["5 document_set_wsat_id", "11 document_id"])
async def test_what_the_tax_authority_does_not_take_stays_a_draft_with_molonis_words(world, words):
    await joined(world, work_order_document="closed_invoice")
    refused = json.dumps([{"code": words, "description": "Documento recusado"}])
    world.sandbox.fail_next(200, body=refused, match="/v1/invoices/update/")
    await publish(world, an_order(world))
    entry = await entry_of(world)
    assert (entry.state, entry.vendor_says) == ("refused", "Documento recusado")
    assert [row["status"] for row in documents(world)] == [0]


async def test_the_days_of_a_series_must_rise_and_the_user_reads_so(world):
    world.sandbox.api.rules = replace(world.sandbox.api.rules, chronological=True)
    await joined(world, work_order_document="closed_invoice")
    await publish(world, an_order(world))
    await publish(world, an_order(world, "WO-2", work_date="2026-11-19"))
    assert "the date must be on or after 2026-11-20" in (await entry_of(world, "WO-2")).reason


async def test_a_refused_write_without_a_reason_is_looked_up_before_it_is_believed(world):
    await joined(world)
    world.sandbox.fail_next(200, body="[]", when="after", match="/v1/invoices/insert/")
    await publish(world, an_order(world))
    assert ((await entry_of(world)).state, in_books(world)) == ("confirmed", [NUMBER])
    world.sandbox.fail_next(200, body="[]", when="before", match="/v1/invoices/insert/")
    await publish(world, an_order(world, "WO-2"))
    entry = await entry_of(world, "WO-2")
    assert (entry.state, in_books(world)) == ("refused", [NUMBER])
    assert "did not say why" in entry.reason


async def test_types_of_work_become_documents_of_their_own(world):
    by_type = {"Garantia": "internal_document", "Obra": "closed_purchase_order"}
    await joined(world, work_order_documents=by_type)
    for number, work in (("WO-1", "Garantia"), ("WO-2", "Obra"), ("WO-3", "Service"), ("WO-4", None)):
        await publish(world, an_order(world, number, type_of_work=work))
    made = {row["your_reference"]: (row["class"], row["status"]) for row in documents(world)}
    assert made == {
        "WO-1": ("internalDocuments", 0),
        "WO-2": ("purchaseOrder", 1),
        "WO-3": ("invoices", 0),
        "WO-4": ("invoices", 0),
    }
    assert [one.document_type for one in outcomes(world)] == [
        "internal_document",
        "closed_purchase_order",
        "invoice",
        "invoice",
    ]


async def test_closed_documents_cannot_be_chosen_without_the_users_word(world):
    connection = await joined(world, closing=None)
    with pytest.raises(Misconfigured, match="final and reported to the tax authority"):
        await world.hub.connections.change_settings(connection.id, {"work_order_document": "closed_invoice"})
    both = {"work_order_document": "closed_invoice", "closing": IN_WORDS}
    changed = await world.hub.connections.change_settings(connection.id, both)
    assert changed.settings["work_order_document"] == "closed_invoice"


async def test_a_preview_shows_the_closing_too(world):
    connection = await joined(world, work_order_document="closed_invoice")
    shown = [request async for request in preview_export(world.hub, connection, an_order(world))]
    paths = [request.path.partition("?")[0] for request in shown]
    assert paths == ["/v1/customers/insert/", "/v1/invoices/insert/", "/v1/invoices/update/"]


async def test_a_lost_answer_is_found_though_the_user_calls_something_else_a_service_list_now(world):
    connection = await joined(world, work_order_document="service_list")
    world.sandbox.fail_next(kind="cut", when="after", match="/v1/deliveryNotes/insert/")
    await world.publish(event_of(an_order(world)))
    await world.quiet(patience=5)
    await world.hub.connections.change_settings(connection.id, {"service_list_class": "estimates"})
    await settled(world)
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).state == "confirmed"


async def test_a_service_list_that_we_made_comes_back_with_the_work_orders_id(world):
    connection = await synced(world, work_order_document="service_list")
    order = an_order(world)
    await publish(world, order)
    (event,) = [json.loads(one.body) for one in await sync_again(world, connection) if one.topic.endswith(".order")]
    assert (event["platform_id"], event["record"]["reference"]) == (order.id, NUMBER)
    assert event["record"]["order_type"] == "service_list"


async def test_service_lists_are_read_anew_when_the_user_calls_something_else_so(world):
    connection = await synced(world)
    known = {message.key for message in world.bus.of(topics.entities("order"))}
    assert len(known) == 6
    await world.hub.connections.change_settings(connection.id, {"service_list_class": "waybills"})
    gone = [*await sync_again(world, connection), *await sync_again(world, connection, "slot-3")]
    assert {message.key for message in gone if message.body is None} == known


async def test_a_preview_of_an_import_follows_the_users_choice_of_service_lists(world):
    connection = await joined(world, service_list_class="waybills")
    assert [one async for one in preview_import(world.hub, connection, "order")] == []


async def test_of_one_work_only_one_document_is_ever_billed_but_internal_ones_go_beside_it(world):
    await joined(world, work_order_document="purchase_order")
    await publish(world, an_order(world))
    (entry,) = await world.hub.entries.list({"number": NUMBER})
    assert entry.document_type == "purchase_order"
    assert await world.store.find("claims", {}, limit=10) != []
    await publish(world, an_order(world, "WO-2", type_of_work="Garantia"))
    assert in_books(world) == ["WO-2", NUMBER]


async def test_the_log_says_in_words_what_stood_in(world):
    await joined(world, default_product="DESLOC")
    line = an_order(world).materials[0].model_copy(update={"code": "X-9", "vat_percentage": Decimal(6)})
    await publish(world, an_order(world, materials=(line,)))
    assert "Item X-9 is not in Moloni; product DESLOC stands in for it." in await log(world)
