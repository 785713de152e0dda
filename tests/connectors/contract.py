"""What the contract suite is parametrized over, and how it looks at both sides: our events, and the package's books."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from services.exporter.effects import document_of
from shared import connectors, topics
from shared.connector import Export, ReadFrom
from shared.envelope import Message
from shared.exporting import MODELS, flow_of_model, job_of
from shared.ledger.entry import Entry
from shared.mapping import Receipt
from shared.sandbox import Call
from shared.sandbox.scenario import Calls, scenario
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow, HoursLine, Invoice, InvoiceLine, MaterialLine, NewRelation, WorkOrder
from shared.schemas.messages import ExportOutcome
from tests.factories import completed, created, finalized, make_invoice, make_work_order
from tests.world import World, make_contract_world

NAMES = connectors.names()
KINDS = [(name, kind) for name in NAMES for kind in connectors.get(name).kinds]
_ALL = [(name, flow_of_model(source), export) for name in NAMES for source, export in connectors.get(name).exports]
EXPORTS = [case for case in _ALL if case[1] != "relation"]
"""Connector, flow, document type."""
PRICED = [case for case in EXPORTS if case[2] not in scenario(case[0]).unpriced]
"""Those that tell the package amounts and VAT; the others it prices and taxes by itself."""
RELATIONS = [case for case in _ALL if case[1] == "relation"]
"""The same of new relations that are sent by themselves."""


def required(how: Export) -> list[str]:
    """What must follow a document, by name."""
    return [one.name for one in how.follow_ups if not one.optional]


FOLLOWING = [
    (name, flow, export, follow_up)
    for name, flow, export in EXPORTS
    for follow_up in required(connectors.get(name).exports[MODELS[flow], export])
]
"""Connector, flow, document type, what must follow it."""
CHOICES = {"workorder": "work_order_document", "invoice": "invoice_document", "relation": "relation_document"}
"""The setting that chooses what documents of a flow become."""
NUMBER = "WO-2026-0001"
DAY = 24 * 3600.0
MAINTENANCE = "<html><head><title>503</title></head><body>Down for <b>maintenance</b></body></html>"


@asynccontextmanager
async def opened(connector: str, folder: Path, *, paged: bool = False) -> AsyncIterator[World]:
    """A world of that connector on its own clock."""
    world = make_contract_world(connector, folder, paged=paged)
    await world.hub.open()
    try:
        yield world
    finally:
        await world.hub.close()


async def joined(world: World, tenant: str = "acme", **settings: Any) -> Connection:
    """A live connection with the settings of the scenario."""
    return await world.connected(tenant, **{**world.scenario.settings, **settings})


def an_order(world: World, number: str = NUMBER, **changes: Any) -> WorkOrder:
    """A work order of one material and an hour and a half, all of them known to the package."""
    lines = {
        "materials": (
            MaterialLine(code=world.scenario.materials[0], quantity=Decimal(2), unit_price=Decimal("42.50")),
        ),
        "hours": (
            HoursLine(date="2026-11-20", minutes=90, hour_type=world.scenario.hour_type, unit_price=Decimal("62.50")),
        ),
    }
    return make_work_order(number, **{**lines, **changes})


def an_invoice(world: World, number: str = NUMBER, **changes: Any) -> Invoice:
    """The final invoice of the same work."""
    lines = (
        InvoiceLine(description="Parts", quantity=Decimal(2), unit_price=Decimal("42.50"), vat_percentage=Decimal(21)),
        InvoiceLine(
            description="Hours", quantity=Decimal("1.5"), unit_price=Decimal("62.50"), vat_percentage=Decimal(21)
        ),
    )
    return make_invoice(number, **{"lines": lines, **changes})


TOTAL = Decimal("178.75")
"""Of `an_order` and `an_invoice`, excluding VAT."""


async def settled(world: World) -> int:
    """Turns until nothing is due for a day."""
    return await world.quiet(patience=DAY)


async def synced(world: World, **settings: Any) -> Connection:
    """A connection after its first sync."""
    connection = await joined(world, **settings)
    await sync_again(world, connection, "slot-1")
    return connection


async def sync_again(world: World, connection: Connection, slot: str = "slot-2") -> list[Message]:
    """One more sync; the entity events it published."""
    before = len(world.bus.messages)
    await world.tick(connection, slot)
    await settled(world)
    kinds = {topics.entities(kind) for kind in connectors.get(world.connector).kinds}
    return [message for message in world.bus.messages[before:] if message.topic in kinds]


async def entry_of(world: World, number: str = NUMBER) -> Entry:
    """The ledger entry of a work order."""
    return (await world.hub.entries.list({"number": number}))[0]


def in_books(world: World) -> list[str]:
    """Our reference on every document in the books, sorted."""
    return sorted(world.scenario.references(world.sandbox))


def outcomes(world: World) -> list[ExportOutcome]:
    """What the platform was told of its documents."""
    return [ExportOutcome.model_validate_json(one.body or b"") for one in world.bus.of(topics.EXPORT_OUTCOMES)]


def case_id(case: Sequence[str]) -> str:
    """An export in the name of a test: `-k export` chooses them all."""
    name, *more = case
    return "-".join((name, "export", *more))


async def one_call(world: World, connection: Connection) -> None:
    """The call that every connector has, whatever it reads and writes."""
    async with world.hub.connect(connection, "import") as client:
        await client.administrations()


async def read_one_page(world: World, connection: Connection, kind: str) -> None:
    """One read, straight through the connector."""
    connector = connectors.get(world.connector)
    how = connector.import_of(kind)
    async with world.hub.connect(connection, "import") as client:
        await how.read(client, ReadFrom(None, None))


def read_with(world: World, kind: str) -> set[str]:
    """The kinds that one read brings: this one, and those that come from the same endpoint."""
    connector = connectors.get(world.connector)
    return {name for name in connector.kinds if connector.import_of(name).read is connector.import_of(kind).read}


def logins(world: World) -> int:
    """Calls so far that gave a token or session."""
    return sum(_is_one_of(call, world.scenario.logins) for call in world.sandbox.calls)


async def past_expiry(world: World, connection: Connection) -> None:
    """Wait until the access token of this connection has expired."""
    grant = await world.hub.grants.get(connection.grant)
    await world.wait(grant.expires - world.hub.now())


class Exporting:
    """A world in which the documents of one flow become one kind of document."""

    def __init__(self, world: World, flow: Flow, export: str) -> None:
        self.world = world
        self.flow = flow
        self.export = export
        self.how = connectors.get(world.connector).exports[MODELS[flow], export]

    async def connected(self, **settings: Any) -> Connection:
        return await joined(self.world, **{CHOICES[self.flow]: self.export, **settings})

    def document(self, number: str = NUMBER, **changes: Any) -> WorkOrder | Invoice:
        """One of this flow, with a total of `TOTAL`."""
        make = an_order if self.flow == "workorder" else an_invoice
        return make(self.world, number, **changes)

    async def publish(self, *documents: WorkOrder | Invoice) -> None:
        await self.world.publish(*map(event_of, documents))
        await settled(self.world)

    async def find(self, connection: Connection, number: str) -> Sequence[Receipt]:
        """What the connector finds under the reference of that document."""
        document = document_of(await entry_of(self.world))
        async with self.world.hub.connect(connection, "export") as client:
            return await self.how.find(client, replace(job_of(document, connection, ensured={}), reference=number))

    def writes(self) -> int:
        """Writes that the package has carried out so far."""
        wanted = self.world.scenario.writes.values()
        done = [call for call in self.world.sandbox.calls if any(map(partial(_is_one_of, call), wanted))]
        return sum(call.status is not None and call.status < 300 for call in done)  # successes

    def needed(self) -> int:
        """Records that were made because documents needed them."""
        return self.world.scenario.needed(self.world.sandbox)

    @property
    def total(self) -> Decimal | None:
        """Of `document`, excluding VAT; None where the package is told no amounts."""
        return None if self.export in self.world.scenario.unpriced else TOTAL

    @property
    def followed(self) -> list[str]:
        """What must follow the document, by name."""
        return required(self.how)

    @property
    def needs(self) -> int:
        """Records that a document of a new customer needs: that customer, unless it carries the customer itself."""
        return sum(need.kind == "relation" for need in self.how.ensures)


def _is_one_of(call: Call, calls: Calls) -> bool:
    return calls.fit(call.method, call.path)


def event_of(document: WorkOrder | Invoice | NewRelation) -> Message:
    """The event the platform publishes of a document."""
    match document:
        case WorkOrder():
            return completed(document)
        case Invoice():
            return finalized(document)
        case NewRelation():
            return created(document)
