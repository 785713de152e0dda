"""Lists are read to their end, changes since with a wide overlap, and everything once a day."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.connector import ReadFrom
from shared.connectors.moloni_es import sync
from shared.errors import Rejected, TryLater
from shared.sandbox import SandboxClock
from tests.connectors.moloni_es.office import COMPANY, Office, small_sandbox

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def time(monkeypatch):
    moment = [NOW]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def long_lists(monkeypatch):
    monkeypatch.setattr(sync, "SHORT", 3)


def sandbox_clock(time):
    return SandboxClock(lambda: time[0])


async def read(office, cursor=None):
    """All records of a read, and the cursor it leaves."""
    found, where = [], ReadFrom(None, cursor)
    while True:
        page = await office.client().customers(where)
        found += [row["customerId"] for row in page.records]
        if page.next is None:
            return found, page.cursor
        where = ReadFrom(page.next, cursor)


async def test_a_short_list_is_read_in_full_each_time(time):
    found, cursor = await read(Office())
    assert (len(found), cursor) == (5, None)


async def test_a_long_list_is_read_by_its_changes_and_in_full_once_a_day(time, long_lists):
    office = Office(small_sandbox(clock=sandbox_clock(time)))
    ids = [*office.books.tables["customers"]]
    time[0] += timedelta(hours=30)
    found, cursor = await read(office)
    assert found == ids
    time[0] += timedelta(minutes=15)
    office.sandbox.change(COMPANY, "customers", ids[2], name="Otro")
    found, cursor = await read(office, cursor)
    assert found == [ids[2]]
    time[0] += timedelta(hours=23, minutes=50)
    found, cursor = await read(office, cursor)
    assert (found, cursor) == ([ids[2]], None)
    assert (await read(office, cursor))[0] == ids


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Niue"])
@pytest.mark.parametrize("includes", [True, False])
async def test_a_change_behind_the_last_read_is_seen_in_whatever_zone_moloni_keeps_its_moments(
    time, long_lists, zone, includes
):
    office = Office(small_sandbox(clock=sandbox_clock(time), timezone=zone, gte_includes=includes))
    ids, cursor = await read(office)
    time[0] += timedelta(seconds=1)
    office.sandbox.change(COMPANY, "customers", ids[0], name="Otro")
    time[0] += timedelta(hours=20)
    found, _ = await read(office, cursor)
    assert ids[0] in found


@pytest.mark.parametrize("how", ["refused", "everything"])
async def test_where_changes_cannot_be_asked_for_everything_is_read(time, long_lists, how):
    office = Office(small_sandbox(clock=sandbox_clock(time), unfilterable={"updatedAt": how}))
    ids, cursor = await read(office)
    found, _ = await read(office, cursor)
    assert found == ids


async def test_a_read_of_changes_that_is_refused_for_another_reason_is_refused(time, long_lists):
    office = Office(small_sandbox(clock=sandbox_clock(time)))
    _, cursor = await read(office)
    told = office.sandbox.fail_next
    body = '{"data": {"customers": {"data": null, "errors": [{"field": "*", "msg": "no"}]}}}'
    told(200, body=body, match="#customers$", headers={"Content-Type": "application/json"})
    with pytest.raises(Rejected, match="no"):
        await read(office, cursor)


async def test_a_capped_page_is_not_taken_for_the_whole_list():
    found, _ = await read(Office(small_sandbox(customers=9, most=2)))
    assert len(found) == len(set(found)) == 9


@pytest.mark.parametrize(
    "body",
    [
        '{"data": {"customers": {"data": [], "errors": []}}}',
        '{"data": {"customers": {"data": null, "errors": [], "options": {"pagination": {"count": 0, "qty": 1}}}}}',
        '{"data": {"customers": {"data": [7], "errors": [], "options": {"pagination": {"count": 0, "qty": 1}}}}}',
        "[]",
    ],
)
async def test_half_a_page_is_never_taken_for_a_whole_one(body):
    office = Office()
    office.sandbox.fail_next(200, body=body, match="#customers$")
    with pytest.raises(TryLater):
        await read(office)


async def test_what_every_document_needs_comes_in_one_call_and_longer_lists_are_read_on():
    office = Office()
    company, taxes, series = await office.client().basics()
    assert ((company.fiscalZone and company.fiscalZone.fiscalZone), len(taxes), len(series)) == ("ES", 6, 2)
    assert [call.path for call in office.sandbox.calls] == ["/v1#basics"]
    _, taxes, series = await Office(small_sandbox(most=1)).client().basics()
    assert (len(taxes), len(series)) == (6, 2)


@pytest.mark.parametrize("broken", ["company", "taxes", "documentSets"])
async def test_what_is_refused_among_several_is_not_taken_for_nothing(broken):
    office = Office()
    page = {"pagination": {"page": 1, "qty": 500, "count": 0}}
    whole = {name: {"data": [], "errors": [], "options": page} for name in ("taxes", "documentSets")}
    body = {"data": {"company": {"data": {"companyId": 501}, "errors": []}, **whole}}
    body["data"][broken] = {"data": None, "errors": [{"field": "*", "msg": "no"}]}
    office.sandbox.fail_next(200, body=json.dumps(body), match="#basics$")
    with pytest.raises(Rejected, match="no"):
        await office.client().basics()
