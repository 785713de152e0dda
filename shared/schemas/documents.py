"""What the platform publishes: completed work orders, final invoices, new relations.

Modelled on the platform's own fields; its decimal commas, `d-m-Y` dates and "0"/"1" flags are converted
by the platform's publisher, so that a contract reader meets real numbers, ISO dates and booleans.
"""

from datetime import date, time
from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from shared.clock import Moment
from shared.schemas.base import Frozen
from shared.schemas.money import Currency, Exact

Percentage = Exact

VatRegime = Literal["domestic", "reverse_charge", "eu", "export", "exempt"]
"""How a customer is taxed. `reverse_charge`: domestic, but the customer accounts for the VAT (construction);
`eu`: a business in another EU country; `export`: outside the EU; `exempt`: no VAT at all."""


class Address(Frozen):
    """A postal address. `country` is ISO 3166 alpha-2 (`NL`)."""

    street: str = ""
    house_number: str = ""
    postal_code: str = ""
    city: str = ""
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


class Customer(Frozen):
    """A customer as the work order or invoice names it; `debtor_number` is the platform's key for a relation.

    `external_id` is the accounting package's id, where the platform knows it. `vat_regime` is how the platform taxes
    the customer; without one, country and VAT number tell (`shared/vat.py`).
    """

    debtor_number: str = Field(min_length=1)
    name: str = Field(min_length=1)
    address: Address = Address()
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    vat_number: str | None = None
    coc_number: str | None = None
    vat_regime: VatRegime | None = None
    external_id: str | None = None


class MaterialLine(Frozen):
    """Used material. `unit_price` excludes VAT; without one the package's own price list decides.

    `id` may be absent: the platform's material lines have no key. Lines are then told apart by position.
    """

    id: str | None = None
    code: str = Field(min_length=1)
    description: str = ""
    quantity: Exact
    unit: str | None = None
    unit_price: Exact | None = None
    discount_percentage: Percentage = Decimal(0)
    vat_percentage: Percentage | None = None
    vat_code: str | None = None
    ledger: str | None = None
    warehouse: str | None = None
    hidden: bool = False


class HoursLine(Frozen):
    """A work period. `minutes` is the worked time: end minus begin minus break."""

    id: str | None = None
    date: date
    begin: time | None = None
    end: time | None = None
    break_minutes: int = Field(default=0, ge=0)
    minutes: int = Field(ge=0)
    hour_type: str | None = None
    employee: str | None = None
    remark: str = ""
    unit_price: Exact | None = None
    vat_percentage: Percentage | None = None
    hidden: bool = False


class OrderRef(Frozen):
    """The package's order that a work order was made of, by the words of its `entities.order` event.

    All three are needed: packages give the same id in several administrations.
    """

    connector: str = Field(min_length=1)
    administration: str = Field(min_length=1)
    vendor_id: str = Field(min_length=1)


class WorkOrder(Frozen):
    """A completed work order.

    `revision` rises by at least one whenever the work order is completed again; that is how a newer version is told
    from a repeated message. `minimum_hours` and `rounding_minutes` are the work order's own billing rules and win over
    settings. `order` is the package's order it was made of, if it was. `pdf_url` is fetched only if the user asked for
    attachments.
    """

    id: str = Field(min_length=1)
    revision: int = Field(ge=1)
    number: str = Field(min_length=1)
    reference: str | None = None
    order: OrderRef | None = None
    project: str | None = None
    external_project: str | None = None
    type_of_work: str | None = None
    payment_method: str | None = None
    work_status: str | None = None
    work_date: date
    completed_at: Moment
    site_customer: Customer
    invoice_customer: Customer
    short_description: str = ""
    description: str = ""
    internal_description: str = ""
    remark: str = ""
    currency: Currency | None = None
    materials: tuple[MaterialLine, ...] = ()
    hours: tuple[HoursLine, ...] = ()
    minimum_hours: Exact | None = None
    rounding_minutes: int | None = Field(default=None, ge=0)
    pdf_url: str | None = None


class InvoiceLine(Frozen):
    """One line of a final invoice: `quantity` x `unit_price` less `discount_percentage`, excluding VAT."""

    id: str | None = None
    code: str | None = None
    hour_type: str | None = None
    description: str = ""
    quantity: Exact
    unit_price: Exact
    discount_percentage: Percentage = Decimal(0)
    vat_percentage: Percentage
    vat_code: str | None = None
    ledger: str | None = None
    hidden: bool = False


class Invoice(Frozen):
    """A final (sent) invoice or credit note of the platform. Final ones are never edited, only credited.

    `credits` is the id of the invoice a credit note belongs to; `work_order` the id of the source work order.
    Amounts are in `currency`.
    """

    id: str = Field(min_length=1)
    revision: int = Field(ge=1)
    number: str = Field(min_length=1)
    type: Literal["debit", "credit"]
    credits: str | None = None
    work_order: str | None = None
    reference: str | None = None
    invoice_date: date
    due_date: date | None = None
    finalized_at: Moment
    currency: Currency
    customer: Customer
    lines: tuple[InvoiceLine, ...] = Field(min_length=1)
    total_excl: Exact
    total_vat: Exact
    total_incl: Exact
    pdf_url: str | None = None

    @field_validator("credits", "work_order")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        # All invoices without a work order would bill one and the same: the one without an id.
        return value or None

    @model_validator(mode="after")
    def _totals_add_up(self) -> "Invoice":
        if self.total_excl + self.total_vat != self.total_incl:
            raise ValueError("total_incl is not total_excl plus total_vat")
        return self


class NewRelation(Frozen):
    """A relation created on the platform that the accounting package should know."""

    id: str = Field(min_length=1)
    revision: int = Field(ge=1)
    created_at: Moment
    customer: Customer

    @property
    def number(self) -> str:
        """The number a user knows this document by."""
        return self.customer.debtor_number


Flow = Literal["workorder", "invoice", "relation"]
"""What kind of document it is, as one word."""

SourceDocument = WorkOrder | Invoice | NewRelation
"""What a ledger entry can be about."""
