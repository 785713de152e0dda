"""What both sides of a measurement start from: a store with connections, Kafka, and the package of `package.py`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from cryptography.fernet import Fernet

from bench.package import CONTROL, DIVISION
from bench.ringing import SECRET
from shared import clock, envelope, topics
from shared.chosen import validated
from shared.connector import VendorUser
from shared.connectors import get
from shared.envelope import Message
from shared.hub import Hub
from shared.reference import Reference
from shared.runtime import open_hub
from shared.schemas.connections import Administration, Connection
from shared.schemas.documents import Address, Customer, HoursLine, MaterialLine, WorkOrder
from shared.settings import Settings

CONNECTOR = "exact_online"
EVERYTHING = {"include_inactive": True, "include_blocked": True}
"""Settings under which every relation is published, as by a loop that filters nothing."""
TOKEN = "bench-token"  # noqa: S105  # opens nothing: the package looks at none
CUSTOMER = "90001"
_TOKENS = {"access_token": TOKEN, "refresh_token": "none", "expires_in": 24 * 3600}


def settings(bootstrap: str, url: str, folder: Path, *, lanes: int = 16) -> Settings:
    """Those of a small installation; `lanes` connections are worked on at the same time."""
    fields: dict[str, Any] = {
        "kafka": bootstrap,
        "store": f"sqlite:///{folder / 'bench.db'}",
        "keys": Fernet.generate_key().decode(),
        "connectors": {
            CONNECTOR: {"client_id": "bench", "client_secret": "bench", "base_url": url, "webhook_secret": SECRET}
        },
        "lanes": lanes,
    }
    return Settings(_env_file=None, **fields)


@asynccontextmanager
async def installed(bootstrap: str, url: str, *, lanes: int = 16) -> AsyncIterator[Hub]:
    """A fresh installation in a folder that is thrown away; durable as any, on the disk of `TMPDIR`."""
    with TemporaryDirectory(prefix="fieldledger-bench-") as folder:
        async with open_hub(settings(bootstrap, url, Path(folder), lanes=lanes), client_id="bench") as hub:
            yield hub


async def connections(hub: Hub, count: int, **chosen: Any) -> list[Connection]:
    """So many live connections, each of a tenant and an administration of its own; nothing is due."""
    user = VendorUser("bench", "Bench")
    grant = await hub.grants.save_login(CONNECTOR, "nl", user, _TOKENS)
    made = [connection(n, grant, **chosen) for n in range(count)]
    await asyncio.gather(*(hub.connections.add(one) for one in made))
    return made


def connection(n: int, grant: str = "none", **chosen: Any) -> Connection:
    """The connection of tenant `n`; documents since the beginning of 2026 are exported."""
    return Connection(
        id=f"connection-{n}",
        tenant=tenant(n),
        connector=CONNECTOR,
        site="nl",
        grant=grant,
        administration=Administration(code=str(100_000 + n), name=f"Company {n}"),
        exports_from=date(2026, 1, 1),
        settings=validated(get(CONNECTOR).settings, chosen),
        created=clock.now(),
    )


def tenant(n: int) -> str:
    """The name of tenant `n`."""
    return f"tenant-{n}"


async def fresh_tables(hub: Hub, one: Connection) -> None:
    """The tables behind the settings were read just now, so that a sync reads records only."""
    reference = Reference(hub.store)
    for name in ("administrations", *get(CONNECTOR).reference):
        await reference.save(one.scope, name, ())


def work_order(n: int) -> WorkOrder:
    """A believable work order: materials, hours, a customer whom the package knows."""
    customer = Customer(
        debtor_number=CUSTOMER,
        name="Bakkerij Van den Berg",
        address=Address(
            street="Dorpsstraat", house_number="12", postal_code="3811 AB", city="Amersfoort", country="NL"
        ),
    )
    price = {"unit_price": Decimal("42.50"), "vat_percentage": Decimal(21)}
    return WorkOrder(
        id=f"order-{n}",
        revision=1,
        number=f"WB-{n}",
        work_date=date(2026, 11, 20),
        completed_at=clock.now(),
        work_status="Compleet",
        site_customer=customer,
        invoice_customer=customer,
        short_description="Cv-ketel onderhoud",
        materials=(MaterialLine(code="ARB-VOORRIJ", description="Voorrijkosten", quantity=Decimal(1), **price),),
        hours=(HoursLine(date=date(2026, 11, 20), minutes=90, hour_type="UUR-MONT", **price),),
    )


def completed(order: WorkOrder, tenant: str) -> Message:
    """The event of a completed work order."""
    return envelope.message(
        topics.WORKORDERS_COMPLETED,
        order.id,
        order,
        type=envelope.WORKORDER_COMPLETED,
        source="bench",
        tenant=tenant,
        id=f"{order.id}@1",
    )


async def an_account(url: str) -> str:
    """The id of a relation that is in the package."""
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get(f"/api/v1/{DIVISION}/crm/Accounts", params={"$select": "ID", "$top": "1"})
    return str(answer.json()["d"][0]["ID"])


async def set_pace(url: str, **pace: Any) -> None:
    """Tell the package how long its answers take; what it made before is forgotten. Fields of `Pace`."""
    async with httpx.AsyncClient(base_url=url) as http:
        await http.put(f"{CONTROL}pace", json=pace)


async def documents(url: str) -> list[tuple[str, str, float]]:
    """What is in the package: our reference, the administration, and when (the machine's monotonic clock)."""
    async with httpx.AsyncClient(base_url=url) as http:
        return [(row[0], row[1], row[2]) for row in (await http.get(f"{CONTROL}documents")).json()]
