from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from shared.sandbox.payload import decode
from tests.sandbox.conftest import START, client, customer, invoice, item, line, message, order, post, rows, stored


async def test_an_order_comes_back_filled_with_its_lines_deferred(http):
    made = await order(http, await line(http, Quantity=2), YourRef="WO-1")
    assert (made["YourRef"], made["OrderNumber"], made["Status"]) == ("WO-1", 26000001, 12)
    assert made["SalesOrderLines"]["__deferred"]["uri"].endswith(
        f"SalesOrders(guid'{made['OrderID']}')/SalesOrderLines"
    )
    lines = await rows(http, made["SalesOrderLines"]["__deferred"]["uri"])
    expanded = await stored(http, "salesorder/SalesOrders", made["OrderID"], **{"$expand": "SalesOrderLines"})
    assert [row["Description"] for row in lines] == ["Arbeidsuren monteur"]
    assert [row["ID"] for row in expanded["SalesOrderLines"]["results"]] == [lines[0]["ID"]]


async def test_vat_is_rounded_to_cents_on_each_line(http):
    # 0.07 x 21 % is 0.0147: a cent a line makes 0.03, rounding their sum of 0.0441 would make 0.04.
    seven = await line(http, Quantity=1, NetPrice=Decimal("0.07"), VATCode="4  ")
    made = decode((await invoice(http, seven, seven, seven)).content)["d"]
    assert (made["AmountFCExclVat"], made["VATAmountFC"], made["AmountFC"]) == (
        Decimal("0.21"), Decimal("0.03"), Decimal("0.24")
    )  # fmt: skip


async def test_halves_are_rounded_away_from_zero_on_each_line(http):
    half = await line(http, Quantity=1, NetPrice=Decimal("0.125"), VATCode="0")
    made = decode((await invoice(http, half, half)).content)["d"]
    assert (made["AmountFCExclVat"], made["VATAmountFC"], made["AmountDC"]) == (Decimal("0.26"), 0, Decimal("0.26"))


async def test_a_credit_line_is_negative_to_the_cent(http):
    made = decode((await invoice(http, await line(http, Quantity=-1, NetPrice=Decimal("0.125")))).content)["d"]
    assert (made["AmountFCExclVat"], made["VATAmountFC"]) == (Decimal("-0.13"), Decimal("-0.03"))


async def test_a_code_including_vat_splits_the_price(http):
    made = decode((await invoice(http, await line(http, NetPrice=121, VATCode="5"))).content)["d"]
    assert (made["AmountFCExclVat"], made["VATAmountFC"], made["AmountFC"]) == (100, 21, 121)


@pytest.mark.parametrize(
    ("values", "net"),
    [
        ({}, Decimal("62.5")),
        ({"UnitPrice": 10, "Discount": Decimal("0.055")}, Decimal("9.45")),
        ({"NetPrice": Decimal("12.5"), "UnitPrice": 20}, Decimal("12.5")),
        ({"AmountFC": 30, "Quantity": 4}, Decimal("7.5")),
        ({"Quantity": None}, Decimal("62.5")),
    ],
)
async def test_the_net_price_is_given_or_follows(http, values, net):
    made = decode((await invoice(http, await line(http, **values))).content)["d"]
    assert (await rows(http, made["SalesInvoiceLines"]["__deferred"]["uri"]))[0]["NetPrice"] == net


async def test_amounts_in_the_wrong_field_are_dropped(http):
    made = decode((await invoice(http, await line(http, "DIV-ZONDER", AmountDC=100))).content)["d"]
    assert made["AmountFC"] == 0


async def test_without_a_vat_code_anywhere_there_is_no_vat_and_no_warning(http):
    made = decode((await invoice(http, await line(http, "DIV-ZONDER", NetPrice=100))).content)["d"]
    kept = (await rows(http, made["SalesInvoiceLines"]["__deferred"]["uri"]))[0]
    assert (kept["VATCode"], kept["VATPercentage"], made["VATAmountFC"]) == (None, None, 0)


async def test_the_vat_code_comes_from_the_line_then_the_item_then_the_account(http):
    reverse = await customer(http, SalesVATCode="6")
    lines = [await line(http, VATCode="2  "), await line(http), await line(http, "DIV-ZONDER")]
    made = decode((await invoice(http, *lines, OrderedBy=reverse)).content)["d"]
    kept = await rows(http, made["SalesInvoiceLines"]["__deferred"]["uri"])
    assert {row["LineNumber"]: row["VATCode"] for row in kept} == {1: "2  ", 2: "4  ", 3: "6  "}


async def test_a_new_invoice_is_open_without_a_number_in_the_default_journal(http):
    made = (await invoice(http, Journal=None, YourRef="W-2026-0042", InvoiceDate="2026-11-19")).json()["d"]
    assert (made["Status"], made["InvoiceNumber"], made["Journal"], made["Type"]) == (20, None, "70", 8020)
    assert made["InvoiceDate"] == f"/Date({int(datetime(2026, 11, 19, tzinfo=UTC).timestamp()) * 1000})/"
    found = await rows(http, "salesinvoice/SalesInvoices", filter="YourRef eq 'W-2026-0042'", select="InvoiceID")
    assert [row["InvoiceID"] for row in found] == [made["InvoiceID"]]


async def test_moments_are_local_wall_time_written_as_if_utc(exact, http):
    made = await order(http)
    assert made["Created"] == f"/Date({int((START + timedelta(hours=1)).timestamp()) * 1000})/"
    later = await rows(http, "salesorder/SalesOrders", filter="Created gt datetime'2026-11-20T09:30:00'")
    assert len(later) == 1


async def test_a_draft_can_be_changed_and_deleted_with_its_lines(http):
    made = (await invoice(http)).json()["d"]
    url = f"salesinvoice/SalesInvoices(guid'{made['InvoiceID']}')"
    assert (await http.put(url, json={"Description": "Nieuw", "Status": 50})).status_code == 204
    kept = await stored(http, "salesinvoice/SalesInvoices", made["InvoiceID"])
    assert (kept["Description"], kept["Status"], kept["OrderNumber"]) == ("Nieuw", 20, made["OrderNumber"])
    assert (await http.delete(url)).status_code == 204
    assert (await http.get(url)).status_code == 404
    assert await rows(http, "salesinvoice/SalesInvoiceLines") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_processed_invoice_stays_as_it_is(exact, http, method):
    made = (await invoice(http)).json()["d"]
    exact.change(900001, "salesinvoice/SalesInvoices", made["InvoiceID"], Status=50)
    answer = await http.request(
        method, f"salesinvoice/SalesInvoices(guid'{made['InvoiceID']}')", json={"Description": "x"}
    )
    assert (answer.status_code, message(answer)) == (500, "Kan niet wijzigen: Document is verwerkt")


async def test_an_orders_customer_is_fixed(http):
    made = await order(http)
    url = f"salesorder/SalesOrders(guid'{made['OrderID']}')"
    assert (await http.put(url, json={"OrderedBy": await customer(http), "Remarks": "x"})).status_code == 204
    kept = await stored(http, "salesorder/SalesOrders", made["OrderID"])
    assert (kept["OrderedBy"], kept["Remarks"]) == (made["OrderedBy"], "x")


async def test_lines_come_and_go_and_the_total_follows(http):
    made = await order(http)
    new = await line(http, "UUR-REIS", OrderID=made["OrderID"], NetPrice=100)
    added = (await post(http, "salesorder/SalesOrderLines", new)).json()["d"]
    url = f"salesorder/SalesOrderLines(guid'{added['ID']}')"
    totals = [await total(http, made)]
    await http.put(url, json={"UnitPrice": 200})
    totals.append(await total(http, made))
    await http.delete(url)
    totals.append(await total(http, made))
    assert added["LineNumber"] == 2
    assert totals == [Decimal("162.5"), Decimal("262.5"), Decimal("62.5")]


async def total(http, made: dict) -> Decimal:
    return (await stored(http, "salesorder/SalesOrders", made["OrderID"]))["AmountFCExclVat"]


async def test_a_line_needs_its_header(http):
    answer = await http.post("salesorder/SalesOrderLines", json=await line(http))
    assert message(answer) == "Verplicht: Verkooporder"
    stray = await line(http, OrderID="12345678-1234-4123-8123-123456789012")
    assert message(await http.post("salesorder/SalesOrderLines", json=stray)) == "Ongeldige referentie: Verkooporder"


async def test_what_a_document_uses_cannot_be_deleted(http):
    made = await order(http)
    for url in (f"crm/Accounts(guid'{made['OrderedBy']}')", f"logistics/Items(guid'{await item(http, 'UUR-MONT')}')"):
        answer = await http.delete(url)
        assert answer.status_code == 500
        assert message(answer).startswith("Kan niet verwijderen")


async def test_search_lag_hides_a_new_document_from_lists_but_not_by_key(exact, http):
    exact.lag(queries=1)
    made = (await invoice(http, YourRef="LAG")).json()["d"]
    found = [await rows(http, "salesinvoice/SalesInvoices", filter="YourRef eq 'LAG'") for _ in range(2)]
    assert [len(hits) for hits in found] == [0, 1]
    assert (await stored(http, "salesinvoice/SalesInvoices", made["InvoiceID"]))["YourRef"] == "LAG"


async def test_a_write_whose_answer_was_lost_is_in_the_books(exact, http):
    exact.fail_next(kind="cut", when="after", method="POST", match="salesinvoice/SalesInvoices")
    with pytest.raises(httpx.RemoteProtocolError):
        await invoice(http, YourRef="LOST")
    assert len(await rows(http, "salesinvoice/SalesInvoices", filter="YourRef eq 'LOST'")) == 1


async def test_the_memory_holds_what_was_written_with_exact_money(exact, http):
    made = await order(http, await line(http, NetPrice=Decimal("0.10")), YourRef="MEM")
    gone = await order(http)
    await http.delete(f"salesorder/SalesOrders(guid'{gone['OrderID']}')")
    memory = (await http.get("http://exact.sandbox/_sandbox/memory")).json()
    assert [row["OrderID"] for row in memory["sales_orders"]] == [made["OrderID"]]
    assert memory["sales_orders"][0]["AmountFC"] == "0.12"
    assert memory["sales_orders"][0]["SalesOrderLines"][0]["AmountFC"] == "0.10"
    assert (len(memory["accounts"]), memory["sales_invoices"], memory["items"]) == (2, [], [])
    assert memory["calls"] == len(exact.calls)


async def test_somebody_changes_and_deletes_by_hand(exact, http):
    made = await order(http)
    where = {"division": 900001, "resource": "salesorder/SalesOrders", "id": made["OrderID"]}
    lever = "http://exact.sandbox/_sandbox/edit"
    await http.post(lever, json={**where, "values": {"YourRef": "by hand"}})
    assert (await stored(http, "salesorder/SalesOrders", made["OrderID"]))["YourRef"] == "by hand"
    assert (await http.post(lever, json={**where, "delete": True})).status_code == 200
    assert await rows(http, "salesorder/SalesOrderLines") == []
    assert (await http.post(lever, json={**where, "delete": True})).status_code == 422


async def test_belgian_books_know_their_own_vat(exact):
    async with client(exact) as http:
        http.base_url = "http://exact.sandbox/api/v1/900002/"
        made = decode((await invoice(http, await line(http, NetPrice=100, VATCode="1"))).content)["d"]
        codes = await rows(http, "vat/VATCodes", select="Code,Percentage")
    assert (made["VATAmountFC"], made["Division"]) == (6, 900002)
    assert {"Code": "MC ", "Percentage": 0}.items() <= next(row for row in codes if row["Code"] == "MC ").items()


async def test_a_completed_order_takes_no_more_lines(exact, http):
    made = await order(http)
    exact.change(900001, "salesorder/SalesOrders", made["OrderID"], Status=21)
    answer = await post(http, "salesorder/SalesOrderLines", await line(http, OrderID=made["OrderID"]))
    assert message(answer) == "Kan niet wijzigen: Document is verwerkt"


async def test_a_record_shows_only_the_lines_it_has(http):
    made = await order(http)
    assert (await http.get(f"salesorder/SalesOrders(guid'{made['OrderID']}')/Contacts")).status_code == 404
    assert (await http.get("salesorder/SalesOrders/Contacts")).status_code == 404
