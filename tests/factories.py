"""Makes believable events with only what a test cares about spelled out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared import envelope, topics
from shared.envelope import Message
from shared.schemas.documents import Address, Customer, HoursLine, MaterialLine, WorkOrder


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


def completed(work_order: WorkOrder, tenant: str = "acme") -> Message:
    """The event the platform publishes when that work order is completed."""
    return envelope.message(
        topics.WORKORDERS_COMPLETED,
        work_order.id,
        work_order,
        type=envelope.WORKORDER_COMPLETED,
        source="platform",
        tenant=tenant,
        id=f"{work_order.id}@{work_order.revision}",
    )
