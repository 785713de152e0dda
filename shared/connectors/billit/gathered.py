"""What a document names that Billit may know, and what Billit has of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.billed import hours, materials, shown
from shared.errors import Rejected
from shared.mapping import Job
from shared.schemas.documents import Invoice, InvoiceLine, WorkOrder

from .models import Order, Product
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]
InvoiceJob = Job[Invoice, Settings]


@dataclass(frozen=True)
class Gathered:
    """The products that lines name, and the orders that have the number of an invoice already."""

    products: Sequence[Product] = ()
    taken: Sequence[Order] = ()

    def product(self, reference: str | None) -> Product | None:
        """The product with this reference; `Rejected` when several have it, as they may (section 6)."""
        found = [row for row in self.products if reference and row.Reference == reference]
        if len(found) > 1:
            raise Rejected(
                f"Billit has {len(found)} products with reference {reference}. Keep one of them, and send it again."
            )
        return found[0] if found else None


def hour_product(hour_type: str | None, settings: Settings) -> str | None:
    """The reference of an hour type's product: the user's choice, else the same code; without a type the default."""
    return settings.hour_types.get(hour_type, hour_type) if hour_type else settings.default_hour_type


def references(job: WorkOrderJob) -> set[str]:
    """The references of all products that a work order names."""
    used = {line.code for line in materials(job.document)}
    worked = {hour_product(line.hour_type, job.settings) for line in hours(job.document)}
    return {code for code in used | worked if code}


def invoice_references(job: InvoiceJob) -> set[str]:
    """The references of all products that an invoice names."""
    return {code for line in shown(job.document) if (code := line_reference(line, job.settings))}


def line_reference(line: InvoiceLine, settings: Settings) -> str | None:
    """The reference of a material, or of an hour type by the user's list."""
    return line.code or (hour_product(line.hour_type, settings) if line.hour_type else None)
