"""Which order a work order goes into: the one it was made of, a new one, or none; and the invoice beside it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.connectors.multivers.sandbox.store import ORDERS
from shared.schemas.documents import HoursLine, MaterialLine
from tests.connectors.contract import an_invoice, an_order, entry_of, in_books, joined, opened, outcomes
from tests.connectors.multivers.office import (
    FIRST,
    SECOND,
    Line,
    an_order_of_the_office,
    of_order,
    publish,
)
from tests.world import World

NUMBER = "WO-2026-0001"
MARK = f"[Werkbon {NUMBER}]"
PIPE = "KOP-10000"
USED = (MaterialLine(code="VOORRIJ", quantity=2, unit_price="42.50"),)
WORKED = (HoursLine(date="2026-11-20", minutes=90, hour_type="UUR-MONT", unit_price="62.50"),)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("multivers", tmp_path) as made:
        made.hub.transports["multivers"] = Line(made.sandbox)
        yield made


def done_on(world, id, number=NUMBER, **changes):
    """The work that was done on that order of the office."""
    work = {"materials": USED, "hours": WORKED, "short_description": "", **changes}
    return an_order(world, number, order=of_order(id), **work)


def the_order(world, id):
    return world.sandbox.books(FIRST).tables[ORDERS][id]


def writes(world):
    return [call.method for call in world.sandbox.calls if "/Order" in call.path and call.method in {"POST", "PUT"}]


async def test_an_order_of_another_package_with_the_same_id_is_never_touched(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    stranger = of_order(id, connector="exact_online")
    await publish(world, an_order(world, order=stranger, materials=USED, hours=WORKED))
    assert (len(the_order(world, id)["orderLines"]), in_books(world)) == (1, [NUMBER])


async def test_an_order_of_another_administration_with_the_same_id_is_never_touched(world):
    here = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    there = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"), administration=SECOND)
    assert here == there, "ids repeat"
    await joined(world)
    stranger = of_order(there, administration=SECOND)
    await publish(world, an_order(world, order=stranger, materials=USED, hours=WORKED))
    assert (len(the_order(world, here)["orderLines"]), in_books(world)) == (1, [NUMBER])


async def test_without_a_link_an_order_is_made_only_if_the_user_allows_it(world):
    connection = await joined(world, create_orders=False)
    await publish(world, an_order(world))
    waiting = await entry_of(world)
    assert (waiting.state, waiting.waits_for, in_books(world)) == ("waiting", "create_orders", [])
    await world.hub.connections.change_settings(connection.id, {"create_orders": True})
    await publish(world)
    assert in_books(world) == [NUMBER]


async def test_post_calculation_and_the_invoice_of_the_same_work_both_go_out_and_no_second_invoice(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    order = done_on(world, id)
    await publish(
        world,
        order,
        an_invoice(world, "F-1", work_order=order.id),
        an_invoice(world, "F-2", work_order=order.id),
    )
    assert in_books(world) == ["F-1"]
    assert len(the_order(world, id)["orderLines"]) == 3
    assert {one.number: one.result for one in outcomes(world)} == {
        NUMBER: "exported",
        "F-1": "exported",
        "F-2": "skipped",
    }


async def test_an_order_that_came_from_the_platform_names_its_work_order_when_it_is_imported(world):
    connection = await joined(world)
    await publish(world, an_order(world))
    await world.tick(connection, kinds=("order",))
    await publish(world)
    entry = await entry_of(world)
    told = {event["vendor_id"]: event["platform_id"] for event in _orders(world)}
    assert told[entry.vendor_id] == entry.document


def _orders(world):
    return [json.loads(one.body) for one in world.bus.of("entities.order") if one.body]
