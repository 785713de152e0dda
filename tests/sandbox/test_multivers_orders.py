"""Orders of the pretend Multivers: how they add up, what is refused, what a PUT does, and how they become invoices."""

from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest

from shared.connectors.multivers.sandbox import MultiversSandbox
from tests.sandbox.multivers_administration import FIRST, client, get, made, order, post, put, sandbox_of, words

LINE = {"orderLineType": 0, "productId": "VOORRIJ", "quantityOrdered": 2}
PROCESS = {"journalId": "VRK", "fiscalYear": "2026", "periodNumber": "11", "invoiceDate": "20-11-2026"}


@pytest.fixture
def multivers() -> MultiversSandbox:
    return sandbox_of()


@pytest.fixture
async def http(multivers) -> AsyncIterator[httpx.AsyncClient]:
    async with client(multivers) as http:
        yield http


def totals(row):
    return row["totalGoodsAmount"], row["totalVatAmount"], row["totalOrderAmount"]


async def test_an_order_is_answered_as_stored_with_its_id_and_totals(http):
    row = await made(http, order())
    assert totals(row) == (Decimal("75.00"), Decimal("15.75"), Decimal("90.75"))
    assert (row["orderDate"], row["canChange"], row["messages"]) == ("20-11-2026", True, [])
    assert (await get(http, f"Order/{row['orderId']}")) == row


async def test_the_package_decides_on_the_price_unless_it_is_told_not_to(http):
    ours = {"price": Decimal("10.00"), "autoCalculatePrice": False}
    assert (await made(http, order({**LINE, "price": 10})))["totalGoodsAmount"] == Decimal("75.00")
    assert (await made(http, order({**LINE, **ours})))["totalGoodsAmount"] == Decimal("20.00")


async def test_percentages_are_fractions_and_lines_are_rounded_one_by_one(http):
    awkward = {"price": Decimal("9.99"), "autoCalculatePrice": False, "discount": Decimal("0.125")}
    row = await made(http, order({**LINE, "quantityOrdered": 3, **awkward}))
    assert row["totalGoodsAmount"] == Decimal("26.22")
    answer = await post(http, "Order", order({**LINE, "discount": Decimal("12.5")}))
    assert words(answer) == "Het veld discount moet tussen 0 en 1 liggen."


async def test_a_discount_of_the_order_and_a_surcharge_change_the_total(http):
    row = await made(http, order(discountPercentage=Decimal("0.1"), orderSurcharge=5, applyOrderSurcharge=True))
    assert totals(row) == (Decimal("75.00"), Decimal("14.18"), Decimal("86.68"))


@pytest.mark.parametrize(("charge", "vat"), [(0, "15.75"), (2, "0"), (3, "0")])
async def test_an_order_with_reverse_charge_or_without_vat_is_charged_none(http, charge, vat):
    assert (await made(http, order(chargeVatType=charge)))["totalVatAmount"] == Decimal(vat)


async def test_a_price_may_be_for_a_hundred(http):
    line = {**LINE, "price": 735, "pricePer": 100, "autoCalculatePrice": False}
    assert (await made(http, order(line)))["totalGoodsAmount"] == Decimal("14.70")


@pytest.mark.parametrize(("amount_of", "total"), [("quantityOrdered", "75.00"), ("quantityDelivered", "37.50")])
async def test_which_quantity_is_charged_can_be_chosen(amount_of, total):
    async with client(sandbox_of(amount_of=amount_of)) as http:
        assert (await made(http, order({**LINE, "quantityDelivered": 1})))["totalGoodsAmount"] == Decimal(total)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customerId": "99"}, "Het veld customerId is onjuist: debiteur 99 bestaat niet."),
        ({"orderDate": ""}, "Het veld orderDate is verplicht."),
        ({"orderDate": "2026/11/20"}, "orderDate: 2026/11/20 is geen geldige datum."),
        ({"paymentConditionId": ""}, "Het veld paymentConditionId is onjuist: betalingsconditie (leeg)."),
        ({"reference": "x" * 61}, "Het veld reference mag maximaal 60 tekens bevatten."),
        ({"orderLines": []}, "Een order moet minimaal één regel bevatten."),
        ({"orderLines": [{**LINE, "productId": "?"}]}, "Artikel ? bestaat niet."),
        ({"orderLines": [{**LINE, "productId": "DIV-ZONDER"}]}, "Het veld vatCodeId is onjuist: None."),
        ({"orderLines": [{**LINE, "quantityOrdered": "2"}]}, "quantityOrdered: '2' is geen getal."),
        (
            {"orderLines": [{**LINE, "description": "x" * 255}]},
            "Het veld description mag maximaal 254 tekens bevatten.",
        ),
    ],
)
async def test_an_order_that_breaks_a_rule_is_refused_with_words(http, change, said):
    answer = await post(http, "Order", order(**change))
    assert (answer.status_code, words(answer)) == (400, said)


@pytest.mark.parametrize("day", ["7-3-2026", "07-03-2026", "07-03-2026 0:00:00", "2026-03-07", "2026-03-07T00:00:00"])
async def test_days_are_read_in_every_spelling_that_clients_send(http, day):
    assert (await made(http, order(orderDate=day)))["orderDate"] == "7-3-2026"


async def test_a_put_replaces_the_whole_order_and_forgets_lines_it_does_not_name(http):
    row = await made(http, order(LINE, {"orderLineType": 3, "description": "Sleutel bij de buren"}))
    kept = {**row, "orderLines": row["orderLines"][:1], "reference": "R-2"}
    after = (await put(http, f"Order/{row['orderId']}", kept)).json()
    assert (after["reference"], len(after["orderLines"]), after["orderId"]) == ("R-2", 1, row["orderId"])
    assert after["orderLines"][0]["orderLineId"] == row["orderLines"][0]["orderLineId"]
    assert (await put(http, "Order/99", kept)).status_code == 404


async def test_what_is_read_can_be_written_back_unchanged(http):
    row = await made(http, order(customProperties={"vrij": "A-17"}))
    assert (await get(http, f"Order/{row['orderId']}")) == row
    assert (await put(http, f"Order/{row['orderId']}", row)).status_code == 200
    assert (await get(http, f"Order/{row['orderId']}")) == row


async def test_an_order_that_is_read_has_text_where_one_that_is_edited_has_numbers(http):
    row = await made(http, order(orderType=1, orderState=2))
    info = await get(http, f"OrderInfo/{row['orderId']}")
    assert (info["orderType"], info["stateId"], info["amountExclVat"]) == ("1", "2", Decimal("75.00"))
    assert (info["orderLines"][0]["hourType"], info["customerName"] != "") == ("", True)


@pytest.mark.parametrize(
    ("how", "expanded", "there"),
    [("expand", False, False), ("expand", True, True), ("always", False, True), ("never", True, False)],
)
async def test_when_lists_bring_lines_can_be_chosen(how, expanded, there):
    async with client(sandbox_of(lines=how)) as http:
        rows = await get(http, "OrderInfoList/OpenOrders", **({"$expand": "OrderLines"} if expanded else {}))
    assert {"orderLines" in row for row in rows} == {there}


async def test_orders_of_a_customer_are_listed_between_two_days(http):
    await made(http, order())

    async def found(first, last):
        rows = await get(http, "OrderInfoList/10001", minDate=first, maxDate=last)
        return [row["reference"] for row in rows].count("R-1")

    assert [await found(*days) for days in (("20-11-2026", "20-11-2026"), ("21-11-2026", ""), ("", "19-11-2026"))] == [
        1,
        0,
        0,
    ]


async def test_processing_makes_an_invoice_of_an_order_once(http):
    row = await made(http, order())
    done = await http.post("ProcessOrderCommand", params={**PROCESS, "orderId": row["orderId"]})
    assert (done.status_code, done.json()["error"]) == (200, "")
    info = await get(http, f"OrderInfo/{row['orderId']}")
    invoice = await get(http, f"CustomerInvoiceInfo/{info['invoiceId']}")
    assert (invoice["invoiceReference"], invoice["invoiceBalance"], info["stateId"]) == ("R-1", Decimal("90.75"), "5")
    again = await http.post("ProcessOrderCommand", params={**PROCESS, "orderId": row["orderId"]})
    assert (again.status_code, again.json()["error"]) == (200, "De order is al gefactureerd.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"journalId": "?"}, "Dagboek ? bestaat niet."),
        ({"periodNumber": "10"}, "De factuurdatum valt niet in de periode."),
        ({"fiscalYear": "2025"}, "De factuurdatum valt niet in de periode."),
    ],
)
async def test_what_keeps_an_order_from_being_processed_stands_in_a_success(http, change, said):
    row = await made(http, order())
    answer = await http.post("ProcessOrderCommand", params={**PROCESS, **change, "orderId": row["orderId"]})
    assert (answer.status_code, answer.json()["error"]) == (200, said)


async def test_a_billed_order_is_not_open_and_cannot_be_changed(multivers, http):
    row = await made(http, order())
    multivers.bill(FIRST, row["orderId"])
    open_ones = [one["orderId"] for one in await get(http, "OrderInfoList/OpenOrders")]
    assert row["orderId"] not in open_ones
    edit = await get(http, f"Order/{row['orderId']}")
    assert (edit["canChange"], edit["cannotChangeReason"]) == (False, "De order is gefactureerd.")
    answer = await put(http, f"Order/{row['orderId']}", edit)
    assert words(answer) == "De order is gefactureerd en kan niet worden gewijzigd."


async def test_a_new_order_may_stay_out_of_lists_for_a_while_and_is_there_by_its_id(multivers, http):
    multivers.lag(queries=1)
    row = await made(http, order())
    assert "R-1" not in [one["reference"] for one in await get(http, "OrderInfoList/10001")]
    assert (await get(http, f"OrderInfo/{row['orderId']}"))["reference"] == "R-1"
    assert "R-1" in [one["reference"] for one in await get(http, "OrderInfoList/10001")]
