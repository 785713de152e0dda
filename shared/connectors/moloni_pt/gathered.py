"""What the mapping of a document must know of Moloni. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.billed import hours, materials
from shared.errors import Rejected, Unmappable
from shared.mapping import Job
from shared.schemas.documents import Customer, WorkOrder

from .models import Company, Country, MaturityDate, Product, Series, Tax
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]
PORTUGAL = 1
"""The one country whose id is documented (section 3.3)."""


@dataclass(frozen=True)
class Payer:
    """Who pays, with the id of their country (None: Moloni does not know it)."""

    customer: Customer
    country: int | None = PORTUGAL


@dataclass(frozen=True)
class Gathered:
    """The products that lines name, the company's rates, series and terms; its address where goods leave from it."""

    products: Sequence[Product] = ()
    taxes: Sequence[Tax] = ()
    series: Sequence[Series] = ()
    terms: Sequence[MaturityDate] = ()
    countries: Sequence[Country] = ()
    company: Company | None = None

    def product(self, reference: str | None) -> Product | None:
        """The product with this reference; `Rejected` for one that is not active: it cannot be invoiced (trap 7)."""
        found = next((row for row in self.products if reference and row.reference == reference), None)
        if found is not None and not found.visibility_id:
            raise Rejected(f"Product {reference} is not active in Moloni. Make it active there, and send it again.")
        return found

    def country(self, code: str | None) -> int | None:
        """The id of a country; customers without one are where the company is."""
        if code in (None, "PT"):
            return PORTUGAL
        known = {row.iso_3166_1.upper(): row.country_id for row in self.countries if row.iso_3166_1}
        return known.get(code or "")

    def series_of(self, settings: Settings) -> int:
        """The chosen series, else the company's default one."""
        if settings.document_set is not None:
            return int(settings.document_set)
        default = next((row for row in self.series if row.active_by_default), None)
        if default is None:
            raise Unmappable("document_set", "Moloni has no default series. Choose one in the settings.")
        return default.document_set_id

    def due(self, day: date, settings: Settings) -> date:
        """The day until which a document of that day is to be paid."""
        chosen = next((row for row in self.terms if str(row.maturity_date_id) == settings.maturity_date), None)
        if chosen is None:
            raise Unmappable("maturity_date", f"{_which(settings)} Choose one in the settings.")
        return day + timedelta(days=chosen.days)


def _which(settings: Settings) -> str:
    if settings.maturity_date is None:
        return "No term of payment is chosen for documents."
    return f"The term of payment {settings.maturity_date} is not in Moloni (any more)."


def hour_product(hour_type: str | None, settings: Settings) -> str | None:
    """The reference of an hour type's product: the user's choice, else the same code; without a type the default."""
    return settings.hour_types.get(hour_type, hour_type) if hour_type else settings.default_hour_type


def references(job: WorkOrderJob) -> set[str]:
    """The references of all products that a work order may need."""
    used = {line.code for line in materials(job.document)}
    worked = {hour_product(line.hour_type, job.settings) for line in hours(job.document)}
    return {code for code in {*used, *worked, job.settings.default_product} if code}
