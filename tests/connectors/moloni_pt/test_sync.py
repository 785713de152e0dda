"""Reading: short lists in full, long ones by their changes, pages that come again, and what lists leave out."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.connector import ReadFrom
from shared.connectors.moloni_pt import CONNECTOR, client, sync
from shared.connectors.moloni_pt.client import Client
from shared.errors import NeedsOwner, TryLater
from shared.sandbox import SandboxClock
from shared.schemas.entities import Order
from tests.connectors.moloni_pt.office import ADMINISTRATION, COMPANY, Office, small_sandbox

NOW = datetime(2026, 7, 16, 10, 0, tzinfo=UTC)
"""In summer, when Lisbon is an hour ahead of UTC."""
BEGIN = ReadFrom(None, None)


@pytest.fixture
def now(monkeypatch):
    moments = [NOW]
    monkeypatch.setattr(clock, "now", lambda: moments[-1])
    return moments


def office_at(moments, **options):
    """An office whose package has our clock."""
    return Office(small_sandbox(clock=SandboxClock(lambda: moments[-1]), **options))


async def read(client, how=Client.customers, cursor=None, settings=None):
    """All pages of one read."""
    pages, where = [], ReadFrom(None, cursor, settings)
    while where is not None:
        page = await how(client, where)
        pages.append(page)
        assert len(pages) < 20, "a read ends"
        where = ReadFrom(page.next, cursor, settings) if page.next else None
    return pages


def ids(pages, key="customer_id"):
    return [row[key] for page in pages for row in page.records]


async def test_a_short_list_is_read_in_full_each_time_so_that_deletions_show(now):
    pages = await read(office_at(now, customers=300).client())
    assert (len(ids(pages)), pages[-1].cursor, pages[-1].doubt) == (300, None, None)


async def test_a_long_list_is_read_by_its_changes_and_in_full_once_a_day(now):
    office = office_at(now, customers=301)
    cursor = (await read(office.client()))[-1].cursor
    assert cursor is not None
    now.append(NOW + timedelta(minutes=15))
    changed = next(iter(office.books.tables["customers"]))
    office.sandbox.change(COMPANY, "customers", changed, city="Braga")
    delta = await read(office.client(), cursor=cursor)
    assert ids(delta) == [changed]
    now.append(NOW + sync.FULL_READ)
    assert (await read(office.client(), cursor=delta[-1].cursor))[-1].cursor is None, "so the next read is a full one"


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "UTC", "Europe/Madrid"])
@pytest.mark.parametrize("inclusive", [True, False])
async def test_a_change_during_a_read_is_seen_by_the_next_whatever_zone_moloni_reads_moments_in(now, zone, inclusive):
    office = office_at(now, customers=301, modified_in=zone, modified_inclusive=inclusive)
    first = await office.client().customers(BEGIN)
    seen_already = first.records[0]["customer_id"]
    office.sandbox.change(COMPANY, "customers", seen_already, city="Braga")
    now.append(NOW + timedelta(minutes=5))
    page = first
    while page.next:
        page = await office.client().customers(ReadFrom(page.next, None))
    assert seen_already in ids(await read(office.client(), cursor=page.cursor))


async def test_changes_are_asked_for_from_ten_minutes_before_the_last_read_began():
    cursor = sync.Cursor(clock.stamp(NOW), clock.stamp(NOW)).dump()
    assert sync.start(ReadFrom(None, cursor)).asked == {"offset": 0, "lastmodified": "2026-07-16 09:50:00"}


async def test_a_page_that_comes_again_ends_the_read_and_nothing_counts_as_deleted():
    office = Office(small_sandbox(customers=120, repeats_pages=("customers",)))
    pages = await read(office.client())
    assert len(ids(pages)) == len(set(ids(pages))) == 50
    assert "Nothing is taken for deleted" in pages[-1].doubt


async def test_a_list_that_ends_with_a_full_page_ends_with_an_empty_one():
    pages = await read(Office(small_sandbox(customers=100)).client())
    assert [len(page.records) for page in pages] == [50, 50, 0]
    assert pages[-1].doubt is None


async def test_users_that_come_all_at_once_are_read_once_though_they_are_many():
    (page,) = await read(Office(small_sandbox(employees=70)).client(), Client.users)
    assert len(page.records) == len(set(ids([page], "user_id"))) == 70


async def test_a_search_reads_every_page_and_ends_when_one_comes_again():
    office = Office(small_sandbox(customers=120))
    for id in office.books.tables["customers"]:
        office.sandbox.change(COMPANY, "customers", id, vat="500000000")
    assert len(await office.client().customers_by_vat("500000000")) == 120


async def test_inactive_products_are_read_too():
    office = Office(small_sandbox(products=20))
    rows = [row for page in await read(office.client(), Client.products) for row in page.records]
    assert [row["visibility_id"] for row in rows].count(0) == 1


async def test_service_lists_are_what_the_user_calls_so_and_come_with_their_lines():
    office = Office(small_sandbox(service_lists=12))
    pages = await read(office.client(), Client.service_lists)
    assert [len(page.records) for page in pages] == [10, 2]
    assert all(row["products"] for page in pages for row in page.records)
    other = CONNECTOR.settings.model_validate({"service_list_class": "estimates"})
    assert ids(await read(office.client(), Client.service_lists, settings=other), "document_id") == []


async def test_a_service_list_that_is_deleted_while_its_page_is_read_stays_out():
    office = Office(small_sandbox(service_lists=3))
    gone = next(iter(office.books.tables["documents"]))
    client = office.client()
    answer = client._ask  # the moment between list and document cannot be met from outside

    async def ask(cls, method, **asked):
        if method == "getOne":
            office.books.tables["documents"].pop(gone, None)
        return await answer(cls, method, **asked)

    client._ask = ask
    assert gone not in ids(await read(client, Client.service_lists), "document_id")


@pytest.mark.parametrize("how", ["empty", "object", "error"])
async def test_what_is_not_there_is_not_there_whatever_moloni_says_of_it(how):
    office = Office(small_sandbox(unknown_as=how))
    there, gone = [str(id) for id in office.books.tables["customers"]][:2]
    office.sandbox.remove(COMPANY, "customers", int(gone))
    assert await office.client().existing_customers([there, gone]) == {there}


async def test_another_refusal_of_a_look_up_is_no_proof_of_a_deletion():
    office = Office(small_sandbox())
    office.sandbox.fail_next(200, body='["5 something_else"]', match="customers/getOne")
    with pytest.raises(Exception, match="something else"):
        await office.client().existing_customers(["1"])


@pytest.mark.parametrize("body", ["{}", "7", '["x"]', "null"])
async def test_a_list_in_an_unknown_form_is_read_later(body):
    office = Office(small_sandbox())
    office.sandbox.fail_next(200, body=body, match="customers/getAll")
    with pytest.raises(TryLater):
        await office.client().customers(BEGIN)


async def test_the_vendors_demo_company_is_not_offered():
    office = Office()
    assert [one.code for one in await office.client().administrations()] == ["9001", "9002"]
    assert str(client.DEMO_COMPANY) not in {one.code for one in await office.client().administrations()}
    assert (await office.client().administrations())[0] == ADMINISTRATION


async def test_a_company_that_was_closed_to_the_login_asks_for_its_owner():
    office = Office(user="Rui Marques")
    with pytest.raises(NeedsOwner, match="Grant access in Moloni"):
        await office.client().customers(BEGIN)


@pytest.mark.parametrize("body", ["[]", "null", "7"])
async def test_a_user_that_moloni_does_not_name_must_log_in_again(body):
    office = Office()
    office.sandbox.fail_next(200, body=body, match="users/getMe")
    with pytest.raises(NeedsOwner, match="Log in again"):
        await office.client().whoami()


async def test_a_user_may_come_as_a_list_of_one():
    office = Office()
    office.sandbox.fail_next(200, body='[{"user_id": 9, "name": "", "email": "a@b.example"}]', match="users/getMe")
    assert (await office.client().whoami()).name == "a@b.example"


def test_orders_are_not_looked_up_because_another_choice_of_class_leaves_them_there():
    assert CONNECTOR.imports[Order].exists is None
    assert CONNECTOR.imports[Order].settings == ("service_list_class",)
