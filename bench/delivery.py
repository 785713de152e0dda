"""Delivery: documents of many connections into the package, each exactly once; and one connection that hangs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from bench.installation import (
    CONNECTOR,
    CUSTOMER,
    TOKEN,
    an_account,
    completed,
    connection,
    connections,
    documents,
    installed,
    set_pace,
    settings,
    work_order,
)
from bench.results import percentile
from bench.sides import Measured
from services.exporter.app import exporter
from services.exporter.intake import ExportIntake
from shared import envelope, topics
from shared.bus import Bus, Record
from shared.connector import Client
from shared.connectors import get
from shared.envelope import Message
from shared.exporting import export_of, job_of
from shared.http import Unlimited, VendorHttp
from shared.hub import Hub, Publisher
from shared.mapping import Receipt
from shared.oauth import TokenAuth
from shared.schemas.connections import Connection
from shared.schemas.documents import WorkOrder
from shared.schemas.messages import ExportOutcome

Document = tuple[str, str, float]
"""What the package has: our reference, the administration, and when."""

Lane = tuple[Connection, list[WorkOrder]]
"""A connection and what is still to be delivered for it."""

_TLS = httpx.create_ssl_context()
"""Made once: it takes longer than a call, also where no call is encrypted."""


@dataclass(frozen=True)
class Load:
    """`per_connection` documents for each connection; `hangs`: the first connection gets no answers."""

    connections: int
    per_connection: int
    hangs: bool = False

    @property
    def expected(self) -> int:
        """How many documents will be in the package."""
        return (self.connections - self.hangs) * self.per_connection

    def orders_of(self, n: int) -> list[WorkOrder]:
        """The work orders of connection `n`."""
        return [work_order(n * self.per_connection + place) for place in range(self.per_connection)]


class Counting:
    """A bus that knows when so many documents were reported to the platform, those of one tenant left out."""

    def __init__(self, bus: Publisher, count: int, but: str | None) -> None:
        self._bus = bus
        self._left = count
        self._but = but
        self.all_told = asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Publisher`."""
        await self._bus.publish(messages)
        told = [message for message in messages if message.topic == topics.EXPORT_OUTCOMES]
        self._left -= sum(message.headers["ce_tenant"] != self._but for message in told)
        if self._left <= 0:
            self.all_told.set()


async def ours(bootstrap: str, url: str, lanes: int, load: dict[str, Any], pace: dict[str, Any]) -> Measured:
    """The exporter's lanes, from a full ledger until the platform was told of every document."""
    what = Load(**load)
    async with installed(bootstrap, url, lanes=lanes) as hub:
        made = await connections(hub, what.connections)
        await _plan(hub, made, what, await an_account(url))
        hangs = made[0] if what.hangs else None
        hub.bus = counting = Counting(hub.bus, what.expected, hangs.tenant if hangs else None)
        await set_pace(url, **pace, hangs=hangs.administration.code if hangs else None)
        worker = exporter(hub, CONNECTOR).worker
        begun = monotonic()
        working = asyncio.create_task(worker.run())
        await counting.all_told.wait()
        seconds = monotonic() - begun
        delivered = await documents(url)
        others = [one for one in delivered if hangs is None or one[1] != hangs.administration.code]
        await set_pace(url)  # lets go of what hangs
        worker.stop()
        await working
    return Measured(what.expected, seconds, more=_checked(others, begun, what))


async def _plan(hub: Hub, made: Sequence[Connection], what: Load, account: str) -> None:
    """Customers are known, and all documents are in the ledger."""
    await asyncio.gather(*(hub.links.add(one.scope, "relation", CUSTOMER, account) for one in made))
    intake = ExportIntake(hub, CONNECTOR, lambda: None)
    for n, one in enumerate(made):
        await intake([_received(completed(order, one.tenant)) for order in what.orders_of(n)])


def _received(message: Message) -> Record:
    headers = tuple((name, value.encode()) for name, value in message.headers.items())
    return Record(message.topic, 0, 0, message.key, headers, message.body)


def _checked(delivered: Sequence[Document], begun: float, what: Load) -> dict[str, float]:
    """Each document is there once; `p95` is when 95 of 100 were there, in seconds."""
    references = {reference for reference, _, _ in delivered}
    assert len(delivered) == len(references) == what.expected, f"{len(delivered)} documents of {len(references)}"
    return {"p95": percentile([moment - begun for _, _, moment in delivered], 95)}


async def bare(bootstrap: str, url: str, lanes: int, load: dict[str, Any], pace: dict[str, Any]) -> Measured:
    """As many lanes with the same calls, mapping and outcome events, and nothing that survives a crash."""
    what, account = Load(**load), await an_account(url)
    made = [connection(n) for n in range(what.connections)]
    waiting: asyncio.Queue[Lane] = asyncio.Queue()
    for n, one in enumerate(made):
        waiting.put_nowait((one, what.orders_of(n)))
    await set_pace(url, **pace)
    async with Bus(settings(bootstrap, url, Path()), client_id="bench") as bus:
        begun = monotonic()
        await asyncio.gather(*(_work(waiting, url, bus, account) for _ in range(lanes)))
        seconds = monotonic() - begun
    return Measured(what.expected, seconds, more=_checked(await documents(url), begun, what))


async def _work(waiting: "asyncio.Queue[Lane]", url: str, bus: Bus, account: str) -> None:
    """One document of a connection, then the connection goes to the end of the queue. A lane keeps its line open."""
    async with httpx.AsyncClient(base_url=url, headers=dict(get(CONNECTOR).headers), timeout=30, verify=_TLS) as http:
        while not waiting.empty():
            one, orders = waiting.get_nowait()
            await _deliver(one, orders.pop(), http, bus, account)
            if orders:
                waiting.put_nowait((one, orders))


async def _deliver(one: Connection, order: WorkOrder, http: httpx.AsyncClient, bus: Bus, account: str) -> None:
    client = _client(http, one)
    job = job_of(order, one, ensured={f"relation:{CUSTOMER}": account})
    name, export = export_of(get(CONNECTOR), order, job.settings)
    draft = export.map(job, await export.gather(client, job))
    receipt = await export.send(client, draft.request)
    await bus.publish([_outcome(one, order, name, receipt)])


def _client(http: httpx.AsyncClient, one: Connection) -> Client:
    connector = get(CONNECTOR)
    way = VendorHttp(
        http,
        auth=TokenAuth(TOKEN, connector.auth),
        classify=connector.classify,
        budget=Unlimited(),
        windows=lambda _: {},
        name=CONNECTOR,
    )
    return connector.client(way, one.administration.code)


def _outcome(one: Connection, order: WorkOrder, name: str, receipt: Receipt) -> Message:
    outcome = ExportOutcome(
        connector=CONNECTOR,
        connection=one.id,
        administration=one.administration.code,
        flow="workorder",
        document=order.id,
        number=order.number,
        revision=1,
        result="exported",
        document_type=name,
        vendor_id=receipt.vendor_id,
        vendor_number=receipt.number,
        total_excl=receipt.total_excl,
    )
    type = envelope.EXPORT_OUTCOME
    return envelope.message(topics.EXPORT_OUTCOMES, order.id, outcome, type=type, source="bench", tenant=one.tenant)
