"""Documents are found by exactly our reference and read back for exactly these days, whatever filters are good for."""

from datetime import date

import pytest

from shared.connector import Period
from shared.connectors.moloni_es.kinds import INVOICE
from tests.connectors.moloni_es.office import Office, an_order, small_sandbox

DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)


async def booked(*numbers, **options):
    office = Office(small_sandbox(**options))
    made = [await office.book(office.job(an_order((1, 10, 21), number=number))) for number in numbers]
    return office.client(), [one.receipt.vendor_id for one in made]


@pytest.mark.parametrize("how", [None, "refused", "everything", "nothing"])
async def test_only_what_carries_exactly_our_reference_is_found(how):
    client, ids = await booked("WO-1", "wo-1", "WO-10", unfilterable={"ourReference": how} if how else {})
    found = await client.documents_by_reference(INVOICE, "WO-1", DAY)
    assert [one.vendor_id for one in found] == ids[:1]
    assert await client.documents_by_reference(INVOICE, "WO", DAY) == []


@pytest.mark.parametrize("how", [None, "everything"])
async def test_only_documents_of_these_days_are_read_back(how):
    client, ids = await booked("WO-1", unfilterable={"date": how} if how else {})
    there = (await client.listed_invoices(Period(DAY, NEXT), None)).documents
    assert [(one.vendor_id, one.day, one.currency) for one in there] == [(ids[0], DAY, "EUR")]
    assert (await client.listed_invoices(Period(NEXT, NEXT), None)).documents == []


async def test_where_only_what_is_proven_can_be_read_nothing_is_compared_that_is_not_told():
    client, ids = await booked("WO-1", proven_only=True)
    (found,) = await client.fetched_invoices([ids[0], "424242"])
    assert (found.vendor_id, found.reference, found.state) == (ids[0], "WO-1", "draft")
    assert (found.day, found.total_excl, str(found.total_incl)) == (None, None, "12.1")
    assert (await client.listed_invoices(Period(DAY, DAY), None)).documents == [found]
