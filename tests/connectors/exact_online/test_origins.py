"""What is written back to the order that work came from, and what is delivered of what was used."""

from decimal import Decimal

import pytest

from shared.connectors.exact_online.sandbox.kinds import ASSEMBLY_ORDERS, ITEMS, ORDER_LINES, ORDERS, SHOP_ORDERS
from shared.preview import preview_export
from shared.schemas.documents import MaterialLine, OrderRef
from tests.connectors.contract import NUMBER, Exporting, an_order, entry_of, in_books, opened, settled

COMPLETED = "/salesorder/CompleteSalesOrder|/inventory/FinishAssemblyOrder"


@pytest.fixture
async def exporting(tmp_path):
    async with opened("exact_online", tmp_path) as world:
        yield Exporting(world, "workorder", "project_booking")


def division(world):
    return world.sandbox.division(900001)


def stocked_line(world, quantity="2"):
    """An open sales order with a line of which stock is kept: the order and the line."""
    books = division(world)
    for order in books.tables[ORDERS].after():
        for line in books.tables[ORDER_LINES].lines_of(order["OrderID"]) if order["Status"] in {12, 20} else ():
            if books.tables[ITEMS].rows[line["Item"]].get("IsStockItem") and line["Quantity"] >= Decimal(quantity):
                return order, line
    raise AssertionError("the books have no such order")


def work_on(world, order_id, **changes):
    ref = OrderRef(connector="exact_online", administration="900001", vendor_id=order_id)
    return an_order(world, order=ref, **changes)


def used(line, quantity="2"):
    return (MaterialLine(code=line["ItemCode"], quantity=Decimal(quantity), unit_price=Decimal(5), vat_percentage=21),)


def deliveries(world):
    return world.sandbox.memory()["goods_deliveries"]


def status(world, order):
    return division(world).tables[ORDERS].rows[order["OrderID"]]["Status"]


async def warnings(world, connection):
    lines = await world.hub.journal.read(connection.id, limit=100)
    return [line["text"] for line in lines if line["event"] == "document.warning"]


@pytest.mark.parametrize("export", ["project_booking", "sales_order", "sales_invoice", "processed_invoice"])
async def test_by_default_nothing_is_delivered_or_completed(tmp_path, export):
    async with opened("exact_online", tmp_path) as world:
        exporting = Exporting(world, "workorder", export)
        order, line = stocked_line(world)
        before = status(world, order)
        await exporting.connected()
        await exporting.publish(work_on(world, order["OrderID"], materials=used(line)))
        assert (in_books(world), deliveries(world), status(world, order)) == ([NUMBER], [], before)


@pytest.mark.parametrize("export", ["project_booking", "sales_order", "sales_invoice", "processed_invoice"])
async def test_the_order_is_completed_once_the_work_is_in_the_books(tmp_path, export):
    async with opened("exact_online", tmp_path) as world:
        exporting = Exporting(world, "workorder", export)
        order, _ = stocked_line(world)
        connection = await exporting.connected(complete_orders=True)
        for _ in range(2):
            await exporting.publish(work_on(world, order["OrderID"]))
        assert (in_books(world), status(world, order)) == ([NUMBER], 21)
        assert await warnings(world, connection) == []


async def test_an_assembly_order_is_finished_for_what_was_still_to_be_made(exporting):
    world = exporting.world
    row = next(one for one in division(world).tables[ASSEMBLY_ORDERS].after() if one["PlannedQuantity"] > 1)
    division(world).save(ASSEMBLY_ORDERS, row | {"FinishedQuantity": Decimal(1), "OrderStatus": 30})
    await exporting.connected(complete_orders=True)
    await exporting.publish(work_on(world, row["ID"]))
    after = division(world).tables[ASSEMBLY_ORDERS].rows[row["ID"]]
    assert (after["OrderStatus"], after["FinishedQuantity"]) == (50, row["PlannedQuantity"])


async def test_a_shop_order_and_one_that_is_gone_are_said_and_the_document_stays(exporting):
    world = exporting.world
    shop = next(division(world).tables[SHOP_ORDERS].after())
    connection = await exporting.connected(complete_orders=True)
    gone = "00000000-0000-4000-8000-00000000dead"
    await exporting.publish(work_on(world, shop["ID"]), work_on(world, gone, number="WO-2", id="row-2"))
    assert in_books(world) == ["WO-2", NUMBER]
    told = " ".join(await warnings(world, connection))
    assert "shop order" in told
    assert "is not in Exact Online any more" in told
    assert {(await entry_of(world, number)).state for number in (NUMBER, "WO-2")} == {"confirmed"}


@pytest.mark.parametrize(
    "ref",
    [
        {"connector": "billit"},
        {"administration": "900002"},
    ],
)
async def test_an_order_of_elsewhere_is_not_touched(exporting, ref):
    world = exporting.world
    order, _ = stocked_line(world)
    before = status(world, order)
    await exporting.connected(complete_orders=True)
    own = work_on(world, order["OrderID"])
    await exporting.publish(own.model_copy(update={"order": own.order.model_copy(update=ref)}))
    assert (in_books(world), status(world, order)) == ([NUMBER], before)


async def test_what_was_used_is_delivered_on_the_order_it_came_from_and_then_that_is_completed(exporting):
    world = exporting.world
    order, line = stocked_line(world)
    connection = await exporting.connected(deliver_materials=True, complete_orders=True)
    for _ in range(2):
        await exporting.publish(work_on(world, order["OrderID"], materials=used(line)))
    (delivery,) = deliveries(world)
    assert [(one["SalesOrderLineID"], one["QuantityDelivered"]) for one in delivery["GoodsDeliveryLines"]] == [
        (line["ID"], 2)
    ]
    assert status(world, order) == 21
    assert await warnings(world, connection) == []


async def test_no_more_is_delivered_than_was_ordered_and_nothing_without_stock(exporting):
    world = exporting.world
    order, line = stocked_line(world)
    await exporting.connected(deliver_materials=True)
    both = (*used(line, "1000"), *exporting.document().materials)
    await exporting.publish(work_on(world, order["OrderID"], materials=both))
    (delivery,) = deliveries(world)
    quantities = [one["QuantityDelivered"] for one in delivery["GoodsDeliveryLines"]]
    ordered = [one["Quantity"] for one in division(world).tables[ORDER_LINES].lines_of(order["OrderID"])
               if one["ItemCode"] == line["ItemCode"]]  # fmt: skip
    assert quantities == ordered


async def test_materials_without_stock_make_no_delivery_and_no_warning(tmp_path):
    async with opened("exact_online", tmp_path) as world:
        exporting = Exporting(world, "workorder", "sales_order")
        connection = await exporting.connected(deliver_materials=True)
        await exporting.publish(exporting.document())
        assert (in_books(world), deliveries(world), await warnings(world, connection)) == ([NUMBER], [], [])


async def test_the_stock_on_a_new_sales_order_is_delivered_on_that_one(tmp_path):
    async with opened("exact_online", tmp_path) as world:
        exporting = Exporting(world, "workorder", "sales_order")
        _, line = stocked_line(world)
        await exporting.connected(deliver_materials=True)
        await exporting.publish(exporting.document(materials=used(line)))
        (delivery,) = deliveries(world)
        (made,) = world.sandbox.memory()["sales_orders"]
        assert delivery["GoodsDeliveryLines"][0]["SalesOrderLineID"] in {one["ID"] for one in made["SalesOrderLines"]}


@pytest.mark.parametrize("calls", ["/salesorder/GoodsDeliveries", COMPLETED])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_delivers_and_completes_once(exporting, calls, when):
    world = exporting.world
    order, line = stocked_line(world)
    connection = await exporting.connected(deliver_materials=True, complete_orders=True)
    world.sandbox.fail_next(match=calls, method="POST", kind="cut", when=when)
    await exporting.publish(work_on(world, order["OrderID"], materials=used(line)))
    assert (len(deliveries(world)), status(world, order)) == (1, 21)
    assert await warnings(world, connection) == []


async def test_an_order_stays_open_when_its_materials_could_not_be_delivered(exporting):
    world = exporting.world
    order, line = stocked_line(world)
    before = status(world, order)
    connection = await exporting.connected(deliver_materials=True, complete_orders=True)
    told = world.scenario.refusal("Voorraad is ontoereikend")
    world.sandbox.script(told.model_copy(update={"match": "/salesorder/GoodsDeliveries", "method": "POST"}))
    await exporting.publish(work_on(world, order["OrderID"], materials=used(line)))
    assert (in_books(world), deliveries(world), status(world, order)) == ([NUMBER], [], before)
    assert "Voorraad is ontoereikend" in " ".join(await warnings(world, connection))


async def test_a_refusal_in_a_successful_answer_is_a_refusal(exporting):
    world = exporting.world
    order, _ = stocked_line(world)
    connection = await exporting.connected(complete_orders=True)
    body = '{"d": {"OrderID": "x", "ErrorMessage": "Order is geblokkeerd"}}'
    world.sandbox.fail_next(status=201, match=COMPLETED, method="POST", when="before", body=body)
    await exporting.publish(work_on(world, order["OrderID"]))
    assert "Order is geblokkeerd" in " ".join(await warnings(world, connection))


async def test_a_preview_shows_what_can_be_known_before(exporting):
    world = exporting.world
    order, line = stocked_line(world)
    connection = await exporting.connected(deliver_materials=True, complete_orders=True)
    document = work_on(world, order["OrderID"], materials=used(line), hours=())
    shown = [request.path.rpartition("/")[2] async for request in preview_export(world.hub, connection, document)]
    assert shown == ["Accounts", "CostTransactions", "GoodsDeliveries", "CompleteSalesOrder"]
    await settled(world)
    assert in_books(world) == []
