"""What the field works on, as it reaches the platform: each record under one key, whatever happens to it in Exact."""

import json
from decimal import Decimal

import pytest

from shared import topics
from shared.connectors.exact_online import imports_pro
from shared.connectors.exact_online.models_pro import AnyOrder
from shared.connectors.exact_online.sandbox.kinds import (
    ASSEMBLY_ORDERS,
    DELIVERIES,
    ORDER_LINES,
    ORDERS,
    QUOTATION_LINES,
    SHOP_ORDERS,
)
from shared.connectors.exact_online.settings import Settings
from shared.schemas.documents import OrderRef
from tests.connectors.contract import NUMBER, an_order, event_of, in_books, opened, settled, sync_again, synced

ORDER_KINDS = ["order", "quotation", "goods_delivery"]


@pytest.fixture
async def world(tmp_path):
    async with opened("exact_online", tmp_path) as made:
        yield made


def division(world):
    return world.sandbox.division(900001)


def an_open_order(world):
    return next(row for row in division(world).tables[ORDERS].after() if row["Status"] == 12)


def ids(messages):
    return [message.key.rpartition("|")[2] for message in messages]


def present(world, kind="order"):
    """What a consumer sees of a kind: the newest message of each key, without those that were removed."""
    newest = {message.key: message.body for message in world.bus.of(topics.entities(kind))}
    return {key.rpartition("|")[2]: json.loads(body)["record"] for key, body in newest.items() if body}


async def test_an_order_changed_after_its_work_order_exists_is_a_change_and_no_second_order(world):
    connection = await synced(world, work_order_document="sales_invoice")
    order = an_open_order(world)
    ref = OrderRef(connector="exact_online", administration="900001", vendor_id=order["OrderID"])
    before = len(present(world))
    await world.publish(event_of(an_order(world, order=ref)))
    await settled(world)
    world.sandbox.change(900001, ORDERS, order["OrderID"], Description="Nog een radiator erbij")
    (message,) = [one for one in await sync_again(world, connection) if one.topic == topics.entities("order")]
    assert (ids([message]), len(present(world))) == ([order["OrderID"]], before)
    assert present(world)[order["OrderID"]]["description"] == "Nog een radiator erbij"
    assert in_books(world) == [NUMBER]


async def test_a_sales_order_that_we_made_comes_back_as_the_work_order_it_is(world):
    connection = await synced(world)
    await world.publish(event_of(work := an_order(world)))
    await settled(world)
    (made,) = world.sandbox.memory()["sales_orders"]
    messages = [one for one in await sync_again(world, connection) if one.topic == topics.entities("order")]
    events = {event["vendor_id"]: event["platform_id"] for event in (json.loads(one.body) for one in messages)}
    assert events == {made["OrderID"]: work.id}


@pytest.mark.parametrize(("kind", "lines"), [("order", ORDER_LINES), ("quotation", QUOTATION_LINES)])
async def test_a_line_that_changes_without_its_header_is_met(world, kind, lines):
    connection = await synced(world)
    header = next(iter(present(world, kind)))
    line = next(row for row in division(world).tables[lines].after() if header in row.values())
    world.sandbox.change(900001, lines, line["ID"], Quantity=77)
    (message,) = await sync_again(world, connection)
    assert ids([message]) == [header]
    assert "77" in [one["quantity"] for one in present(world, kind)[header]["lines"]]
    assert await sync_again(world, connection, "slot-3") == []


async def test_a_line_that_is_deleted_without_its_header_is_met(world):
    connection = await synced(world)
    order = an_open_order(world)
    line = division(world).tables[ORDER_LINES].lines_of(order["OrderID"])[0]
    division(world).drop(ORDER_LINES, line["ID"], entity_type=33, by="somebody")
    (message,) = await sync_again(world, connection)
    assert ids([message]) == [order["OrderID"]]
    assert len(present(world)[order["OrderID"]]["lines"]) == 1


async def test_an_order_that_is_completed_leaves_the_list_as_filtered_and_not_as_deleted(world):
    connection = await synced(world)
    order = an_open_order(world)
    division(world).save(ORDERS, order | {"Status": 21})
    (message,) = await sync_again(world, connection)
    assert (ids([message]), message.body, message.headers["ce_reason"]) == ([order["OrderID"]], None, "filtered")


async def test_with_all_statuses_it_stays_and_says_that_it_is_done(world):
    connection = await synced(world, order_statuses=[])
    order = an_open_order(world)
    division(world).save(ORDERS, order | {"Status": 21})
    await sync_again(world, connection)
    assert present(world)[order["OrderID"]]["status"] == "done"


async def test_other_statuses_or_kinds_chosen_bring_and_remove_what_they_mean(world):
    connection = await synced(world)
    for settings in ({"order_statuses": ["done"]}, {"order_statuses": [], "order_types": ["shop_order"]}):
        await world.hub.connections.change_settings(connection.id, settings)
        await sync_again(world, connection, f"slot-{settings}")
    assert {order["order_type"] for order in present(world).values()} == {"shop_order"}
    assert len(present(world)) == len(division(world).tables[SHOP_ORDERS].rows)


async def test_orders_of_all_kinds_are_read_and_say_what_they_are(world):
    await synced(world)
    assert {order["order_type"] for order in present(world).values()} == {
        "sales_order",
        "shop_order",
        "assembly_order",
    }


async def test_an_assembly_order_that_moves_on_arrives_though_exact_has_no_stream_for_it(world):
    connection = await synced(world)
    row = next(division(world).tables[ASSEMBLY_ORDERS].after())
    division(world).save(ASSEMBLY_ORDERS, row | {"PlannedQuantity": Decimal(9)})
    (message,) = await sync_again(world, connection)
    assert ids([message]) == [row["ID"]]
    assert await sync_again(world, connection, "slot-3") == []


async def test_an_edition_without_production_reads_its_sales_orders_and_is_told_once(world):
    world.sandbox.fail_next(403, match="/Manufacturing/ShopOrders", times=3)
    connection = await synced(world)
    kinds = {order["order_type"] for order in present(world).values()}
    assert kinds == {"sales_order", "assembly_order"}
    for slot in ("slot-2", "slot-3"):
        await sync_again(world, connection, slot)
    told = [line for line in await world.hub.journal.read(connection.id, limit=100) if "incomplete" in line["text"]]
    assert [line["text"] for line in told] == [
        "Orders of Exact Online may be incomplete, so none was removed: Shop orders are closed to this login."
    ]


async def test_a_login_that_may_read_no_orders_at_all_fails_that_kind_with_a_sentence(world):
    for resource in ("SalesOrder/SalesOrder", "Manufacturing/ShopOrders", "inventory/AssemblyOrders"):
        world.sandbox.fail_next(403, match=resource, times=9)
    connection = await synced(world)
    lines = await world.hub.journal.read(connection.id, limit=100)
    (told,) = [line["text"] for line in lines if line["event"] == "sync.failed"]
    assert told.startswith("Orders could not be read from Exact Online: Exact Online does not allow this.")
    assert present(world) == {}
    assert present(world, "quotation")


@pytest.mark.parametrize("kind", ORDER_KINDS)
async def test_a_document_that_is_gone_between_two_calls_is_no_obstacle(world, kind):
    """The stream tells of it, and by the time it is asked for somebody has deleted it."""
    await synced(world)
    whole = {"order": "/salesorder/SalesOrders", "quotation": "/crm/Quotations", "goods_delivery": "/GoodsDeliveries"}
    connection = await world.hub.connections.live("exact_online", ["acme"])
    table = {"order": ORDERS, "quotation": "crm/Quotations", "goods_delivery": DELIVERIES}[kind]
    id = next(iter(present(world, kind)))
    world.sandbox.change(900001, table, id, Description="Changed, then gone")
    world.sandbox.fail_next(200, match=f"{whole[kind]}\\?", when="before", body='{"d": []}', times=1, method="GET")
    assert await sync_again(world, connection["acme"]) == []


def test_a_status_that_nobody_knows_is_not_guessed():
    row = {"OrderID": "o", "OrderDate": "2026-11-20", "Status": 99}
    with pytest.raises(KeyError):
        imports_pro.order(AnyOrder.model_validate({"ID": "o", "sales": row}), Settings())


def test_a_discount_of_a_fraction_is_published_as_a_percentage():
    line = {"ID": "l", "Quantity": "1", "UnitPrice": "10", "Discount": "0.055"}
    row = {"OrderID": "o", "OrderDate": "2026-11-20", "Status": 12, "SalesOrderLines": {"results": [line]}}
    order = imports_pro.order(AnyOrder.model_validate({"ID": "o", "sales": row}), Settings())
    assert order.lines[0].discount_percentage == Decimal("5.5")
