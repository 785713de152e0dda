"""What a document names that Multivers may know, and what Multivers has of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.billed import hours, materials, shown
from shared.errors import Unmappable
from shared.mapping import Job
from shared.schemas.documents import Customer, Invoice, InvoiceLine, WorkOrder
from shared.vat import VatCode

from .models import OrderInfo, Product
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]
InvoiceJob = Job[Invoice, Settings]
BillJob = Job[WorkOrder | Invoice, Settings]


@dataclass(frozen=True)
class Linked:
    """The order that a work order was made of, as it is now. `raw` is its editable object, `info` its read model."""

    raw: Mapping[str, Any]
    info: OrderInfo


@dataclass(frozen=True)
class Gathered:
    """Products by id, VAT codes by code as of the document's day, and the customer's own payment condition.

    `linked` is the order that is to be updated; None where there is none (any more).
    """

    products: Mapping[str, Product] = field(default_factory=dict)
    vat_codes: Mapping[str, VatCode] = field(default_factory=dict)
    payment_condition: str | None = None
    linked: Linked | None = None


def payer(document: WorkOrder | Invoice) -> Customer:
    """Who pays."""
    return document.invoice_customer if isinstance(document, WorkOrder) else document.customer


def day_of(document: WorkOrder | Invoice) -> date:
    """The day in the books."""
    return document.work_date if isinstance(document, WorkOrder) else document.invoice_date


def named(job: BillJob) -> str:
    """The document, as sentences name it."""
    kind = "work order" if isinstance(job.document, WorkOrder) else "invoice"
    return f"{kind} {job.document.number}"


def linked_id(job: BillJob) -> str | None:
    """The order that a work order was made of, if that is one of this administration: ids repeat in others."""
    order = job.document.order if isinstance(job.document, WorkOrder) else None
    here = ("multivers", job.administration.code)
    return order.vendor_id if order and (order.connector, order.administration) == here else None


def hour_product(hour_type: str | None, settings: Settings) -> str | None:
    """The id of an hour type's product: the user's choice, else the same; without a type the default."""
    return settings.hour_types.get(hour_type, hour_type) if hour_type else settings.default_hour_type


def line_product(line: InvoiceLine, settings: Settings) -> str | None:
    """The product of an invoice's line: of a material, or of an hour type by the user's list."""
    return line.code or (hour_product(line.hour_type, settings) if line.hour_type else None)


def product_ids(job: BillJob) -> list[str]:
    """The ids of all products that a document names, each once."""
    document, settings = job.document, job.settings
    if isinstance(document, WorkOrder):
        used: list[str | None] = [line.code for line in materials(document)]
        used += [hour_product(line.hour_type, settings) for line in hours(document)]
    else:
        used = [line_product(line, settings) for line in shown(document)]
    return [id for id in dict.fromkeys(used) if id]


def payment_condition(job: BillJob, gathered: Gathered) -> str:
    """The customer's own, else the chosen one."""
    found = gathered.payment_condition or job.settings.payment_condition
    if found is None:
        raise Unmappable(
            "payment_condition",
            f"The customer of {named(job)} has no payment condition in Multivers. Choose one in the settings.",
        )
    return found
