"""Reading: pages that cannot skip a record, short lists in full, long ones by their changes, and who may be read."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.connector import ReadFrom
from shared.connectors.billit import CONNECTOR, sync
from shared.connectors.billit.client import Client
from shared.connectors.billit.sandbox import create
from shared.errors import NeedsOwner, TryLater
from tests.connectors.billit.office import COMPANY, Office, small_sandbox, vendor_http

BEGIN = ReadFrom(None, None)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


async def read(client, how=Client.parties, cursor=None, between=lambda: None):
    """All pages of one read."""
    pages, where = [], ReadFrom(None, cursor)
    while where is not None:
        page = await how(client, where)
        pages.append(page)
        where = ReadFrom(page.next, cursor) if page.next else None
        between()
    return pages


def ids(pages, key="PartyID"):
    return [row[key] for page in pages for row in page.records]


async def test_a_record_that_is_changed_while_pages_are_read_makes_none_skipped():
    office = Office(small_sandbox(parties=400))
    everyone = set(office.books.tables["Party"])
    seen_first = sorted(office.books.tables["Party"].values(), key=lambda row: row["LastModified"])

    def meanwhile():
        office.sandbox.change(COMPANY, "Party", seen_first.pop(0)["PartyID"], City="Gent")

    pages = await read(office.client(), between=meanwhile)
    assert set(ids(pages)) == everyone
    assert len(pages) > 3


async def test_many_records_of_one_moment_are_read_once_each():
    office = Office(small_sandbox(parties=300))
    moment = office.books.now()
    for row in office.books.tables["Party"].values():
        row["LastModified"] = moment
    found = ids(await read(office.client()))
    assert len(found) == len(set(found)) == 300


async def test_records_without_a_moment_are_read_once_each_too():
    office = Office(small_sandbox(parties=250))
    for row in office.books.tables["Party"].values():
        row["LastModified"] = None
    found = ids(await read(office.client()))
    assert len(found) == len(set(found)) == 250


async def test_a_short_list_is_read_in_full_each_time_so_that_deletions_show():
    office = Office(small_sandbox(parties=sync.SHORT))
    pages = await read(office.client())
    assert (pages[-1].cursor, len(ids(pages))) == (None, sync.SHORT)


@pytest.fixture
def time_stands_still(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


async def test_a_long_list_is_read_by_its_changes_and_in_full_once_a_day(monkeypatch, time_stands_still):
    office = Office(small_sandbox(parties=sync.SHORT + 1))
    full = await read(office.client())
    cursor = full[-1].cursor
    assert len(ids(full)) == sync.SHORT + 1
    changed = next(iter(office.books.tables["Party"]))
    office.sandbox.change(COMPANY, "Party", changed, City="Gent")
    delta = await read(office.client(), cursor=cursor)
    assert changed in ids(delta)
    assert len(ids(delta)) < sync.SHORT
    again = delta[-1].cursor
    assert again is not None
    monkeypatch.setattr(clock, "now", lambda: NOW + sync.FULL_READ)
    assert (await read(office.client(), cursor=again))[-1].cursor is None, "so the next read is a full one"


async def test_changes_are_read_from_a_while_before_because_clocks_go_back():
    at = sync.start(ReadFrom(None, sync.Cursor("2026-10-25T02:30:00.5", clock.stamp(NOW)).dump()))
    assert at.query("A eq 1") == {
        "$orderby": "LastModified asc",
        "$filter": "A eq 1 and LastModified ge DateTime'2026-10-25T00:30:00.500'",
    }


async def test_an_empty_list_of_changes_keeps_the_place():
    cursor = sync.Cursor("2026-10-25T02:30:00.5", clock.stamp(clock.now())).dump()
    assert sync.start(ReadFrom(None, cursor)).after([]).changes() == cursor


async def test_an_empty_company_has_no_place_to_go_on_from():
    office = Office(small_sandbox(invoices=0))
    pages = await read(office.client(), Client.sales)
    assert [page.cursor for page in pages] == [None, None]


@pytest.mark.parametrize("deleted_as", ["rows", "ids"])
async def test_deleted_orders_are_told_in_either_form(deleted_as):
    office = Office(small_sandbox(invoices=3, deleted_as=deleted_as))
    gone = next(iter(office.books.tables["Order"]))
    cursor = (await read(office.client(), Client.sales))[-1].cursor
    office.sandbox.remove(COMPANY, "Order", gone)
    pages = await read(office.client(), Client.sales, cursor)
    assert pages[-1].removed == [str(gone)]
    assert pages[-1].cursor is not None


async def test_sales_alone_are_read_as_payments():
    office = Office(small_sandbox(invoices=9))
    rows = list(office.books.tables["Order"].values())
    rows[0]["OrderDirection"], rows[1]["OrderType"] = "Cost", "Offer"
    found = ids(await read(office.client(), Client.sales), "OrderID")
    assert sorted(found) == sorted(row["OrderID"] for row in rows[2:])


async def test_what_belongs_to_another_company_does_not_exist_here():
    office = Office(small_sandbox(parties=5, products=5, invoices=2))
    theirs = office.sandbox.books(610002)
    for table, how in (("Party", "parties"), ("Product", "products"), ("Order", "orders")):
        mine, other = (str(next(iter(books.tables[table]))) for books in (office.books, theirs))
        exists = getattr(Client, f"existing_{how}")
        assert await exists(office.client(), [mine, other, "999"]) == {mine}
    assert not [call for call in office.sandbox.calls if "OAuth2" in call.path], "and no newer token was asked for"


async def test_a_company_that_is_closed_to_the_login_rests_the_connection():
    office = Office()
    with pytest.raises(NeedsOwner, match="Grant access"):
        await Client(vendor_http(office.sandbox), "620001").parties(BEGIN)


async def test_a_long_list_of_deleted_orders_is_read_to_its_end():
    office = Office(small_sandbox(invoices=2))
    link = f"{office.sandbox.base_url}/v1/orders/deleted?$skip=1"
    office.sandbox.fail_next(200, body=f'{{"Items": [{{"OrderID": 7}}], "NextPageLink": "{link}"}}', match="deleted")
    office.sandbox.fail_next(200, body='[8, {"OrderNumber": "without an id"}]', match="deleted")
    assert (await read(office.client(), Client.sales))[-1].removed == ["7", "8"]


@pytest.mark.parametrize("link", ["?$skip=1", "/v1/products?$skip=1", "https://my.billit.be/v1/products?page=2", "2"])
async def test_the_form_of_the_link_to_the_next_page_does_not_matter(link):
    office = Office(small_sandbox(products=4))
    first, *rest = (row["Reference"] for row in office.books.tables["Product"].values())
    page = f'{{"Items": [{{"ProductID": 1, "Reference": "{first}"}}], "NextPageLink": "{link}"}}'
    office.sandbox.fail_next(200, body=page, match="/v1/products")
    found = await office.client().products_by_reference([first, *rest])
    assert [row.Reference for row in found] == [first, *rest]


async def test_an_empty_page_is_the_last_one_whatever_its_link_says():
    office = Office()
    office.sandbox.fail_next(200, body='{"Items": [], "NextPageLink": "more"}', match="/v1/parties")
    assert (await office.client().parties(BEGIN)).next is None


async def test_many_references_are_asked_for_in_several_calls():
    office = Office(small_sandbox(products=90))
    references = [row["Reference"] for row in office.books.tables["Product"].values()]
    found = await office.client().products_by_reference(references)
    assert sorted(row.Reference for row in found) == sorted(references)
    assert len(office.sandbox.calls) > 1


async def test_products_are_found_where_they_cannot_be_filtered_by_reference():
    office = Office(small_sandbox(products=150, filters_more=False))
    (found,) = await office.client().products_by_reference(["UUR-MONT"])
    assert found.Reference == "UUR-MONT"


async def test_a_record_in_an_unknown_form_is_asked_for_again_later():
    office = Office()
    office.sandbox.fail_next(200, body='{"PartyID": "none"}', match="/v1/parties/7")
    with pytest.raises(TryLater, match="unknown form"):
        await office.client().party("7")


@pytest.mark.parametrize("body", ["{}", '"text"', '{"Items": 1}'])
async def test_a_list_in_an_unknown_form_is_read_later(body):
    office = Office()
    office.sandbox.fail_next(200, body=body, match="/v1/parties")
    with pytest.raises(TryLater, match="unknown form"):
        await office.client().parties(BEGIN)


async def test_a_bare_list_is_read_like_a_wrapped_one():
    office = Office()
    office.sandbox.fail_next(200, body='[{"PartyID": 1}]', match="/v1/parties")
    page = await office.client().parties(BEGIN)
    assert [CONNECTOR.import_of("relation").id(row) for row in page.records] == ["1"]


async def companies(sandbox, user):
    return {one.code: one.name for one in await Client(vendor_http(sandbox, user), None).administrations()}


async def test_companies_that_let_no_apps_in_are_not_offered():
    assert await companies(small_sandbox(), "Karel Peeters") == {
        "610001": "Atelier Noord BV",
        "610002": "Noord Projecten BV",
    }


@pytest.mark.parametrize(("spelling", "code"), [("client", "630001/620001"), ("office", "620001/630001")])
async def test_an_accountant_is_offered_clients_with_the_headers_that_open_them(spelling, code):
    sandbox = small_sandbox(spelling=spelling, invoices=3)
    assert await companies(sandbox, "Lotte Claes") == {"620001": "Fiduciaire Claes", code: "Garage Maes"}
    made = await Client(vendor_http(sandbox, "Lotte Claes"), code).parties(BEGIN)
    assert {row["PartyID"] for row in made.records} == set(sandbox.books(630001).tables["Party"])


@pytest.mark.parametrize("spelling", ["client", "office"])
async def test_without_an_order_nothing_proves_whose_books_the_headers_open_so_none_are_offered(spelling):
    assert await companies(small_sandbox(spelling=spelling), "Lotte Claes") == {"620001": "Fiduciaire Claes"}


async def test_a_client_whose_headers_lead_to_other_books_is_not_offered():
    sandbox = small_sandbox(invoices=3)
    for row in sandbox.books(630001).tables["Order"].values():
        row["CompanyID"] = 620001
    assert await companies(sandbox, "Lotte Claes") == {"620001": "Fiduciaire Claes"}


async def test_an_owner_needs_no_second_header():
    assert await companies(small_sandbox(), "Sofie Maes") == {"630001": "Garage Maes"}


async def test_the_user_is_known_by_the_e_mail_address():
    who = await Client(vendor_http(small_sandbox()), None).whoami()
    assert (who.id, who.name) == ("k.peeters@example.test", "Karel Peeters")


async def test_a_login_that_does_not_say_whose_it_is_is_refused():
    sandbox = create(parties=1, products=4, invoices=0)
    sandbox.fail_next(200, body="{}", match="accountInformation")
    with pytest.raises(NeedsOwner, match="who logged in"):
        await Client(vendor_http(sandbox), None).whoami()


async def test_seven_thousand_parties_all_arrive_and_a_second_read_brings_what_changed():
    office = Office(create(parties=7_300, products=4, invoices=0))
    full = await read(office.client())
    assert len(ids(full)) == len(set(ids(full))) == 7_300
    changed = list(office.books.tables["Party"])[:3]
    for id in changed:
        office.sandbox.change(COMPANY, "Party", id, City="Gent")
    delta = ids(await read(office.client(), cursor=full[-1].cursor))
    assert set(changed) <= set(delta)
    assert len(delta) < 7_300 - timedelta(hours=2).seconds // 60
