"""Invoices of five countries in the books: the package's totals are ours to the cent, or nothing is sent."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.connectors.exact_online import CONNECTOR
from shared.errors import Rejected, WorkError
from shared.mapping import Receipt
from shared.schemas.documents import Invoice
from tests.connectors import samples
from tests.connectors.exact_online.office import (
    OFFICES,
    RATES,
    REGIMES,
    Office,
    a_line,
    an_invoice,
)
from tests.factories import make_invoice

COUNTRIES = list(OFFICES)
ABROAD = {"NL": "BE", "BE": "NL", "DE": "NL", "FR": "BE", "ES": "NL"}
NUMBERS = {"NL": "NL004495445B01", "BE": "BE0123456749"}
GOLDEN = [one for one in samples.samples(CONNECTOR.name) if one.hub.name.startswith("invoice-")]


def _ours(invoice, sign=1):
    return tuple(sign * total for total in (invoice.total_excl, invoice.total_vat, invoice.total_incl))


@pytest.fixture(params=COUNTRIES)
def office(request):
    return Office(request.param)


@pytest.mark.parametrize("sample", GOLDEN, ids=str)
async def test_every_sample_is_booked_with_our_totals(sample):
    hub = samples.load(sample.hub)
    office, invoice = Office(hub["administration"]["country"]), Invoice.model_validate(hub["document"])
    made = {name: Receipt(**receipt) for name, receipt in hub.get("made", {}).items()}
    booked = await office.book(office.job(invoice, made, **hub["settings"]))
    assert booked.totals == _ours(invoice, -1 if invoice.type == "credit" else 1)
    assert booked.receipt.total_excl == booked.draft.total_excl == booked.totals[0]
    sent = samples.load(sample.vendor)["draft"]["body"]["SalesEntryLines"]
    assert [row["VATCode"] for row in booked.draft.request.body["SalesEntryLines"]] == [row["VATCode"] for row in sent]


async def test_every_rate_of_a_country_is_booked_under_its_own_code(office):
    lines = [(1, f"{place}9.99", rate) for place, rate in enumerate(RATES[office.country], start=1)]
    booked = await office.book(office.job(an_invoice(*lines, customer={"address": {"country": office.country}})))
    assert booked.totals == _ours(booked.job.document)
    revenue = [line for line in booked.lines if line["LineType"] == 1]
    assert [line["VATCode"].strip() for line in revenue] == list(RATES[office.country].values())
    percentages = [line["VATPercentage"] * 100 for line in revenue]
    assert percentages == [Decimal(rate) for rate in RATES[office.country]]


@pytest.mark.parametrize("regime", ["reverse_charge", "eu", "export", "exempt"])
async def test_customers_without_vat_are_booked_under_the_code_of_their_regime(office, regime):
    customer = {"vat_regime": regime, "address": {"country": office.country}}
    booked = await office.book(office.job(an_invoice((3, "19.95", "0", {"code": "UUR-MONT"}), customer=customer)))
    assert booked.totals == (Decimal("59.85"), 0, Decimal("59.85"))
    assert {line["VATCode"] for line in booked.lines if line["LineType"] == 1} == {REGIMES[office.country][regime]}


@pytest.mark.parametrize(("place", "regime"), [("neighbour", "eu"), ("US", "export"), ("CH", "export")])
async def test_without_a_word_from_the_platform_country_and_vat_number_decide(office, place, regime):
    country = ABROAD[office.country] if place == "neighbour" else place
    who = {"address": {"country": country}, "vat_number": NUMBERS.get(country)}
    booked = await office.book(office.job(an_invoice((1, "100", "0"), customer=who)))
    assert {line["VATCode"] for line in booked.lines if line["LineType"] == 1} == {REGIMES[office.country][regime]}


async def test_a_private_customer_elsewhere_in_the_eu_is_charged_as_at_home(office):
    rate = next(iter(RATES[office.country]))
    who = {"address": {"country": ABROAD[office.country]}}
    booked = await office.book(office.job(an_invoice((1, "100", rate), customer=who)))
    assert booked.totals[1] == Decimal(rate)


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_credit_note_is_booked_as_one_whatever_sign_it_has(office, sign):
    rate = next(iter(RATES[office.country]))
    booked = await office.book(office.job(an_invoice((sign * 2, "10.25", rate), type="credit", credits="inv-0")))
    assert booked.entry["Type"] == 21
    assert booked.totals == _ours(booked.job.document, -sign)
    assert booked.totals[0] == Decimal("-20.50")


async def test_an_invoice_in_another_currency_is_booked_in_it(office):
    booked = await office.book(office.job(an_invoice((1, "99.99", "0"), currency="USD")))
    assert (booked.entry["Currency"], booked.totals) == ("USD", _ours(booked.job.document))


AMOUNTS = st.decimals(-2000, 5000, places=3)
QUANTITIES = st.decimals(-20, 60, places=4)
DISCOUNTS = st.sampled_from([Decimal(0), Decimal(5), Decimal("7.25"), Decimal("12.5"), Decimal(100)])
ITEMS = st.sampled_from([*[{}] * 15, {"code": "UUR-MONT"}, {"code": "DIV-ZONDER"}, {"code": "unknown"}])
NAMES = st.sampled_from(["F-1", "2026001", "0042", "2147483648", "9"])
HIDDEN = st.sampled_from([*[{}] * 15, {"hidden": True}])
MISTAKES = st.sampled_from([*[0] * 6, 1, -1, 2])


@st.composite
def invoices(draw, country):
    """Believable ones, and some that contradict themselves."""
    customer = draw(customers(country))
    rates = st.sampled_from([*list(RATES[country]) * 3, "13"] if customer.vat_regime in {None, "domestic"} else ["0"])
    lines = draw(
        st.lists(
            st.builds(_line, QUANTITIES, AMOUNTS, rates, DISCOUNTS, st.builds(dict.__or__, ITEMS, HIDDEN)),
            min_size=1,
            max_size=8,
        )
    )
    kind = draw(st.sampled_from(["debit", "debit", "credit"]))
    invoice = make_invoice(draw(NAMES), type=kind, lines=tuple(lines), customer=customer)
    return _rounded_otherwise(invoice, draw(MISTAKES))


def _line(quantity, price, rate, discount, more):
    return a_line(quantity, price, rate, {"discount_percentage": str(discount)} | more)


def customers(country):
    """Private and business, at home and abroad, with and without a stated regime."""
    places = st.sampled_from([country, country, ABROAD[country], "US", None])
    regimes = st.sampled_from([None, None, None, "domestic", "reverse_charge", "eu", "export", "exempt"])
    return st.builds(_customer, places, st.booleans(), regimes)


def _customer(country, business, regime):
    number = NUMBERS.get(country) if business else None
    who = {"address": {"country": country}, "vat_number": number, "vat_regime": regime}
    return an_invoice((1, 1, 0), customer=who).customer


def _rounded_otherwise(invoice, cents):
    """As if the platform had rounded the VAT in another way, or had made a mistake."""
    vat = invoice.total_vat + Decimal(cents) / 100
    return invoice.model_copy(update={"total_vat": vat, "total_incl": invoice.total_excl + vat})


@pytest.mark.parametrize("country", COUNTRIES)
def test_any_invoice_is_booked_with_our_totals_or_refused_before_anything_is_sent(country):
    office, seen = Office(country), []

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(invoices(country))
    def book(invoice):
        seen.append(asyncio.run(_outcome(office, invoice)))

    book()
    assert seen.count("booked") >= 30
    assert Rejected in seen


async def _outcome(office, invoice):
    """`booked`, or the class of the error; what must be true of each is looked at here."""
    before = _writes(office)
    try:
        booked = await office.book(office.job(invoice))
    except WorkError as error:
        assert _writes(office) == before
        return type(error)
    assert booked.totals == _ours(invoice, -1 if invoice.type == "credit" and invoice.total_incl > 0 else 1)
    assert invoice.type == "debit" or booked.entry["AmountFC"] <= 0
    assert sum(line["AmountFC"] for line in booked.lines) == 0, "the ledger balances"
    return "booked"


def _writes(office):
    return sum(call.method != "GET" for call in office.sandbox.calls)
