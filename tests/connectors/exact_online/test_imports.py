from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from shared.connectors.exact_online import CONNECTOR, imports, odata
from shared.connectors.exact_online.models import Account, Employee, Item, ItemGroup, Settlement
from shared.connectors.exact_online.settings import Settings
from shared.mapping import DocumentRef, LeftOut
from shared.schemas import entities
from shared.schemas.entities import HourType, Payment, Product, ProductCategory, Relation


def _relation(settings=None, **fields):
    return imports.relation(Account.model_validate({"ID": "a-1", "Name": "Acme"} | fields), settings or Settings())


def _product(settings=None, **fields):
    row = {"ID": "i-1", "Code": "X", "Description": "Thing"} | fields
    return imports.product(Item.model_validate(row), settings or Settings())


def _hour_type(settings=None, **fields):
    row = {"ID": "i-1", "Code": "UUR", "Description": "Labour", "IsTime": 1} | fields
    return imports.hour_type(Item.model_validate(row), settings or Settings())


def _employee(settings=None, **fields):
    row = {"ID": "e-1", "Code": "12", "IsActive": True} | fields
    return imports.employee(Employee.model_validate(row), settings or Settings())


def _term(amount, *, of=None, paid=False, **fields):
    """A term of 100 in all, unless told otherwise."""
    shared = {"TransactionEntryID": "b-1", "InvoiceNumber": 26700001, "Currency": "EUR", "YourRef": "W-1"}
    amounts = {"AmountFC": amount, "TransactionAmountFC": of or "-100", "IsFullyPaid": paid}
    return {"ID": f"t{amount}"} | shared | amounts | fields


def _payment(*terms):
    return imports.payment(Settlement.model_validate({"ID": "b-1", "terms": terms}), Settings())


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


def test_an_hour_item_is_an_hour_type_with_both_its_prices():
    made = _hour_type(StandardSalesPrice="62.50", CostPriceStandard="31", ItemGroupCode="ARB", SalesVatCode="4  ")
    assert made == HourType(
        vendor_id="i-1",
        code="UUR",
        name="Labour",
        price=Decimal("62.50"),
        cost_price=Decimal(31),
        category="ARB",
        vat_code="4",
    )


def test_an_article_is_not_an_hour_type():
    assert _hour_type(IsTime=0) == LeftOut("i-1", "it is not an hour item")


def test_only_hours_of_chosen_item_groups_are_published():
    settings = Settings(hour_type_categories=("ARB",), product_categories=("PARTS",))
    assert isinstance(_hour_type(settings, ItemGroupCode="ARB"), HourType)
    assert _hour_type(settings, ItemGroupCode="PARTS") == LeftOut("i-1", "item group PARTS is not chosen")


def test_hours_that_are_no_longer_used_are_inactive():
    assert _hour_type(_ended=True).active is False


def test_an_item_group_is_a_category():
    group = ItemGroup.model_validate({"ID": "g-1", "Code": "CV ", "Description": None})
    assert imports.product_category(group, Settings()) == ProductCategory(vendor_id="g-1", code="CV", name="CV")


def test_an_employee_has_the_name_the_package_shows_and_its_parts():
    made = _employee(FirstName="Jan", MiddleName="van den", LastName="Berg", FullName="Jan van den Berg", Phone="06")
    assert made == entities.Employee(
        vendor_id="e-1",
        code="12",
        name="Jan van den Berg",
        first_name="Jan",
        last_name="van den Berg",
        phone="06",
    )


def test_what_may_not_be_seen_of_an_employee_is_no_obstacle():
    made = _employee(Code=None, EmployeeHID=7, IsActive=None, FullName=None)
    assert (made.code, made.name, made.active) == ("7", "7", True)
    assert _employee(FirstName="Jan", LastName="Berg").name == "Jan Berg"


def test_the_address_of_the_company_wins_over_the_private_one():
    assert _employee(Email="jan@home.example", BusinessEmail="jan@work.example").email == "jan@work.example"
    assert _employee(Email="jan@home.example").email == "jan@home.example"


@pytest.mark.parametrize("gone", [{"IsActive": False}, {"_ended": True}])
def test_who_left_is_left_out_unless_asked_for(gone):
    assert _employee(**gone) == LeftOut("e-1", "no longer employed")
    assert _employee(Settings(include_inactive_employees=True), **gone).active is False


def test_an_open_invoice_is_due_in_full():
    assert _payment(_term("-100", DueDate="2026-12-20")) == Payment(
        vendor_id="b-1",
        code="26700001",
        invoice_number="26700001",
        document_id="b-1",
        reference="W-1",
        paid=False,
        open_amount=Decimal(100),
        total=Decimal(100),
        currency="EUR",
        due_date=date(2026, 12, 20),
    )


def test_a_paid_invoice_has_nothing_open_and_a_day():
    made = _payment(_term("-100", paid=True, LastPaymentDate="/Date(1795132800000)/"))
    assert (made.paid, made.open_amount, made.last_payment_date) == (True, 0, date(2026, 11, 20))


def test_a_partly_paid_invoice_is_open_for_the_rest_whatever_the_sign():
    for sign in ("-", ""):
        made = _payment(_term(f"{sign}40.10", of=f"{sign}100"))
        assert (made.paid, made.open_amount, made.total) == (False, Decimal("40.10"), 100)


def test_an_invoice_is_paid_with_its_last_term_and_due_with_its_first_open_one():
    first = _term("-50", paid=True, DueDate="2026-11-01", LastPaymentDate="2026-11-02")
    second = _term("-30", DueDate="2026-12-01")
    third = _term("-20", DueDate="2027-01-01")
    made = _payment(first, second, third)
    assert (made.paid, made.open_amount, made.due_date) == (False, 50, date(2026, 12, 1))
    assert made.last_payment_date == date(2026, 11, 2)
    done = _payment(first, second | {"IsFullyPaid": True}, third | {"IsFullyPaid": True})
    assert (done.paid, done.open_amount) == (True, 0)


def test_a_credit_note_is_a_payment_too():
    made = _payment(_term("12.10", of="12.10"))
    assert (made.paid, made.open_amount, made.total) == (False, Decimal("12.10"), Decimal("12.10"))


def test_a_payment_says_which_document_it_is_about():
    assert imports.document_of(_payment(_term("-100"))) == DocumentRef("b-1", "W-1")
    opening = _payment(_term("-100", TransactionEntryID=None, InvoiceNumber=None, YourRef=" "))
    assert imports.document_of(opening) == DocumentRef(None, None)
    assert opening.invoice_number is None


def test_the_vat_code_of_a_product_is_trimmed():
    assert _product(SalesVatCode="4  ").vat_code == "4"


def test_dates_keep_the_day_the_user_sees():
    assert odata.day("/Date(1795132800000)/") == date(2026, 11, 20)
    assert odata.day("/Date(1795219199000)/") == date(2026, 11, 20)
    assert odata.day("/Date(-86400000)/") == date(1969, 12, 31)
    assert odata.day("2026-11-20T00:00:00") == date(2026, 11, 20)


def test_every_filter_forces_a_full_read_when_it_changes():
    filters = {name for how in CONNECTOR.imports.values() for name in how.settings}
    assert filters == {
        "relation_types",
        "include_inactive",
        "include_blocked",
        "product_categories",
        "order_types",
        "order_statuses",
        "quotation_statuses",
        "hour_type_categories",
        "include_inactive_employees",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"import_kinds": ["invoices"]}, "relation"),
        ({"relation_types": ["X"]}, "'A', 'S', 'P' or 'C'"),
        ({"product_categories": [""]}, "item group code is empty"),
        ({"hour_type_categories": [""]}, "item group code is empty"),
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
