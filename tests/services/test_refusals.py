"""A refusal is not always the truth: what is in the package by then is looked up before anything is sent again."""

import json

import pytest

from shared.store import Store
from tests.factories import completed
from tests.services.test_exporter import ORDERS, VAT, an_order, orders
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
