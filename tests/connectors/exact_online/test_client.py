import json
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs

import httpx
import pytest

from shared import clock
from shared.connector import ReadFrom, VendorUser
from shared.connectors.exact_online import lookups
from shared.connectors.exact_online.client import Client
from shared.connectors.exact_online.errors import classify
from shared.connectors.exact_online.limits import LIMIT
from shared.connectors.exact_online.models import Account
from shared.errors import TryLater, Uncertain
from shared.http import Unlimited, VendorHttp
from shared.mapping import Receipt, Request
from shared.schemas.documents import Customer

GUID = "3f0e7c52-0d7b-4f0e-9a55-1c2d3e4f5a6b"
BEGIN = ReadFrom(position=None, cursor=None)
ITEM = {"ID": "i-1", "Code": "A", "Description": "Article"}


class Exact:
    """Answers calls in their order, and keeps what was asked."""

    url = "https://start.exactonline.nl"

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def paths(self):
        return [request.url.path for request in self.asked]

    @property
    def queries(self):
        return [{name: values[0] for name, values in parse_qs(r.url.query.decode()).items()} for r in self.asked]

    def client(self, administration="900001"):
        line = httpx.AsyncClient(base_url=self.url, transport=httpx.MockTransport(self))
        http = VendorHttp(
            line, auth=httpx.Auth(), classify=classify, budget=Unlimited(), windows=LIMIT.read, name="exact_online"
        )
        return Client(http, administration)

    def link(self, token):
        return f"{self.url}/api/v1/900001/next?$skiptoken={token}"


def _list(*rows, after=None):
    return {"d": {"results": list(rows), **({"__next": after} if after else {})}}


def _account(version, **fields):
    return {"ID": f"a-{version}", "Timestamp": str(version), "EndDate": None} | fields


def _deleted(key, version):
    return {"EntityKey": key, "Timestamp": str(version)}


async def _read_all(exact, cursor=None):
    """Every page of a run, each read by a client that knows only the position."""
    pages, position = [], None
    while not pages or pages[-1].next:
        pages.append(await exact.client().accounts(ReadFrom(position, cursor)))
        position = pages[-1].next
    return pages


async def test_a_full_read_brings_all_rows_then_all_deletions():
    exact = Exact()
    exact.answers = [
        _list(_account(5_000_000_001), _account(5_000_000_009), after=exact.link(1)),
        _list(_account(5_000_000_004)),
        _list(_deleted("a-x", 5_000_000_020), after=exact.link(2)),
        _list(_deleted("a-y", 5_000_000_015)),
    ]
    pages = await _read_all(exact)
    assert [[row["ID"] for row in page.records] for page in pages] == [
        ["a-5000000001", "a-5000000009"],
        ["a-5000000004"],
        [],
        [],
    ]
    assert [list(page.removed) for page in pages] == [[], [], ["a-x"], ["a-y"]]


async def test_the_cursor_moves_only_when_the_read_is_complete():
    exact = Exact(_list(_account(7)), _list(_deleted("a-x", 9)))
    rows, deletions = await _read_all(exact)
    assert rows.cursor is None
    assert deletions.cursor is not None
    assert deletions.next is None


async def test_the_next_read_asks_for_what_is_newer_than_all_pages_brought():
    exact = Exact()
    exact.answers = [_list(_account(90), after=exact.link(1)), _list(_account(80)), _list(_deleted("a-x", 95))]
    cursor = (await _read_all(exact))[-1].cursor
    again = Exact(_list(), _list())
    pages = await _read_all(again, cursor)
    assert [query["$filter"] for query in again.queries] == [
        "Timestamp gt 90L",
        "Timestamp gt 95L and EntityType eq 2",
    ]
    assert pages[-1].cursor == cursor


async def test_a_first_read_takes_the_deletions_from_the_start_of_the_log():
    exact = Exact(_list(_account(90)), _list())
    await _read_all(exact)
    assert exact.queries[1]["$filter"] == "Timestamp gt 1L and EntityType eq 2"


async def test_sync_reads_say_which_fields_they_want():
    exact = Exact(_list(), _list())
    await _read_all(exact)
    assert "VATNumber" in exact.queries[0]["$select"].split(",")
    assert "Timestamp" in exact.queries[0]["$select"].split(",")
    assert not any("_ended" in query["$select"] for query in exact.queries)


async def test_items_have_their_own_deletions():
    exact = Exact(_list(ITEM | {"Timestamp": "4"}), _list())
    page = await exact.client().items(BEGIN)
    await exact.client().items(ReadFrom(page.next, None))
    assert exact.paths == ["/api/v1/900001/sync/Logistics/Items", "/api/v1/900001/sync/Deleted"]
    assert exact.queries[1]["$filter"] == "Timestamp gt 1L and EntityType eq 9"


@pytest.mark.parametrize(
    ("end", "ended"),
    [(None, False), ("/Date(1795046400000)/", True), ("/Date(1795132800000)/", False)],
    ids=["never", "yesterday", "today"],
)
async def test_a_record_says_whether_its_end_date_has_passed(monkeypatch, end, ended):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))
    page = await Exact(_list(_account(1, EndDate=end))).client().accounts(BEGIN)
    assert page.records[0]["_ended"] is ended


async def test_an_end_date_nobody_can_read_spoils_its_own_record_only():
    page = await Exact(_list(_account(1, EndDate="soon"), _account(2))).client().accounts(BEGIN)
    with pytest.raises(ValueError, match="_ended"):
        Account.model_validate(page.records[0])
    assert Account.model_validate(page.records[1]).ID == "a-2"


async def test_a_bare_list_is_read_like_a_wrapped_one():
    assert set(await Exact({"d": [ITEM]}).client().items_by_code(["A"])) == {"A"}


async def test_all_pages_of_a_look_up_are_read():
    exact = Exact()
    exact.answers = [_list(ITEM, after=exact.link(1)), _list(ITEM | {"Code": "B"})]
    assert set(await exact.client().items_by_code(["A", "B"])) == {"A", "B"}


async def test_many_codes_are_asked_for_in_urls_that_are_short_enough():
    codes = [f"artikel met een heel lange code éééééééééé {number}" for number in range(150)]
    exact = Exact(*[_list()] * 50)
    await exact.client().items_by_code(codes)
    assert max(len(str(request.url)) for request in exact.asked) < 6000
    assert sum(query["$filter"].count("Code eq") for query in exact.queries) == 150


async def test_a_look_up_fits_one_page_of_answers():
    exact = Exact(*[_list()] * 50)
    await exact.client().items_by_code([str(number) for number in range(150)])
    assert [query["$filter"].count("Code eq") for query in exact.queries] == [60, 60, 30]


async def test_no_codes_need_no_call():
    exact = Exact()
    assert await exact.client().items_by_code([]) == {}
    assert exact.asked == []


async def test_a_batch_of_ids_is_looked_up_in_one_call():
    exact = Exact(_list({"ID": GUID, "Code": "  1"}))
    assert await exact.client().existing_accounts([GUID] * 40) == {GUID}
    assert len(exact.asked) == 1
    assert exact.queries[0]["$filter"].startswith(f"ID eq guid'{GUID}' or ID eq guid'")


async def test_quotes_in_a_reference_are_doubled():
    exact = Exact(_list(), _list())
    await exact.client().sales_orders_by_reference("W'1")
    await exact.client().sales_invoices_by_reference("W'1")
    assert [query["$filter"] for query in exact.queries] == ["YourRef eq 'W''1'"] * 2


async def test_an_order_is_found_with_all_that_proves_it_is_ours():
    row = {
        "OrderID": "o-1",
        "OrderNumber": 26000001,
        "OrderedBy": "a-1",
        "OrderDate": "/Date(1795132800000)/",
        "AmountFCExclVat": 10.5,
    }
    found = await Exact(_list(row)).client().sales_orders_by_reference("W-1")
    assert found == [
        Receipt("o-1", "26000001", customer="a-1", total_excl=Decimal("10.5"), day=date(2026, 11, 20)),
    ]


async def test_an_open_invoice_has_no_number_yet():
    request = Request("POST", "/api/v1/900001/salesinvoice/SalesInvoices", {"YourRef": "W-1"})
    exact = Exact(httpx.Response(201, json={"d": {"InvoiceID": "v-1", "InvoiceNumber": None}}))
    assert await exact.client().create_sales_invoice(request) == Receipt("v-1")
    assert json.loads(exact.asked[0].content) == {"YourRef": "W-1"}


@pytest.mark.parametrize("body", ["", '{"d": []}', '{"d": {"OrderNumber": 1}}'])
async def test_a_create_without_a_readable_answer_is_uncertain(body):
    request = Request("POST", "/api/v1/900001/salesorder/SalesOrders", {})
    with pytest.raises(Uncertain):
        await Exact(httpx.Response(201, text=body)).client().create_sales_order(request)


@pytest.mark.parametrize("body", [{}, [], {"d": {"Code": "A"}}, {"d": [{"Code": "A"}]}])
async def test_a_read_without_a_readable_answer_is_tried_again(body):
    with pytest.raises(TryLater):
        await Exact(body).client().items_by_code(["A"])


async def test_the_user_is_known_by_id_and_name():
    exact = Exact({"d": [{"UserID": "u-1", "FullName": "Ann", "CurrentDivision": 5}]})
    assert await exact.client(None).whoami() == VendorUser("u-1", "Ann")
    assert exact.paths == ["/api/v1/current/Me"]


async def test_only_living_divisions_can_be_chosen():
    division = {"Status": 1, "BlockingStatus": 0, "Country": "NL ", "Currency": "EUR", "Description": "Shop"}
    exact = Exact(
        {"d": [{"UserID": "u-1", "CurrentDivision": 5}]},
        _list(
            division | {"Code": 1},
            division | {"Code": 2, "Status": 2},
            division | {"Code": 3, "BlockingStatus": 4},
            division | {"Code": 4, "Status": 0},
        ),
    )
    (found,) = await exact.client(None).administrations()
    assert (found.code, found.name, found.country, found.currency) == ("1", "Shop", "NL", "EUR")


async def _look_up(exact, **customer):
    found = await lookups.relation(exact.client(), Customer(name="Acme", **customer))
    return found, [query["$filter"] for query in exact.queries]


async def test_a_number_is_looked_up_padded():
    found, filters = await _look_up(Exact(_list({"ID": "a-1", "Code": "                 8"})), debtor_number="8")
    assert filters == ["Code eq '                 8'"]
    assert found == [Receipt("a-1", "8")]


async def test_a_debtor_number_with_letters_is_looked_up_by_search_code():
    assert (await _look_up(Exact(_list()), debtor_number="D'8"))[1] == ["SearchCode eq 'D''8'"]


async def test_a_known_id_is_looked_up_first_and_is_enough():
    found, filters = await _look_up(Exact(_list({"ID": GUID, "Code": "5"})), debtor_number="8", external_id=GUID)
    assert filters == [f"ID eq guid'{GUID}'"]
    assert found == [Receipt(GUID, "5")]


async def test_an_id_of_another_administration_falls_back_to_the_number():
    _, filters = await _look_up(Exact(_list(), _list()), debtor_number="8", external_id=f"{{{GUID.upper()}}}")
    assert filters == [f"ID eq guid'{GUID}'", "Code eq '                 8'"]


async def test_an_external_id_that_is_no_guid_is_not_asked_for():
    assert (await _look_up(Exact(_list()), debtor_number="8", external_id="42"))[1] == ["Code eq '                 8'"]
