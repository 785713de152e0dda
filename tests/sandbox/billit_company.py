"""The pretend Billit and its callers, for tests."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx

from shared.connectors.billit.sandbox import BillitSandbox, create
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode, encode

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COMPANY = 610001
LINE = {"Quantity": Decimal("3.5"), "UnitPriceExcl": Decimal("62.00"), "Description": "Montage", "VATPercentage": 21}


def sandbox_of(**options) -> BillitSandbox:
    return create(**{"parties": 130, "products": 8, "invoices": 6, "clock": SandboxClock(lambda: START), **options})


def client(sandbox: BillitSandbox, user: str = "Karel Peeters", **headers) -> httpx.AsyncClient:
    """A caller who is logged in, for the first company unless told otherwise."""
    token = sandbox.log_in(user).access_token
    named = {"PartyID": str(COMPANY)} | headers if headers.get("PartyID", "") is not None else {}
    return httpx.AsyncClient(
        transport=sandbox.transport(),
        base_url=f"{sandbox.base_url}/v1/",
        headers={"Authorization": f"Bearer {token}", **named},
    )


async def post(http, path, body, **headers):
    return await http.post(path, content=encode(body), headers=headers)


async def get(http, path, **params):
    answer = await http.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    return decode(answer.content)


def error(answer):
    return (answer.status_code, answer.json()["errors"][0]["Code"])


async def customer(http, **values) -> int:
    return decode((await post(http, "parties", {"Name": "Bos", "PartyType": "Customer", **values})).content)


async def order(http, *lines, **values) -> httpx.Response:
    body = {
        "OrderType": "Invoice",
        "OrderDirection": "Income",
        "OrderDate": "2026-04-01",
        "ExpiryDate": "2026-05-01",
        "OrderLines": list(lines) or [LINE],
    }
    if "CustomerID" not in values and "Customer" not in values:
        body["CustomerID"] = await customer(http)
    return await post(http, "orders", body | values)


async def made(http, *lines, **values) -> dict:
    answer = await order(http, *lines, **values)
    assert answer.status_code == 200, answer.text
    return await get(http, f"orders/{decode(answer.content)}")
