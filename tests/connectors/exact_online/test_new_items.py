"""Items that are made in Exact for the materials of a work order."""

from dataclasses import replace

import pytest

from shared.connectors.exact_online import exports
from shared.connectors.exact_online.materials import new_items
from shared.errors import Unmappable
from tests.connectors.exact_online.paperwork import CUSTOMER, GATHERED, HOURS, MATERIAL, job_of, lines, order

NEW = MATERIAL | {"code": "N", "description": "Brand new", "unit": "pc", "vat_percentage": "21"}
GROUPED = replace(GATHERED, item_group="group-1")


def _job(*materials, **settings):
    return job_of({"materials": list(materials)}, create_products=True, vat_codes={"21": "5"}, **settings)


def _made(job, gathered=GROUPED):
    return [exports.product(job, new).request.body for new in new_items(job, gathered)]


def test_a_new_item_is_one_for_sale_without_stock():
    (new,) = new_items(_job(NEW), GROUPED)
    request = exports.product(_job(NEW), new).request
    assert (request.method, request.path) == ("POST", "/api/v1/900001/logistics/Items")
    assert request.body == {
        "Code": "N",
        "Description": "Brand new",
        "IsSalesItem": True,
        "IsStockItem": False,
        "Unit": "pc",
        "SalesVatCode": "5  ",
        "ItemGroup": "group-1",
    }


def test_a_new_item_is_described_in_sixty_signs_or_by_its_code():
    long, none = (_made(_job(NEW | {"description": text}))[0]["Description"] for text in ("word " * 30, ""))
    assert len(long) <= 60
    assert none == "N"


def test_what_is_not_known_of_a_new_item_is_left_to_exact():
    body = _made(_job(NEW | {"unit": None, "vat_percentage": None, "code": "N"}, vat_default="0"), GATHERED)[0]
    assert not {"Unit", "SalesVatCode", "ItemGroup"} & set(body)


def test_a_customer_without_vat_says_nothing_about_the_vat_of_an_item():
    payer = CUSTOMER | {"vat_regime": "reverse_charge"}
    new = NEW | {"vat_percentage": "0", "vat_code": "6"}
    job = job_of({"materials": [new], "invoice_customer": payer}, create_products=True, vat_codes={"0": "0"})
    assert "SalesVatCode" not in _made(job)[0]


def test_an_item_is_made_once_for_several_lines_and_only_if_it_is_missing():
    job = _job(MATERIAL, NEW, NEW | {"description": "Second"}, NEW | {"code": "X", "hidden": True})
    assert [(new.code, new.description) for new in new_items(job, GROUPED)] == [("N", "Brand new")]


def test_items_are_made_only_if_the_user_wants_that():
    job = job_of({"materials": [NEW]}, fallback_item="A")
    assert new_items(job, GROUPED) == []
    assert lines(job)[0]["Item"] == "id-a"


def test_a_line_uses_the_item_that_was_made_for_it():
    job = _job(NEW, fallback_item="A")
    job.ensured["product:N"] = "id-n"
    draft = order(job, GROUPED)
    (line,) = draft.request.body["SalesOrderLines"]
    assert (line["Item"], line["VATCode"], line["Description"]) == ("id-n", "5  ", "Brand new")
    assert (draft.total_excl, draft.warnings) == (20, ("Item N was not in Exact Online; it was created.",))


def test_a_material_without_a_price_is_not_made_because_the_item_would_have_none():
    with pytest.raises(Unmappable, match="Item N on work order W-1 has no price") as error:
        order(_job(NEW | {"unit_price": None}), GROUPED)
    assert error.value.setting == "create_products"


def test_new_items_wait_for_an_item_group_that_is_not_there():
    with pytest.raises(Unmappable, match="Item group KETELS, chosen for new items") as error:
        order(_job(NEW, new_product_category="KETELS"))
    assert error.value.setting == "new_product_category"


def test_hour_types_are_never_made():
    with pytest.raises(Unmappable) as error:
        order(job_of({"hours": [HOURS | {"hour_type": "N"}]}, create_products=True))
    assert error.value.setting == "hour_types"
