"""Where the texts of a work order go, and that none of them is lost."""

import pytest

from shared.connectors.exact_online.gathered import item_codes
from shared.errors import Unmappable
from tests.connectors.exact_online.paperwork import CUSTOMER, HOURS, MATERIAL, job_of, lines, order

LONG = "word " * 30


def _job(short="", description="", **settings):
    return job_of({"materials": [MATERIAL], "short_description": short, "description": description}, **settings)


def _header(short="", description="", **settings):
    body = order(_job(short, description, **settings)).request.body
    return body["Description"], body.get("Remarks")


def test_long_texts_are_cut_in_the_description_and_kept_in_full():
    long = "word " * 30
    body = order(job_of({"materials": [MATERIAL | {"description": long}], "short_description": long})).request.body
    assert len(body["Description"]) <= 60
    assert body["Remarks"] == long.strip()
    assert len(body["SalesOrderLines"][0]["Description"]) <= 60
    assert body["SalesOrderLines"][0]["Notes"] == long.strip()


def test_a_short_text_is_said_once():
    body = order(job_of({"materials": [MATERIAL], "short_description": "Leak"})).request.body
    assert body["Description"] == "Leak"
    assert "Remarks" not in body
    assert "Notes" not in body["SalesOrderLines"][0]


def test_as_notes_the_description_goes_to_the_remarks():
    assert _header("Leak", "Under the sink\nClosed") == ("Leak", "Under the sink\nClosed")


def test_as_description_all_stands_in_the_description_when_it_fits():
    assert _header("Leak", "Under\nthe sink", texts_as="description") == ("Leak - Under the sink", None)


def test_as_description_what_does_not_fit_stands_in_full_in_the_remarks():
    description, remarks = _header("Leak", LONG, texts_as="description")
    assert description == ("Leak - " + LONG)[:60].rstrip()
    assert remarks == f"Leak\n\n{LONG.strip()}"


@pytest.mark.parametrize("texts_as", ["notes", "description", "item"])
def test_without_texts_the_number_stands_in_the_description(texts_as):
    assert _header(texts_as=texts_as) == ("W-1", None)


def test_as_an_item_the_texts_are_a_first_line_for_nothing():
    draft = order(_job("Leak", LONG, texts_as="item", text_item="B", vat_default="0"))
    text, material = draft.request.body["SalesOrderLines"]
    assert (text["Item"], text["Quantity"], text["NetPrice"], text["VATCode"]) == ("id-b", 1, 0, "0  ")
    assert text["Notes"] == f"Leak\n\n{LONG.strip()}"
    assert (material["Item"], draft.total_excl) == ("id-a", 20)
    assert "Remarks" not in draft.request.body


def test_a_text_line_is_taxed_like_the_work():
    payer = CUSTOMER | {"address": {"country": "BE"}, "vat_number": "BE0428759497"}
    fields = {"materials": [MATERIAL | {"vat_percentage": "21"}], "description": "Leak", "invoice_customer": payer}
    found = lines(job_of(fields, texts_as="item", text_item="B", vat_codes={"21": "5"}))
    assert [line["VATCode"] for line in found] == ["5  ", "4  "]
    by_hours = fields | {"materials": [], "hours": [HOURS | {"vat_percentage": "21"}]}
    assert lines(job_of(by_hours, texts_as="item", text_item="B", vat_codes={"21": "5"}))[0]["VATCode"] == "5  "


def test_without_texts_there_is_no_text_line():
    assert len(lines(_job(texts_as="item"))) == 1


@pytest.mark.parametrize(("item", "words"), [(None, "choose an item for that"), ("Z", "Item Z, chosen for texts")])
def test_a_text_line_waits_for_its_item(item, words):
    with pytest.raises(Unmappable, match=words) as error:
        order(_job("Leak", texts_as="item", text_item=item))
    assert error.value.setting == "text_item"


def test_the_text_item_is_gathered():
    assert "B" in item_codes(_job("Leak", texts_as="item", text_item="B"))
