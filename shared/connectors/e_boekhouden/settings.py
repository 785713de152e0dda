"""What the user can choose for e-Boekhouden. Titles and descriptions are the texts of the settings form."""

from datetime import date
from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.billed import HourSettings
from shared.hints import hints
from shared.schemas.money import Price
from shared.vat import VatSettings

Kind = Literal["relation", "product", "hour_type"]
"""What can be read from e-Boekhouden."""


class Settings(VatSettings, HourSettings):
    """Choices of one connection. Codes are those of e-Boekhouden."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from e-Boekhouden automatically.",
        json_schema_extra=hints("import"),
    )
    hour_units: tuple[str, ...] = Field(
        ("uur", "uren", "hour", "h"),
        title="Units of hours",
        description="Articles with one of these units are hour types; all others are products.",
        json_schema_extra=hints("import"),
    )
    include_inactive: bool = Field(
        default=False,
        title="Inactive articles",
        description="Also articles that are not active any more.",
        json_schema_extra=hints("import"),
    )
    work_order_document: Literal["invoice"] | None = Field(
        None,
        title="Completed work orders become",
        description="An invoice, which e-Boekhouden numbers or books as chosen below and which cannot be changed or "
        "deleted from here.",
        json_schema_extra=hints("documents", titles={"": "Not exported"}),
    )
    invoice_document: Literal["invoice"] | None = Field(
        None,
        title="Final invoices become",
        description="An invoice with the same lines.",
        json_schema_extra=hints("documents", titles={"": "Not exported"}),
    )
    relation_document: Literal["relation"] | None = Field(
        None,
        title="New relations become",
        description="A relation in e-Boekhouden. Otherwise it is added with the first document that needs it.",
        json_schema_extra=hints("documents", titles={"": "Only with a document"}),
    )
    numbered_by: Literal["platform", "package"] = Field(
        "platform",
        title="Invoices are numbered by",
        description="The platform: the invoice gets the number of the work order or invoice. The package: e-Boekhouden "
        "takes its next number, and ours stands at the beginning of the first line.",
        json_schema_extra=hints("documents", titles={"platform": "The platform", "package": "e-Boekhouden"}),
    )
    book: bool = Field(
        default=False,
        title="Book at once",
        description="Invoices are also booked, as open items. Off: they stand in the invoicing module only.",
        json_schema_extra=hints("documents", final={"true": "A booked invoice cannot be taken back from here."}),
    )
    template: str | None = Field(
        "Factuursjabloon",
        title="Invoice template",
        description="The name of the template, exactly as in e-Boekhouden, capitals included.",
        json_schema_extra=hints("documents"),
    )
    payment_term: int | None = Field(
        None,
        ge=0,
        le=3650,
        title="Payment term",
        description="In days, for documents without a due date.",
        json_schema_extra=hints("documents", unit="days"),
    )
    ledger: str | None = Field(
        None,
        title="Revenue ledger",
        description="The counter account, for lines that name none and whose article has none.",
        json_schema_extra=hints("lines", choices="ledgers"),
    )
    cost_centre: str | None = Field(
        None,
        title="Cost centre",
        description="For all lines.",
        json_schema_extra=hints("lines", choices="cost_centres"),
    )
    line_code: str = Field(
        "DIVERSEN",
        min_length=1,
        max_length=50,
        title="Code of lines without an article",
        description="Lines of an invoice need a code; it need not be an article.",
        json_schema_extra=hints("lines"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in e-Boekhouden are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )
    hour_types: dict[str, str] = Field(
        default_factory=dict,
        title="Hour types",
        description="The article for each hour type of the platform whose code is another one in e-Boekhouden.",
        json_schema_extra=hints("hours", choices="hour_type", key="Hour type"),
    )
    default_hour_type: str | None = Field(
        None,
        title="Hour article",
        description="The article for worked hours without an hour type, by code.",
        json_schema_extra=hints("hours", choices="hour_type"),
    )
    hour_price: Price | None = Field(
        None,
        ge=0,
        title="Hour price",
        description="Per hour excluding VAT, for hours without a price whose article has a price of zero.",
        json_schema_extra=hints("hours", unit="money"),
    )
    line_order: Literal["materials_first", "hours_first"] = Field(
        "materials_first",
        title="Order of lines",
        description="What stands first: materials or hours.",
        json_schema_extra=hints("lines", titles={"materials_first": "Materials first", "hours_first": "Hours first"}),
    )
    texts: Literal["first_line", "none"] = Field(
        "first_line",
        title="Texts of the work order",
        description="Before the text of the first line, or left out: invoices have no other place for them.",
        json_schema_extra=hints(
            "lines", titles={"first_line": "Before the text of the first line", "none": "Left out"}
        ),
    )
    send_email: bool = Field(
        default=False,
        title="Send by e-mail",
        description="e-Boekhouden mails each invoice to the relation at once. This cannot be undone.",
        json_schema_extra=hints(
            "delivery", final={"true": "Each invoice is mailed to the customer as soon as it is made."}
        ),
    )
    email_subject: str | None = Field(
        None,
        title="E-mail subject",
        description="Of the e-mails with invoices.",
        json_schema_extra=hints("delivery"),
    )
    email_message: str | None = Field(
        None,
        title="E-mail message",
        description="Of the e-mails with invoices.",
        json_schema_extra=hints("delivery", long=True),
    )
    email_from: str | None = Field(
        None,
        max_length=150,
        title="E-mail sender",
        description="The address that e-mails with invoices come from.",
        json_schema_extra=hints("delivery"),
    )
    email_from_name: str | None = Field(
        None,
        max_length=150,
        title="E-mail sender's name",
        description="Who the e-mails with invoices are from.",
        json_schema_extra=hints("delivery"),
    )
    mandates: dict[str, date] = Field(
        default_factory=dict,
        title="Direct debit",
        description="The day on which a customer signed the mandate, by debtor number. Invoices of these customers are "
        "collected from the bank account (IBAN) of their relation; those of others are not.",
        json_schema_extra=hints("customers", key="Debtor number"),
    )

    @field_validator(
        "template",
        "ledger",
        "cost_centre",
        "default_hour_type",
        "email_subject",
        "email_message",
        "email_from",
        "email_from_name",
    )
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("cost_centre")
    @classmethod
    def _an_id(cls, value: str | None) -> str | None:
        if value is not None and not value.isdecimal():
            raise ValueError("a cost centre is chosen by its id, a number")
        return value

    @field_validator("hour_units")
    @classmethod
    def _small_units(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("a unit is empty")
        return tuple(dict.fromkeys(unit.lower() for unit in value))
