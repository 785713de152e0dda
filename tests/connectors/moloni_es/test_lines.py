"""The pure mapping: which product, price and tax a line gets, and what is refused or waits with a sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.connectors.moloni_es import exports
from shared.connectors.moloni_es.gathered import Gathered
from shared.connectors.moloni_es.models import DocumentSet, Product, Tax
from shared.errors import Rejected, Unmappable, Unsupported
from shared.exporting import ToBeMade
from shared.schemas.documents import HoursLine
from tests.connectors.moloni_es.office import Office, a_customer, an_order
from tests.factories import make_relation

OFFICE = Office()
TAXES = [
    Tax(taxId=1, name="IVA 21%", value=21, type=1, fiscalZoneFinanceType=1),
    Tax(taxId=4, name="IVA 0%", value=0, type=1, fiscalZoneFinanceType=1),
    Tax(taxId=5, name="IRPF 15%", value=15, type=1, fiscalZoneFinanceType=3),
]


def product(reference, id, tax=None, **more):
    taxes = [{"tax": tax.model_dump()}] if tax else []
    return Product.model_validate({"productId": id, "name": reference, "reference": reference, "taxes": taxes, **more})


PRODUCTS = [
    product("A", 11, TAXES[0], price="7.35"),
    product("N", 12),
    product("H", 13, TAXES[0], price="60"),
    product("H0", 14, TAXES[0], price="0"),
    product("R", 15, TAXES[2], price="5"),
]
KNOWN = Gathered(PRODUCTS, TAXES, [DocumentSet(documentSetId=31, isDefault=True), DocumentSet(documentSetId=32)], "ES")


def work(order=None, gathered=KNOWN, **settings):
    order = order or an_order((2, 10, None, {"code": "A"}))
    job = replace(OFFICE.job(order, **settings), ensured=ToBeMade({"relation:4711": "700"}))
    return exports.invoice(job, gathered)


def data(*args, **settings):
    return work(*args, **settings).request.body["variables"]["data"]


def lines(*args, **settings):
    return data(*args, **settings)["products"]


def hours(**period):
    fields = {"date": "2026-11-20", "minutes": 60, "hour_type": "H", **period}
    return an_order(hours=(HoursLine.model_validate(fields),))


def waits(setting, order=None, gathered=KNOWN, key=None, **settings):
    with pytest.raises(Unmappable) as told:
        work(order, gathered, **settings)
    assert (told.value.setting, told.value.key) == (setting, key)
    return told.value.reason


def test_a_material_has_its_own_words_price_and_discount():
    (line,) = lines(an_order((2, 10, 21, {"code": "A", "description": "Tubo", "discount_percentage": "5"})))
    assert (line["productId"], line["name"], line["price"], line["discount"]) == (11, "Tubo", 10.0, 5.0)
    assert line["taxes"] == [{"taxId": 1, "value": 21.0, "ordering": 1, "cumulative": False}]
    assert "exemptionReason" not in line


def test_what_a_material_does_not_say_its_product_does():
    (line,) = lines(an_order((2, None, None, {"code": "A"})))
    assert (line["name"], line["price"]) == ("A", 7.35)


def test_a_material_without_a_price_anywhere_is_refused():
    with pytest.raises(Rejected, match=r"Item N on work order .* has no price"):
        work(an_order((1, None, 21, {"code": "N"})))


def test_an_unknown_material_waits_for_a_product_that_stands_in_for_it():
    strange = an_order((2, "3.20", 21, {"code": "X"}))
    assert "choose a product for other materials" in waits("default_product", strange)
    assert "and product Z, chosen for such lines, neither" in waits("default_product", strange, default_product="Z")
    (line,) = lines(strange, default_product="N")
    assert (line["productId"], line["name"], line["price"]) == (12, "X", 3.2)


def test_the_price_of_a_product_that_only_stands_in_is_never_taken():
    with pytest.raises(Rejected, match="has no price"):
        work(an_order((2, None, 21, {"code": "X"})), default_product="A")


def test_hours_wait_for_their_product_and_take_its_price():
    waits("default_hour_type", hours(hour_type=None))
    waits("default_hour_type", hours(hour_type=None), default_hour_type="Z")
    waits("hour_types", hours(hour_type="Z"), key="Z")
    assert [one["price"] for one in lines(hours())] == [60.0]
    assert [one["price"] for one in lines(hours(unit_price="70"))] == [70.0]
    assert [one["productId"] for one in lines(hours(hour_type=None), default_hour_type="H")] == [13]
    assert [one["productId"] for one in lines(hours(hour_type="Z"), hour_types={"Z": "H"})] == [13]


def test_hours_whose_product_costs_nothing_wait_for_a_price():
    waits("hour_price", hours(hour_type="H0"))
    assert [one["price"] for one in lines(hours(hour_type="H0"), hour_price="55")] == [55.0]


def test_a_customer_who_is_charged_nothing_has_a_reason_and_no_tax():
    free = an_order((1, 10, None, {"code": "A"}), customer={"vat_regime": "reverse_charge"})
    (line,) = lines(free)
    assert (line["exemptionReason"], "taxes" in line) == ("Art. 84", False)


def test_a_tax_of_nothing_has_a_reason_beside_it():
    free = an_order((1, 10, None, {"code": "A"}), customer={"vat_regime": "exempt"})
    (line,) = lines(free)
    assert (line["exemptionReason"], line["taxes"][0]["taxId"]) == ("Art. 20", 4)
    waits("exemption_reason", free, exemption_reason=None)


def test_a_line_of_nothing_percent_takes_a_tax_or_a_reason():
    zero = an_order((1, 10, 0, {"code": "N"}))
    assert lines(zero)[0]["taxes"][0]["taxId"] == 4
    assert lines(zero, vat_codes={"0": "Art. 20.Uno"})[0]["exemptionReason"] == "Art. 20.Uno"


@pytest.mark.parametrize("code", ["99", "5"])
def test_a_tax_that_is_not_there_or_is_no_vat_waits_for_another(code):
    reason = waits("vat_codes", an_order((1, 10, 21, {"code": "N"})), key="21", vat_codes={"21": code})
    assert code in reason


def test_a_tax_that_is_no_vat_is_never_charged_as_such_though_its_percentage_is_right():
    reason = waits("vat_codes", an_order((1, 10, 15, {"code": "N"})), key="15", vat_codes={"15": "5"})
    assert "IRPF 15%" in reason


def test_a_reason_cannot_stand_for_a_rate_that_charges():
    waits("vat_codes", an_order((1, 10, 21, {"code": "N"})), key="21", vat_codes={"21": "Art. 20"})


def test_other_taxes_of_a_product_are_not_its_vat():
    waits("vat_codes", an_order((1, 10, 21, {"code": "R"})), key="21", vat_codes={})
    assert lines(an_order((1, 10, 21, {"code": "R"})))[0]["taxes"][0]["taxId"] == 1


def test_a_rate_that_the_product_does_not_have_is_refused_with_both():
    with pytest.raises(Rejected, match=r"10 % VAT.*21 %"):
        work(an_order((1, 10, 10, {"code": "A"})))


def test_the_series_is_the_chosen_one_or_the_default_and_waits_when_there_is_none():
    assert data()["documentSetId"] == 31
    assert data(document_set="32")["documentSetId"] == 32
    assert "Document set 99 is not in Moloni" in waits("document_set", document_set="99")
    waits("document_set", gathered=replace(KNOWN, sets=[DocumentSet(documentSetId=32)]))


def test_a_document_has_its_day_at_noon_and_its_expiration():
    assert (data()["date"], data()["expirationDate"]) == ("2026-11-20 12:00:00", "2026-12-20")
    assert data(payment_days=0)["expirationDate"] == "2026-11-20"


def test_our_reference_the_customers_and_what_was_done_stand_on_it():
    order = an_order((1, 10, None, {"code": "A"}), reference="PO 7", description="Todo bien")
    made = data(order)
    assert (made["ourReference"], made["yourReference"]) == (order.number, "PO 7")
    assert made["notes"] == "Ketel vervangen\n\nTodo bien"
    site = a_customer(
        debtor_number="9", name="Nave 3", address={"street": "Sur", "house_number": "3", "city": "Toledo"}
    )
    assert data(order.model_copy(update={"site_customer": site}))["notes"].endswith("\n\nNave 3, Sur 3, Toledo")


def test_the_fiscal_zone_is_that_of_the_company():
    assert data()["fiscalZone"] == "ES"
    assert "fiscalZone" not in data(gathered=replace(KNOWN, zone=None))


def test_another_currency_is_refused_with_a_sentence():
    with pytest.raises(Unsupported, match="is in USD, and the company's books are in EUR"):
        work(an_order((1, 10, None, {"code": "A"}), currency="USD"))


def test_a_work_order_without_lines_is_refused():
    with pytest.raises(Unsupported, match="no lines to bill"):
        work(an_order())


def test_an_amount_that_no_number_of_json_can_hold_is_refused():
    with pytest.raises(Rejected, match="The price of 'A' has more digits"):
        work(an_order((1, Decimal("1234567890123.12345"), None, {"code": "A"})))


@pytest.mark.parametrize(
    ("country", "settings", "ids"),
    [("ES", {}, (70, 2)), ("PT", {}, (1, 1)), ("FR", {"countries": {"FR": "75"}}, (75, 3)), (None, {}, (70, 2))],
)
def test_a_new_customer_has_a_country_and_a_language(country, settings, ids):
    relation = make_relation(customer=a_customer(address={"country": country}, vat_number="ES-B12345674"))
    made = exports.relation(OFFICE.job(relation, **settings), relation.customer).request.body["variables"]["data"]
    assert (made["countryId"], made["languageId"], made["vat"]) == (*ids, "B12345674")


def test_a_new_customer_waits_where_customers_are_added_by_hand():
    relation = make_relation(customer=a_customer())
    with pytest.raises(Unmappable, match="Add it there"):
        exports.relation(OFFICE.job(relation, create_relations=False), relation.customer)


@pytest.mark.parametrize(
    "wrong", [{"hour_units": [""]}, {"countries": {"FR": "x"}}, {"invoice_document": "invoice"}, {"payment_days": -1}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="validation error"):
        OFFICE.job(an_order(), **wrong)


def test_a_country_that_is_known_anyway_stays_known():
    assert OFFICE.job(an_order(), countries={"FR": "75"}).settings.countries == {"ES": "70", "PT": "1", "FR": "75"}
