"""Malformed events, secrets, customers that come and go, and documents from before the start date."""

import json
from datetime import date
from typing import Any

import pytest

from shared import envelope, topics
from shared.document_events import wanted
from shared.envelope import Message
from shared.store import Store
from tests.factories import completed, make_customer
from tests.services.test_exporter import (
    ORDERS,
    VAT,
    an_order,
    customers,
    orders,
)
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


@pytest.mark.parametrize(
    ("headers", "body", "topic", "reason"),
    [
        ({"ce_tenant": ""}, None, topics.EVENTS_DEAD, "ce_tenant"),
        ({"ce_time": "yesterday"}, None, topics.EVENTS_DEAD, "ce_time"),
        ({"ce_tenant": "a\0b"}, None, topics.EVENTS_DEAD, "zero character"),
        ({}, b"{", topics.exports_dead("exact_online"), "not a readable workorder"),
        ({}, an_order(id="a\0b").model_dump_json().encode(), topics.exports_dead("exact_online"), "zero character"),
        ({}, b'{"id": "1"}', topics.exports_dead("exact_online"), "revision"),
        ({}, b"\xff\xfe", topics.exports_dead("exact_online"), "not a readable workorder"),
        ({}, None, topics.exports_dead("exact_online"), "not a readable workorder"),
    ],
)
async def test_a_malformed_event_is_a_dead_letter_with_the_reason_and_stops_nobody(
    world: World, headers: dict[str, str], body: bytes | None, topic: str, reason: str
) -> None:
    await world.connected(vat_codes=VAT)
    good = completed(an_order("WO-GOOD"))
    bad = completed(an_order("WO-BAD"))
    body = bad.body if headers else body
    await world.publish(Message(bad.topic, bad.key, {**bad.headers, **headers}, body), good)
    await world.quiet()
    (letter,) = world.bus.of(topic)
    assert reason in (letter.body or b"").decode()
    assert [order["YourRef"] for order in orders(world)] == ["WO-GOOD"]


async def test_no_secret_reaches_a_log_an_event_or_an_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    connection = await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", status=400, body="{}", when="before")
    await world.publish(completed(an_order()))
    await world.quiet()
    grant = await world.hub.grants.get(connection.grant)
    secrets = [*world.hub.keys.open(grant.sealed).split('"')[3::4], "demo-secret"]
    seen = [caplog.text, str(await world.hub.journal.read(connection.id)), str(await world.hub.entries.list({}))]
    seen += [f"{one.headers} {one.body!r}" for one in world.bus.messages]
    assert len(secrets) == 3
    for text in seen:
        assert not [secret for secret in secrets if secret in text]


async def test_the_customers_own_number_decides_which_relation_is_used(world: World) -> None:
    await world.connected(vat_codes=VAT)
    known = an_order(customer=make_customer(debtor_number="1", name="Sporthal"))
    await world.publish(completed(known))
    await world.quiet()
    assert customers(world) == []
    assert len(orders(world)) == 1


@pytest.mark.parametrize("filters", [{}, {"relation_types": ("S",)}], ids=["imported", "left out by the filters"])
async def test_a_customer_deleted_in_the_package_is_made_again_for_the_next_document(
    world: World, filters: dict[str, Any]
) -> None:
    connection = await world.connected(vat_codes=VAT, **filters)
    await world.publish(completed(an_order("WO-1")))
    await world.tick(connection, "slot-1")
    await world.quiet()
    (made,) = customers(world)
    world.sandbox.remove(900001, "crm/Accounts", made["ID"])  # type: ignore[attr-defined]
    await world.tick(connection, "slot-2")
    await world.quiet()
    await world.publish(completed(an_order("WO-2")))
    await world.quiet()
    assert [order["YourRef"] for order in orders(world)] == ["WO-1", "WO-2"]
    (new,) = customers(world)
    assert orders(world)[-1]["OrderedBy"] == new["ID"] != made["ID"]


async def test_hundreds_of_documents_from_before_the_start_date_are_left_out_at_once(world: World) -> None:
    connection = await world.connected(vat_codes=VAT, exports_from=None)
    old = [completed(an_order(f"WO-{n}", work_date=date(2026, 1, 1))) for n in range(250)]
    await world.publish(*old, completed(an_order("WO-NEW")))
    await world.hub.connections.start_exports(connection.id, date(2026, 11, 1))
    await world.quiet()
    assert [order["YourRef"] for order in orders(world)] == ["WO-NEW"]
    assert len(await world.hub.entries.list({"state": "skipped"}, limit=1000)) == 250


async def test_a_field_the_contract_gains_later_does_not_make_a_replayed_event_look_changed(world: World) -> None:
    message = completed(an_order())
    said = {name: value for name, value in json.loads(message.body or b"").items() if value is not None}
    found = wanted(envelope.WORKORDER_COMPLETED, json.dumps(said).encode(), "Europe/Amsterdam")
    assert set(found.body) == set(said)
