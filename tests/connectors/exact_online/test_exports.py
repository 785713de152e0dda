import json
from datetime import date
from decimal import Decimal

import pytest

from shared.connectors.exact_online import exports, lines
from shared.connectors.exact_online.models import Item
from shared.connectors.exact_online.settings import Settings
from shared.errors import Unmappable, Unsupported
from shared.mapping import Job
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, WorkOrder

ITEMS = {
    "A": Item(ID="id-a", Code="A", Description="Article", SalesVatCode="4"),
    "B": Item(ID="id-b", Code="B", Description="No VAT code"),
    "H": Item(ID="id-h", Code="H", Description="Labour", SalesVatCode="4", StandardSalesPrice=Decimal(60)),
    "T": Item(ID="id-t", Code="T", Description="Travel", SalesVatCode="4"),
}
MATERIAL = {"code": "A", "quantity": "2", "unit_price": "10"}
HOURS = {"date": "2026-11-20", "minutes": 60, "hour_type": "H"}


def _job(order=None, **settings):
    document = {
        "id": "wo-1",
        "revision": 1,
        "number": "W-1",
        "work_date": "2026-11-20",
        "completed_at": "2026-11-20T23:30:00Z",
        "site_customer": {"debtor_number": "10", "name": "Acme"},
        "invoice_customer": {"debtor_number": "10", "name": "Acme"},
    } | (order or {"materials": [MATERIAL]})
    return Job(
        document=WorkOrder.model_validate(document),
        reference="W-1",
        settings=Settings.model_validate(settings),
        administration=Administration(code="900001", name="Books"),
        timezone="Europe/Amsterdam",
        ensured={"relation:10": "acc-10", "relation:20": "acc-20"},
    )


def _order(job):
    return exports.sales_order(job, ITEMS)


def _lines(job):
    return _order(job).request.body["SalesOrderLines"]


def _material(**fields):
    return _job({"materials": [MATERIAL | fields]})


def test_an_order_carries_our_marker_and_the_days_of_the_work():
    draft = _order(_job())
    assert draft.request.path == "/api/v1/900001/salesorder/SalesOrders"
    assert draft.request.body["YourRef"] == "W-1"
    assert draft.request.body["OrderDate"] == "2026-11-20"
    assert draft.day == date(2026, 11, 20)


def test_a_request_is_plain_json():
    body = _order(_job()).request.body
    assert json.loads(json.dumps(body)) == body


def test_hidden_lines_are_left_out():
    hidden = {"hidden": True}
    job = _job({"materials": [MATERIAL, MATERIAL | hidden], "hours": [HOURS | hidden]})
    assert len(_lines(job)) == 1


def test_lines_of_nothing_are_left_out():
    job = _job({"materials": [MATERIAL], "hours": [HOURS | {"minutes": 0}]})
    assert [line["Item"] for line in _lines(job)] == ["id-a"]


def test_a_work_order_without_lines_makes_no_document():
    with pytest.raises(Unsupported, match="W-1 has no lines"):
        _order(_job({"materials": []}))


def test_the_total_is_the_sum_of_lines_rounded_each():
    job = _job({"materials": [MATERIAL | {"quantity": "1", "unit_price": "0.005"}] * 2, "hours": [HOURS]})
    assert _order(job).total_excl == Decimal("60.02")


def test_a_discount_goes_out_as_a_fraction_of_the_unit_price():
    (line,) = _lines(_material(discount_percentage="5.5"))
    assert (line["UnitPrice"], line["Discount"]) == (10, 0.055)
    assert "NetPrice" not in line
    assert _order(_material(discount_percentage="5.5")).total_excl == Decimal("18.90")


def test_a_price_without_discount_goes_out_as_net_price():
    (line,) = _lines(_material())
    assert line["NetPrice"] == 10
    assert "Discount" not in line


def test_a_material_without_price_is_priced_by_the_package_and_not_compared():
    draft = _order(_material(unit_price=None))
    assert "NetPrice" not in draft.request.body["SalesOrderLines"][0]
    assert draft.total_excl is None


def test_a_discount_on_the_packages_own_price_is_kept():
    (line,) = _lines(_material(unit_price=None, discount_percentage="10"))
    assert line["Discount"] == 0.1
    assert not {"UnitPrice", "NetPrice"} & set(line)


def test_an_amount_that_json_numbers_cannot_hold_is_refused():
    with pytest.raises(Unsupported, match="more digits"):
        _order(_material(unit_price="1234567890.12345678901"))


def test_an_unknown_item_becomes_the_fallback_item_with_a_warning():
    draft = exports.sales_order(_job({"materials": [MATERIAL | {"code": "?"}]}, fallback_item="A"), ITEMS)
    assert draft.request.body["SalesOrderLines"][0]["Item"] == "id-a"
    assert draft.warnings == ("Item ? is not in Exact Online; item A was used.",)


def test_an_unknown_item_waits_for_a_fallback_item():
    with pytest.raises(Unmappable, match="Item \\? on work order W-1") as error:
        _order(_material(code="?"))
    assert error.value.setting == "fallback_item"


def test_a_fallback_item_that_does_not_exist_is_not_used():
    with pytest.raises(Unmappable, match="Item Z, chosen for unknown codes") as error:
        _order(_job({"materials": [MATERIAL | {"code": "?"}]}, fallback_item="Z"))
    assert error.value.setting == "fallback_item"


def test_the_lines_own_vat_code_wins():
    assert _lines(_material(vat_code="9"))[0]["VATCode"] == "9  "


def test_then_the_items_vat_code():
    job = _job({"materials": [MATERIAL | {"vat_percentage": "21"}]}, vat_codes={"21": "5"}, vat_default="0")
    assert _lines(job)[0]["VATCode"] == "4  "


def test_then_the_code_of_the_percentage():
    material = MATERIAL | {"code": "B", "vat_percentage": "21.00"}
    assert _lines(_job({"materials": [material]}, vat_codes={"21": "5"}, vat_default="0"))[0]["VATCode"] == "5  "


def test_then_the_default():
    assert _lines(_job({"materials": [MATERIAL | {"code": "B"}]}, vat_default="0"))[0]["VATCode"] == "0  "


@pytest.mark.parametrize(("percentage", "words"), [("21", "with 21 % VAT"), (None, "without a VAT percentage")])
def test_without_any_vat_code_the_document_waits(percentage, words):
    with pytest.raises(Unmappable, match=words) as error:
        _order(_material(code="B", vat_percentage=percentage))
    assert error.value.setting == "vat_codes"


def test_hours_use_their_own_price_then_the_items_then_the_setting():
    own, item, setting = (
        _job({"hours": [HOURS | {"unit_price": "70"}]}),
        _job({"hours": [HOURS]}, hour_price="50"),
        _job({"hours": [HOURS | {"hour_type": "T"}]}, hour_price="50"),
    )
    assert [_lines(job)[0]["NetPrice"] for job in (own, item, setting)] == [70, 60, 50]


def test_hours_without_any_price_wait():
    with pytest.raises(Unmappable, match="item T has none") as error:
        _order(_job({"hours": [HOURS | {"hour_type": "T"}]}))
    assert error.value.setting == "hour_price"


def test_hours_without_a_type_use_the_default():
    (line,) = _lines(_job({"hours": [HOURS | {"hour_type": None}]}, default_hour_type="H"))
    assert line["Item"] == "id-h"


def test_hours_without_a_type_wait_for_a_default():
    with pytest.raises(Unmappable, match="W-1 have no hour type") as error:
        _order(_job({"hours": [HOURS | {"hour_type": None}]}))
    assert error.value.setting == "default_hour_type"


def test_a_default_hour_type_that_does_not_exist_is_not_used():
    with pytest.raises(Unmappable, match="Item Z, chosen for hours") as error:
        _order(_job({"hours": [HOURS | {"hour_type": None}]}, default_hour_type="Z"))
    assert error.value.setting == "default_hour_type"


def test_the_work_orders_own_minimum_and_rounding_win():
    rules = {"minimum_hours": "2", "rounding_minutes": 30}
    own = _job({"hours": [HOURS]} | rules, minimum_hours="4", rounding_minutes=5)
    ours = _job({"hours": [HOURS | {"minutes": 61}]}, rounding_minutes=15)
    none = _job({"hours": [HOURS]} | {"minimum_hours": "0"}, minimum_hours="4")
    assert [_lines(job)[0]["Quantity"] for job in (own, ours, none)] == [2, 1.25, 1]


def test_all_items_a_mapping_needs_are_gathered_and_no_others():
    job = _job({"materials": [MATERIAL, MATERIAL | {"code": "X", "hidden": True}], "hours": [HOURS]}, fallback_item="F")
    assert lines.item_codes(job) == {"A", "H", "F"}


def test_the_work_is_delivered_to_the_site_and_ordered_by_who_pays():
    site = {"debtor_number": "20", "name": "Site"}
    body = _order(_job({"materials": [MATERIAL], "site_customer": site})).request.body
    assert (body["OrderedBy"], body["DeliverTo"]) == ("acc-10", "acc-20")


def test_one_customer_is_named_once():
    assert "DeliverTo" not in _order(_job()).request.body
    assert [customer.debtor_number for customer in exports.customers(_job(), {})] == ["10"]


def test_the_currency_is_sent_only_when_it_is_a_foreign_one():
    home, foreign = (_order(_job({"materials": [MATERIAL], "currency": code})) for code in ("EUR", "USD"))
    assert "Currency" not in home.request.body
    assert foreign.request.body["Currency"] == "USD"
    assert (home.currency, foreign.currency) == ("EUR", "USD")


def test_long_texts_are_cut_in_the_description_and_kept_in_full():
    long = "word " * 30
    body = _order(_job({"materials": [MATERIAL | {"description": long}], "short_description": long})).request.body
    assert len(body["Description"]) <= 60
    assert body["Remarks"] == long.strip()
    assert len(body["SalesOrderLines"][0]["Description"]) <= 60
    assert body["SalesOrderLines"][0]["Notes"] == long.strip()


def test_a_short_text_is_said_once():
    body = _order(_job({"materials": [MATERIAL], "short_description": "Leak"})).request.body
    assert body["Description"] == "Leak"
    assert "Remarks" not in body
    assert "Notes" not in body["SalesOrderLines"][0]


def test_an_invoice_names_its_journal():
    draft = exports.sales_invoice(_job(journal="70"), ITEMS)
    assert draft.request.path == "/api/v1/900001/salesinvoice/SalesInvoices"
    assert draft.request.body["Journal"] == "70"
    assert len(draft.request.body["SalesInvoiceLines"]) == 1


def test_an_invoice_waits_for_its_journal():
    with pytest.raises(Unmappable) as error:
        exports.sales_invoice(_job(), ITEMS)
    assert error.value.setting == "journal"


def test_every_setting_a_document_can_wait_for_exists():
    assert {"fallback_item", "vat_codes", "hour_price", "default_hour_type", "journal"} <= set(Settings.model_fields)


def test_a_new_relation_is_a_customer_with_its_number_in_both_places():
    customer = Customer.model_validate(
        {
            "debtor_number": "123",
            "name": "Acme",
            "vat_number": "NL1",
            "address": {"street": "Kade", "house_number": "1"},
        }
    )
    request = exports.relation(_job(), customer).request
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
    body = exports.relation(_job(), Customer(debtor_number=number, name="Acme")).request.body
    assert "Code" not in body
    assert body["SearchCode"] == number
