"""Days, numbers and ids as Multivers writes them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.connectors.multivers import forms
from shared.connectors.multivers.sandbox import render
from shared.errors import Unsupported
from shared.schemas.money import JsonFraction


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("7-3-2026", date(2026, 3, 7)),
        ("07-03-2026", date(2026, 3, 7)),
        ("7-3-2026 0:00:00", date(2026, 3, 7)),
        ("2026-03-07", date(2026, 3, 7)),
        ("2026-03-07T10:00:00", date(2026, 3, 7)),
        ("", None),
        (" ", None),
    ],
)
def test_a_day_is_read_in_every_spelling(text, day):
    assert forms.day(text) == day


@pytest.mark.parametrize("text", ["31-2-2026", "soon", "2026"])
def test_what_is_no_day_is_an_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  # whichever: the record is kept as it came
        forms.day(text)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_what_the_package_writes_we_read_and_what_we_write_it_reads(day):
    assert forms.day(render.shown(day)) == day
    assert render.day(forms.dutch(day), "day") == day


@given(st.text(min_size=1))
def test_every_id_survives_the_way_through_an_address(id):
    segment = forms.segment(id)
    assert render.plain(segment) == id
    assert not set(segment) & set("/?#% ")


def test_an_id_in_an_address_has_its_own_kind_of_percent_sign():
    assert forms.segment("A/7") == "A!_2F7"


def test_quotes_are_doubled_in_filters():
    assert forms.text("O'Hara") == "'O''Hara'"


def test_what_a_number_cannot_hold_exactly_is_refused_with_its_name():
    assert forms.number(Decimal("0.1"), "The price of A") == 0.1
    with pytest.raises(Unsupported, match="The price of A has more digits than can be sent"):
        forms.number(Decimal("12345678901234567.89"), "The price of A")


def test_what_was_read_is_written_back_as_it_came():
    read = {"price": JsonFraction("0.10"), "code": "0.10", "rows": [{"n": 1, "free": JsonFraction("1e-7")}], "no": None}
    assert forms.as_it_came(read) == {"price": 0.1, "code": "0.10", "rows": [{"n": 1, "free": 1e-7}], "no": None}
    assert isinstance(forms.as_it_came(read)["price"], float)


def test_a_number_that_no_double_holds_stays_text_with_all_its_digits():
    digits = JsonFraction("0.12345678901234567890123")
    assert forms.as_it_came([digits]) == ["0.12345678901234567890123"]


def test_empty_fields_are_left_out_and_zeros_stay():
    assert forms.filled({"a": None, "b": "", "c": 0, "d": False, "e": "x"}) == {"c": 0, "d": False, "e": "x"}
