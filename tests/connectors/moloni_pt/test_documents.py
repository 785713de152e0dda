"""Documents that are there: found by our exact reference, read back with their totals, listed by day or by year."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from shared.connector import Period
from shared.errors import Uncertain
from tests.connectors.moloni_pt.office import COMPANY, Office, an_order, export, small_sandbox

DAY = date(2026, 11, 20)


@pytest.fixture
def office():
    return Office()


async def booked(office, number="WO-1", kind="invoice", **changes):
    return await office.book(office.job(an_order(("DESLOC", 1), number=number, **changes)), kind)


@pytest.mark.parametrize("matching", ["exact", "substring"])
async def test_only_the_exact_reference_is_found_however_moloni_searches(matching):
    office = Office(small_sandbox(matching=matching))
    made = [await booked(office, number) for number in ("WO-1", "WO-10", "wo-1")]
    for one in made:
        found = await export("invoice").find(office.client(), one.job)
        assert [hit.vendor_id for hit in found] == [one.receipt.vendor_id]


async def test_what_was_cancelled_in_moloni_is_not_the_document_any_more(office):
    made = await booked(office)
    office.sandbox.change(COMPANY, "documents", int(made.receipt.vendor_id), status=2)
    assert await export("invoice").find(office.client(), made.job) == []
    (listed,) = await office.client().fetched([made.receipt.vendor_id])
    assert listed.state == "cancelled"


async def test_another_class_has_documents_of_its_own(office):
    made = await booked(office)
    assert await export("purchase_order").find(office.client(), made.job) == []


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 200, "body": "[]"}, {"kind": "cut"}])
async def test_a_document_that_cannot_be_read_back_may_be_there(office, answer):
    office.sandbox.fail_next(match="documents/getOne", **answer)
    with pytest.raises(Uncertain):
        await booked(office)
    assert len(office.sandbox.memory()["documents"]) == 1


async def test_a_number_says_its_series_and_a_draft_has_none(office):
    assert (await booked(office)).receipt.number is None
    assert (await booked(office, "WO-2", "closed_invoice")).receipt.number == "2026/1"


async def test_a_draft_is_not_taken_for_closed_and_a_closed_document_is(office):
    (closing,) = export("closed_invoice").follow_ups
    for kind, numbers in (("invoice", []), ("closed_invoice", ["2026/1"])):
        made = await booked(office, kind, kind)
        job = replace(made.job, made={"document": made.receipt})
        assert [hit.number for hit in await closing.find(office.client(), job)] == numbers


async def test_discounts_are_not_part_of_the_total_and_vat_neither(office):
    order = an_order(("DESLOC", 2, "10", None, {"discount_percentage": "25"}))
    made = await office.book(office.job(order))
    assert (made.receipt.total_excl, made.totals) == (15, (15, Decimal("3.45"), Decimal("18.45")))


async def listed(office, first, last):
    """References of the documents in the period, and how many calls it took."""
    found, position, before = [], None, len(office.sandbox.calls)
    client, how = office.client(), export("invoice").listing
    while True:
        page = await how.read(client, Period(first, last), position)
        found += [one.reference for one in page.documents]
        position = page.next
        if position is None:
            return found, len(office.sandbox.calls) - before


@pytest.mark.parametrize(
    ("first", "last", "found", "calls"),
    [
        (DAY, DAY, ["WO-1"], 1),
        (date(2026, 11, 19), DAY, ["WO-0", "WO-1"], 2),
        (date(2026, 11, 1), date(2026, 12, 1), ["WO-0", "WO-1"], 31),
        (date(2026, 10, 1), DAY, ["WO-1", "WO-0"], 1),
        (date(2026, 11, 20), date(2027, 1, 31), ["WO-1", "WO-2"], 2),
        (date(2025, 1, 1), date(2025, 12, 31), [], 1),
    ],
)
async def test_a_short_period_is_read_by_day_and_a_long_one_by_year(office, first, last, found, calls):
    for number, day in (("WO-1", DAY), ("WO-0", date(2026, 11, 19)), ("WO-2", date(2027, 1, 2))):
        await booked(office, number, work_date=day)
    assert await listed(office, first, last) == (found, calls)


async def test_a_list_of_many_is_read_to_its_last_page(office):
    pattern = (await booked(office)).row
    for number in range(120):
        row = {name: value for name, value in pattern.items() if name != "document_id"}
        office.books.add("documents", row | {"your_reference": f"X-{number}"})
    found, calls = await listed(office, DAY, DAY)
    assert (len(found), len(set(found)), calls) == (121, 121, 3)
