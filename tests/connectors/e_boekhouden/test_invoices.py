"""Invoices in the books: excluding VAT they are ours to the cent, and a VAT that may differ is told beforehand."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.connectors.e_boekhouden import CONNECTOR
from shared.errors import Rejected, Unmappable, WorkError
from shared.mapping import Receipt
from shared.schemas.documents import HoursLine, Invoice, MaterialLine
from tests.connectors import samples
from tests.connectors.e_boekhouden.office import RATES, REGIMES, Office, an_invoice, small_sandbox
from tests.factories import make_invoice, make_work_order

GOLDEN = [one for one in samples.samples(CONNECTOR.name) if one.hub.name.startswith("invoice-")]
ROUNDINGS = ("invoice", "rate", "line")


def _ours(invoice, sign=1):
    return tuple(sign * total for total in (invoice.total_excl, invoice.total_vat, invoice.total_incl))


@pytest.mark.parametrize("rounding", ["invoice", "rate"])
@pytest.mark.parametrize("sample", GOLDEN, ids=str)
async def test_every_sample_is_in_the_books_with_our_totals_or_was_warned_of(sample, rounding):
    hub = samples.load(sample.hub)
    office, invoice = Office(small_sandbox(rounding=rounding)), Invoice.model_validate(hub["document"])
    made = {name: Receipt(**receipt) for name, receipt in hub.get("made", {}).items()}
    sent = await office.send(office.job(invoice, made, **hub["settings"]))
    ours = _ours(invoice, -1 if invoice.type == "credit" and invoice.total_incl > 0 else 1)
    assert sent.totals[0] == ours[0] == sent.receipt.total_excl == sent.draft.total_excl
    assert sent.totals == ours or f"{sent.totals[1]} of its lines" in " ".join(sent.draft.warnings)


async def test_every_rate_is_in_the_books_under_its_own_code():
    invoice = an_invoice(*((1, f"{place}9.99", rate) for place, rate in enumerate(RATES, start=1)))
    office = Office()
    sent = await office.send(office.job(invoice))
    assert [line["BTWCode"] for line in sent.lines] == list(RATES.values())
    assert sent.totals == _ours(invoice)


@pytest.mark.parametrize("regime", REGIMES)
async def test_customers_without_vat_are_in_the_books_under_the_code_of_their_regime(regime):
    office = Office()
    customer = {"vat_regime": regime, "address": {"country": "NL"}}
    sent = await office.send(office.job(an_invoice((3, "19.95", "0", {"code": "UUR-MONT"}), customer=customer)))
    assert sent.totals == (Decimal("59.85"), 0, Decimal("59.85"))
    assert {line["BTWCode"] for line in sent.lines} == {REGIMES[regime]}


@pytest.mark.parametrize(
    ("country", "number", "regime"), [("BE", "BE0123456749", "eu"), ("US", None, "export"), ("CH", None, "export")]
)
async def test_without_a_word_from_the_platform_country_and_vat_number_decide(country, number, regime):
    office = Office()
    who = {"address": {"country": country}, "vat_number": number}
    sent = await office.send(office.job(an_invoice((1, "100", "0"), customer=who)))
    assert {line["BTWCode"] for line in sent.lines} == {REGIMES[regime]}


async def test_a_private_customer_elsewhere_in_the_eu_is_charged_as_at_home():
    office = Office()
    sent = await office.send(office.job(an_invoice((1, "100", "21"), customer={"address": {"country": "BE"}})))
    assert sent.totals == (100, 21, 121)


async def test_totals_that_do_not_add_up_are_refused_and_nothing_is_sent():
    invoice = an_invoice((1, 100, 21)).model_copy(update={"total_excl": Decimal(99), "total_incl": Decimal(120)})
    office = Office()
    with pytest.raises(Rejected, match="its total is 99"):
        await office.send(office.job(invoice))
    assert office.sandbox.memory()["invoices"] == []


async def test_a_credit_note_with_positive_amounts_takes_back_all_the_same():
    office = Office()
    invoice = an_invoice((2, "50", 21), type="credit", credits="i-1")
    assert (await office.send(office.job(invoice))).totals == _ours(invoice, -1)


async def test_hidden_lines_are_left_out():
    invoice = an_invoice((1, 100, 21), (1, 0, 21, {"hidden": True, "description": "Niet tonen"}))
    office = Office()
    assert len((await office.send(office.job(invoice))).lines) == 1


CENTS = st.decimals(Decimal("-999.99"), Decimal("999.99"), places=2)
PRICES = st.one_of(CENTS, st.decimals(0, 1000, places=4))
QUANTITIES = st.one_of(st.integers(-20, 200).map(Decimal), st.decimals(Decimal("-9.9999"), 100, places=4))
DISCOUNTS = st.sampled_from(["0", "0", "5", "12.5", "33.333", "100"])
LINES = st.lists(st.tuples(QUANTITIES, PRICES, st.sampled_from(list(RATES)), DISCOUNTS), min_size=1, max_size=6)


def _sent(office, job):
    async def send():
        return await office.send(job)

    return asyncio.run(send())


@settings(max_examples=60, deadline=None)
@given(lines=LINES, rounding=st.sampled_from(ROUNDINGS), decimals=st.sampled_from([None, 2, 4]))
def test_any_invoice_is_in_the_books_to_the_cent_or_refused_and_a_different_vat_was_told(lines, rounding, decimals):
    """Whatever the package rounds, and however many decimals of a price it keeps."""
    office = Office(small_sandbox(rounding=rounding, price_decimals=decimals))
    invoice = an_invoice(
        *((quantity, price, rate, {"discount_percentage": off}) for quantity, price, rate, off in lines)
    )
    try:
        sent = _sent(office, office.job(invoice))
    except WorkError:
        assert office.sandbox.memory()["invoices"] == []
        assert not any(line.quantity * line.unit_price for line in invoice.lines) or not invoice.total_excl
        return
    assert sent.totals[0] == invoice.total_excl
    if rounding != "line" and sent.totals[1] != invoice.total_vat:
        assert str(sent.totals[1]) in sent.draft.warnings[0]


MATERIALS = st.lists(st.tuples(QUANTITIES, PRICES, DISCOUNTS), max_size=4)
MINUTES = st.lists(st.integers(0, 600), max_size=4)


@settings(max_examples=60, deadline=None)
@given(used=MATERIALS, minutes=MINUTES, price=st.decimals(0, 150, places=2), rounding=st.sampled_from(ROUNDINGS))
def test_any_work_order_is_in_the_books_to_the_cent(used, minutes, price, rounding):
    office = Office(small_sandbox(rounding=rounding, price_decimals=2))
    order = make_work_order(
        materials=tuple(
            MaterialLine(code="M", quantity=quantity, unit_price=each, discount_percentage=off, vat_percentage=21)
            for quantity, each, off in used
        ),
        hours=tuple(HoursLine(date="2026-11-20", minutes=one, unit_price=price) for one in minutes),
        rounding_minutes=15,
    )
    try:
        sent = _sent(office, office.job(order))
    except WorkError:
        assert office.sandbox.memory()["invoices"] == []
        assert not sum(minutes)
        assert not any(quantity for quantity, _, _ in used)
        return
    assert sent.totals[0] == sent.draft.total_excl == sent.receipt.total_excl
    assert sent.totals[2] == sent.totals[0] + sent.totals[1]


async def test_a_rate_without_a_code_waits_and_makes_nothing():
    office = Office()
    with pytest.raises(Unmappable):
        await office.send(office.job(make_invoice(lines=an_invoice((1, 10, 6)).lines)))
    assert office.sandbox.memory()["relations"] == []
