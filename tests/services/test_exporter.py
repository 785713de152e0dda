"""The promise: every completed work order ends in exactly one document, or waits visibly for somebody."""

from decimal import Decimal
from typing import Any

import pytest

from shared import envelope, topics
from shared.envelope import Message
from shared.ledger.entry import Entry
from shared.schemas.documents import MaterialLine
from shared.schemas.messages import ExportOutcome, ExportRequest
from shared.store import Store
from tests.factories import completed, make_work_order
from tests.world import World, make_world

VAT = {"21": "4"}
ORDERS = r"salesorder/SalesOrders"
ACCOUNTS = r"crm/Accounts"


def a_line(**changes: Any) -> MaterialLine:
    fields = {
        "code": "ARB-VOORRIJ",
        "description": "Voorrijkosten",
        "quantity": Decimal(2),
        "unit_price": Decimal("42.50"),
    }
    return MaterialLine(**{**fields, **changes})


def an_order(number: str = "WO-2026-0001", **changes: Any) -> Any:
    return make_work_order(number, **{"materials": (a_line(),), "hours": (), **changes})


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def entry_of(world: World, number: str = "WO-2026-0001") -> Entry:
    return (await world.hub.entries.list({"number": number}))[0]


def orders(world: World) -> list[dict[str, Any]]:
    return list(world.sandbox.memory()["sales_orders"])


def customers(world: World) -> list[dict[str, Any]]:
    return list(world.sandbox.memory()["accounts"])


def outcomes(world: World) -> list[ExportOutcome]:
    return [ExportOutcome.model_validate_json(one.body or b"") for one in world.bus.of(topics.EXPORT_OUTCOMES)]


async def test_a_completed_work_order_becomes_one_sales_order_with_its_new_customer(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    await world.quiet()
    assert [order["YourRef"] for order in orders(world)] == ["WO-2026-0001"]
    assert len(customers(world)) == 1
    outcome = outcomes(world)[-1]
    assert (outcome.result, outcome.total_excl, outcome.difference) == ("exported", Decimal("85.00"), None)
    assert outcome.vendor_id == orders(world)[0]["OrderID"]


async def test_an_event_met_twice_makes_one_document(world: World) -> None:
    await world.connected(vat_codes=VAT)
    for _ in range(3):
        await world.publish(completed(an_order()), completed(an_order()))
        await world.quiet("export")
    assert len(orders(world)) == 1


async def test_two_work_orders_of_one_new_customer_make_one_customer(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order("WO-1")), completed(an_order("WO-2")))
    await world.quiet()
    assert len(orders(world)) == 2
    assert len(customers(world)) == 1


@pytest.mark.parametrize("path", [ORDERS, ACCOUNTS])
@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "cut", "when": "before"},
        {"kind": "cut", "when": "after"},
        {"status": 500, "when": "after", "body": ""},
        {"status": 503, "when": "before", "body": "<html>maintenance</html>"},
        {"status": 503, "when": "after", "body": "<html>maintenance</html>"},
        {"status": 200, "when": "after", "body": "this is not JSON"},
        {"status": 408, "when": "after", "body": ""},
    ],
    ids=lambda trouble: "-".join(f"{value}"[:14] for value in trouble.values()),
)
async def test_whatever_happens_to_a_write_it_ends_as_one_document(
    world: World, path: str, trouble: dict[str, Any]
) -> None:
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=path, method="POST", **trouble)
    await world.publish(completed(an_order()))
    await world.quiet()
    assert len(orders(world)) == 1
    assert len(customers(world)) == 1
    assert (await entry_of(world)).state == "confirmed"


async def test_a_vendor_that_commits_after_our_time_out_makes_one_document(store: Store) -> None:
    world = make_world(store, settings={"request_timeout": 0.2, "settle_after": 0.6})
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="delay", seconds=0.5, when="before")
    await world.publish(completed(an_order()))
    await world.quiet(patience=1.5)
    assert len(orders(world)) == 1
    assert (await entry_of(world)).state == "confirmed"


async def test_a_search_index_that_lags_makes_no_second_document(world: World) -> None:
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    world.sandbox.lag(queries=1)
    await world.publish(completed(an_order()))
    await world.quiet()
    assert len(orders(world)) == 1
    assert (await entry_of(world)).state == "confirmed"


async def test_after_two_resends_that_never_show_up_a_person_decides(world: World) -> None:
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before", times=10)
    await world.publish(completed(an_order()))
    await world.quiet()
    posts = [call for call in world.sandbox.calls if call.method == "POST" and "SalesOrders" in call.path]
    assert len(posts) == 3
    assert (await entry_of(world)).state == "unsure"
    assert outcomes(world)[-1].result == "unsure"


async def test_a_business_refusal_as_500_is_looked_up_once_and_then_refused_with_the_vendors_words(
    world: World,
) -> None:
    await world.connected(vat_codes=VAT)
    words = "Ongeldige referentie: Artikel"
    body = f'{{"error":{{"code":"","message":{{"lang":"","value":"{words}"}}}}}}'
    world.sandbox.fail_next(match=ORDERS, method="POST", status=500, body=body, when="before")
    await world.publish(completed(an_order()))
    await world.quiet()
    entry = await entry_of(world)
    assert entry.state == "refused"
    assert entry.vendor_says == words
    assert outcomes(world)[-1].vendor_says == words
    assert [one.key for one in world.bus.of(topics.exports_dead("exact_online"))] == [entry.document]
    look_ups = [call for call in world.sandbox.calls if call.method == "GET" and "SalesOrders" in call.path]
    assert len(look_ups) == 1


async def test_a_refusal_of_a_write_that_was_made_is_not_believed(world: World) -> None:
    await world.connected(vat_codes=VAT)
    body = '{"error":{"code":"","message":{"lang":"","value":"Gegeven bestaat reeds."}}}'
    world.sandbox.fail_next(match=ORDERS, method="POST", status=500, body=body, when="after")
    await world.publish(completed(an_order()))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"
    assert len(orders(world)) == 1


async def test_a_refused_document_is_sent_when_somebody_asks_again(world: World) -> None:
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", status=400, body="{}", when="before")
    await world.publish(completed(an_order()))
    await world.quiet()
    refused = await entry_of(world)
    assert refused.state == "refused"
    await world.publish(completed(an_order()))
    await world.quiet()
    assert (await entry_of(world)).state == "refused", "a replay retries nothing by itself"
    await world.publish(send_again(refused))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"


def send_again(entry: Entry) -> Message:
    return envelope.message(
        topics.export_requests(entry.connector),
        entry.document,
        ExportRequest(connection=entry.connection, entry=entry.id),
        type=envelope.EXPORT_REQUESTED,
        source="console",
        tenant=entry.tenant,
    )


async def test_a_confirmed_document_is_not_made_again_even_when_asked(world: World) -> None:
    await world.connected(vat_codes=VAT)
    await world.publish(completed(an_order()))
    await world.quiet()
    await world.publish(send_again(await entry_of(world)))
    await world.quiet()
    assert len(orders(world)) == 1
