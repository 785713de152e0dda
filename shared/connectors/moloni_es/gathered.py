"""What a document names that Moloni has to know, and what it has of that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.billed import hours, materials
from shared.errors import Unmappable
from shared.mapping import Job
from shared.schemas.documents import WorkOrder

from .models import DocumentSet, Product, Tax
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]


@dataclass(frozen=True)
class Gathered:
    """The products that lines name, the company's taxes and document sets, and its fiscal zone."""

    products: Sequence[Product] = ()
    taxes: Sequence[Tax] = ()
    sets: Sequence[DocumentSet] = ()
    zone: str | None = None

    def product(self, reference: str | None) -> Product | None:
        """The product with this reference; they are unique (section 3, product insert)."""
        return next((row for row in self.products if reference and row.reference == reference), None)

    def tax(self, id: str) -> Tax | None:
        """The tax with this id."""
        return next((row for row in self.taxes if str(row.taxId) == id), None)


def hour_product(hour_type: str | None, settings: Settings) -> str | None:
    """The reference of an hour type's product: the user's choice, else the same code; without a type the default."""
    return settings.hour_types.get(hour_type, hour_type) if hour_type else settings.default_hour_type


def references(job: WorkOrderJob) -> set[str]:
    """The references of all products that a work order names, or may fall back on."""
    settings, order = job.settings, job.document
    used: set[str | None] = {line.code for line in materials(order)}
    used |= {hour_product(line.hour_type, settings) for line in hours(order)}
    return {code for code in (*used, settings.default_product) if code}


def document_set(job: WorkOrderJob, gathered: Gathered) -> int:
    """The series: the chosen one, else the company's default; `Unmappable` when there is none."""
    chosen = job.settings.document_set
    fits = [one for one in gathered.sets if (str(one.documentSetId) == chosen if chosen else one.isDefault)]
    if not fits:
        why = f"Document set {chosen} is not in Moloni." if chosen else "Moloni has no default document set."
        raise Unmappable("document_set", f"{why} Choose one in the settings.")
    return fits[0].documentSetId
