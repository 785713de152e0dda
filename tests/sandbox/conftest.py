from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from shared.connectors.exact_online.sandbox import ExactSandbox, create
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode, encode

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def exact() -> ExactSandbox:
    return create(accounts=130, items=100, orders=0, clock=SandboxClock(lambda: START), minutely_limit=10_000)


@pytest.fixture
async def http(exact) -> AsyncIterator[httpx.AsyncClient]:
    async with client(exact) as http:
        yield http


def client(sandbox: ExactSandbox, user: str = "Anouk de Vries", **options) -> httpx.AsyncClient:
    """A caller who is logged in and asks for JSON."""
    token = sandbox.log_in(user, **options).access_token
    return httpx.AsyncClient(
        transport=sandbox.transport(),
        base_url=f"{sandbox.base_url}/api/v1/900001/",
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
    )


def stranger(sandbox: ExactSandbox) -> httpx.AsyncClient:
    """A caller who is not logged in."""
    return httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url)


async def rows(http: httpx.AsyncClient, path: str, **options: str) -> list[dict]:
    """All rows of a list, over all its pages."""
    found, answer = [], await http.get(path, params={f"${name}": value for name, value in options.items()})
    while True:
        answer.raise_for_status()
        page = decode(answer.content)["d"]
        found += page if isinstance(page, list) else page["results"]
        if isinstance(page, list) or "__next" not in page:
            return found
        answer = await http.get(page["__next"])


def message(answer: httpx.Response) -> str:
    return answer.json()["error"]["message"]["value"]


async def customer(http, **values) -> str:
    answer = await http.post("crm/Accounts", json={"Name": "Bakkerij Bos", "Status": "C", **values})
    return answer.json()["d"]["ID"]


async def item(http, code: str) -> str:
    return (await rows(http, "logistics/Items", filter=f"Code eq '{code}'"))[0]["ID"]


async def line(http, code: str = "UUR-MONT", **values) -> dict:
    return {"Item": await item(http, code), **values}


async def post(http, path: str, body: dict) -> httpx.Response:
    """Money leaves as exact JSON numbers, which httpx's own encoder cannot do."""
    return await http.post(path, content=encode(body))


async def order(http, *lines: dict, **values) -> dict:
    values = {"OrderedBy": await customer(http), **values}
    lines = list(lines) or [await line(http)]
    answer = await post(http, "salesorder/SalesOrders", {"SalesOrderLines": lines, **values})
    assert answer.status_code == 201, answer.text
    return decode(answer.content)["d"]


async def invoice(http, *lines: dict, **values) -> httpx.Response:
    values = {"OrderedBy": await customer(http), "Journal": "70", **values}
    lines = list(lines) or [await line(http)]
    return await post(http, "salesinvoice/SalesInvoices", {"SalesInvoiceLines": lines, **values})


async def stored(http, path: str, id: str, **query: str) -> dict:
    return decode((await http.get(f"{path}(guid'{id}')", params=query)).content)["d"]


async def made(http, path: str, body: dict) -> dict:
    """The record a POST answers."""
    answer = await post(http, path, body)
    assert answer.status_code == 201, answer.text
    return decode(answer.content)["d"]


async def ledger(http, code: str = "8000") -> str:
    return (await rows(http, "financial/GLAccounts", filter=f"Code eq '{code}'"))[0]["ID"]


async def entry(http, *lines: dict, **values) -> httpx.Response:
    """A sales entry of 100 with 21 % VAT, unless told otherwise."""
    lines = list(lines) or [{"GLAccount": await ledger(http), "AmountFC": 100, "VATCode": "4"}]
    values = {"Customer": await customer(http), "Journal": "70", **values}
    return await post(http, "salesentry/SalesEntries", {"SalesEntryLines": lines, **values})


async def booked(http, *lines: dict, **values) -> dict:
    answer = await entry(http, *lines, **values)
    assert answer.status_code == 201, answer.text
    return decode(answer.content)["d"]


async def terms(http, id: str) -> list[dict]:
    """The receivables of an entry."""
    amounts = "AmountFC,AmountDC,TransactionAmountFC"
    select = f"ID,{amounts},IsFullyPaid,LastPaymentDate,EndDate,Status,DueDate,YourRef,InvoiceNumber"
    found = await rows(http, "cashflow/Receivables", filter=f"TransactionEntryID eq guid'{id}'", select=select)
    return sorted(found, key=lambda row: row["DueDate"])


async def print_invoice(http, id: str, **asked) -> httpx.Response:
    return await http.post("salesinvoice/PrintedSalesInvoices", json={"InvoiceID": id, **asked})
