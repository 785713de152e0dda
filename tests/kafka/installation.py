"""One installation on real Kafka: services as processes, the sandbox served from here, so that its memory decides."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.protocol.group import LeaveGroupRequest
from cryptography.fernet import Fernet

from shared import connectors, envelope, topics
from shared.bus import Record, read_all
from shared.connectors.exact_online.sandbox import ExactSandbox, create
from shared.envelope import Message
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.login import connect
from shared.runtime import open_hub
from shared.sandbox import serving
from shared.sandbox.visit import log_in
from shared.schemas.connections import Connection
from shared.schemas.documents import MaterialLine
from shared.schemas.messages import DeadLetter, ExportOutcome, SyncTick
from shared.settings import Settings
from tests.factories import completed, make_customer, make_work_order
from tests.kafka.processes import Services, Spawn, executed

CONNECTOR = "exact_online"
ORDERS = "salesorder/SalesOrders"
KINDS = [entity.kind for entity, how in connectors.get(CONNECTOR).imports.items() if how.tier is None]
"""What a connection reads: a first sync of everything takes most of what the package allows in a minute."""
RESOURCES = {"relation": "crm/Accounts", "product": "logistics/Items"}
PLENTY = 1_000_000
WEBHOOK_SECRET = "demo-webhook-secret"  # what the sandbox signs with

ONE_LINE = MaterialLine(
    code="ARB-VOORRIJ", description="Voorrijkosten", quantity=Decimal(2), unit_price=Decimal("42.50")
)


@dataclass
class Installation:
    """`hub` is the test's own view of the store and Kafka; no service runs before `services` starts one."""

    hub: Hub
    sandbox: ExactSandbox
    services: Services

    async def connect(self, count: int, *, exports_from: date | None = date(2026, 1, 1)) -> list[Connection]:
        """Connections of so many tenants, spread over the user's administrations."""
        login = await log_in(self.hub, CONNECTOR)
        codes = [one.code for one in login.administrations]
        places = [(f"tenant-{n}", codes[n % len(codes)]) for n in range(count)]
        chosen = {"vat_codes": {"21": "4"}, "import_kinds": KINDS}
        made = [await connect(self.hub, tenant, login, code, chosen) for tenant, code in places]
        if exports_from:
            for connection in made:
                await self.hub.connections.start_exports(connection.id, exports_from)
        return made

    async def tick(self, connections: Sequence[Connection], slot: str) -> None:
        """The scheduler's part: a tick for each."""
        await self.hub.bus.publish([tick(connection, slot) for connection in connections])

    async def entries(self) -> Sequence[Entry]:
        """The ledger."""
        return await self.hub.entries.list({}, limit=1000)

    async def finished(self, count: int) -> bool:
        """The ledger has so many documents, all final, and the outside world was told."""
        found = await self.entries()
        return len(found) == count and all(entry.final and entry.outcome_due is None for entry in found)

    async def synced(self, connections: Sequence[Connection], runs: int = 1) -> bool:
        """Each connection finished so many sync runs."""
        where = {"event": "sync.finished"}
        found = Counter(line["connection"] for line in await self.hub.store.find("log", where, limit=1000))
        return all(found[connection.id] >= runs for connection in connections)

    def documents(self) -> Counter[str]:
        """What is in the package's books: how often each of our numbers."""
        return Counter(order["YourRef"] for order in self.sandbox.memory()["sales_orders"])

    async def outcomes(self) -> list[ExportOutcome]:
        """Every outcome on its topic, as a consumer keeps them: one of each id, because one may be told twice."""
        records = {dict(record.headers)["ce_id"]: record for record in await self.records(topics.EXPORT_OUTCOMES)}
        return [ExportOutcome.model_validate_json(record.value or b"") for record in records.values()]

    async def letters(self, topic: str) -> list[DeadLetter]:
        """The dead letters of a topic."""
        return [DeadLetter.model_validate_json(record.value or b"") for record in await self.records(topic)]

    async def records(self, topic: str) -> list[Record]:
        """Everything on a topic now."""
        return [record async for record in read_all(self.hub.settings.kafka, topic)]

    async def present(self, kind: str, connection: Connection) -> dict[str, str]:
        """What a new consumer reads of a connection: the newest of each key that is not deleted; vendor id -> name."""
        newest = {record.key or "": record.value for record in await self.records(topics.entities(kind))}
        mine = [value for key, value in newest.items() if value and key.startswith(f"{connection.id}|")]
        records = [json.loads(value)["record"] for value in mine]
        return {record["vendor_id"]: record.get("name") or record["description"] for record in records}

    def books(self, kind: str, connection: Connection) -> dict[str, str]:
        """The same from the package itself, with the default filters."""
        rows = self.sandbox.division(int(connection.administration.code)).tables[RESOURCES[kind]].rows
        kept = [row for row in rows.values() if not (row.get("Blocked") or row.get("EndDate") or row.get("IsTime"))]
        return {row["ID"]: row.get("Name") or row["Description"] for row in kept}

    def change_books(self) -> None:
        """Somebody renames some relations and deletes another, in each administration, by hand."""
        for division in (900001, 900002):
            first, second, third, *_ = list(self.sandbox.division(division).tables[RESOURCES["relation"]].rows)
            self.sandbox.change(division, RESOURCES["relation"], first, Name="Renamed meanwhile")
            self.sandbox.change(division, RESOURCES["relation"], second, Name="This one too")
            self.sandbox.remove(division, RESOURCES["relation"], third)

    async def shares(self, group: str) -> list[int]:
        """How many partitions of the group's first topic each member has, the smallest share first."""
        async with _admin(self.hub.settings.kafka) as admin:
            return sorted(_share(member[4]) for member in await _members(admin, group))


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _members(admin: AIOKafkaAdminClient, group: str) -> Sequence[Any]:
    (answer,) = await admin.describe_consumer_groups([group])
    members: Sequence[Any] = answer.groups[0][5]
    return members


async def end_sessions(bootstrap: str) -> None:
    """Kafka misses killed members now, not after ten seconds; those that live join again by themselves."""
    async with _admin(bootstrap) as admin:
        for group in (f"importer.{CONNECTOR}", f"exporter.{CONNECTOR}"):
            with suppress(GroupCoordinatorNotAvailableError):  # there was never a group on this broker
                coordinator = await admin.find_coordinator(group)
                for member in await _members(admin, group):
                    await admin._send_request(LeaveGroupRequest(group, member[0]), coordinator)


def _share(assignment: bytes) -> int:
    if not assignment:
        return 0
    (_, partitions), *_rest = ConsumerProtocolMemberAssignment.decode(assignment).assignment
    return len(partitions)


@asynccontextmanager
async def installation(
    bootstrap: str, folder: Path, *, accounts: int = 20, spawn: Spawn = executed, **fields: Any
) -> AsyncIterator[Installation]:
    """An empty installation; `fields` are those of `Settings`. Times are short, so that tests wait for little."""
    sandbox = create(accounts=accounts, items=20, minutely_limit=PLENTY, daily_limit=PLENTY)
    async with serving(sandbox) as url:
        given = _fields(bootstrap, folder, url) | fields
        settings = Settings(_env_file=None, **given)
        async with open_hub(settings, client_id="test") as hub:
            async with Services(given, folder, spawn) as services:
                yield Installation(hub, sandbox, services)
            await end_sessions(bootstrap)


def _fields(bootstrap: str, folder: Path, url: str) -> dict[str, Any]:
    access = {
        "client_id": "fieldledger-demo",
        "client_secret": "demo-secret",
        "webhook_secret": WEBHOOK_SECRET,
        "base_url": url,
    }
    return {
        "kafka": bootstrap,
        "store": f"sqlite:///{folder / 'fieldledger.db'}",
        "keys": Fernet.generate_key().decode(),
        "connectors": {CONNECTOR: access},
        "lease": 3.0,
        "request_timeout": 2.0,
        "settle_after": 0.4,
        "retry_first": 0.2,
        "poll": 0.1,
        "sweep": 1.0,
    }


def tick(connection: Connection, slot: str) -> Message:
    """A scheduled sync tick."""
    return envelope.message(
        topics.ticks(connection.connector),
        connection.id,
        SyncTick(connection=connection.id, slot=slot),
        type=envelope.SYNC_TICK,
        source="test",
        tenant=connection.tenant,
    )


def order(connection: Connection, number: str) -> Message:
    """A completed work order of a customer the package does not know, one for each tenant."""
    debtor = str(90_000 + int(connection.tenant.rpartition("-")[2]))
    work_order = make_work_order(number, customer=make_customer(debtor_number=debtor), materials=(ONE_LINE,), hours=())
    return completed(work_order, connection.tenant)
