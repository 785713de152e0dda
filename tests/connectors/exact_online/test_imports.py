from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from shared.connectors.exact_online import CONNECTOR, imports, odata
from shared.connectors.exact_online.models import Account, Item
from shared.connectors.exact_online.settings import Settings
from shared.mapping import LeftOut
from shared.schemas.entities import Product, Relation


def _relation(settings=None, **fields):
    return imports.relation(Account.model_validate({"ID": "a-1", "Name": "Acme"} | fields), settings or Settings())


def _product(settings=None, **fields):
    row = {"ID": "i-1", "Code": "X", "Description": "Thing"} | fields
    return imports.product(Item.model_validate(row), settings or Settings())


def test_padding_never_gets_past_the_border():
    relation = _relation(Code="                 8", Country="NL ", Language="NL        ")
    assert (relation.code, relation.address.country, relation.language) == ("8", "NL", "NL")


def test_nulls_and_missing_fields_are_no_obstacle():
    assert _relation(Name=None, Code="  8", City=None, Blocked=None, IsSupplier=None) == Relation(
        vendor_id="a-1", code="8", name="8"
    )


def test_a_country_that_is_no_country_code_is_left_empty():
    assert _relation(Country="NLD").address.country is None


def test_all_address_lines_are_kept():
    assert _relation(AddressLine1="Kerkstraat 1", AddressLine2=" ", AddressLine3="Unit 4").address.street == (
        "Kerkstraat 1, Unit 4"
    )


@pytest.mark.parametrize(
    ("status", "supplier", "expected"),
    [
        ("C", True, "customer"),
        ("P", False, "prospect"),
        ("S", False, "suspect"),
        ("A", True, "supplier"),
        ("A", False, None),
        (None, False, None),
    ],
)
def test_the_status_tells_the_relation_type(status, supplier, expected):
    assert _relation(Status=status, IsSupplier=supplier).relation_type == expected


def test_only_chosen_relation_types_are_published():
    settings = Settings(relation_types=("C",))
    assert isinstance(_relation(settings, Status="C"), Relation)
    assert _relation(settings, Status="P") == LeftOut("a-1", "relation type P is not chosen")
    assert _relation(settings, Status=None) == LeftOut("a-1", "relation type A is not chosen")
    assert isinstance(_relation(Settings(relation_types=("A",)), Status=None), Relation)


def test_an_ended_relation_is_left_out_unless_asked_for():
    assert _relation(_ended=True) == LeftOut("a-1", "it is inactive")
    assert _relation(Settings(include_inactive=True), _ended=True).active is False


def test_a_blocked_relation_is_left_out_unless_asked_for():
    assert _relation(Blocked=True) == LeftOut("a-1", "it is blocked")
    assert _relation(Settings(include_blocked=True), Blocked=True).blocked is True


def test_a_price_stays_exact():
    assert _product(StandardSalesPrice="0.1").price == Decimal("0.1")


def test_an_hour_item_is_not_a_product():
    assert _product(IsTime=1) == LeftOut("i-1", "it is an hour item")


def test_only_chosen_item_groups_are_published():
    settings = Settings(product_categories=("PARTS",))
    assert isinstance(_product(settings, ItemGroupCode="PARTS"), Product)
    assert _product(settings, ItemGroupCode="OTHER") == LeftOut("i-1", "item group OTHER is not chosen")


def test_the_vat_code_of_a_product_is_trimmed():
    assert _product(SalesVatCode="4  ").vat_code == "4"


def test_dates_keep_the_day_the_user_sees():
    assert odata.day("/Date(1795132800000)/") == date(2026, 11, 20)
    assert odata.day("/Date(1795219199000)/") == date(2026, 11, 20)
    assert odata.day("/Date(-86400000)/") == date(1969, 12, 31)
    assert odata.day("2026-11-20T00:00:00") == date(2026, 11, 20)


def test_every_filter_forces_a_full_read_when_it_changes():
    filters = {name for how in CONNECTOR.imports.values() for name in how.settings}
    assert filters == {"relation_types", "include_inactive", "include_blocked", "product_categories"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"import_kinds": ["invoices"]}, "relation"),
        ({"relation_types": ["X"]}, "'A', 'S', 'P' or 'C'"),
        ({"product_categories": [""]}, "item group code is empty"),
        ({"work_order_document": "quotation"}, "sales_order"),
        ({"vat_codes": {"high": "4"}}, "not a percentage: write 21 or 5.5"),
        ({"vat_codes": {"210": "4"}}, "between 0 and 100"),
        ({"vat_codes": {"NaN": "4"}}, "between 0 and 100"),
        ({"vat_codes": {"21": " "}}, "has no VAT code"),
        ({"vat_codes": {"21": "4", "21.0": "5"}}, "two VAT codes"),
        ({"hour_price": "-1"}, "greater than or equal to 0"),
        ({"minimum_hours": "-1"}, "greater than or equal to 0"),
        ({"rounding_minutes": 7}, "0, 5, 15 or 30"),
        ({"journaal": "70"}, "not permitted"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_reason(settings, message):
    with pytest.raises(ValidationError, match=message):
        Settings.model_validate(settings)


def test_percentages_are_kept_in_one_form():
    assert Settings(vat_codes={"21.00": " 4 ", "0": "0"}).vat_codes == {"21": "4", "0": "0"}


def test_an_emptied_field_of_the_form_is_not_set():
    settings = Settings(vat_default=" ", journal="", default_hour_type="", fallback_item="")
    assert settings == Settings()


def test_the_defaults_change_nothing_in_the_books_beyond_an_open_order():
    assert Settings().work_order_document == "sales_order"
    assert set(Settings().import_kinds) == set(CONNECTOR.kinds)
