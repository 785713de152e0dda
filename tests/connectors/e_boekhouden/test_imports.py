"""From the package's records to ours: the unit decides, VAT code and counter account travel along."""

import pytest

from shared.connectors.e_boekhouden import countries
from shared.connectors.e_boekhouden.imports import hour_type, product, relation
from shared.connectors.e_boekhouden.models import Artikel, Relatie
from shared.connectors.e_boekhouden.settings import Settings
from shared.mapping import LeftOut
from shared.schemas.entities import HourType, Product


def article(**changes):
    fields = {
        "ArtikelID": "7001",
        "ArtikelCode": "MONT",
        "ArtikelOmschrijving": "Montage",
        "Eenheid": "uur",
        "InkoopprijsExclBTW": "0",
        "VerkoopprijsExclBTW": "62.5",
        "BTWCode": "HOOG_VERK_21",
        "TegenrekeningCode": "8000",
        "Actief": "true",
    }
    return Artikel.model_validate(fields | changes)


@pytest.mark.parametrize("unit", ["uur", "Uur", "UREN", "hour", "h", " uur "])
def test_articles_by_the_hour_are_hour_types(unit):
    row = article(Eenheid=unit)
    assert isinstance(hour_type(row, Settings()), HourType)
    assert isinstance(product(row, Settings()), LeftOut)


@pytest.mark.parametrize("unit", ["stuk", "", "uurtje", "hours"])
def test_everything_else_is_a_product(unit):
    row = article(Eenheid=unit)
    assert isinstance(product(row, Settings()), Product)
    assert isinstance(hour_type(row, Settings()), LeftOut)


def test_which_units_mean_hours_is_a_setting_in_whatever_capitals():
    settings = Settings(hour_units=("Dagdeel", "dagdeel"))
    assert settings.hour_units == ("dagdeel",)
    assert isinstance(hour_type(article(Eenheid="DAGDEEL"), settings), HourType)
    assert isinstance(product(article(), settings), Product)


def test_vat_code_and_counter_account_travel_with_the_product():
    made = product(article(Eenheid="stuk"), Settings())
    assert (made.vat_code, made.ledger, str(made.price)) == ("HOOG_VERK_21", "8000", "62.5")


def test_inactive_articles_are_left_out_unless_chosen():
    assert isinstance(product(article(Eenheid="stuk", Actief="false"), Settings()), LeftOut)
    made = product(article(Eenheid="stuk", Actief="false"), Settings(include_inactive=True))
    assert not made.active


@pytest.mark.parametrize("empty", [{"ArtikelOmschrijving": "", "ArtikelCode": " "}, {"ArtikelID": ""}, {"Actief": "?"}])
def test_an_article_that_makes_no_sense_is_not_understood(empty):
    with pytest.raises(ValueError):  # noqa: PT011  # pydantic's text
        article(**empty)


@pytest.mark.parametrize(
    ("text", "code"), [("Nederland", "NL"), (" belgië", "BE"), ("de", "DE"), ("Verweggistan", None), ("", None)]
)
def test_countries_are_free_text_and_the_usual_ones_are_understood(text, code):
    row = Relatie.model_validate({"ID": "1", "Code": "1", "Land": text})
    assert relation(row, Settings()).address.country == code


def test_a_country_is_written_as_it_is_read():
    assert [countries.code_of(countries.name_of(code)) for code in ("NL", "BE", "JP")] == ["NL", "BE", "JP"]
    assert countries.name_of(None) == ""


def test_a_relation_without_a_name_has_its_number():
    assert relation(Relatie.model_validate({"ID": "1", "Code": "K-7"}), Settings()).name == "K-7"
