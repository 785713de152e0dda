from decimal import Decimal

import pytest

from tests.sandbox.conftest import customer, invoice, line, message, order, rows, stored


async def test_a_new_account_is_answered_with_little_but_its_id(http):
    answer = await http.post("crm/Accounts", json={"Name": "Bakkerij Bos", "Email": "bos@example.com"})
    blank = answer.json()["d"]
    assert (answer.status_code, blank["Name"], blank["Blocked"], blank["Status"]) == (201, None, None, None)
    kept = await stored(http, "crm/Accounts", blank["ID"])
    assert (kept["Name"], kept["Status"], kept["Blocked"], kept["Division"]) == ("Bakkerij Bos", "A", False, 900001)


async def test_who_prefers_the_record_gets_it(http):
    prefer = {"Prefer": "return=representation"}
    made = (await http.post("crm/Accounts", json={"Name": "Bos"}, headers=prefer)).json()["d"]
    put = await http.put(f"crm/Accounts(guid'{made['ID']}')", json={"City": "Ede"}, headers=prefer)
    assert (made["Name"], put.status_code, put.json()["d"]["City"]) == ("Bos", 200, "Ede")


async def test_an_account_without_a_code_gets_the_next_number(http):
    made = await stored(http, "crm/Accounts", await customer(http))
    assert made["Code"] == "131".rjust(18)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("crm/Accounts", {"Name": "Dubbel", "Code": "8"}),
        ("crm/Accounts", {"Name": "Dubbel", "Code": "8".rjust(18)}),
        ("logistics/Items", {"Description": "Dubbel", "Code": "UUR-MONT"}),
    ],
)
async def test_a_taken_code_is_refused_as_a_server_error(http, path, body):
    answer = await http.post(path, json=body)
    assert (answer.status_code, message(answer)) == (500, "Gegeven bestaat reeds.")


async def test_a_code_is_free_again_after_its_record_is_gone(http):
    body = {"Name": "Tijdelijk", "Code": "9001"}
    id = (await http.post("crm/Accounts", json=body)).json()["d"]["ID"]
    assert (await http.post("crm/Accounts", json=body)).status_code == 500
    await http.delete(f"crm/Accounts(guid'{id}')")
    assert (await http.post("crm/Accounts", json=body)).status_code == 201


async def test_repeating_the_own_code_on_a_put_is_refused_too(http):
    id = (await rows(http, "crm/Accounts", filter="trim(Code) eq '8'"))[0]["ID"]
    assert message(await http.put(f"crm/Accounts(guid'{id}')", json={"Code": "8"})) == "Gegeven bestaat reeds."
    assert (await http.put(f"crm/Accounts(guid'{id}')", json={"City": "Ede"})).status_code == 204


async def test_missing_mandatory_fields_are_named_all_at_once(http):
    answer = await http.post("salesorder/SalesOrders", json={"YourRef": "1"})
    assert (answer.status_code, message(answer)) == (400, "Verplicht: Besteld door\r\nVerplicht: Regels")
    bare = await http.post(
        "salesorder/SalesOrders", json={"OrderedBy": await customer(http), "SalesOrderLines": [{"Quantity": 1}]}
    )
    assert message(bare) == "Verplicht: Artikel"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"Name": "a", "Nmae": "b"}, "The property name 'Nmae' specified for type 'Exact.Web.Api.Models.Account'"),
        ({"Name": 5}, "for property 'Name' to type 'String'"),
        ({"Name": "a", "Blocked": "yes"}, "for property 'Blocked' to type 'Boolean'"),
        ({"Name": "a", "InvoicingMethod": 1.5}, "for property 'InvoicingMethod' to type 'Int32'"),
        ({"Name": "a", "Parent": "x"}, "for property 'Parent' to type 'Guid'"),
        ({"Name": "a", "EndDate": "tomorrow"}, "for property 'EndDate' to type 'DateTime'"),
        ({"Name": "a", "DiscountSales": True}, "for property 'DiscountSales' to type 'Double'"),
        (["a"], "should be a valid top-level resource object"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(http, body, said):
    answer = await http.post("crm/Accounts", json=body)
    assert answer.status_code == 400
    assert message(answer).startswith("Error processing request stream.")
    assert said in message(answer)


async def test_lines_must_be_a_list_and_a_body_must_be_json(http):
    body = {"OrderedBy": await customer(http), "SalesOrderLines": await line(http)}
    assert (await http.post("salesorder/SalesOrders", json=body)).status_code == 400
    assert (await http.post("crm/Accounts", content="{")).status_code == 400


async def test_read_only_properties_are_ignored_silently(http):
    made = await order(http, Status=21, AmountFC=9)
    assert (made["Status"], made["AmountFC"]) == (12, Decimal("75.63"))


async def test_references_must_exist_in_the_division(http):
    contact = "12345678-1234-4123-8123-123456789012"
    answer = await invoice(http, OrderedBy=contact)
    assert (answer.status_code, message(answer)) == (500, "Ongeldige referentie: Besteld door")
    answer = await invoice(http, {"Item": contact})
    assert message(answer) == "Ongeldige referentie: Artikel"
    answer = await invoice(http, await line(http, VATCode="99"))
    assert message(answer) == "Ongeldige referentie: Btw-code"
    answer = await invoice(http, Journal="60")
    assert message(answer) == "Ongeldige referentie: Dagboek"
    assert await rows(http, "salesinvoice/SalesInvoices") == []
    assert await rows(http, "salesinvoice/SalesInvoiceLines") == []


async def test_only_customers_can_be_invoiced_but_anybody_can_order(http):
    prospect = await customer(http, Status="P")
    refused = await invoice(http, OrderedBy=prospect)
    assert refused.status_code == 500
    assert "Factuur voor" in message(refused)
    assert (await order(http, OrderedBy=prospect))["OrderNumber"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("crm/Accounts", {"SalesVATCode": "99"}, 500, "Ongeldige referentie: Btw-code"),
        ("crm/Accounts", {"Name": ""}, 400, "Verplicht: Naam"),
        ("logistics/Items", {"SalesVatCode": "99"}, 500, "Ongeldige referentie: Btw-code"),
        (
            "logistics/Items",
            {"ItemGroup": "12345678-1234-4123-8123-123456789012"},
            500,
            "Ongeldige referentie: Artikelgroep",
        ),
    ],
)
async def test_a_change_is_checked_like_a_new_record(http, path, body, status, said):
    id = (await rows(http, path, top="1", select="ID"))[0]["ID"]
    answer = await http.put(f"{path}(guid'{id}')", json=body)
    assert (answer.status_code, message(answer)) == (status, said)


async def test_changes_and_deletions_name_a_record(http):
    assert (await http.put("crm/Accounts", json={"City": "Ede"})).status_code == 405
    assert (await http.delete("crm/Accounts")).status_code == 405
    nobody = "crm/Accounts(guid'12345678-1234-4123-8123-123456789012')"
    assert [(await http.put(nobody, json={})).status_code, (await http.delete(nobody)).status_code] == [404, 404]
