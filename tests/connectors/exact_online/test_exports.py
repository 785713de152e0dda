import json
from datetime import date
from decimal import Decimal

import pytest

from shared.connectors.exact_online import exports
from shared.connectors.exact_online.settings import Settings
from shared.errors import Unmappable, Unsupported
from shared.mapping import Receipt
from shared.schemas.documents import Customer
from tests.connectors.exact_online.paperwork import GATHERED, HOURS, MATERIAL, invoice, job_of, lines, order


def test_an_order_carries_our_marker_and_the_days_of_the_work():
    draft = order(job_of())
    assert draft.request.path == "/api/v1/900001/salesorder/SalesOrders"
    assert draft.request.body["YourRef"] == "W-1"
    assert draft.request.body["OrderDate"] == "2026-11-20"
    assert draft.day == date(2026, 11, 20)


def test_a_request_is_plain_json():
    body = order(job_of()).request.body
    assert json.loads(json.dumps(body)) == body


def test_hidden_lines_are_left_out():
    hidden = {"hidden": True}
    job = job_of({"materials": [MATERIAL, MATERIAL | hidden], "hours": [HOURS | hidden]})
    assert len(lines(job)) == 1


def test_lines_of_nothing_are_left_out():
    job = job_of({"materials": [MATERIAL], "hours": [HOURS | {"minutes": 0}]})
    assert [line["Item"] for line in lines(job)] == ["id-a"]


@pytest.mark.parametrize("export", [exports.sales_order, exports.sales_invoice])
def test_a_work_order_without_lines_makes_no_document(export):
    texts = {"texts_as": "item", "text_item": "B", "vat_default": "0", "journal": "70"}
    with pytest.raises(Unsupported, match="W-1 has no lines"):
        export(job_of({"materials": [], "description": "Talked"}, **texts), GATHERED)


def test_the_total_is_the_sum_of_lines_rounded_each():
    job = job_of({"materials": [MATERIAL | {"quantity": "1", "unit_price": "0.005"}] * 2, "hours": [HOURS]})
    assert order(job).total_excl == Decimal("60.02")


@pytest.mark.parametrize(
    ("line_order", "items"), [("materials_first", ["id-a", "id-h"]), ("hours_first", ["id-h", "id-a"])]
)
def test_the_user_chooses_what_stands_first(line_order, items):
    both = {"materials": [MATERIAL], "hours": [HOURS]}
    assert [line["Item"] for line in lines(job_of(both, line_order=line_order))] == items


@pytest.mark.parametrize("make", [lines, lambda job: invoice(job)["SalesInvoiceLines"]])
def test_cost_centre_and_cost_unit_stand_on_every_line(make):
    both = {"materials": [MATERIAL], "hours": [HOURS]}
    found = make(job_of(both, cost_centre="SERV", cost_unit="CV", journal="70"))
    assert [(line["CostCenter"], line["CostUnit"]) for line in found] == [("SERV", "CV")] * 2
    assert not {"CostCenter", "CostUnit"} & set(make(job_of(journal="70"))[0])


@pytest.mark.parametrize(
    ("named", "chosen", "sent"),
    [
        ((None, None), None, None),
        ((None, None), "2", "wh-2"),
        (("1", "1"), "2", "wh-1"),
        (("1", None), "2", "wh-1"),
        (("1", "2"), "2", "wh-2"),
        (("1", "2"), None, None),
    ],
)
def test_an_order_has_the_warehouse_its_materials_agree_on_else_the_chosen_one(named, chosen, sent):
    draft = order(job_of({"materials": [MATERIAL | {"warehouse": code} for code in named]}, warehouse=chosen))
    assert draft.request.body.get("WarehouseID") == sent
    warned = ("Its materials come from warehouses 1, 2, and an order has one",)
    assert tuple(text.partition(":")[0] for text in draft.warnings) == (warned if named == ("1", "2") else ())


def test_an_order_waits_for_a_warehouse_that_is_not_there():
    with pytest.raises(Unmappable, match="Warehouse 9, for work order W-1") as error:
        order(job_of({"materials": [MATERIAL | {"warehouse": "9"}]}, warehouse="1"))
    assert error.value.setting == "warehouse"


def test_an_invoice_has_no_warehouse():
    assert "wh-1" not in str(invoice(job_of(warehouse="1", journal="70")))
    assert "WarehouseID" not in invoice(job_of(warehouse="9", journal="70"))


def test_invoice_lines_are_booked_on_their_own_ledger_then_the_items_then_the_chosen_one():
    materials = [MATERIAL | {"ledger": "8010"}, MATERIAL | {"code": "G"}, MATERIAL]
    chosen, none = (
        invoice(job_of({"materials": materials}, journal="70", ledger=code))["SalesInvoiceLines"]
        for code in ("8000", None)
    )
    assert [line.get("GLAccount") for line in chosen] == ["gl-8010", None, "gl-8000"]
    assert [line.get("GLAccount") for line in none] == ["gl-8010", None, None]


@pytest.mark.parametrize(("own", "chosen"), [("9999", None), (None, "9999")])
def test_an_invoice_waits_for_a_ledger_that_is_not_there(own, chosen):
    with pytest.raises(Unmappable, match="Ledger 9999, for item A on work order W-1") as error:
        invoice(job_of({"materials": [MATERIAL | {"ledger": own}]}, journal="70", ledger=chosen))
    assert error.value.setting == "ledger"


def test_orders_have_no_ledgers():
    assert "GLAccount" not in lines(job_of({"materials": [MATERIAL | {"ledger": "9999"}]}, ledger="8000"))[0]


def test_the_work_is_delivered_to_the_site_and_ordered_by_who_pays():
    site = {"debtor_number": "20", "name": "Site"}
    body = order(job_of({"materials": [MATERIAL], "site_customer": site})).request.body
    assert (body["OrderedBy"], body["DeliverTo"]) == ("acc-10", "acc-20")


def test_one_customer_is_named_once():
    assert "DeliverTo" not in order(job_of()).request.body
    assert [customer.debtor_number for customer in exports.customers(job_of(), {})] == ["10"]


def test_the_currency_is_sent_only_when_it_is_a_foreign_one():
    home, foreign = (order(job_of({"materials": [MATERIAL], "currency": code})) for code in ("EUR", "USD"))
    assert "Currency" not in home.request.body
    assert foreign.request.body["Currency"] == "USD"
    assert (home.currency, foreign.currency) == ("EUR", "USD")


def test_an_invoice_names_its_journal():
    draft = exports.sales_invoice(job_of(journal="70"), GATHERED)
    assert draft.request.path == "/api/v1/900001/salesinvoice/SalesInvoices"
    assert draft.request.body["Journal"] == "70"
    assert len(draft.request.body["SalesInvoiceLines"]) == 1


def test_an_invoice_waits_for_its_journal():
    with pytest.raises(Unmappable) as error:
        invoice(job_of())
    assert error.value.setting == "journal"


def test_processing_an_invoice_sends_it_nowhere():
    job = job_of()
    job.made["document"] = Receipt("inv-1")
    request = exports.processing(job).request
    assert (request.method, request.path) == ("POST", "/api/v1/900001/salesinvoice/PrintedSalesInvoices")
    assert request.body == {
        "InvoiceID": "inv-1",
        "SendEmailToCustomer": False,
        "SendInvoiceViaPeppol": False,
        "SendInvoiceToCustomerPostbox": False,
        "SendOutputBasedOnAccount": False,
    }


def test_every_setting_a_document_can_wait_for_exists():
    names = {
        "create_products", "create_relations", "default_hour_type", "employee_prices", "fallback_item", "hour_price",
        "hour_types", "journal", "ledger", "new_product_category", "text_item", "vat_codes", "vat_default",
        "vat_regimes", "warehouse",
    }  # fmt: skip
    assert names <= set(Settings.model_fields)


def test_a_new_relation_is_a_customer_with_its_number_in_both_places():
    customer = Customer.model_validate(
        {
            "debtor_number": "123",
            "name": "Acme",
            "vat_number": "NL1",
            "address": {"street": "Kade", "house_number": "1"},
        }
    )
    request = exports.relation(job_of(), customer).request
    assert request.path == "/api/v1/900001/crm/Accounts"
    assert request.body == {
        "Name": "Acme",
        "Status": "C",
        "Code": "123",
        "SearchCode": "123",
        "AddressLine1": "Kade 1",
        "VATNumber": "NL1",
    }


@pytest.mark.parametrize("number", ["D-12", "0123", "1" * 19, "١٢"])
def test_a_debtor_number_that_is_no_account_code_goes_by_search_code(number):
    body = exports.relation(job_of(), Customer(debtor_number=number, name="Acme")).request.body
    assert "Code" not in body
    assert body["SearchCode"] == number


def test_a_new_relation_waits_where_the_user_adds_them_by_hand():
    with pytest.raises(Unmappable, match=r"Customer Acme \(10\) is not in Exact Online") as error:
        exports.relation(job_of(create_relations=False), Customer(debtor_number="10", name="Acme"))
    assert error.value.setting == "create_relations"
