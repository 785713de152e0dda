"""What the user chose for work orders, from the settings to Exact's books."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from shared.connectors.exact_online.sandbox.kinds import GL_ACCOUNTS, ITEM_GROUPS, WAREHOUSES
from shared.schemas.documents import MaterialLine
from tests.connectors.contract import NUMBER, an_order, entry_of, in_books, joined, opened, settled
from tests.factories import completed
from tests.world import World

DIVISION = 900001
REVENUE = 110
"""`GLAccounts.Type` of revenue."""
NEW = MaterialLine(
    code="NIEUW-1", description="Nieuw artikel", quantity=Decimal(2), unit_price=Decimal("42.50"), vat_percentage=21
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        yield made


async def _publish(world, *orders):
    await world.publish(*map(completed, orders or (an_order(world),)))
    await settled(world)


def _id(world, table, code):
    return world.sandbox.division(DIVISION).by_code(table, code)["ID"]


async def test_a_customer_that_may_not_be_made_makes_the_document_wait_until_it_may(world):
    connection = await joined(world, create_relations=False)
    await _publish(world)
    waiting = await entry_of(world)
    assert (waiting.state, waiting.waits_for, world.sandbox.memory()["accounts"]) == ("waiting", "create_relations", [])
    await world.hub.connections.change_settings(connection.id, {"create_relations": True})
    await settled(world)
    assert in_books(world) == [NUMBER]


async def test_a_customer_that_is_there_needs_no_leave(world):
    await joined(world)
    await _publish(world)
    connection = (await world.hub.connections.all())[0]
    await world.hub.connections.change_settings(connection.id, {"create_relations": False})
    await _publish(world, an_order(world, "WO-2"))
    assert in_books(world) == ["WO-2", NUMBER]


@pytest.mark.parametrize("kind", ["sales_order", "sales_invoice"])
@pytest.mark.parametrize(("chosen", "group"), [("SAN", "SAN"), (None, None)])
async def test_an_unknown_material_is_made_once_and_used_by_all(world, kind, chosen, group):
    await joined(world, work_order_document=kind, create_products=True, new_product_category=chosen)
    await _publish(world, *(an_order(world, number, materials=(NEW,)) for number in (NUMBER, "WO-2")))
    (item,) = world.sandbox.memory()["items"]
    groups = world.sandbox.division(DIVISION).tables[ITEM_GROUPS].rows.values()
    default = next(row["ID"] for row in groups if row["IsDefault"])
    assert (item["Code"], item["SalesVatCode"]) == ("NIEUW-1", "4")
    assert (item["IsSalesItem"], item["IsStockItem"]) == (True, False)
    assert item["ItemGroup"] == (_id(world, ITEM_GROUPS, group) if group else default)
    lines = [row[f"{'SalesOrder' if kind == 'sales_order' else 'SalesInvoice'}Lines"] for row in _made(world, kind)]
    assert [found[0]["Item"] for found in lines] == [item["ID"]] * 2
    assert (await entry_of(world)).difference is None


def _made(world, kind):
    return world.sandbox.memory()[f"{kind}s"]


async def test_a_lost_answer_makes_an_item_once(world):
    await joined(world, create_products=True)
    world.sandbox.fail_next(kind="cut", when="after", match="/logistics/Items", method="POST")
    await _publish(world, an_order(world, materials=(NEW,)))
    assert (len(world.sandbox.memory()["items"]), in_books(world)) == (1, [NUMBER])


async def test_an_order_is_taken_from_the_warehouse_with_that_code(world):
    await joined(world, warehouse="2", cost_centre="SERV", cost_unit="CV")
    await _publish(world)
    (made,) = _made(world, "sales_order")
    assert made["WarehouseID"] == _id(world, WAREHOUSES, "2")
    assert {(line["CostCenter"], line["CostUnit"]) for line in made["SalesOrderLines"]} == {("SERV", "CV")}


async def test_an_invoice_line_is_booked_on_the_ledger_with_that_code(world):
    ledgers = world.sandbox.division(DIVISION).tables[GL_ACCOUNTS].rows.values()
    codes = [row["Code"] for row in ledgers if row["Type"] == REVENUE]
    await joined(world, work_order_document="sales_invoice", warehouse="2")
    await _publish(world, an_order(world, materials=[_booked_on(world, code) for code in codes], hours=()))
    (made,) = _made(world, "sales_invoice")
    assert [line["GLAccount"] for line in made["SalesInvoiceLines"]] == [
        _id(world, GL_ACCOUNTS, code) for code in codes
    ]
    assert len(codes) > 1
    assert made.get("Warehouse") is None


async def test_the_chosen_ledger_does_not_replace_that_of_an_item_group(world):
    item = world.sandbox.division(DIVISION).by_code("logistics/Items", an_order(world).materials[0].code)
    group = world.sandbox.division(DIVISION).tables[ITEM_GROUPS].rows[item["ItemGroup"]]
    ledgers = world.sandbox.division(DIVISION).tables[GL_ACCOUNTS].rows.values()
    other = next(row["Code"] for row in ledgers if row["Type"] == REVENUE and row["ID"] != group["GLRevenue"])
    world.sandbox.change(DIVISION, "logistics/Items", item["ID"], GLRevenue=None)
    await joined(world, work_order_document="sales_invoice", ledger=other)
    await _publish(world, an_order(world, hours=()))
    (made,) = _made(world, "sales_invoice")
    assert [line["GLAccount"] for line in made["SalesInvoiceLines"]] == [group["GLRevenue"]]


@pytest.mark.parametrize(("price", "warned"), [(None, True), (Decimal("12.50"), False)])
async def test_a_material_that_has_no_price_anywhere_is_pointed_out(world, price, warned):
    """Exact takes zero, and says nothing."""
    material = an_order(world).materials[0]
    item = world.sandbox.division(DIVISION).by_code("logistics/Items", material.code)
    world.sandbox.change(DIVISION, "logistics/Items", item["ID"], StandardSalesPrice=price)
    connection = await joined(world)
    await _publish(world, an_order(world, materials=[material.model_copy(update={"unit_price": None})], hours=()))
    told = [line["text"] for line in await world.hub.journal.read(connection.id)]
    sentence = f"Item {material.code} has no price on the work order and no standard price in Exact Online."
    assert any(text.startswith(sentence) for text in told) is warned


def _booked_on(world, ledger):
    return an_order(world).materials[0].model_copy(update={"ledger": ledger})


async def test_a_warehouse_that_is_not_there_makes_the_document_wait(world):
    await joined(world, warehouse="nowhere")
    await _publish(world)
    assert ((await entry_of(world)).waits_for, in_books(world)) == ("warehouse", [])


async def test_a_ledger_that_is_not_there_makes_the_document_wait(world):
    await joined(world, work_order_document="sales_invoice")
    await _publish(world, an_order(world, materials=(_booked_on(world, "nowhere"),)))
    assert ((await entry_of(world)).waits_for, in_books(world)) == ("ledger", [])


async def test_texts_and_hours_that_cost_nothing_leave_the_total_as_it_is(world):
    await joined(world, texts_as="item", text_item="DIV-ZONDER", hours_priced_by="none", line_order="hours_first")
    await _publish(world)
    (made,) = _made(world, "sales_order")
    assert [line["AmountFC"] for line in made["SalesOrderLines"]] == [0, 0, 85]
    entry = await entry_of(world)
    assert (entry.total_excl, entry.difference) == (Decimal(85), None)


async def test_an_hour_type_nobody_knows_makes_the_document_wait_for_that_type(world):
    connection = await joined(world, fallback_item="DIV-ZONDER")
    hours = an_order(world).hours[0].model_copy(update={"hour_type": "Nachtdienst"})
    await _publish(world, an_order(world, hours=(hours,)))
    waiting = await entry_of(world)
    assert (waiting.waits_for, waiting.waits_key) == ("hour_types", "Nachtdienst")
    await world.hub.connections.change_settings(connection.id, {"hour_types": {"Nachtdienst": "UUR-AVOND"}})
    await settled(world)
    assert in_books(world) == [NUMBER]
