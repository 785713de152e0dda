"""One administration of the pretend Multivers, and a caller who is logged in."""

from datetime import UTC, datetime

import httpx

from shared.connectors.multivers.sandbox import create
from shared.connectors.multivers.sandbox.people import FIRST, SECOND
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode, encode

__all__ = ["FIRST", "SECOND", "START", "client", "get", "made", "order", "post", "put", "sandbox_of", "words"]

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def sandbox_of(**changes):
    """A small sandbox whose clock stands still."""
    sizes = {"customers": 8, "products": 12, "orders": 4, "invoices": 20}
    return create(**{**sizes, "clock": SandboxClock(lambda: START), **changes})


def client(sandbox, *, area=f"/V22/api/{FIRST}/", accept="application/json"):
    """A caller who is logged in."""
    token = sandbox.log_in().access_token
    return httpx.AsyncClient(
        transport=sandbox.transport(),
        base_url=f"http://multivers.sandbox{area}",
        headers={"Authorization": f"Bearer {token}", "Accept": accept},
    )


async def get(http, path, **query):
    answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return decode(answer.content)


async def post(http, path, body):
    """Money leaves as exact JSON numbers, which httpx's own encoder cannot do."""
    return await http.post(path, content=encode(body), headers={"Content-Type": "application/json"})


async def put(http, path, body):
    return await http.put(path, content=encode(body), headers={"Content-Type": "application/json"})


def order(*lines, **values):
    """An order of one call-out, unless told otherwise."""
    rows = list(lines) or [{"orderLineType": 0, "productId": "VOORRIJ", "quantityOrdered": 2}]
    fixed = {"customerId": "10001", "orderDate": "20-11-2026", "paymentConditionId": "30", "reference": "R-1"}
    return {**fixed, "orderLines": rows, **values}


async def made(http, body):
    answer = await post(http, "Order", body)
    assert answer.status_code == 200, answer.text
    return decode(answer.content)


def words(answer):
    return "; ".join(one["message"] for one in answer.json()["messages"])
