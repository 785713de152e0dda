"""From Multivers to the platform: what is read when, what is news, and what the package leaves open."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from shared import connectors
from shared.connector import ReadFrom
from shared.connectors.multivers.sandbox import create
from shared.connectors.multivers.sandbox.store import CUSTOMERS, ORDERS
from shared.errors import TryLater
from shared.login import connect
from shared.runs import automatic_kinds
from tests.connectors.contract import an_invoice, joined, opened, outcomes, settled
from tests.connectors.multivers.office import FIRST, Office, publish, small_sandbox
from tests.syncs import of_kind
from tests.world import World

BY_HAND = ("product", "hour_type", "employee")
DEBTOR = "90001"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("multivers", tmp_path) as made:
        yield made


def books(world):
    return world.sandbox.books(FIRST)


def customers(world):
    return world.sandbox.memory()["customers"]


def rule(world, **changes):
    """What the sheet leaves open is otherwise in this package."""
    world.sandbox.api.rules = replace(world.sandbox.api.rules, **changes)


def calls(world, path):
    return sum(path in call.path for call in world.sandbox.calls)


def lists(world):
    return [call.path.rpartition("/")[2] for call in world.sandbox.calls if "InfoList" in call.path]


async def test_kinds_that_are_read_by_hand_are_never_read_by_the_clock_and_are_when_somebody_asks(world):
    connection = await joined(world, import_kinds=list(connectors.get("multivers").kinds))
    assert automatic_kinds(connection) == ("relation", "order", "payment")
    for slot in ("slot-1", "slot-2"):
        await world.tick(connection, slot, kinds=None)
        await settled(world)
    assert {kind: len(of_kind(world.bus.messages, kind)) for kind in BY_HAND} == dict.fromkeys(BY_HAND, 0)
    assert not {"ProductInfoList", "HourTypeInfoList", "EmployeeInfoList"} & set(lists(world))
    await world.tick(connection, "by-hand", kinds=BY_HAND, reason="manual")
    await settled(world)
    assert all(of_kind(world.bus.messages, kind) for kind in BY_HAND)


async def test_a_sync_of_an_unchanged_administration_spares_the_package(world):
    connection = await joined(world)
    await world.tick(connection, "slot-1", kinds=None)
    await settled(world)
    before = len(world.sandbox.calls)
    await world.tick(connection, "slot-2", kinds=None)
    await settled(world)
    made = [call.path.partition(f"{FIRST}/")[2] for call in world.sandbox.calls[before:]]
    assert made == [
        "CustomerInfoList",
        "OrderInfoList/OpenOrders",
        "FiscalYearInfoList",
        "CustomerInvoiceInfoList/ByFiscalYear/2025/0",
        "CustomerInvoiceInfoList/ByFiscalYear/2026/0",
    ]


def told(world, kind):
    return [json.loads(one.body) for one in of_kind(world.bus.messages, kind) if one.body]


async def synced(world, connection, slot):
    before = len(world.bus.messages)
    await world.tick(connection, slot, kinds=None)
    await settled(world)
    return world.bus.messages[before:]


async def test_an_order_that_was_billed_since_arrives_as_a_change_and_not_as_a_deletion(world):
    connection = await joined(world)
    await synced(world, connection, "slot-1")
    id = told(world, "order")[0]["vendor_id"]
    world.sandbox.bill(FIRST, id)
    news = of_kind(await synced(world, connection, "slot-2"), "order")
    assert [(one.key.rpartition("|")[2], json.loads(one.body or b"")["record"]["status"]) for one in news] == [
        (id, "done")
    ]
    assert of_kind(await synced(world, connection, "slot-3"), "order") == []


async def test_many_orders_that_left_the_list_are_looked_up_a_few_at_a_time(world):
    connection = await joined(world, order_types=["invoice", "regular", "service"])
    for number in range(30):
        row = next(iter(books(world).tables[ORDERS].values()))
        books(world).add(ORDERS, {**row, "orderId": f"X{number}"})
    await synced(world, connection, "slot-1")
    for number in range(30):
        world.sandbox.bill(FIRST, f"X{number}")
    news = of_kind(await synced(world, connection, "slot-2"), "order")
    assert len(news) == 30
    assert len({message.key for message in news}) == 30


async def test_orders_of_other_types_are_left_out_until_the_user_chooses_them(world):
    connection = await joined(world)
    await synced(world, connection, "slot-1")
    kinds = {row["orderId"]: row["orderType"] for row in books(world).tables[ORDERS].values()}
    assert {kinds[event["vendor_id"]] for event in told(world, "order")} == {1, 2}
    await world.hub.connections.change_settings(connection.id, {"order_types": ["invoice"]})
    news = of_kind(await synced(world, connection, "slot-2"), "order")
    came = {one.key.rpartition("|")[2] for one in news if one.body}
    assert {kinds[id] for id in came} == {0}
    assert {one.headers["ce_reason"] for one in news if not one.body} == {"filtered"}


async def test_a_payment_is_about_the_invoice_that_was_sent_as_an_order(world):
    connection = await joined(world, invoice_document="processed_invoice_order")
    await publish(world, an_invoice(world, "F-1"))
    await synced(world, connection, "slot-1")
    (event,) = [one for one in told(world, "payment") if one["record"]["reference"] == "F-1"]
    (outcome,) = outcomes(world)
    assert (event["platform_id"], event["vendor_id"]) == ("row-F-1", outcome.vendor_number)
    assert event["vendor_id"] != outcome.vendor_id, "an invoice has another id than its order"


@pytest.mark.parametrize(
    ("paging", "doubt"), [(True, None), (False, "Multivers gave the same part of the list twice.")]
)
async def test_a_list_that_gives_the_same_part_twice_counts_as_incomplete(world, paging, doubt):
    connection = await joined(world)
    rule(world, paging=paging)
    first = next(iter(books(world).tables[CUSTOMERS]))
    async with world.hub.connect(connection, "import") as client:
        page = await client.customers(ReadFrom(json.dumps([250, first]), None))
    assert (page.doubt and page.doubt.partition(" Tell")[0], page.records, page.next) == (doubt, [], None)


async def test_lists_that_know_no_parts_are_read_at_once(tmp_path):
    async with opened("multivers", tmp_path, paged=True) as world:
        rule(world, paging=False)
        connection = await joined(world)
        await world.tick(connection, kinds=("relation",))
        await settled(world)
        assert len(told(world, "relation")) == 290
        assert calls(world, "CustomerInfoList") == 1


async def test_a_login_that_multivers_does_not_name_is_known_by_what_it_opens(tmp_path):
    async with opened("multivers", tmp_path) as world:
        from dataclasses import replace

        world.sandbox.api.rules = replace(world.sandbox.api.rules, session=False)
        login = await world.log_in()
        assert (login.user.id, login.user.name) == ("MVL00321+MVL00322", "Multivers")
        assert (await connect(world.hub, "acme", login, FIRST)).grant


async def test_fiscal_years_that_nobody_understands_are_asked_for_later():
    office = Office(small_sandbox())
    client = office.client()
    office.sandbox.fail_next(200, match="FiscalYearInfoList", body='[{"omschrijving": "2026"}]')
    with pytest.raises(TryLater):
        await client.sales_invoices(ReadFrom(None, None))
    office.sandbox.fail_next(200, match="CustomerInfoList", body='{"value": []}')
    with pytest.raises(TryLater):
        await client.customers(ReadFrom(None, None))


async def test_the_vat_of_a_code_is_that_of_the_day():
    client = Office(small_sandbox()).client()

    then, now = [await client.vat_codes_on(day) for day in (date(2018, 12, 31), date(2019, 1, 1))]
    assert (then["2"].percentage, now["2"].percentage) == (6, 9)


async def test_choices_come_with_their_titles(world):
    connection = await joined(world)
    declared = connectors.get("multivers")
    async with world.hub.connect(connection, "import") as client:
        found = {name: await read(client) for name, read in declared.reference.items()}
    shown = {name: (choices[0].code, choices[0].title) for name, choices in found.items()}
    assert shown == {
        "vat_codes": ("0", "Geen btw"),
        "journals": ("VRK", "Verkoopboek"),
        "payment_conditions": ("14", "14 dagen netto"),
        "cost_centres": ("100", "Service"),
        "vat_scenarios": ("6", "Binnenland"),
        "countries": ("NL", "Nederland"),
    }
    assert {one.code: one.extra["percentage"] for one in found["vat_codes"]}["2"] == "9"


def test_the_address_of_every_site_has_the_version_in_it():
    sites = connectors.get("multivers").auth.sites
    assert {url.format(version="221").rpartition("/")[2] for url in sites.values()} == {"V221"}


def test_the_sandbox_of_the_same_seed_is_the_same():
    one, other = (create(customers=6, products=9, orders=3, invoices=4).books(FIRST).tables for _ in range(2))
    assert one == other
