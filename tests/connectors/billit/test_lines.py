"""Lines: what they say, which price and VAT they have, what waits for a setting."""

from dataclasses import replace

import pytest

from shared.connectors.billit import exports
from shared.errors import Rejected, Unmappable, Unsupported
from shared.exporting import ToBeMade
from shared.schemas.connections import Administration
from shared.schemas.documents import WorkOrder
from tests.connectors.billit.office import an_invoice
from tests.connectors.billit.paperwork import CUSTOMER, HOURS, MATERIAL, OFFICE, PRODUCTS, final, hours, line, work


def test_a_line_without_words_has_those_of_its_product_else_its_code():
    assert line(1, 1, 21, {"code": "A", "description": ""})["Description"] == "Pipe"
    assert line(1, 1, 21, {"code": "?", "description": ""})["Description"] == "?"
    assert line(1, 1, 21, {"description": ""})["Description"] == "-"


def test_what_does_not_fit_a_description_stands_in_full_beside_it():
    text = "x" * 513
    assert line(1, 1, 21, {"description": text})["Description"] == "x" * 512
    assert line(1, 1, 21, {"description": text})["DescriptionExtended"] == text
    assert "DescriptionExtended" not in line(1, 1, 21, {"description": text[1:]})


@pytest.mark.parametrize(("field", "value"), [("quantity", "0.123456"), ("unit_price", "1.000001")])
def test_more_decimals_than_billit_keeps_are_refused_with_the_field(field, value):
    with pytest.raises(Unsupported, match=f"The {field.removeprefix('unit_')} of 'A' is {value}, and Billit keeps 5"):
        work({"materials": [MATERIAL | {field: value}]})


def test_more_digits_than_a_number_holds_are_refused():
    with pytest.raises(Unsupported):
        work({"materials": [MATERIAL | {"unit_price": "12345678901234567.89"}]})


def test_products_that_are_not_there_are_told_once():
    unknown = {"code": "?"}
    assert final((1, 10, 21, unknown), (1, 10, 21, unknown), (1, 10, 21, {"code": "A"})).warnings == (
        "Item ? is not in Billit; its line stands by itself.",
    )


def test_two_products_with_one_reference_are_not_chosen_between():
    with pytest.raises(Rejected, match=r"Billit has 2 products with reference D\. Keep one"):
        final((1, 10, 6, {"code": "D"}))


def test_a_line_says_what_its_product_knows():
    assert work({"materials": [{"code": "A", "quantity": 3}]}).request.body["OrderLines"] == [
        {
            "Quantity": 3.0,
            "UnitPriceExcl": 7.35,
            "Description": "Pipe",
            "Reference": "A",
            "VATPercentage": 21.0,
            "ProductID": 1,
            "Unit": "m",
        }
    ]


@pytest.mark.parametrize("code", ["B", "unknown"])
def test_a_material_without_any_price_is_refused(code):
    with pytest.raises(Rejected, match=f"Item {code} on work order W-1 has no price"):
        work({"materials": [{"code": code, "quantity": 1, "vat_percentage": 21}]})


@pytest.mark.parametrize(
    ("period", "settings", "setting", "key"),
    [
        ({"hour_type": "?"}, {}, "hour_types", "?"),
        ({"hour_type": None}, {}, "default_hour_type", None),
        ({"hour_type": None}, {"default_hour_type": "?"}, "default_hour_type", None),
        ({"hour_type": "T"}, {}, "hour_price", None),
        ({"hour_type": "B", "unit_price": "1"}, {"vat_default": None}, "vat_default", None),
    ],
)
def test_hours_that_nothing_is_known_of_wait_for_their_setting(period, settings, setting, key):
    with pytest.raises(Unmappable) as error:
        work(hours(**period), **settings)
    assert (error.value.setting, error.value.key) == (setting, key)


@pytest.mark.parametrize(
    ("period", "settings", "reference", "price"),
    [
        ({}, {}, "H", 60),
        ({"unit_price": "61.5"}, {}, "H", 61.5),
        ({"hour_type": "T"}, {"hour_price": "45"}, "T", 45),
        ({"hour_type": "fitter"}, {"hour_types": {"fitter": "H"}}, "H", 60),
        ({"hour_type": None}, {"default_hour_type": "H"}, "H", 60),
    ],
)
def test_hours_have_the_price_of_the_line_else_the_product_else_the_setting(period, settings, reference, price):
    (sent,) = work(hours(**period), **settings).request.body["OrderLines"]
    assert (sent["Reference"], sent["UnitPriceExcl"], sent["Quantity"]) == (reference, price, 1)


def test_settings_round_hours_and_set_a_minimum_where_the_work_order_does_not():
    def quantity(**settings):
        return work(hours(minutes=50), **settings).request.body["OrderLines"][0]["Quantity"]

    assert (quantity(rounding_minutes=30), quantity(minimum_hours="2"), quantity()) == (1, 2, 0.8333)


def test_hidden_lines_and_none_of_something_are_left_out():
    order = {
        "materials": [MATERIAL, MATERIAL | {"hidden": True}, MATERIAL | {"quantity": 0}],
        "hours": [HOURS | {"hidden": True}, HOURS | {"minutes": 0}],
    }
    assert len(work(order).request.body["OrderLines"]) == 1
    with pytest.raises(Unsupported, match="has no lines to bill"):
        work({"materials": [MATERIAL | {"hidden": True}]})


def test_a_code_of_another_percentage_is_refused_or_waits_for_another_choice():
    with pytest.raises(Rejected, match=r"the line carries 6 % VAT, but VAT code 4 \(21 %\) is 21 %"):
        final((1, 10, 6, {"code": "A"}))
    with pytest.raises(Unmappable, match="carries 6 % VAT, but VAT code 4") as error:
        final((1, 10, 6), vat_codes={"6": "4"})
    assert (error.value.setting, error.value.key) == ("vat_codes", "6")


def test_a_code_that_billit_does_not_have_waits_for_another_choice():
    with pytest.raises(Unmappable, match="VAT code 9 is not in the accounting package"):
        final((1, 10, 21), vat_codes={"21": "9"})


def test_a_regimes_code_that_charges_something_waits_for_another():
    with pytest.raises(Unmappable) as error:
        final((1, 10, 0), invoice={"customer": {"vat_regime": "exempt"}}, vat_regimes={"exempt": "4"})
    assert (error.value.setting, error.value.key) == ("vat_regimes", "exempt")


def test_nothing_is_charged_to_a_customer_of_such_a_regime_whatever_the_product_says():
    (sent,) = work(
        {"materials": [MATERIAL], "invoice_customer": CUSTOMER | {"vat_regime": "reverse_charge"}}
    ).request.body["OrderLines"]
    assert sent["VATPercentage"] == 0


@pytest.mark.parametrize("other", [(1, 10, 21), (1, 10, 0, {"vat_code": "24"}), (1, 10, 0)])
def test_one_document_has_one_reason_for_no_vat(other):
    with pytest.raises(Unsupported, match="one reason for 0 % for a whole document"):
        final((1, 10, 0, {"vat_code": "22"}), other)


def test_nothing_at_zero_percent_needs_a_reason_by_itself():
    assert "VentilationCode" not in final((1, 10, 0), (1, 10, 21)).request.body
    assert final((1, 10, 0, {"vat_code": "22"})).request.body["VentilationCode"] == "22"


def test_percentages_of_codes_are_known_of_belgium_only():
    job = OFFICE.job(an_invoice((1, 10, 21)))
    abroad = replace(
        job, administration=Administration(code="1", name="NL", country="NL"), ensured=ToBeMade({"relation:4711": "7"})
    )
    with pytest.raises(Unmappable, match="has no known percentage"):
        exports.final_invoice(abroad, PRODUCTS)


def test_a_product_charges_its_percentage_abroad_only_where_that_is_known():
    customer = CUSTOMER | {"vat_regime": "domestic"}
    document = WorkOrder.model_validate(
        {
            "id": "wo-1",
            "revision": 1,
            "number": "W-1",
            "work_date": "2026-11-20",
            "completed_at": "2026-11-20T23:30:00Z",
            "site_customer": customer,
            "invoice_customer": customer,
            "materials": [MATERIAL],
        }
    )
    job = replace(OFFICE.job(document), administration=Administration(code="1", name="NL", country="NL"))
    with pytest.raises(Unsupported, match="no known percentage outside Belgium"):
        exports.invoice(replace(job, ensured=ToBeMade()), PRODUCTS)
