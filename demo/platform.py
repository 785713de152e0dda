"""The field-service platform's side of the demo: learns what there is from events, completes work, sends invoices."""

import json
from collections import defaultdict
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
from shared.schemas.documents import (
    Address,
    Customer,
    HoursLine,
    Invoice,
    InvoiceLine,
    MaterialLine,
    WorkOrder,
)
from shared.schemas.messages import SyncTick
from shared.schemas.money import line_total, to_cents

_JOBS = ("Cv-ketel onderhoud", "Lekkage verholpen", "Warmtepomp geplaatst", "Groepenkast uitgebreid", "Storing airco")
_SOLD = ("Servicecontract", "Filterset", "Losse thermostaat", "Advies aan de balie", "Voorrijkosten")
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


async def sequences(bootstrap: str, kind: str, connection: str) -> dict[str, str]:
    """How new the records of one kind are, by vendor id: a later event has a higher one."""
    events = (await present(bootstrap, kind, connection)).values()
    return {event["vendor_id"]: event["sequence"] for event in events}


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


def finalize_invoices(
    count: int, customers: Sequence[dict[str, Any]], rates: Sequence[str], billed: Sequence[WorkOrder], before: int = 0
) -> list[Invoice]:
    """Final invoices: one for each of the billed work orders, the others for work sold from the office.

    `before` is how many were made already: their numbers go on from there. The last of these is credited; its credit
    note comes first, as it may when two clerks work side by side.
    """
    random = Random(count)  # noqa: S311  # the same story every time
    customer = [_known_customer(random.choice(customers)["record"]) for _ in range(count)]
    invoices = [_invoice(before + n, random, customer[n], rates) for n in range(count)]
    for n, order in enumerate(billed):
        invoices[n] = invoices[n].model_copy(update={"work_order": order.id, "customer": order.invoice_customer})
    return [_credit_note(invoices[-1]), *invoices]


def _invoice(n: int, random: Random, customer: Customer, rates: Sequence[str]) -> Invoice:
    today = date.today()  # noqa: DTZ011  # a day in the life of an office
    lines = tuple(_invoice_line(random, Decimal(rates[i % len(rates)])) for i in range(random.randint(1, 4)))
    excl, vat = _totals(lines)
    return Invoice(
        id=f"demo-invoice-{n}",
        revision=1,
        number=f"{today.year}{n + 1:05d}",
        type="debit",
        invoice_date=today,
        due_date=today + timedelta(days=30),
        finalized_at=now(),
        currency="EUR",
        customer=customer,
        lines=lines,
        total_excl=excl,
        total_vat=vat,
        total_incl=excl + vat,
    )


def _invoice_line(random: Random, rate: Decimal) -> InvoiceLine:
    return InvoiceLine(
        description=random.choice(_SOLD),
        quantity=Decimal(random.randint(1, 8)),
        unit_price=Decimal(random.randint(500, 20_000)) / 100,
        vat_percentage=rate,
    )


def _totals(lines: Sequence[InvoiceLine]) -> tuple[Decimal, Decimal]:
    by_rate: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_rate[line.vat_percentage] += line_total(line.quantity, line.unit_price)
    vat = sum((to_cents(amount * rate / 100) for rate, amount in by_rate.items()), Decimal(0))
    return sum(by_rate.values(), Decimal(0)), vat


def _credit_note(invoice: Invoice) -> Invoice:
    back = tuple(line.model_copy(update={"quantity": -line.quantity}) for line in invoice.lines)
    totals = {name: -getattr(invoice, name) for name in ("total_excl", "total_vat", "total_incl")}
    credited = {"id": f"{invoice.id}-credit", "number": f"{invoice.number}9", "type": "credit", "credits": invoice.id}
    return invoice.model_copy(update={**credited, "lines": back, **totals})


def event(document: WorkOrder | Invoice, connection: Connection) -> Message:
    """What the platform publishes of a document that is ready."""
    is_order = isinstance(document, WorkOrder)
    return envelope.message(
        topics.WORKORDERS_COMPLETED if is_order else topics.INVOICES_FINALIZED,
        f"{connection.connector}-{document.id}",
        document,
        type=envelope.WORKORDER_COMPLETED if is_order else envelope.INVOICE_FINALIZED,
        source="platform",
        tenant=connection.tenant,
        id=f"{document.id}@{document.revision}",
    )


async def ask(hub: Hub, connection: Connection, kinds: Sequence[str]) -> None:
    """The office starts a sync of these kinds by hand."""
    tick = SyncTick(connection=connection.id, slot="by-hand", kinds=tuple(kinds), reason="manual")
    message = envelope.message(
        topics.ticks(connection.connector),
        connection.id,
        tick,
        type=envelope.SYNC_TICK,
        source="demo",
        tenant=connection.tenant,
    )
    await hub.bus.publish([message])


async def publish(hub: Hub, documents: Sequence[WorkOrder | Invoice], connection: Connection) -> None:
    """Publish each of them twice: Kafka promises at least once, so that must not matter."""
    await hub.bus.publish([event(document, connection) for document in [*documents, *documents]])
