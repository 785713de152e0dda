"""The pretend package of the bench: as fast as may be, and still the sandbox's own answers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bench.installation import an_account, documents, set_pace
from bench.package import Package
from bench.wire import Call, listen, parse
from shared.connectors.exact_online.models import Account
from shared.sandbox import create

SYNC = "/api/v1/900001/sync/CRM/Accounts"
QUERY = {"$filter": "Timestamp gt 1L", "$select": f"{Account.select()},Timestamp"}
ORDERS = "/api/v1/{}/salesorder/SalesOrders"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    package = Package(accounts=130, page=60)
    await package.open()
    server, package.url = await listen(package.answer)
    yield package.url
    server.close()
    await server.wait_closed()


async def order(http: httpx.AsyncClient, account: str, reference: str, division: str = "100001") -> dict[str, str]:
    item = (await http.get("/api/v1/100001/logistics/Items", params={"$select": "ID", "$top": "1"})).json()["d"][0]
    body = {"OrderedBy": account, "YourRef": reference, "SalesOrderLines": [{"Item": item["ID"], "Quantity": 1}]}
    answer = await http.post(ORDERS.format(division), json=body)
    assert answer.status_code == 201
    return dict(answer.json()["d"])


async def test_pages_of_any_size_give_the_sandboxs_own_rows_once(url: str) -> None:
    rows, pages, onward = [], 0, SYNC
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get(SYNC, params=QUERY)
        while onward:
            pages, page = pages + 1, answer.json()["d"]
            rows += page["results"]
            onward = page.get("__next", "")
            answer = await http.get(onward or SYNC, params=None if onward else QUERY)
    sandbox = create("exact_online", accounts=130)
    token = sandbox.log_in().access_token  # type: ignore[attr-defined]  # Exact's own sandbox has it
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url, headers=headers) as http:
        original = (await http.get(SYNC, params=QUERY)).json()["d"]["results"]
    assert (pages, rows) == (3, original)


async def test_its_limits_are_out_of_reach(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get(SYNC, params=QUERY)
    assert int(answer.headers["x-ratelimit-minutely-remaining"]) > 1_000_000


async def test_each_document_gets_an_id_of_its_own_and_is_counted(url: str) -> None:
    account = await an_account(url)
    async with httpx.AsyncClient(base_url=url) as http:
        first, second = await order(http, account, "WB-1"), await order(http, account, "WB-2", "100002")
    assert first["OrderID"] != second["OrderID"]
    assert [made[:2] for made in await documents(url)] == [("WB-1", "100001"), ("WB-2", "100002")]
    await set_pace(url)
    assert await documents(url) == []


async def test_one_administration_hangs_and_the_others_do_not_until_it_is_let_go(url: str) -> None:
    account = await an_account(url)
    await set_pace(url, hangs="100001")
    async with httpx.AsyncClient(base_url=url) as http:
        waiting = asyncio.create_task(http.get("/api/v1/100001/crm/Accounts", params={"$select": "ID", "$top": "1"}))
        others = await http.get("/api/v1/100002/crm/Accounts", params={"$select": "ID", "$top": "1"})
        answered, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert (others.json()["d"][0]["ID"], answered) == (account, set())
        await set_pace(url)
        assert (await waiting).status_code == 200


def test_a_call_is_read_when_all_of_it_is_there() -> None:
    whole = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    assert [parse(whole[:end]) for end in (10, len(whole) - 1)] == [None, None]
    assert parse(whole + b"GET") == (Call("POST", "/a?b=c", b"abc"), b"GET")
