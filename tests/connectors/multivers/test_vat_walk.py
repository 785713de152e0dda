"""Invoices in the books: Multivers' totals are ours, or what differs was said before; or nothing is sent."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import billed
from shared.connectors.multivers import CONNECTOR
from shared.connectors.multivers.sandbox import orders
from shared.connectors.multivers.sandbox.store import ORDERS
from shared.errors import Rejected, WorkError
from shared.mapping import Receipt
from shared.schemas.documents import HoursLine, Invoice, MaterialLine
from tests.connectors import samples
from tests.connectors.multivers.office import (
    CHOSEN,
    Office,
    a_line,
    an_invoice,
    an_order_of_the_office,
    export,
    of_order,
)
from tests.factories import make_invoice, make_work_order

HOW = export("invoice", "invoice_order")
GOLDEN = [one for one in samples.samples(CONNECTOR.name) if one.hub.name.startswith("invoice-")]
NUMBERS = {"NL": "NL004495445B01", "BE": "BE0999999922"}
REGIMES = CHOSEN["vat_regimes"]
KNOWN = ("VOORRIJ", "UUR-MONT", "KOP-10000")


def totals(row):
    """Excluding VAT, the VAT, and including VAT: as the package computes them."""
    vat, incl = row["totalVatAmount"], row["totalOrderAmount"]
    return incl - vat, vat, incl


def ours(invoice):
    """The invoice's totals; of a credit note they are negative in Multivers, whatever sign they came with."""
    sign = -1 if invoice.type == "credit" and invoice.total_incl > 0 else 1
    return tuple(sign * total for total in (invoice.total_excl, invoice.total_vat, invoice.total_incl))


@pytest.fixture
def office():
    return Office()


@pytest.mark.parametrize("sample", GOLDEN, ids=str)
async def test_every_sample_is_booked_with_our_totals_or_its_difference_was_said(office, sample):
    hub = samples.load(sample.hub)
    made = {name: Receipt(**receipt) for name, receipt in hub.get("made", {}).items()}
    invoice = Invoice.model_validate(hub["document"])
    lines = tuple(one.model_copy(update={"code": None}) for one in invoice.lines)
    job = office.job(invoice.model_copy(update={"lines": lines}), made, **hub["settings"])
    draft, receipt, order = await office.book(job, HOW)
    assert totals(order)[0] == receipt.total_excl == draft.total_excl == ours(invoice)[0]
    assert (totals(order) == ours(invoice)) == (not draft.warnings)


@pytest.mark.parametrize("regime", REGIMES)
async def test_customers_without_vat_are_charged_none_with_the_code_of_their_regime(office, regime):
    customer = {"vat_regime": regime, "address": {"country": "NL"}}
    _, _, order = await office.book(office.job(an_invoice((3, "19.95", "0"), customer=customer)), HOW)
    assert totals(order) == (Decimal("59.85"), 0, Decimal("59.85"))
    assert [line["vatCodeId"] for line in order["orderLines"]] == [int(REGIMES[regime])]
    assert order["chargeVatType"] == (2 if regime == "reverse_charge" else 0)


@pytest.mark.parametrize(("country", "regime"), [("BE", "eu"), ("US", "export")])
async def test_without_a_word_from_the_platform_country_and_vat_number_decide(office, country, regime):
    who = {"address": {"country": country}, "vat_number": NUMBERS.get(country)}
    _, _, order = await office.book(office.job(an_invoice((1, "100", "0"), customer=who)), HOW)
    assert order["orderLines"][0]["vatCodeId"] == int(REGIMES[regime])


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_credit_note_has_negative_amounts_whatever_sign_it_came_with(office, sign):
    invoice = an_invoice((sign * 2, "10.25", "21"), type="credit", credits="inv-0")
    draft, receipt, order = await office.book(office.job(invoice), HOW)
    assert totals(order) == (Decimal("-20.50"), Decimal("-4.31"), Decimal("-24.81"))
    assert receipt.total_excl == draft.total_excl == Decimal("-20.50")


AMOUNTS = st.decimals(-2000, 5000, places=3)
QUANTITIES = st.decimals(-20, 60, places=4)
DISCOUNTS = st.sampled_from([Decimal(0), Decimal(5), Decimal("7.25"), Decimal("12.5"), Decimal(100)])
ITEMS = st.sampled_from([*[{}] * 15, {"code": "UUR-MONT"}, {"code": "DIV-ZONDER"}, {"code": "unknown"}])
HIDDEN = st.sampled_from([*[{}] * 15, {"hidden": True}])
MISTAKES = st.sampled_from([*[0] * 6, 1, -1, 2])


@st.composite
def invoices(draw):
    """Believable ones, and some that contradict themselves."""
    customer = draw(customers())
    rates = ["21", "21", "9", "0", "13"] if customer.vat_regime in {None, "domestic"} else ["0"]
    line = st.builds(
        _line, QUANTITIES, AMOUNTS, st.sampled_from(rates), DISCOUNTS, st.builds(dict.__or__, ITEMS, HIDDEN)
    )
    lines = draw(st.lists(line, min_size=1, max_size=8))
    kind = draw(st.sampled_from(["debit", "debit", "credit"]))
    return _rounded_otherwise(make_invoice(type=kind, lines=tuple(lines), customer=customer), draw(MISTAKES))


def _line(quantity, price, rate, discount, more):
    return a_line(quantity, price, rate, {"discount_percentage": str(discount)} | more)


def customers():
    """Private and business, at home and abroad, with and without a stated regime."""
    places = st.sampled_from(["NL", "NL", "BE", "US", None])
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
        seen.append(asyncio.run(_outcome(office, invoice)))

    book()
    assert seen.count("booked") >= 40
    assert Rejected in seen


async def _outcome(office, invoice):
    """`booked`, or the class of the error; what must be true of each is looked at here."""
    before = _writes(office)
    try:
        draft, receipt, order = await office.book(office.job(invoice), HOW)
    except WorkError as error:
        assert _writes(office) == before
        return type(error)
    assert totals(order)[0] == receipt.total_excl == draft.total_excl == ours(invoice)[0]
    assert (totals(order)[1] == ours(invoice)[1]) == (not draft.warnings)
    return "booked"


def _writes(office):
    return sum(call.method != "GET" and "/api/" in call.path for call in office.sandbox.calls)


MATERIALS = st.lists(
    st.builds(
        MaterialLine,
        code=st.sampled_from([*KNOWN, "X-1"]),
        quantity=QUANTITIES,
        unit_price=st.decimals(0, 900, places=3),
        discount_percentage=DISCOUNTS,
        vat_percentage=st.just(Decimal(21)),
    ),
    max_size=5,
)
WORKED = st.lists(
    st.builds(HoursLine, date=st.just("2026-11-20"), minutes=st.integers(0, 600), hour_type=st.just("UUR-MONT")),
    min_size=1,
    max_size=3,
)
PLANNED = st.lists(
    st.tuples(st.sampled_from(KNOWN), st.decimals(1, 20, places=2), st.decimals(0, 90, places=2)),
    min_size=1,
    max_size=5,
)


def test_any_work_order_is_in_its_order_once_at_the_total_we_expect_and_no_line_of_the_office_is_lost():
    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(PLANNED, MATERIALS, WORKED)
    def update(planned, used, worked):
        asyncio.run(_updated(planned, used, worked))

    update()


async def _updated(planned, used, worked):
    office = Office()
    id = an_order_of_the_office(office.sandbox, *planned)
    before = [dict(line) for line in office.order(id)["orderLines"]]
    document = make_work_order(order=of_order(id), materials=tuple(used), hours=tuple(worked))
    job, how = office.job(document), export("workorder", "order")
    try:
        draft, receipt, once = await office.book(job, how)
    except WorkError:
        assert office.order(id)["orderLines"] == before
        return
    again_draft, again, twice = await office.book(job, how)
    assert draft.total_excl == receipt.total_excl == again_draft.total_excl == again.total_excl
    assert _without_ids(twice) == _without_ids(once), "sent a second time, it is the same"
    assert [line["orderLineId"] for line in once["orderLines"]][: len(before)] == [one["orderLineId"] for one in before]
    kept = [line for line in once["orderLines"][: len(before)] if "[Werkbon" not in line["description"]]
    assert all(line in before for line in kept)
    assert all(line["price"] == old["price"] for line, old in zip(once["orderLines"], before, strict=False))
    ours = [
        line["quantityOrdered"] for line in once["orderLines"] if "[Werkbon" in line["description"] and _counts(line)
    ]
    wanted = sum(one.quantity for one in used) + sum(quantity for _, quantity in billed.worked(document, job.settings))
    assert sum(ours) == wanted, "what was used and worked, and nothing twice"


def _counts(line):
    return line["orderLineType"] != orders.TEXT


def _without_ids(order):
    return [{name: value for name, value in line.items() if name != "orderLineId"} for line in order["orderLines"]]


async def test_the_invoice_of_an_unknown_currency_is_refused_with_a_sentence(office):
    with pytest.raises(WorkError, match=r"is in USD, and orders are sent to Multivers in EUR only\. Book"):
        await office.book(office.job(an_invoice((1, "99.99", "0"), currency="USD")), HOW)
    assert not office.books.tables[ORDERS]
