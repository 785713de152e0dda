"""Orders of the pretend Billit: what it computes, refuses, sends and forgets."""

from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest

from shared.connectors.billit.sandbox import BillitSandbox
from shared.sandbox.payload import decode
from tests.sandbox.billit_company import (
    COMPANY,
    LINE,
    client,
    error,
    get,
    made,
    order,
    post,
    sandbox_of,
)


@pytest.fixture
def billit() -> BillitSandbox:
    return sandbox_of()


@pytest.fixture
async def http(billit) -> AsyncIterator[httpx.AsyncClient]:
    async with client(billit) as http:
        yield http


async def test_totals_are_computed_by_percentage_on_the_sum(http):
    row = await made(http, *[LINE | {"Quantity": 1, "UnitPriceExcl": Decimal("0.50")}] * 3)
    assert (row["TotalExcl"], row["TotalVAT"], row["TotalIncl"], row["ToPay"]) == (
        Decimal("1.50"),
        Decimal("0.32"),
        Decimal("1.82"),
        Decimal("1.82"),
    )


async def test_an_invoice_is_numbered_and_to_be_sent_with_a_reference_of_its_own(http):
    row = await made(http)
    assert (row["OrderStatus"], row["IsSent"], row["Paid"], row["ExternalProvider"]) == (
        "ToSend",
        False,
        False,
        "APIFeed",
    )
    assert row["OrderNumber"].startswith("2026-")
    digits = "".join(filter(str.isdigit, row["PaymentReference"]))
    assert int(digits[:10]) % 97 % 97 == int(digits[10:]) % 97
    assert (await made(http, OrderNumber="X-1"))["OrderNumber"] == "X-1"


async def test_the_next_number_may_be_looked_at_or_taken(http):
    async def next_number(**more):
        return decode((await post(http, "account/sequences", {"SequenceType": "Income-Invoice", **more})).content)

    looked_at, taken, after = await next_number(), await next_number(Consume=True), await next_number()
    assert looked_at == taken != after
    assert (await made(http))["OrderNumber"] == after


@pytest.mark.parametrize("field", ["OrderType", "OrderDate", "ExpiryDate", "OrderLines"])
async def test_what_is_required_is_named(http, field):
    answer = await order(http, **{field: "" if field != "OrderLines" else []})
    assert field in answer.json()["errors"][0]["Description"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"OrderType": "Wish"}, "GenericError"),
        ({"OrderDate": "soon"}, "GenericError"),
        ({"OrderLines": [LINE | {"VATPercentage": 9}]}, "InvalidVAtPercentageForTaxCountry_0_"),
        ({"OrderLines": [LINE | {"Description": "x" * 513}]}, "GenericError"),
        ({"OrderLines": [LINE | {"Quantity": "1"}]}, "GenericError"),
        ({"OrderLines": [{"Quantity": 1}]}, "GenericError"),
        ({"OrderLines": [{"ProductID": 1}]}, "GenericError"),
        ({"OrderPDF": {"FileName": "a.exe"}}, "Invalid Filename"),
        ({"AboutInvoiceNumber": "none"}, "GenericError"),
        ({"OrderType": "CreditNote", "OrderLines": [LINE | {"Quantity": -1}]}, "GenericError"),
        ({"CustomerID": 0}, "GenericError"),
    ],
)
async def test_what_makes_no_sense_is_refused(http, change, code):
    assert error(await order(http, **change)) == (400, code)


async def test_a_line_may_be_a_product_alone_and_a_customer_may_come_along(billit, http):
    product = next(iter(billit.books(COMPANY).tables["Product"].values()))
    row = await made(http, {"ProductID": product["ProductID"]}, Customer={"Name": "Along"})
    assert row["TotalExcl"] == product["AmountExcl"]
    assert row["CounterParty"]["DisplayName"] == "Along"


async def test_lists_show_orders_in_short(http):
    id = (await made(http, Attachments=[{"FileName": "a.pdf", "FileContent": "QQ=="}]))["OrderID"]
    (row,) = (await get(http, "orders", **{"$filter": f"OrderID eq {id}"}))["Items"]
    assert not {"OrderLines", "VatGroups", "Attachments", "Customer"} & row.keys()
    assert row["CounterParty"]["PartyID"]


async def test_files_are_read_as_json_and_the_request_is_kept_among_them(http):
    row = await made(http, Attachments=[{"FileName": "a.pdf", "FileContent": "QQ=="}])
    assert [one["FileName"] for one in row["Attachments"]] == ["a.pdf", "request.json"]
    file = await get(http, f"files/{row['Attachments'][0]['FileID']}")
    assert (file["FileName"], file["FileContent"]) == ("a.pdf", "QQ==")
    assert (await http.get("files/none")).status_code == 404


async def test_a_credit_note_that_names_its_invoice_is_settled(http):
    invoice = await made(http, OrderNumber="F-1")
    credit = await made(http, OrderType="CreditNote", AboutInvoiceNumber="F-1", Paid=False)
    assert (credit["Paid"], credit["ToPay"], invoice["Paid"]) == (True, 0, False)


async def test_an_order_is_paid_in_parts_that_cannot_be_read(http):
    id = (await made(http))["OrderID"]
    assert (await post(http, f"orders/{id}/payments", {"Amount": 100})).content == b""
    row = await get(http, f"orders/{id}")
    assert (row["ToPay"], row["Paid"]) == (Decimal("162.57"), False)
    await post(http, f"orders/{id}/payments", {"Amount": Decimal("162.57")})
    assert (await get(http, f"orders/{id}"))["Paid"] is True
    assert error(await post(http, f"orders/{id}/payments", {"Amount": 0}))[0] == 400


async def test_the_day_of_a_payment_needs_a_time(http):
    id = (await made(http))["OrderID"]
    assert error(await http.patch(f"orders/{id}", json={"Paid": True, "PaidDate": "2026-05-02"}))[0] == 400
    await http.patch(f"orders/{id}", json={"Paid": True, "PaidDate": "2026-05-02T00:00:00"})
    row = await get(http, f"orders/{id}")
    assert (row["Paid"], row["ToPay"], row["PaidDate"]) == (True, 0, "2026-05-02T00:00:00")


@pytest.mark.parametrize(("refuses", "status"), [(False, 200), (True, 400)])
async def test_a_field_that_may_not_be_patched_is_ignored_or_refused(refuses, status):
    async with client(sandbox_of(refuses_unpatchable=refuses)) as http:
        row = await made(http)
        answer = await http.patch(f"orders/{row['OrderID']}", json={"OrderNumber": "other"})
        assert answer.status_code == status
        assert (await get(http, f"orders/{row['OrderID']}"))["OrderNumber"] == row["OrderNumber"]


@pytest.mark.parametrize(("unique", "status"), [(False, 200), (True, 400)])
async def test_a_number_that_is_taken_is_used_again_or_refused(unique, status):
    async with client(sandbox_of(unique_numbers=unique)) as http:
        await made(http, OrderNumber="F-1")
        assert (await order(http, OrderNumber="F-1")).status_code == status


@pytest.mark.parametrize("replaces", [False, True])
async def test_an_update_keeps_or_forgets_what_it_does_not_name(replaces):
    async with client(sandbox_of(replaces=replaces)) as http:
        row = await made(http, Reference="PO-7")
        lone = await post(http, "orders", {"OrderID": row["OrderID"], "OrderTitle": "x"})
        assert lone.status_code == (400 if replaces else 200)
        await order(http, OrderID=row["OrderID"], CustomerID=row["CustomerID"])
        after = await get(http, f"orders/{row['OrderID']}")
        assert after.get("Reference") == (None if replaces else "PO-7")
        assert after["OrderNumber"] == row["OrderNumber"]


@pytest.mark.parametrize("deleted_as", ["rows", "ids"])
async def test_deleted_orders_are_told(deleted_as):
    async with client(sandbox_of(deleted_as=deleted_as)) as http:
        id = (await made(http))["OrderID"]
        assert decode((await http.delete(f"orders/{id}")).content) is True
        told = await get(http, "orders/deleted")
        assert (told if deleted_as == "ids" else [row["OrderID"] for row in told["Items"]]) == [id]
        assert (await http.get(f"orders/{id}")).status_code == 404


async def test_sending_needs_a_customer_who_can_receive_it_or_falls_back(billit, http):
    id = (await made(http))["OrderID"]
    body = {"Transporttype": "Peppol", "OrderIDs": [id]}
    strict = await post(http, "orders/commands/send", body, StrictTransportType="true")
    assert error(strict) == (400, "TheCustomerDoesNotSupportPeppolForType_0_")
    assert billit.api.sent == []
    await post(http, "orders/commands/send", body)
    assert [row["By"] for row in billit.api.sent] == ["SMTP"]
    row = await get(http, f"orders/{id}")
    assert (row["IsSent"], row["OrderStatus"]) == (True, "ToPay")


async def test_the_daily_sending_takes_unsent_invoices_and_no_offers(billit, http):
    await made(http, ExternalProviderID="a")
    await made(http, ExternalProviderID="b", OrderType="Offer")
    marked = await made(http, ExternalProviderID="c")
    await http.patch(f"orders/{marked['OrderID']}", json={"IsSent": True})
    billit.morning_run(COMPANY)
    assert [row["ExternalProviderID"] for row in billit.api.sent] == ["a"]
