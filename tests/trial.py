"""A whole installation whose Exact Online is the trial connector, and a host of PDFs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.exporter.outbox import publish_leftovers
from shared import connectors, envelope, topics
from shared.connector import FollowUp
from shared.envelope import Message
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.documents import Invoice, InvoiceLine, MaterialLine, WorkOrder
from shared.schemas.messages import ExportOutcome, ExportRequest
from tests.factories import completed, finalized, make_invoice, make_work_order
from tests.trial_connector import ITEM, trial
from tests.world import World, make_contract_world

DAY = 24 * 3600.0
PDF_URL = "https://files.example.com/1.pdf?sig=s3cr3t"


@asynccontextmanager
async def trying(
    folder: Path, patch: pytest.MonkeyPatch, *follow_ups: FollowUp, **settings: Any
) -> AsyncIterator["Trial"]:
    """A world on its own clock whose Exact Online is the trial connector."""
    made = trial(*follow_ups)
    patch.setattr(connectors, "get", lambda _name: made)
    world = make_contract_world("exact_online", folder)
    world.hub.settings = world.settings.model_copy(update=settings)
    await world.hub.open()
    try:
        yield Trial(world)
    finally:
        await world.hub.close()


def an_order(number: str = "WO-1", **changes: Any) -> WorkOrder:
    lines = (MaterialLine(code=ITEM, quantity=Decimal(2), unit_price=Decimal("42.50"), vat_percentage=Decimal(21)),)
    return make_work_order(number, **{"materials": lines, "hours": (), **changes})


def an_invoice(number: str = "I-1", **changes: Any) -> Invoice:
    lines = (InvoiceLine(code=ITEM, quantity=Decimal(2), unit_price=Decimal("42.50"), vat_percentage=Decimal(21)),)
    return make_invoice(number, **{"lines": lines, **changes})


def a_credit_note(of: str = "I-1", number: str = "C-1", **changes: Any) -> Invoice:
    return an_invoice(number, **{"type": "credit", "credits": f"row-{of}", **changes})


class Trial:
    """The world, and what tests look at."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hub = world.hub
        self.sandbox = world.sandbox
        self.connection: Connection
        self._files = Files()

    @property
    def files(self) -> "Files":
        """The host of the platform's PDFs."""
        return self._files

    @files.setter
    def files(self, files: "Files") -> None:
        self._files = files
        self.hub.transports = {**self.hub.transports, "pdf": files.transport()}

    async def connected(self, **options: Any) -> Connection:
        self.connection = await self.world.connected(**{"invoice_document": "sales_entry", **options})
        return self.connection

    async def over_a_new_connection(self) -> Connection:
        """Another connection to the same books: older versions made one after each disconnect."""
        self.connection = self.connection.model_copy(update={"id": str(uuid4())})
        await self.hub.connections.add(self.connection)
        return self.connection

    async def choose(self, **settings: Any) -> None:
        """The user saves settings."""
        await self.hub.connections.change_settings(self.connection.id, settings)

    async def take_in(self, *documents: WorkOrder | Invoice, tenant: str = "acme") -> None:
        """Events reach the ledger; no turn is taken."""
        await self.world.publish(
            *[completed(one, tenant) if isinstance(one, WorkOrder) else finalized(one, tenant) for one in documents]
        )

    async def publish(self, *documents: WorkOrder | Invoice, tenant: str = "acme") -> None:
        """Events reach the ledger, and all is done that can be done within a day."""
        await self.take_in(*documents, tenant=tenant)
        await self.settled()

    async def settled(self) -> int:
        """Turns until nothing is due for a day. Work that never comes to rest fails instead of hanging."""
        async with asyncio.timeout(30):
            return await self.world.quiet("export", patience=DAY)

    async def one_turn(self) -> None:
        assert await self.world.one_turn("export")

    async def say(self, entry: Entry, **word: Any) -> None:
        """A person's word on a document reaches the ledger."""
        await self.world.publish(word_on(entry, **word))

    async def entry(self, number: str = "WO-1") -> Entry:
        (found,) = await self.hub.entries.list({"number": number})
        return found

    async def told(self) -> list[str]:
        """The lines of the user's log, oldest first."""
        lines = await self.hub.journal.read(self.connection.id, limit=1000)
        return [line["text"] for line in reversed(lines)]

    @property
    def orders(self) -> list[str]:
        """Our reference on every order in the package, as they were made."""
        return [row["YourRef"] for row in self.sandbox.memory()["sales_orders"]]

    @property
    def notes(self) -> list[str]:
        return [row["Subject"] for row in self.sandbox.memory()["documents"]]

    def outcomes(self, number: str) -> list[ExportOutcome]:
        """What the platform was told of one document."""
        bodies = [one.body or b"" for one in self.world.bus.of(topics.EXPORT_OUTCOMES)]
        return [one for one in map(ExportOutcome.model_validate_json, bodies) if one.number == number]

    def results(self, number: str = "WO-1") -> list[str]:
        return [one.result for one in self.outcomes(number)]

    @property
    def dead(self) -> list[Message]:
        return self.world.bus.of(topics.exports_dead("exact_online"))

    def calls(self, method: str, path: str) -> int:
        return sum(call.method == method and call.path.endswith(path) for call in self.sandbox.calls)

    def refuse(self, path: str, **more: Any) -> None:
        body = '{"error":{"code":"","message":{"lang":"","value":"Periode afgesloten"}}}'
        self.sandbox.fail_next(400, body=body, match=path, method="POST", **more)

    async def sweep(self) -> int:
        return await publish_leftovers(self.hub, "exact_online")


def word_on(entry: Entry, **word: Any) -> Message:
    """A person's word on a document, as a message."""
    request = ExportRequest(connection=entry.connection, entry=entry.id, **word)
    return envelope.message(
        topics.export_requests(entry.connector),
        entry.document,
        request,
        type=envelope.EXPORT_REQUESTED,
        source="console",
        tenant=entry.tenant,
    )


class Files:
    """A host of PDFs: answers what a test tells it to, and remembers who asked for what."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, content=b"%PDF-1.7 work order")
        if isinstance(answer, Exception):
            raise answer
        return answer
