"""Which VAT code a line gets: by the customer's regime, the line, its item, the percentage, the default, else none."""

from decimal import Decimal

import pytest

from shared.errors import Rejected, Unmappable
from shared.schemas.connections import Administration
from shared.schemas.documents import Address, Customer
from shared.vat import Chosen, VatCode, VatSettings, check, choose, percentage_key, regime_of

NL = Administration(code="1", name="De Vries", country="NL")
BELGIAN_NUMBER = "BE 0123.456.749"
WHAT = "Item A on invoice 7"
HIGH = VatCode("4", "High", Decimal(21))


def _regime(country="NL", vat_number=None, *, stated=None, percentage=None, home=NL):
    customer = Customer(
        debtor_number="1", name="Jansen", address=Address(country=country), vat_number=vat_number, vat_regime=stated
    )
    return regime_of(customer, home, None if percentage is None else Decimal(percentage))


def _code(regime="domestic", given=None, product=None, percentage=None, **settings):
    return choose(
        regime=regime,
        given=given,
        product=product,
        percentage=None if percentage is None else Decimal(percentage),
        settings=VatSettings(**settings),
        what=WHAT,
    ).code


@pytest.mark.parametrize("stated", ["domestic", "reverse_charge", "eu", "export", "exempt"])
def test_what_the_platform_says_of_a_customer_counts(stated):
    assert _regime("US", stated=stated) == stated
    assert _regime("NL", BELGIAN_NUMBER, stated=stated, percentage="0") == stated


@pytest.mark.parametrize(
    ("country", "vat_number", "regime"),
    [
        ("NL", None, "domestic"),
        ("NL", "NL004495445B01", "domestic"),
        (None, BELGIAN_NUMBER, "domestic"),
        ("BE", BELGIAN_NUMBER, "eu"),
        ("BE", "be0123456749", "eu"),
        ("BE", "0123456749", "eu"),
        ("BE", None, "domestic"),
        ("GR", "EL094259216", "eu"),
        ("MC", "FR40303265045", "eu"),
        ("US", "12-3456789", "export"),
        ("CH", None, "export"),
        ("GB", "GB980780684", "export"),
        ("GB", None, "export"),
        ("GB", "XI 110305878", "eu"),
    ],
)
def test_otherwise_country_and_vat_number_tell(country, vat_number, regime):
    assert _regime(country, vat_number) == regime
    assert _regime(country, vat_number, percentage="0.00") == regime


def test_without_the_administrations_country_a_customer_is_domestic():
    assert _regime("BE", BELGIAN_NUMBER, home=Administration(code="1", name="?")) == "domestic"


def test_monaco_is_france():
    assert _regime("MC", home=Administration(code="1", name="Moreau", country="FR")) == "domestic"


@pytest.mark.parametrize("country", ["BE", "US"])
def test_a_line_that_carries_vat_is_domestic_wherever_the_customer_is(country):
    assert _regime(country, BELGIAN_NUMBER, percentage="21") == "domestic"


def test_a_line_that_carries_vat_may_be_stated_as_domestic():
    assert _regime("BE", BELGIAN_NUMBER, stated="domestic", percentage="21") == "domestic"


@pytest.mark.parametrize("stated", ["reverse_charge", "eu", "export", "exempt"])
def test_a_customer_without_vat_and_a_line_with_it_contradict_each_other(stated):
    with pytest.raises(Rejected, match=r"Jansen \(1\) is charged no VAT .*a line carries 21 % VAT"):
        _regime(stated=stated, percentage="21")


@pytest.mark.parametrize("number", ["BE0123456748", "NL004495445B01", "unknown", "-"])
def test_a_vat_number_that_cannot_be_one_of_the_country_is_not_guessed_about(number):
    with pytest.raises(Rejected, match="is not one of BE"):
        _regime("BE", number)


def test_the_regime_decides_before_anything_else():
    chosen = {"vat_regimes": {"eu": "7"}, "vat_codes": {"0": "0"}, "vat_default": "4"}
    assert _code("eu", "1", "2", "0", **chosen) == "7"


def test_then_the_lines_own_code_then_the_items_then_that_of_the_percentage_then_the_default():
    settings = {"vat_codes": {"21": "4"}, "vat_default": "9"}
    assert _code(given="1", product="2", percentage="21", **settings) == "1"
    assert _code(product="2", percentage="21", **settings) == "2"
    assert _code(percentage="21.00", **settings) == "4"
    assert _code(**settings) == "9"


def test_the_default_is_not_for_lines_that_say_another_percentage():
    with pytest.raises(Unmappable, match="Item A on invoice 7, with 9 % VAT, has no VAT code") as error:
        _code(percentage="9.00", vat_codes={"21": "4"}, vat_default="4")
    assert (error.value.setting, error.value.key) == ("vat_codes", "9")


def test_a_line_without_a_percentage_waits_for_the_default():
    with pytest.raises(Unmappable, match="without a VAT percentage") as error:
        _code(vat_codes={"21": "4"})
    assert (error.value.setting, error.value.key) == ("vat_default", None)


def test_a_regime_without_a_code_waits_for_it_whatever_the_item_says():
    with pytest.raises(Unmappable, match="reverse charge") as error:
        _code("reverse_charge", "1", "2", vat_regimes={"eu": "7"}, vat_default="4")
    assert (error.value.setting, error.value.key) == ("vat_regimes", "reverse_charge")


@pytest.mark.parametrize("percentage", ["-1", "101"])
def test_an_impossible_percentage_is_refused_with_a_sentence(percentage):
    with pytest.raises(Rejected, match=r"Item A on invoice 7: .* is not a percentage between 0 and 100"):
        _code(percentage=percentage)


@pytest.mark.parametrize(
    ("regime", "given", "percentage", "chosen"),
    [
        ("eu", None, "0", Chosen("7", "vat_regimes", "eu")),
        ("domestic", "1", "21", Chosen("1")),
        ("domestic", None, "21", Chosen("4", "vat_codes", "21")),
        ("domestic", None, None, Chosen("9", "vat_default")),
    ],
)
def test_who_chose_a_code_is_known(regime, given, percentage, chosen):
    settings = VatSettings(vat_codes={"21": "4"}, vat_regimes={"eu": "7"}, vat_default="9")
    number = None if percentage is None else Decimal(percentage)
    found = choose(regime=regime, given=given, product=None, percentage=number, settings=settings, what=WHAT)
    assert found == chosen


@pytest.mark.parametrize("percentage", [Decimal("21.00"), None])
def test_a_code_that_charges_what_the_line_says_passes(percentage):
    check(Chosen("4"), HIGH, percentage, WHAT)


UNFIT = [
    (None, "VAT code 4 is not in the accounting package"),
    (VatCode("4", "High", Decimal(21), for_sales=False), r"VAT code 4 \(High\) is blocked, or for purchases only"),
    (VatCode("4", "High", Decimal(21), including=True), r"VAT code 4 \(High\) is for amounts that include VAT"),
    (VatCode("4", "Low", Decimal("9.0")), r"the line carries 21 % VAT, but VAT code 4 \(Low\) is 9 %"),
    (VatCode("4", "Odd", None), r"the line carries 21 % VAT, but VAT code 4 \(Odd\) has no known percentage"),
]


@pytest.mark.parametrize(("code", "words"), UNFIT)
def test_an_unfit_code_from_the_settings_waits_for_another(code, words):
    with pytest.raises(Unmappable, match=f"Item A on invoice 7: {words}.* Choose another VAT code") as error:
        check(Chosen("4", "vat_codes", "21"), code, Decimal(21), WHAT)
    assert (error.value.setting, error.value.key) == ("vat_codes", "21")


@pytest.mark.parametrize(("code", "words"), UNFIT)
def test_an_unfit_code_of_a_line_or_item_is_refused(code, words):
    with pytest.raises(Rejected, match=f"{words}.* Correct the VAT code of the item"):
        check(Chosen("4"), code, Decimal(21), WHAT)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"vat_regimes": {"domestic": "4"}}, "choose VAT codes by percentage"),
        ({"vat_regimes": {"eu": " "}}, "a regime has no VAT code"),
        ({"vat_regimes": {"moon": "4"}}, "vat_regimes.moon"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        VatSettings(**settings)


@pytest.mark.parametrize(("written", "key"), [("21.00", "21"), ("5.50", "5.5"), (Decimal("0E+1"), "0"), ("100", "100")])
def test_a_percentage_has_one_text_form(written, key):
    assert percentage_key(written) == key
