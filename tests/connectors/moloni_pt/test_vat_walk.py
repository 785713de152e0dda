"""Documents in the books: Moloni's totals are ours; or what differs is seen, and nothing is closed."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.connectors.moloni_pt import CONNECTOR, exports
from shared.connectors.moloni_pt.kinds import KINDS
from shared.connectors.moloni_pt.lines import lines_of, total_with_vat
from shared.errors import Rejected
from shared.mapping import Receipt
from shared.schemas.documents import WorkOrder
from tests.connectors import samples
from tests.connectors.moloni_pt.office import CODES, Office, an_order, export, small_sandbox

GOLDEN = [one for one in samples.samples(CONNECTOR.name) if one.hub.name.startswith("workorder-")]
RATES = {"23": "41", "13": "42", "6": "43"}


@pytest.fixture
def office():
    return stocked(small_sandbox())


def stocked(sandbox):
    """An office whose company has the products of the samples."""
    office = Office(sandbox)
    wanted = {"TUBO-15": (41, "7.35"), "LIVRO": (43, "12.50"), "AGUA": (42, "1.10"), "FORM": (None, "120")}
    pattern = next(iter(office.books.tables["products"].values()))
    for reference, (tax, price) in wanted.items():
        taxed = {"_taxes": [tax] if tax else [], "exemption_reason": "" if tax else "M07"}
        row = {**pattern, "reference": reference, "price": Decimal(price), **taxed}
        office.books.add("products", {name: value for name, value in row.items() if name != "product_id"})
    return office


@pytest.mark.parametrize("sample", GOLDEN, ids=str)
async def test_every_sample_is_booked_with_the_total_it_says(office, sample):
    hub = samples.load(sample.hub)
    chosen = {**hub["settings"], "document_set": None}
    job = office.job(WorkOrder.model_validate(hub["document"]), **chosen)
    booked = await office.book(job, hub["as"])
    draft = samples.load(sample.vendor)["draft"]
    assert booked.totals[0] == booked.receipt.total_excl == Decimal(draft["total_excl"])
    assert booked.row["status"] == int(hub["as"].startswith("closed_"))
    sent = [[tax["tax_id"] for tax in line.get("taxes", ())] for line in draft["body"]["products"]]
    assert [[tax["tax_id"] for tax in line["taxes"]] for line in booked.row["products"]] == sent
    reasons = [line.get("exemption_reason", "") for line in draft["body"]["products"]]
    assert [line["exemption_reason"] for line in booked.row["products"]] == reasons


async def test_an_invoice_receipt_is_paid_to_the_cent(office):
    order = an_order(("TUBO-15", 3, "9.99"), ("AGUA", 24, "1.15"), ("FORM", 1, "120"))
    booked = await office.book(office.job(order), "invoice_receipt")
    assert booked.row["payments"][0]["value"] == booked.totals[2] == Decimal("188.05")


async def test_a_total_that_moloni_rounds_in_another_way_comes_back_as_it_is():
    office = stocked(small_sandbox(rounded="sum"))
    booked = await office.book(office.job(an_order(*[("TUBO-15", "0.5", "0.01")] * 4)))
    assert (booked.draft.total_excl, booked.receipt.total_excl) == (Decimal("0.04"), Decimal("0.02"))


async def test_a_draft_whose_total_differs_is_not_closed(office):
    job = replace(office.job(an_order(("TUBO-15", 1))), made={"document": Receipt("7")}, difference=Decimal("0.01"))
    with pytest.raises(Rejected, match=r"differs from ours by 0\.01 EUR, so it was not closed"):
        exports.closing(KINDS[0], job)
    assert exports.closing(KINDS[0], replace(job, difference=None)).request.body["status"] == 1


QUANTITIES = st.decimals("-50", "50", places=3).filter(bool)
PRICES = st.decimals("0", "2000", places=4)
DISCOUNTS = st.sampled_from(["0", "5", "12.5", "33.333", "100"])
LINES = st.lists(st.tuples(QUANTITIES, PRICES, st.sampled_from([*RATES]), DISCOUNTS), min_size=1, max_size=6)


def order_of(lines):
    materials = [("DIV-SEM-IVA", q, p, rate, {"discount_percentage": d}) for q, p, rate, d in lines]
    return an_order(*materials)


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_whatever_the_lines_moloni_makes_our_total_and_an_invoice_receipt_is_paid(lines):
    booked = asyncio.run(_booked(lines))
    excl, vat, incl = booked.totals
    assert excl == booked.draft.total_excl
    assert booked.row["payments"][0]["value"] == incl == excl + vat


async def _booked(lines):
    office = Office()
    return await office.book(office.job(order_of(lines)), "invoice_receipt")


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_vat_is_within_half_a_cent_of_each_rate_and_no_line_is_charged_twice(lines):
    found = asyncio.run(_lines(lines))
    exact = sum((line.total * line.vat.percentage / 100 for line in found), Decimal(0))
    net = sum((line.total for line in found), Decimal(0))
    rates = {line.vat.percentage for line in found}
    assert abs(total_with_vat(found) - net - exact) <= Decimal("0.005") * len(rates)
    assert [str(line.vat.tax) for line in found] == [RATES[rate] for _, _, rate, _ in lines]


async def _lines(lines):
    office = Office()
    job = office.job(order_of(lines))
    return lines_of(job, await export("invoice").gather(office.client(), job))


@given(st.sampled_from([*CODES]), st.sampled_from([*CODES]))
@settings(deadline=None)
def test_a_line_never_gets_the_rate_of_another_percentage(stated, chosen):
    office = Office()
    job = office.job(an_order(("DIV-SEM-IVA", 1, "5", stated)), vat_codes={stated: CODES[chosen]})
    if stated == chosen:
        asyncio.run(office.mapped(job))
    else:
        with pytest.raises(Exception, match="Choose another VAT code"):
            asyncio.run(office.mapped(job))
