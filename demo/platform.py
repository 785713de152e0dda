"""The field-service platform's side of the demo: learns customers and articles from events, completes work orders."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from shared import envelope, topics
from shared.bus import Record, read_all
from shared.clock import now
from shared.envelope import Message
from shared.hub import Hub
from shared.schemas.connections import Connection
from shared.schemas.documents import Address, Customer, HoursLine, MaterialLine, WorkOrder

_JOBS = ("Cv-ketel onderhoud", "Lekkage verholpen", "Warmtepomp geplaatst", "Groepenkast uitgebreid", "Storing airco")
_NEW_CUSTOMERS = ("Bakkerij Het Zonnetje", "Garage Van Loon", "Basisschool De Esdoorn", "Hotel De Zwaan")


async def records_of(bootstrap: str, topic: str) -> list[Record]:
    """Everything on a topic now."""
    return [record async for record in read_all(bootstrap, topic)]


async def present(bootstrap: str, kind: str, connection: str) -> dict[str, dict[str, Any]]:
    """The records of one kind as a new consumer sees them: the newest of each key, without the deleted ones."""
    newest: dict[str, dict[str, Any] | None] = {}
    for record in await records_of(bootstrap, topics.entities(kind)):
        if record.key and record.key.startswith(f"{connection}|"):
            newest[record.key] = json.loads(record.value) if record.value else None
    return {key: event for key, event in newest.items() if event is not None}


def complete_work_orders(
    count: int, customers: Sequence[dict[str, Any]], articles: Sequence[dict[str, Any]], hour_type: str
) -> list[WorkOrder]:
    """A day of an installation company: mostly known customers, a few new ones, materials and hours on each order."""
    random = Random(count)  # noqa: S311  # the same story every time
    orders = []
    for n in range(count):
        customer = _new_customer(n) if n % 8 == 0 else _known_customer(random.choice(customers)["record"])
        materials = [_material(random, random.choice(articles)["record"]) for _ in range(random.randint(1, 4))]
        orders.append(_work_order(n, random, customer, materials, hour_type))
    return orders


def _work_order(n: int, random: Random, customer: Customer, materials: list[MaterialLine], hour_type: str) -> WorkOrder:
    day = date.today() - timedelta(days=random.randint(0, 5))  # noqa: DTZ011  # a day in the life of a technician
    return WorkOrder(
        id=f"demo-{n}",
        revision=1,
        number=f"WB-{day.year}-{n + 1:04d}",
        work_date=day,
        completed_at=now(),
        work_status="Compleet",
        type_of_work="Service",
        site_customer=customer,
        invoice_customer=customer,
        short_description=random.choice(_JOBS),
        materials=tuple(materials),
        hours=(HoursLine(date=day, minutes=random.randint(2, 24) * 15, hour_type=hour_type),),
        rounding_minutes=15,
    )


def _new_customer(n: int) -> Customer:
    name = _NEW_CUSTOMERS[n // 8 % len(_NEW_CUSTOMERS)]
    address = Address(
        street="Nieuwstraat", house_number=str(n + 1), postal_code="3511 AB", city="Utrecht", country="NL"
    )
    return Customer(debtor_number=str(80_000 + n // 8 % len(_NEW_CUSTOMERS)), name=name, address=address)


def _known_customer(record: dict[str, Any]) -> Customer:
    return Customer(debtor_number=record["code"], name=record["name"], external_id=record["vendor_id"])


def _material(random: Random, record: dict[str, Any]) -> MaterialLine:
    quantity = Decimal(random.randint(1, 12)) / (2 if record["unit"] == "m" else 1)
    return MaterialLine(
        code=record["code"],
        description=record["description"],
        quantity=quantity,
        unit=record["unit"],
        unit_price=Decimal(record["price"]),
    )


def completed(order: WorkOrder, connection: Connection) -> Message:
    """The event the platform publishes."""
    return envelope.message(
        topics.WORKORDERS_COMPLETED,
        f"{connection.connector}-{order.id}",
        order,
        type=envelope.WORKORDER_COMPLETED,
        source="platform",
        tenant=connection.tenant,
        id=f"{order.id}@{order.revision}",
    )


async def publish(hub: Hub, orders: Sequence[WorkOrder], connection: Connection) -> None:
    """Publish the completed work orders, each one twice: Kafka promises at least once, so that must not matter."""
    await hub.bus.publish([completed(order, connection) for order in [*orders, *orders]])
