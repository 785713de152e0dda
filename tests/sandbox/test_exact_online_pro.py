"""The pretend Exact Online's larger editions: what the field works on, what it books, and what ends an order."""

from decimal import Decimal

import pytest

from shared.connectors.exact_online.sandbox import create
from shared.sandbox import SandboxClock
from tests.sandbox.conftest import START, order, rows, stored
from tests.sandbox.conftest import line as order_line


@pytest.fixture
def exact():
    return create(accounts=130, items=100, orders=6, clock=SandboxClock(lambda: START), minutely_limit=10_000)


async def first(http, resource, **query):
    return (await rows(http, resource, **query))[0]


@pytest.mark.parametrize(
    ("resource", "lines"),
    [
        ("salesorder/SalesOrders", "SalesOrderLines"),
        ("crm/Quotations", "QuotationLines"),
        ("salesorder/GoodsDeliveries", "GoodsDeliveryLines"),
    ],
)
async def test_a_document_is_read_with_its_lines(http, resource, lines):
    row = await first(http, resource, expand=lines)
    assert row[lines]["results"]


async def test_hours_need_a_project_or_a_relation_and_an_hour_item(http):
    hour = await first(http, "logistics/Items", filter="Code eq 'UUR-MONT'")
    other = await first(http, "logistics/Items", filter="Code eq 'ARB-VOORRIJ'")
    project = await first(http, "project/Projects")
    answer = await http.post("project/TimeTransactions", json={"Item": hour["ID"], "Quantity": 2})
    assert answer.status_code == 400
    body = {"Item": other["ID"], "Quantity": 2, "Project": project["ID"]}
    assert (await http.post("project/TimeTransactions", json=body)).status_code == 500
    made = (await http.post("project/TimeTransactions", json=body | {"Item": hour["ID"]})).json()["d"]
    assert (made["HourStatus"], Decimal(str(made["AmountFC"]))) == (1, Decimal("125.00"))


async def test_the_price_of_costs_can_be_chosen_and_that_of_hours_cannot(http):
    hour = await first(http, "logistics/Items", filter="Code eq 'UUR-MONT'")
    project = await first(http, "project/Projects")
    body = {"Item": hour["ID"], "Quantity": 1, "Project": project["ID"], "PriceFC": 9.5}
    prices = {}
    for resource in ("project/TimeTransactions", "project/CostTransactions"):
        prices[resource] = Decimal(str((await http.post(resource, json=body)).json()["d"]["PriceFC"]))
    assert prices == {"project/TimeTransactions": Decimal("62.5"), "project/CostTransactions": Decimal("9.5")}


async def test_a_delivery_tells_its_order_what_was_delivered(http):
    made = await order(http, await order_line(http, Quantity=3))
    line = await first(http, "salesorder/SalesOrderLines", filter=f"OrderID eq guid'{made['OrderID']}'")
    body = {
        "DeliveryDate": "2026-11-20",
        "GoodsDeliveryLines": [{"SalesOrderLineID": line["ID"], "QuantityDelivered": 3}],
    }
    answer = await http.post("salesorder/GoodsDeliveries", json=body)
    assert answer.status_code == 201
    after = await stored(http, "salesorder/SalesOrders", made["OrderID"])
    assert (after["DeliveryStatus"], after["Status"]) == (21, 20)


async def test_an_order_is_completed_once_and_then_neither_changed_nor_delivered(http):
    made = await order(http)
    line = await first(http, "salesorder/SalesOrderLines", filter=f"OrderID eq guid'{made['OrderID']}'")
    done = {"OrderID": made["OrderID"]}
    assert (await http.post("salesorder/CompleteSalesOrder", json=done)).status_code == 201
    assert (await stored(http, "salesorder/SalesOrders", made["OrderID"]))["Status"] == 21
    assert (await http.post("salesorder/CompleteSalesOrder", json=done)).status_code == 500
    body = {
        "DeliveryDate": "2026-11-20",
        "GoodsDeliveryLines": [{"SalesOrderLineID": line["ID"], "QuantityDelivered": 1}],
    }
    assert (await http.post("salesorder/GoodsDeliveries", json=body)).status_code == 500


async def test_an_assembly_order_is_finished_by_quantity_and_no_further(http):
    row = await first(http, "inventory/AssemblyOrders", filter="PlannedQuantity eq 2")
    half = {"AssemblyOrder": row["ID"], "FinishOrderQuantity": 1}
    for status in (30, 50):
        assert (await http.post("inventory/FinishAssemblyOrder", json=half)).status_code == 201
        assert (await stored(http, "inventory/AssemblyOrders", row["ID"]))["OrderStatus"] == status
    assert (await http.post("inventory/FinishAssemblyOrder", json=half)).status_code == 500


async def test_prices_are_listed_only_with_a_select(http):
    assert (await http.get("logistics/SalesItemPrices")).status_code == 400
    found = await rows(http, "logistics/SalesItemPrices", select="ID,Account")
    assert {row["Account"] is None for row in found} == {True, False}
