"""A refusal is not always the truth: what is in the package by then is looked up before anything is sent again."""

import json
from decimal import Decimal

import pytest

from shared.store import Store
from shared.store.collections import STEPS
from tests.factories import completed
from tests.services.test_exporter import ORDERS, VAT, a_line, an_order, entry_of, orders, send_again
from tests.world import World, make_world

REFUSAL = json.dumps({"error": {"code": "", "message": {"lang": "", "value": "Periode afgesloten"}}})


@pytest.fixture
async def world(store: Store) -> World:
    made = make_world(store, settings={"request_timeout": 0.1})
    await made.connected(vat_codes=VAT)
    return made


async def test_a_refused_document_is_not_taken_for_the_one_another_document_made_under_its_number(world: World) -> None:
    await world.publish(completed(an_order("WO-1", id="first")))
    await world.quiet()
    world.sandbox.fail_next(500, body=REFUSAL, match=ORDERS, method="POST")
    await world.publish(completed(an_order("WO-1", id="second")))
    await world.quiet()
    assert len(orders(world)) == 1
    assert (await world.hub.entries.list({"document": "second"}))[0].state == "refused"


async def test_a_refused_write_that_shows_up_later_is_not_made_again_when_somebody_asks(world: World) -> None:
    world.sandbox.lag(queries=1)
    world.sandbox.fail_next(500, body=REFUSAL, match=ORDERS, method="POST", when="after")
    await world.publish(completed(an_order()))
    await world.quiet()
    assert (await entry_of(world)).state == "refused"
    await world.publish(send_again(await entry_of(world)))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"
    assert len(orders(world)) == 1


async def test_a_newer_revision_of_a_refused_write_that_shows_up_later_makes_no_second_document(world: World) -> None:
    world.sandbox.lag(queries=1)
    world.sandbox.fail_next(500, body=REFUSAL, match=ORDERS, method="POST", when="after")
    await world.publish(completed(an_order()))
    await world.quiet()
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await world.quiet()
    assert len(orders(world)) == 1
    assert "completed again (revision 2)" in ((await entry_of(world)).reason or "")


async def test_what_was_typed_in_by_hand_after_a_refusal_is_not_made_once_more(world: World) -> None:
    world.sandbox.fail_next(400, body=REFUSAL, match=ORDERS, method="POST")
    await world.publish(completed(an_order("WO-1", id="ours")))
    await world.quiet()
    await world.publish(completed(an_order("WO-1", id="by-hand", materials=(a_line(quantity=Decimal(9)),))))
    await world.quiet()
    await world.store.delete_many(STEPS, [row["id"] for row in await world.store.find(STEPS, {"state": "confirmed"})])
    (refused,) = await world.hub.entries.list({"document": "ours"})
    await world.publish(send_again(refused))
    await world.quiet()
    assert len(orders(world)) == 1
    assert (await world.hub.entries.list({"document": "ours"}))[0].state == "unsure"
