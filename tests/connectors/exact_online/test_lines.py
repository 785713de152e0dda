"""Materials and worked hours as lines: item, quantity, price, VAT."""

from decimal import Decimal

import pytest

from shared.connectors.exact_online.gathered import item_codes, ledger_codes
from shared.errors import Rejected, Unmappable, Unsupported
from tests.connectors.exact_online.paperwork import CUSTOMER, HOURS, MATERIAL, job_of, lines, material, order, worked


def test_a_discount_goes_out_as_a_fraction_of_the_unit_price():
    (line,) = lines(material(discount_percentage="5.5"))
    assert (line["UnitPrice"], line["Discount"]) == (10, 0.055)
    assert "NetPrice" not in line
    assert order(material(discount_percentage="5.5")).total_excl == Decimal("18.90")


def test_a_price_without_discount_goes_out_as_net_price():
    (line,) = lines(material())
    assert line["NetPrice"] == 10
    assert "Discount" not in line


def test_a_material_without_price_is_priced_by_the_package_and_not_compared():
    draft = order(material(unit_price=None))
    assert "NetPrice" not in draft.request.body["SalesOrderLines"][0]
    assert draft.total_excl is None


def test_a_discount_on_the_packages_own_price_is_kept():
    (line,) = lines(material(unit_price=None, discount_percentage="10"))
    assert line["Discount"] == 0.1
    assert not {"UnitPrice", "NetPrice"} & set(line)


def test_an_amount_that_json_numbers_cannot_hold_is_refused():
    with pytest.raises(Unsupported, match="more digits"):
        order(material(unit_price="1234567890.12345678901"))


def test_an_unknown_item_becomes_the_fallback_item_with_a_warning():
    draft = order(job_of({"materials": [MATERIAL | {"code": "?"}]}, fallback_item="A"))
    assert draft.request.body["SalesOrderLines"][0]["Item"] == "id-a"
    assert draft.warnings == ("Item ? is not in Exact Online; item A was used.",)


def test_an_unknown_item_waits_for_a_fallback_item():
    with pytest.raises(Unmappable, match="Item \\? on work order W-1") as error:
        order(material(code="?"))
    assert error.value.setting == "fallback_item"


def test_a_fallback_item_that_does_not_exist_is_not_used():
    with pytest.raises(Unmappable, match="Item Z, chosen for unknown codes") as error:
        order(job_of({"materials": [MATERIAL | {"code": "?"}]}, fallback_item="Z"))
    assert error.value.setting == "fallback_item"


def test_a_material_of_which_nothing_was_used_needs_no_item():
    assert len(lines(job_of({"materials": [MATERIAL, MATERIAL | {"code": "?", "quantity": "0"}]}))) == 1


def test_the_lines_own_vat_code_wins():
    assert lines(material(vat_code="9"))[0]["VATCode"] == "9  "


def test_then_the_items_vat_code():
    job = job_of({"materials": [MATERIAL | {"vat_percentage": "21"}]}, vat_codes={"21": "5"}, vat_default="0")
    assert lines(job)[0]["VATCode"] == "4  "


def test_then_the_code_of_the_percentage():
    material = MATERIAL | {"code": "B", "vat_percentage": "21.00"}
    assert lines(job_of({"materials": [material]}, vat_codes={"21": "5"}, vat_default="0"))[0]["VATCode"] == "5  "


def test_then_for_lines_without_a_percentage_the_default():
    assert lines(job_of({"materials": [MATERIAL | {"code": "B"}]}, vat_default="0"))[0]["VATCode"] == "0  "


@pytest.mark.parametrize(
    ("percentage", "words", "setting", "key"),
    [("21", "with 21 % VAT", "vat_codes", "21"), (None, "without a VAT percentage", "vat_default", None)],
)
def test_without_any_vat_code_the_document_waits(percentage, words, setting, key):
    with pytest.raises(Unmappable, match=f"Item B on work order W-1, {words}") as error:
        order(material(code="B", vat_percentage=percentage))
    assert (error.value.setting, error.value.key) == (setting, key)


def test_what_the_customer_is_charged_decides_before_the_item():
    payer = CUSTOMER | {"vat_regime": "reverse_charge"}
    both = {"materials": [MATERIAL], "hours": [HOURS], "invoice_customer": payer}
    found = lines(job_of(both, vat_regimes={"reverse_charge": "6"}))
    assert [line["VATCode"] for line in found] == ["6  "] * 2
    with pytest.raises(Unmappable) as error:
        order(job_of(both))
    assert (error.value.setting, error.value.key) == ("vat_regimes", "reverse_charge")


def test_a_line_that_contradicts_how_the_customer_is_taxed_is_refused():
    payer = CUSTOMER | {"vat_regime": "exempt"}
    with pytest.raises(Rejected, match="21 % VAT"):
        order(job_of({"materials": [MATERIAL | {"vat_percentage": "21"}], "invoice_customer": payer}))


def test_hours_use_their_own_price_then_the_items_then_the_setting():
    own, item, setting = (
        job_of({"hours": [HOURS | {"unit_price": "70"}]}),
        job_of({"hours": [HOURS]}, hour_price="50"),
        job_of({"hours": [HOURS | {"hour_type": "T"}]}, hour_price="50"),
    )
    assert [lines(job)[0]["NetPrice"] for job in (own, item, setting)] == [70, 60, 50]


def test_hours_without_any_price_wait():
    with pytest.raises(Unmappable, match="item T has none") as error:
        order(job_of({"hours": [HOURS | {"hour_type": "T"}]}))
    assert error.value.setting == "hour_price"


def test_hours_priced_by_employee_take_the_price_of_who_worked():
    prices = {"hours_priced_by": "employee", "employee_prices": {"7": "48.50"}}
    found = lines(worked({"employee": "7", "unit_price": "70"}, {"employee": None, "unit_price": "70"}, **prices))
    assert [line["NetPrice"] for line in found] == [48.5, 70], "nobody is named: the hour type decides"


def test_hours_of_an_employee_without_a_price_wait_for_that_employee():
    with pytest.raises(Unmappable, match="Employee 8, who worked on work order W-1") as error:
        order(worked({"employee": "8"}, hours_priced_by="employee", employee_prices={"7": "48.50"}))
    assert (error.value.setting, error.value.key) == ("employee_prices", "8")


def test_hours_that_are_not_billed_are_listed_for_nothing():
    both = {"materials": [MATERIAL], "hours": [HOURS | {"unit_price": "70"}, HOURS | {"hour_type": "T"}]}
    draft = order(job_of(both, hours_priced_by="none"))
    found = draft.request.body["SalesOrderLines"]
    assert [(line["Quantity"], line["NetPrice"]) for line in found[1:]] == [(1, 0), (1, 0)]
    assert draft.total_excl == Decimal(20)


def test_an_hour_type_with_another_code_in_the_package_is_translated():
    found = order(worked({"hour_type": "Travel time"}, {}, hour_types={"Travel time": "T"}, hour_price="50"))
    assert [line["Item"] for line in found.request.body["SalesOrderLines"]] == ["id-t", "id-h"]
    assert found.warnings == ()


@pytest.mark.parametrize("chosen", [{}, {"hour_types": {"Travel time": "Z"}}])
def test_an_hour_type_the_package_does_not_know_waits_and_gets_no_other_item(chosen):
    with pytest.raises(Unmappable, match="Hour type Travel time on work order W-1") as error:
        order(worked({"hour_type": "Travel time"}, fallback_item="A", default_hour_type="H", **chosen))
    assert (error.value.setting, error.value.key) == ("hour_types", "Travel time")


def test_hours_without_a_type_use_the_default():
    (line,) = lines(job_of({"hours": [HOURS | {"hour_type": None}]}, default_hour_type="H"))
    assert line["Item"] == "id-h"


def test_hours_without_a_type_wait_for_a_default():
    with pytest.raises(Unmappable, match="W-1 have no hour type") as error:
        order(job_of({"hours": [HOURS | {"hour_type": None}]}))
    assert error.value.setting == "default_hour_type"


def test_a_default_hour_type_that_does_not_exist_is_not_used():
    with pytest.raises(Unmappable, match="Item Z, chosen for hours") as error:
        order(job_of({"hours": [HOURS | {"hour_type": None}]}, default_hour_type="Z"))
    assert error.value.setting == "default_hour_type"


def test_the_work_orders_own_minimum_and_rounding_win():
    rules = {"minimum_hours": "2", "rounding_minutes": 30}
    own = job_of({"hours": [HOURS]} | rules, minimum_hours="4", rounding_minutes=5)
    ours = job_of({"hours": [HOURS | {"minutes": 61}]}, rounding_minutes=15)
    none = job_of({"hours": [HOURS]} | {"minimum_hours": "0"}, minimum_hours="4")
    assert [lines(job)[0]["Quantity"] for job in (own, ours, none)] == [2, 1.25, 1]


@pytest.mark.parametrize(("step", "hours"), [(0, 1.0167), (5, 1.0833), (15, 1.25), (30, 1.5)])
def test_hours_are_rounded_up(step, hours):
    assert [line["Quantity"] for line in lines(worked({"minutes": 61}, rounding_minutes=step))] == [hours]
    exact = lines(worked({"minutes": 60}, {"minutes": 30}, rounding_minutes=step))
    assert sum(line["Quantity"] for line in exact) == 1.5, "what is a whole step already stays"


def test_what_rounding_adds_goes_to_the_last_period():
    assert [line["Quantity"] for line in lines(worked({"minutes": 30}, {"minutes": 31}, rounding_minutes=30))] == [
        0.5,
        1,
    ]


def test_all_items_a_mapping_needs_are_gathered_and_no_others():
    materials = [MATERIAL, MATERIAL | {"code": "X", "hidden": True}, MATERIAL | {"code": "Y", "quantity": "0"}]
    hours = [HOURS, HOURS | {"hour_type": "Travel time"}, HOURS | {"hour_type": None}]
    job = job_of({"materials": materials, "hours": hours}, fallback_item="F", hour_types={"Travel time": "T"})
    assert item_codes(job) == {"A", "H", "T", "F"}


def test_all_ledgers_lines_may_be_booked_on_are_gathered():
    materials = [MATERIAL | {"ledger": "8010"}, MATERIAL | {"ledger": "8020", "hidden": True}]
    assert ledger_codes(job_of({"materials": materials}, ledger="8000")) == {"8000", "8010"}
