"""From documents to Billit's requests: what stands where, what waits for a setting, what is refused with a sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.connectors.billit import exports
from shared.connectors.billit.gathered import Gathered
from shared.connectors.billit.marks import idempotency, payment_reference
from shared.connectors.billit.models import Order, Product
from shared.connectors.billit.settings import Settings
from shared.errors import Rejected, Unmappable, Unsupported
from shared.exporting import ToBeMade
from shared.mapping import Receipt
from shared.schemas.connections import Administration
from shared.schemas.documents import WorkOrder
from tests.connectors.billit.office import Office, an_invoice

OFFICE = Office()
PRODUCTS = Gathered(
    [
        Product(ProductID=1, Reference="A", Description="Pipe", VAT=21, AmountExcl=Decimal("7.35"), Unit="m"),
        Product(ProductID=2, Reference="B", Description="Tap"),
        Product(ProductID=3, Reference="H", Description="Labour", VAT=21, AmountExcl=60, Unit="uur"),
        Product(ProductID=4, Reference="T", Description="Travel", VAT=21),
        Product(ProductID=5, Reference="D", VAT=6),
        Product(ProductID=6, Reference="D", VAT=6),
    ]
)
CUSTOMER = {"debtor_number": "10", "name": "Acme"}
MATERIAL = {"code": "A", "quantity": "2", "unit_price": "10"}
HOURS = {"date": "2026-11-20", "minutes": 60, "hour_type": "H"}


def work(order=None, gathered=PRODUCTS, how=exports.invoice, **settings):
    document = {
        "id": "wo-1",
        "revision": 1,
        "number": "W-1",
        "work_date": "2026-11-20",
        "completed_at": "2026-11-20T23:30:00Z",
        "site_customer": CUSTOMER,
        "invoice_customer": CUSTOMER,
    } | (order or {"materials": [MATERIAL]})
    job = OFFICE.job(WorkOrder.model_validate(document), **settings)
    return how(replace(job, ensured=ToBeMade({"relation:10": "700"})), gathered)


def final(*lines, gathered=PRODUCTS, made=None, invoice=None, **settings):
    document = an_invoice(*(lines or [(1, 100, 21)]), **(invoice or {}))
    job = OFFICE.job(document, made, **settings)
    return exports.final_invoice(replace(job, ensured=ToBeMade({"relation:4711": "700"})), gathered)


def line(*args, **more):
    return final(args, **more).request.body["OrderLines"][0]


def hours(**period):
    return {"hours": [HOURS | period]}


def test_an_invoice_keeps_its_number_dates_and_reference_and_is_not_sent():
    draft = final((1, 100, 21), invoice={"number": "2026-12", "reference": "PO 7"})
    assert {name: value for name, value in draft.request.body.items() if name != "OrderLines"} == {
        "OrderType": "Invoice",
        "OrderDirection": "Income",
        "CustomerID": 700,
        "ExternalProviderID": "2026-12",
        "OrderNumber": "2026-12",
        "OrderDate": "2026-11-20",
        "ExpiryDate": "2026-12-20",
        "Reference": "PO 7",
        "Currency": "EUR",
    }
    assert (draft.customer, draft.total_excl, draft.currency, str(draft.day)) == ("700", 100, "EUR", "2026-11-20")


def test_a_work_order_leaves_the_number_to_billit():
    body = work({"materials": [MATERIAL], "short_description": "Boiler"}).request.body
    assert "OrderNumber" not in body
    assert (body["ExternalProviderID"], body["OrderTitle"], body["Comments"]) == ("W-1", "W-1", "Boiler")
    assert (body["OrderDate"], body["ExpiryDate"]) == ("2026-11-20", "2026-12-20")


def test_a_due_date_follows_from_the_days_to_pay_where_there_is_none():
    assert final(invoice={"due_date": None}, payment_days=14).request.body["ExpiryDate"] == "2026-12-04"
    assert work(payment_days=0).request.body["ExpiryDate"] == "2026-11-20"


def test_where_the_work_was_done_is_told_if_it_is_elsewhere():
    site = CUSTOMER | {"debtor_number": "20", "name": "Shop", "address": {"street": "Quay", "house_number": "3"}}
    assert work({"materials": [MATERIAL], "site_customer": site}).request.body["Comments"] == "Shop, Quay 3"
    assert "Comments" not in work().request.body


def test_both_spellings_carry_one_key_of_letters_and_digits():
    key, other = final().request.headers.values()
    assert list(final().request.headers) == ["Idempotency-Key", "Idempotent-Key"]
    assert key == other
    assert key.isalnum()


@pytest.mark.parametrize(
    "change",
    [{"id": "other"}, {"revision": 2}, {"number": "other"}],
)
def test_the_key_is_that_of_one_revision_of_one_document(change):
    def key(**fields):
        return idempotency(OFFICE.job(an_invoice((1, 100, 21), **fields)), "Invoice")

    assert key() == key()
    assert key(**change) != key()


def test_the_key_tells_companies_and_kinds_of_writes_apart():
    job = OFFICE.job(an_invoice((1, 100, 21)))
    elsewhere = replace(job, administration=Administration(code="610002", name="Other"))
    assert len({tuple(idempotency(one, what).values()) for one in (job, elsewhere) for what in ("a", "b")}) == 4


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("9093-37554", "+++090/9337/55493+++"),
        ("97", "+++000/0000/09797+++"),
        ("2026-0042", "+++002/0260/04240+++"),
        ("F", None),
        ("12345678901", None),
        ("٤٢", None),
    ],
)
def test_a_structured_reference_is_made_of_the_digits_of_a_number(number, reference):
    assert payment_reference(number) == reference
    body = final(invoice={"number": number}, payment_reference="number").request.body
    assert body.get("PaymentReference") == reference
    assert "PaymentReference" not in final(invoice={"number": number}).request.body


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


@pytest.mark.parametrize("sign", [1, -1])
def test_a_credit_note_has_positive_amounts_and_names_its_invoice(sign):
    made = {"credited": Receipt("1", "2026-0041")}
    draft = final((sign * 2, "10.25", 21), made=made, invoice={"type": "credit", "credits": "inv-0"})
    assert draft.request.body["OrderType"] == "CreditNote"
    assert draft.request.body["AboutInvoiceNumber"] == "2026-0041"
    assert draft.request.body["OrderLines"][0]["Quantity"] == 2
    assert draft.total_excl == Decimal("-20.50")


def test_a_credit_note_whose_invoice_is_not_there_names_none():
    assert "AboutInvoiceNumber" not in final(invoice={"type": "credit", "credits": "inv-0"}).request.body


def test_lines_and_total_that_differ_are_refused():
    with pytest.raises(Rejected, match=r"make 100.00 excluding VAT, but its total is 90"):
        final(invoice={"total_excl": 90, "total_vat": 21, "total_incl": 111})


def test_an_invoice_that_shows_nothing_is_refused():
    with pytest.raises(Unsupported, match="has no lines to show"):
        final((1, 0, 21, {"hidden": True}))


def test_vat_that_billit_rounds_otherwise_is_told():
    by_line = {"total_vat": "0.33", "total_incl": "1.83"}
    (warning,) = final(*[(1, "0.50", 21)] * 3, invoice=by_line).warnings
    assert "has 0.33 VAT, and Billit computes 0.32" in warning
    assert final(*[(1, "0.50", 21)] * 3).warnings == ()


def test_a_number_that_is_taken_is_refused_before_billit_decides_what_that_means():
    gathered = replace(PRODUCTS, taken=[Order(OrderID=5)])
    with pytest.raises(Rejected, match=r"Billit has Invoice F-1 already \(id 5\)"):
        final(gathered=gathered, invoice={"number": "F-1"})


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


def test_an_empty_choice_is_none_and_an_empty_unit_is_refused():
    assert Settings(default_hour_type="", sent_by="").sent_by is None
    with pytest.raises(ValueError, match="a unit is empty"):
        Settings(hour_units=("uur", ""))
