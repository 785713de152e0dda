"""Makes believable events with only what a test cares about spelled out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared import envelope, topics
from shared.envelope import Message
from shared.schemas.documents import (
    Address,
    Customer,
    HoursLine,
    Invoice,
    InvoiceLine,
    MaterialLine,
    NewRelation,
    WorkOrder,
)
from shared.schemas.money import line_total, to_cents


def make_customer(**changes: Any) -> Customer:
    fields = {
        "debtor_number": "90001",
        "name": "Bakkerij Van den Berg",
        "address": Address(
            street="Dorpsstraat", house_number="12", postal_code="3811 AB", city="Amersfoort", country="NL"
        ),
        "email": "administratie@bakkerij.example",
    }
    return Customer(**{**fields, **changes})


def make_work_order(number: str = "WO-2026-0001", **changes: Any) -> WorkOrder:
    customer = changes.pop("customer", None) or make_customer()
    fields: dict[str, Any] = {
        "id": f"row-{number}",
        "revision": 1,
        "number": number,
        "work_date": date(2026, 11, 20),
        "completed_at": datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
        "work_status": "Compleet",
        "site_customer": customer,
        "invoice_customer": customer,
        "short_description": "Ketel vervangen",
        "materials": (
            MaterialLine(
                code="MAT-001",
                description="Koperbuis 15 mm",
                quantity=Decimal("4.5"),
                unit_price=Decimal("7.35"),
                vat_percentage=Decimal(21),
            ),
        ),
        "hours": (
            HoursLine(
                date=date(2026, 11, 20),
                minutes=90,
                hour_type="UUR-MONTEUR",
                unit_price=Decimal("62.50"),
                vat_percentage=Decimal(21),
            ),
        ),
    }
    return WorkOrder(**{**fields, **changes})


def _event(topic: str, type: str, document: WorkOrder | Invoice | NewRelation, tenant: str) -> Message:
    id = f"{document.id}@{document.revision}"
    return envelope.message(topic, document.id, document, type=type, source="platform", tenant=tenant, id=id)


def completed(work_order: WorkOrder, tenant: str = "acme") -> Message:
    """The event the platform publishes when that work order is completed."""
    return _event(topics.WORKORDERS_COMPLETED, envelope.WORKORDER_COMPLETED, work_order, tenant)


def make_invoice(number: str = "2026-0042", **changes: Any) -> Invoice:
    """A final invoice; its totals follow from its lines, VAT rounded by rate."""
    lines = changes.pop("lines", None) or (
        InvoiceLine(
            code="MAT-001", description="Koperbuis 15 mm", quantity=4, unit_price="7.35", vat_percentage=Decimal(21)
        ),
    )
    excl, vat = totals(lines)
    fields: dict[str, Any] = {
        "id": f"row-{number}",
        "revision": 1,
        "number": number,
        "type": "debit",
        "invoice_date": date(2026, 11, 20),
        "due_date": date(2026, 12, 20),
        "finalized_at": datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        "currency": "EUR",
        "customer": changes.pop("customer", None) or make_customer(),
        "lines": lines,
        "total_excl": excl,
        "total_vat": vat,
        "total_incl": excl + vat,
    }
    return Invoice(**{**fields, **changes})


def totals(lines: Sequence[InvoiceLine]) -> tuple[Decimal, Decimal]:
    """Of an invoice: excluding VAT, and the VAT."""
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        amount = line_total(line.quantity, line.unit_price, line.discount_percentage)
        by_rate[line.vat_percentage] = by_rate.get(line.vat_percentage, Decimal(0)) + amount
    vat = sum((to_cents(amount * rate / 100) for rate, amount in by_rate.items()), Decimal(0))
    return sum(by_rate.values(), Decimal(0)), vat


def finalized(invoice: Invoice, tenant: str = "acme") -> Message:
    """The event the platform publishes when that invoice is final."""
    return _event(topics.INVOICES_FINALIZED, envelope.INVOICE_FINALIZED, invoice, tenant)


def make_relation(id: str = "row-90001", **changes: Any) -> NewRelation:
    fields = {"id": id, "revision": 1, "created_at": datetime(2026, 11, 20, 9, 0, tzinfo=UTC)}
    return NewRelation(**{"customer": make_customer(), **fields, **changes})


def created(relation: NewRelation, tenant: str = "acme") -> Message:
    """The event the platform publishes when somebody adds that relation."""
    return _event(topics.RELATIONS_CREATED, envelope.RELATION_CREATED, relation, tenant)
