"""From event to books: drafts, closing, totals that differ, answers that tell only half, one refresh at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.preview import preview_export
from shared.sandbox.payload import decode
from shared.schemas.documents import MaterialLine
from shared.settings import Settings
from shared.store.sqlite import SqliteStore
from tests.connectors.contract import (
    NUMBER,
    TOTAL,
    an_order,
    entry_of,
    event_of,
    in_books,
    joined,
    one_call,
    opened,
    outcomes,
    past_expiry,
    settled,
)
from tests.connectors.moloni_es.office import COMPANY, Office, small_sandbox
from tests.connectors.moloni_es.office import an_order as a_spanish_order
from tests.factories import make_customer
from tests.logs import recorded_log
from tests.world import World, access_to


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("moloni_es", tmp_path) as made:
        yield made


async def a_world(folder: Path, **options: Any) -> World:
    """A world whose sandbox has other switches; the caller closes it."""
    sandbox = small_sandbox(**options)
    settings = Settings(_env_file=None, **access_to("moloni_es", sandbox.base_url))
    made = World(SqliteStore(folder / "o.db", clock=sandbox.clock), sandbox, "moloni_es", settings, own_time=True)
    await made.hub.open()
    return made


async def publish(world: World, *documents: Any) -> None:
    await world.publish(*map(event_of, documents))
    await settled(world)


def documents(world: World) -> list[dict[str, Any]]:
    memory = world.sandbox.memory()
    return [*memory["invoices"], *memory["purchaseOrders"]]


def calls(world: World, operation: str) -> int:
    return sum(call.path.endswith(f"#{operation}") for call in world.sandbox.calls)


@pytest.mark.parametrize("document", ["invoice", "purchase_order"])
async def test_a_draft_stays_a_draft_without_a_number(world, document):
    await joined(world, work_order_document=document)
    await publish(world, an_order(world))
    (row,) = documents(world)
    assert (row["status"], row["ourReference"], row["number"]) == (0, NUMBER, 0)
    (outcome,) = outcomes(world)
    assert (outcome.vendor_number, outcome.total_excl) == (None, TOTAL)


@pytest.mark.parametrize("document", ["closed_invoice", "closed_purchase_order"])
async def test_a_document_that_is_to_be_closed_gets_its_number_once(world, document):
    await joined(world, work_order_document=document)
    await publish(world, an_order(world), an_order(world))
    (row,) = documents(world)
    assert (row["status"], row["number"]) == (1, 1)
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_number, outcome.difference) == ("exported", "1", None)


async def test_a_document_whose_total_differs_stays_a_draft_and_the_difference_is_told(tmp_path):
    world = await a_world(tmp_path, surcharge=Decimal("5.2"))
    await joined(world, work_order_document="closed_invoice")
    await publish(world, an_order(world))
    (row,) = documents(world)
    assert row["status"] == 0
    (outcome,) = outcomes(world)
    # 26.2 % of 178.75, less the 21 % that our lines explain.
    assert (outcome.result, "differs from ours by 9.29 EUR" in (outcome.reason or "")) == ("refused", True)
    assert (await entry_of(world)).in_package
    assert calls(world, "invoiceUpdate") == 0
    await world.hub.close()


async def test_a_preview_of_closing_shows_both_writes(world):
    connection = await joined(world, work_order_document="closed_invoice", create_relations=True)
    shown = [request.body["query"] async for request in preview_export(world.hub, connection, an_order(world))]
    assert [text.split("(")[0] for text in shown] == [
        "mutation customerCreate",
        "mutation invoiceCreate",
        "mutation invoiceUpdate",
    ]


@pytest.mark.parametrize("rounding", ["line", "rate"])
async def test_however_vat_is_rounded_it_is_no_difference(tmp_path, rounding):
    world = await a_world(tmp_path, rounding=rounding)
    await joined(world, work_order_document="closed_invoice")
    lines = tuple(MaterialLine(code="DESPLAZA", quantity=1, unit_price="0.02") for _ in range(5))
    await publish(world, an_order(world, materials=lines, hours=()))
    assert [(one.total_excl, one.difference) for one in outcomes(world)] == [(Decimal("0.10"), None)]
    assert documents(world)[0]["status"] == 1
    await world.hub.close()


@pytest.mark.parametrize("operation", ["customerCreate", "invoiceCreate", "invoiceUpdate"])
async def test_what_was_written_with_an_error_beside_it_is_never_written_again(world, operation):
    world.sandbox.api.warns = {operation}
    await joined(world, work_order_document="closed_invoice")
    with recorded_log() as logged:
        await publish(world, an_order(world))
        assert "something else went wrong" in logged()
    assert (in_books(world), len(world.sandbox.memory()["customers"])) == ([NUMBER], 1)
    assert (await entry_of(world)).state == "confirmed"
    assert calls(world, operation) == 1


async def test_where_only_what_is_proven_can_be_read_it_is_one_document_all_the_same(tmp_path):
    world = await a_world(tmp_path, proven_only=True)
    await joined(world, work_order_document="closed_invoice")
    for name in ("customerCreate", "invoiceCreate", "invoiceUpdate"):
        world.sandbox.fail_next(kind="cut", match=f"#{name}$", when="after")
    await publish(world, an_order(world))
    assert (in_books(world), len(world.sandbox.memory()["customers"])) == ([NUMBER], 1)
    assert documents(world)[0]["status"] == 1
    assert (await entry_of(world)).vendor_number == "1"
    await world.hub.close()


@pytest.mark.parametrize("how", ["refused", "everything", "nothing"])
async def test_whether_or_not_our_reference_can_be_filtered_on_a_lost_document_is_found(tmp_path, how):
    world = await a_world(tmp_path, unfilterable={"ourReference": how})
    await joined(world)
    await publish(world, an_order(world, "WO-0"))
    world.sandbox.fail_next(kind="cut", match="#invoiceCreate$", when="after")
    await publish(world, an_order(world))
    assert in_books(world) == ["WO-0", NUMBER]
    assert (await entry_of(world)).state == "confirmed"
    assert calls(world, "invoiceCreate") == 2
    await world.hub.close()


NOBODY = {"data": {"any": {"data": [], "errors": [], "options": {"pagination": {"page": 1, "qty": 500, "count": 0}}}}}


async def test_a_number_that_somebody_took_behind_our_look_up_is_looked_up_once_more(world):
    await joined(world)
    world.sandbox.fail_next(200, body=json.dumps(NOBODY), match="#customers$")
    await publish(world, an_order(world, customer=make_customer(debtor_number="00007")))
    assert (await entry_of(world)).state == "confirmed"
    assert calls(world, "customerCreate") == 1
    assert world.sandbox.memory()["customers"] == [], "the package had number 00007 already"


@pytest.mark.parametrize("written", ["B58378431", "ESB58378431"])
async def test_a_customer_is_known_by_its_tax_number_however_somebody_wrote_it(world, written):
    await joined(world)
    id = next(iter(world.sandbox.books(COMPANY).tables["customers"]))
    world.sandbox.change(COMPANY, "customers", id, vat=written)
    address = {"country": "ES"}
    await publish(world, an_order(world, customer=make_customer(vat_number="ES B-58378431", address=address)))
    assert [row["customerId"] for row in documents(world)] == [id]


async def test_a_tax_number_that_moloni_does_not_take_is_told_with_what_to_do(world):
    await joined(world)
    address = {"country": "ES"}
    await publish(world, an_order(world, customer=make_customer(vat_number="B12345670", address=address)))
    entry = await entry_of(world)
    assert (entry.state, entry.vendor_says) == ("refused", "Invalid VAT inserted")
    assert "Check the customer's VAT number" in (entry.reason or "")


async def test_a_country_without_an_id_waits_for_one(world):
    await joined(world)
    await publish(world, an_order(world, customer=make_customer(address={"country": "FR"}, vat_regime="domestic")))
    entry = await entry_of(world)
    assert (entry.state, entry.waits_for, entry.waits_key) == ("waiting", "countries", "FR")


async def test_five_calls_at_once_refresh_once_because_a_second_refresh_would_log_the_user_out(world):
    connection = await joined(world)
    await past_expiry(world, connection)
    await asyncio.gather(*(one_call(world, connection) for _ in range(5)))
    await past_expiry(world, connection)
    await one_call(world, connection)
    grants = [call for call in world.sandbox.calls if call.path.endswith("/auth/grant")]
    assert [call.status for call in grants] == [200, 200, 200]


async def test_a_refusal_of_the_login_that_comes_with_200_asks_for_the_owner(tmp_path):
    world = await a_world(tmp_path, refusal_status=200)
    connection = await joined(world)
    world.scenario.revoke(world.sandbox)
    await world.wait(timedelta(hours=2))
    await world.tick(connection)
    await settled(world)
    lane = await world.hub.lanes.get(connection.id)
    assert lane.rest.kind == "owner"
    await world.hub.close()


async def test_whoever_may_open_the_same_companies_is_one_user_where_moloni_names_none():
    one, other = (Office(small_sandbox(proven_only=True)).client() for _ in range(2))
    assert (await one.whoami()).id == (await other.whoami()).id
    named = await Office().client().whoami()
    assert (named.id, named.name) == ("9001", "Lucía Sierra")


async def test_a_company_that_nobody_has_finished_making_is_not_offered():
    found = await Office().client().administrations()
    assert [(one.code, one.country, one.currency) for one in found] == [("501", "ES", "EUR"), ("502", "ES", "EUR")]


async def test_countries_that_cannot_be_read_are_those_that_are_known():
    client = Office(small_sandbox(proven_only=True)).client()
    assert {one.iso3166_1: one.countryId for one in await client.countries()} == {"ES": 70, "PT": 1}
    assert len(await Office().client().countries()) > 2


async def test_a_request_goes_out_with_amounts_as_they_were_given():
    office = Office()
    booked = await office.book(office.job(a_spanish_order(("2.3333", "0.105", "21"))))
    line = booked.document["products"][0]
    assert (line["qty"], line["price"]) == (Decimal("2.3333"), Decimal("0.105"))
    assert decode(b'{"a": 2.3333}')["a"] == line["qty"]
    assert booked.document["companyId"] == COMPANY
