"""Numbers as people write them, in each language."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from services.console.settings.numbers import plain, shown


@pytest.mark.parametrize(
    ("language", "written", "stored"),
    [
        ("nl", "12,50", "12.50"),
        ("nl", "1.250,50", "1250.50"),
        ("nl", "1.250", "1250"),
        ("nl", "12.50", "12.50"),  # no thousands end in two digits
        ("en_GB", "12.50", "12.50"),
        ("en_GB", "1,250", "1250"),
        ("en_GB", "12,5", "12.5"),
        ("fr", "1\u202f250,5", "1250.5"),
        ("fr", "1 250", "1250"),
        ("pt_PT", "-3,5", "-3.5"),
        ("es", " 7 ", "7"),
    ],
)
def test_a_number_is_read_as_it_is_written_in_the_language(language: str, written: str, stored: str) -> None:
    assert plain(written, Locale.parse(language)) == stored


@pytest.mark.parametrize("text", ["", "a lot", "1,2,3", "12.34.5", "1.25,0.5", "--1", "0x10", "1e3", "€ 5"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert plain(text, Locale.parse("nl")) is None


@given(
    st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(lambda value: format(value, "f")),
    st.sampled_from(["nl", "en_GB", "pt_PT", "es", "fr"]),
)
def test_what_is_shown_is_read_back_the_same(number: str, language: str) -> None:
    assert plain(shown(number, Locale.parse(language)), Locale.parse(language)) == number
