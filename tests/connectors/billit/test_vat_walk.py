"""Invoices in the books: Billit's totals are ours, or what differs was said before; or nothing is sent."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.connectors.billit import CONNECTOR
from shared.errors import Rejected, WorkError
from shared.mapping import Receipt
from shared.schemas.documents import Invoice
from tests.connectors import samples
from tests.connectors.billit.office import CODES, REGIMES, Office, a_line, an_invoice, small_sandbox
from tests.factories import make_invoice

GOLDEN = [one for one in samples.samples(CONNECTOR.name) if one.hub.name.startswith("invoice-")]
NUMBERS = {"BE": "BE0999999922", "NL": "NL004495445B01"}


def _ours(invoice):
    """The totals without a sign: amounts of a credit note are positive in Billit."""
    sign = -1 if invoice.type == "credit" and invoice.total_incl < 0 else 1
    return tuple(sign * total for total in (invoice.total_excl, invoice.total_vat, invoice.total_incl))


@pytest.fixture
def office():
    return Office()


@pytest.mark.parametrize("sample", GOLDEN, ids=str)
async def test_every_sample_is_booked_with_our_totals_or_its_difference_was_said(office, sample):
    hub = samples.load(sample.hub)
    invoice = Invoice.model_validate(hub["document"])
    made = {name: Receipt(**receipt) for name, receipt in hub.get("made", {}).items()}
    if made:
        await office.book(office.job(an_invoice((9, 10, 21), number=made["credited"].number)))
    booked = await office.book(office.job(invoice, made, **hub["settings"]))
    assert booked.totals[0] == _ours(invoice)[0]
    said = [warning for warning in booked.draft.warnings if "VAT" in warning]
    assert (booked.totals == _ours(invoice)) == (not said)
    assert booked.receipt.total_excl == booked.draft.total_excl
    sent = samples.load(sample.vendor)["draft"]["body"]
    assert booked.order.get("VentilationCode") == sent.get("VentilationCode")
    percentages = [line["VATPercentage"] for line in booked.order["OrderLines"]]
    assert percentages == [line["VATPercentage"] for line in sent["OrderLines"]]


async def test_every_rate_of_belgium_is_charged_as_it_is(office):
    lines = [(1, f"{place}9.99", rate) for place, rate in enumerate(CODES, start=1)]
    booked = await office.book(office.job(an_invoice(*lines)))
    assert booked.totals == _ours(booked.job.document)
    assert [group["VATPercentage"] for group in booked.order["VatGroups"]] == list(map(int, CODES))


@pytest.mark.parametrize("regime", REGIMES)
async def test_customers_without_vat_have_the_code_of_their_regime_as_reason(office, regime):
    customer = {"vat_regime": regime, "address": {"country": "BE"}}
    booked = await office.book(office.job(an_invoice((3, "19.95", "0", {"code": "UUR-MONT"}), customer=customer)))
    assert booked.totals == (Decimal("59.85"), 0, Decimal("59.85"))
    assert booked.order["VentilationCode"] == REGIMES[regime]


@pytest.mark.parametrize(("country", "regime"), [("NL", "eu"), ("US", "export"), ("CH", "export")])
async def test_without_a_word_from_the_platform_country_and_vat_number_decide(office, country, regime):
    who = {"address": {"country": country}, "vat_number": NUMBERS.get(country)}
    booked = await office.book(office.job(an_invoice((1, "100", "0"), customer=who)))
    assert booked.order["VentilationCode"] == REGIMES[regime]


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_credit_note_has_positive_amounts_whatever_sign_it_came_with(office, sign):
    booked = await office.book(office.job(an_invoice((sign * 2, "10.25", "21"), type="credit", credits="inv-0")))
    assert booked.order["OrderType"] == "CreditNote"
    assert booked.totals == (Decimal("20.50"), Decimal("4.31"), Decimal("24.81"))
    assert booked.receipt.total_excl == booked.draft.total_excl == Decimal("-20.50")


async def test_an_invoice_in_another_currency_is_made_in_it(office):
    customer = {"vat_regime": "export"}
    booked = await office.book(office.job(an_invoice((1, "99.99", "0"), currency="USD", customer=customer)))
    assert (booked.order["Currency"], booked.totals) == ("USD", _ours(booked.job.document))


async def test_a_total_that_billit_rounds_in_another_way_comes_back_as_it_is():
    office = Office(small_sandbox(rounded_lines=False))
    booked = await office.book(office.job(an_invoice(*[("0.5", "0.01", "21")] * 4)))
    assert (booked.draft.total_excl, booked.receipt.total_excl) == (Decimal("0.04"), Decimal("0.02"))


AMOUNTS = st.decimals(-2000, 5000, places=3)
QUANTITIES = st.decimals(-20, 60, places=4)
DISCOUNTS = st.sampled_from([Decimal(0), Decimal(5), Decimal("7.25"), Decimal("12.5"), Decimal(100)])
ITEMS = st.sampled_from([*[{}] * 15, {"code": "UUR-MONT"}, {"code": "DIV-ZONDER"}, {"code": "unknown"}])
NAMES = st.sampled_from(["F-1", "2026001", "0042", "2147483648", "9"])
HIDDEN = st.sampled_from([*[{}] * 15, {"hidden": True}])
MISTAKES = st.sampled_from([*[0] * 6, 1, -1, 2])


@st.composite
def invoices(draw):
    """Believable ones, and some that contradict themselves."""
    customer = draw(customers())
    rates = ["21", "21", "12", "6", "0", "13"] if customer.vat_regime in {None, "domestic"} else ["0"]
    line = st.builds(
        _line, QUANTITIES, AMOUNTS, st.sampled_from(rates), DISCOUNTS, st.builds(dict.__or__, ITEMS, HIDDEN)
    )
    lines = draw(st.lists(line, min_size=1, max_size=8))
    kind = draw(st.sampled_from(["debit", "debit", "credit"]))
    return _rounded_otherwise(
        make_invoice(draw(NAMES), type=kind, lines=tuple(lines), customer=customer), draw(MISTAKES)
    )


def _line(quantity, price, rate, discount, more):
    return a_line(quantity, price, rate, {"discount_percentage": str(discount)} | more)


def customers():
    """Private and business, at home and abroad, with and without a stated regime."""
    places = st.sampled_from(["BE", "BE", "NL", "US", None])
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


def test_any_invoice_is_booked_as_was_said_or_refused_before_anything_is_sent():
    office, seen = Office(), []

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(invoices())
    def book(invoice):
        invoice = invoice.model_copy(update={"id": f"row-{len(seen)}"})
        seen.append(asyncio.run(_outcome(office, invoice)))

    book()
    assert seen.count("booked") >= 40
    assert Rejected in seen


async def _outcome(office, invoice):
    """`booked`, or the class of the error; what must be true of each is looked at here."""
    for row in office.orders():
        office.books.drop("Order", row["OrderID"])
    before = _writes(office)
    try:
        booked = await office.book(office.job(invoice))
    except WorkError as error:
        seen = type(error)
    else:
        _must_be_as_said(invoice, booked)
        return "booked"
    assert _writes(office) == before
    return seen


def _must_be_as_said(invoice, booked):
    excl, vat, _ = booked.totals
    ours = _ours(invoice)
    assert excl == ours[0] == (-1 if invoice.type == "credit" else 1) * booked.draft.total_excl
    assert (vat == ours[1]) == (not any("VAT, and Billit computes" in said for said in booked.draft.warnings))


def _writes(office):
    return sum(call.method != "GET" for call in office.sandbox.calls)
