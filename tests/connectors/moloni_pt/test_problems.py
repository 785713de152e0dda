"""Moloni's lists of errors become sentences that name the line and the field, at whatever depth they stand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.connectors.moloni_pt.problems import Problem, problems, problems_in


def sentences(body, lines=()):
    return [problem.sentence(lines) for problem in problems(body)]


def described(code, words):
    return {"code": code, "description": words}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1 name", "the name is missing"),
        ("2 qty", "the quantity must be a number"),
        ("2 language_id 1 0", "the language must be a number without decimals, greater than 0"),
        ("2 value 0 0", "the value must be a number, greater than 0"),
        ("2 discount 0 null null 0 100", "the discount must be a number, at least 0 and at most 100"),
        ("3 email", "the e-mail address is not an e-mail address"),
        ("4 number", "another customer has this number already. Give one of the two another number"),
        ("4 reference", "the reference is taken already"),
        ('5 at_product_category ["M","P"]', 'the at product category is not one that Moloni accepts (["M","P"])'),
        ("6 website", "the website is not a web address"),
        ("7 zip_code", "the postal code is not a Portuguese one: write it as 4000-001"),
        ("8 vat", "the tax number is not a valid Portuguese tax number"),
        ("9 date", "the date is not a date"),
        ("10 associated_id", "the associated id names a document that cannot be tied to this one"),
        ("11 document_id", "the tax authority does not take this document"),
        ("12 date >= 2026-11-20", "the date must be on or after 2026-11-20"),
        ("12 date", "the date must be another one"),
        ("13 phone", "the phone is not a phone number"),
        ("14 taxes", "VAT stands before another tax, or is not cumulative"),
        ("15 taxes", "it has more than one VAT"),
        ("16 customer_id", "the customer must be identified: a name, an address and a city are needed"),
        ("17 number", "the number is too long"),
        ("1 exemption_reason", "no VAT is charged, so an exemption reason is needed. Choose its code in the settings"),
        ("99 notes", "notes: 99 notes"),
    ],
)
def test_every_code_of_the_table_is_a_sentence(code, sentence):
    assert sentences([code]) == [sentence]


def test_a_series_that_is_not_registered_is_explained():
    (told,) = sentences([described("5 document_set_wsat_id", "Field 'document_set_wsat_id' must be valid")])
    assert "the series is not registered at the tax authority" in told
    assert "choose another series in the settings" in told


def test_an_unknown_code_is_told_in_molonis_own_words():
    assert sentences([described("42 notes", "Field 'notes' is sad")]) == ["notes: Field 'notes' is sad"]


LINES = ["Tubo", "Hora técnica"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([["1 name"]], "line 1 (Tubo): "),
        ([[], ["1 name"]], "line 2 (Hora técnica): "),
        ({"1": ["1 name"]}, "line 2 (Hora técnica): "),
        ({"4": ["1 name"]}, "line 5: "),
        ([[["1 name"]]], "line 1 (Tubo), VAT 1: "),
        ([[[described("1 name", "x")]]], "line 1 (Tubo), VAT 1: "),
        ({"1": {"2": ["1 name"]}}, "line 2 (Hora técnica), VAT 3: "),
        (["3 email", ["1 name"]], "line 1 (Tubo): "),
        ([described("3 email", "x"), [], {"0": ["1 name"]}], "line 2 (Hora técnica), VAT 1: "),
    ],
)
def test_nesting_tells_the_line_and_the_tax(body, place):
    assert sentences(body, LINES)[-1] == f"{place}the name is missing"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [{"customer_id": 1, "name": "1 name"}],
        [{"code": "M07", "name": "Isento"}],
        {"valid": 1, "document_id": 5},
        {"error": "invalid_grant"},
        ["1 name", {"customer_id": 1}],
        "1 name",
        7,
        None,
    ],
)
def test_rows_and_answers_are_no_errors(body):
    assert problems(body) == []


def test_what_is_no_json_holds_no_errors():
    assert problems_in("<html>1 name</html>") == []


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.just("1 name"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_whatever_comes_is_read_without_an_error_of_ours(body):
    for problem in problems_in(json.dumps(body)):
        assert problem.sentence(["a"])


@given(st.integers(0, 30), st.integers(0, 5), st.booleans())
def test_the_place_of_an_error_is_found_in_lists_and_in_objects(line, tax, as_list):
    found = {str(line): {str(tax): ["2 value 0 0"]}}
    if as_list:
        found = [*([] for _ in range(line)), [*([] for _ in range(tax)), ["2 value 0 0"]]]
    assert problems(found) == [Problem(2, "value", "0 0", None, line + 1, tax + 1)]
