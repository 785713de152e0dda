"""What the user can choose for Billit. Titles and descriptions are the texts of the settings form."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.billed import HourSettings
from shared.hints import hints
from shared.mapping import PdfSettings
from shared.schemas.money import Price
from shared.vat import VatSettings

from .ventilation import CHARGED

Kind = Literal["relation", "product", "hour_type", "payment"]
"""What can be read from Billit."""

Transport = Literal["Peppol", "SMTP", "Letter"]
"""How Billit can send a document."""

_MORNING = (
    "Billit has no draft invoices: one is numbered at once. If your company has switched on that Billit sends at 09:00 "
    "each day, it sends it then, and Fieldledger can only prevent that by marking it as sent (see below)."
)

_FINAL = "Billit numbers an invoice at once: it cannot be changed any more, only credited."
_SENT = "Each invoice goes to the customer as soon as it is made. That cannot be undone."


class Settings(VatSettings, PdfSettings, HourSettings):
    """Choices of one connection."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from Billit automatically.",
        json_schema_extra=hints("import"),
    )
    relation_types: tuple[Literal["Customer", "Supplier"], ...] = Field(
        ("Customer",),
        title="Relation types",
        description="Only these parties. Nothing chosen: all.",
        json_schema_extra=hints("import", titles={"Customer": "Customers", "Supplier": "Suppliers"}),
    )
    hour_units: tuple[str, ...] = Field(
        ("uur", "uren", "hour", "hours", "h", "heure", "heures"),
        title="Units of hours",
        description="Products with one of these units are hour types, all others are products.",
        json_schema_extra=hints("import"),
    )
    work_order_document: Literal["invoice", "offer"] | None = Field(
        "offer",
        title="Completed work orders become",
        description=f"An offer that you turn into an invoice in Billit, or an invoice. {_MORNING}",
        json_schema_extra=hints("documents", titles={"": "Not exported"}, final={"invoice": _FINAL}),
    )
    invoice_document: Literal["invoice"] | None = Field(
        None,
        title="Final invoices become",
        description=f"An invoice or credit note that keeps its own number. {_MORNING}",
        json_schema_extra=hints("documents", titles={"": "Not exported"}, final={"invoice": _FINAL}),
    )
    relation_document: Literal["relation"] | None = Field(
        None,
        title="New relations become",
        description="A customer in Billit. Otherwise it is added with the first document that needs it.",
        json_schema_extra=hints("documents", titles={"": "Only with a document"}),
    )
    vat_codes: dict[str, str] = Field(
        default_factory=lambda: {str(percentage): code for code, percentage in CHARGED.items()},
        title="VAT codes",
        description="The VAT code for each percentage, for lines whose product has none.",
        json_schema_extra=hints("vat", choices="vat_codes", key="Percentage", key_unit="percentage"),
    )
    sent_by: Literal["platform", Transport] | None = Field(
        None,
        title="Invoices are sent by",
        description="Peppol, e-mail (SMTP) or Letter: Billit sends each invoice at once. Platform: the customer has it "
        "already, and it is marked as sent, so that Billit's daily sending leaves it alone.",
        json_schema_extra=hints(
            "delivery",
            titles={
                "": "You, in Billit",
                "platform": "The platform",
                "Peppol": "Billit, by Peppol",
                "SMTP": "Billit, by e-mail",
                "Letter": "Billit, by letter",
            },
            final={"Peppol": _SENT, "SMTP": _SENT, "Letter": _SENT},
        ),
    )
    payment_reference: Literal["billit", "number"] = Field(
        "billit",
        title="Payment reference",
        description="The structured reference (+++...+++) is Billit's own, or made of the invoice number.",
        json_schema_extra=hints("lines", titles={"billit": "Made by Billit", "number": "Made of the invoice number"}),
    )
    payment_days: int = Field(
        30,
        ge=0,
        le=3650,
        title="Days to pay",
        description="From the date of the document, for those that do not say when they are due.",
        json_schema_extra=hints("lines", unit="days"),
    )
    hour_types: dict[str, str] = Field(
        default_factory=dict,
        title="Hour types",
        description="The product, by reference, for each hour type of the platform that has another one in Billit.",
        json_schema_extra=hints("hours", choices="hour_type", key="Hour type"),
    )
    default_hour_type: str | None = Field(
        None,
        title="Hour product",
        description="The product for worked hours without an hour type, by reference.",
        json_schema_extra=hints("hours", choices="hour_type"),
    )
    hour_price: Price | None = Field(
        None,
        ge=0,
        title="Hour price",
        description="Per hour excluding VAT, for hours without a price whose product has none either.",
        json_schema_extra=hints("hours", unit="money"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in Billit are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )

    @field_validator("default_hour_type", "sent_by", mode="before")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("hour_units")
    @classmethod
    def _no_empty_units(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("a unit is empty")
        return value
