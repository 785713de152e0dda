"""What the user can choose for Moloni Spain. Titles and descriptions are the texts of the settings form."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.billed import HourSettings
from shared.hints import hints
from shared.schemas.documents import VatRegime
from shared.schemas.money import Price
from shared.vat import UNTAXED_TITLES, VatSettings

Kind = Literal["relation", "product", "product_category", "hour_type"]
"""What can be read from Moloni."""

KNOWN_COUNTRIES = {"ES": "70", "PT": "1"}
"""Ids of countries that are known of Moloni (Moloni Spain fact sheet, section 3)."""

_CLOSED = "A closed document takes a number, goes to the tax authority, and can be neither changed nor deleted."


class Settings(VatSettings, HourSettings):
    """Choices of one connection."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from Moloni automatically.",
        json_schema_extra=hints("import"),
    )
    hour_units: tuple[str, ...] = Field(
        ("hora", "horas", "hour", "hours", "h", "hr"),
        title="Units of hours",
        description="Products with one of these units (name or id) are hour types, all others are products.",
        json_schema_extra=hints("import", choices="measurement_units", suggests=True),
    )
    work_order_document: Literal["invoice", "closed_invoice", "purchase_order", "closed_purchase_order"] | None = Field(
        "invoice",
        title="Completed work orders become",
        description="An invoice or a customer's order (pedido): a draft that you close in Moloni, or a closed one. "
        "Closing is final: it takes a number, goes to the tax authority, and can be neither changed nor deleted. One "
        "whose total in Moloni differs from ours stays a draft.",
        json_schema_extra=hints(
            "documents",
            titles={"": "Not exported"},
            final={"closed_invoice": _CLOSED, "closed_purchase_order": _CLOSED},
        ),
    )
    invoice_document: None = Field(
        None,
        title="Final invoices become",
        description="Nothing: invoices for Moloni are made of completed work orders.",
        json_schema_extra=hints("documents"),
    )
    relation_document: Literal["relation"] | None = Field(
        None,
        title="New relations become",
        description="A customer in Moloni. Otherwise it is added with the first document that needs it.",
        json_schema_extra=hints("documents", titles={"": "Only with a document"}),
    )
    vat_codes: dict[str, str] = Field(
        default_factory=dict,
        title="Taxes",
        description="The tax for each percentage, for lines whose product has none. For 0: a tax or an exemption "
        "reason.",
        json_schema_extra=hints("vat", choices="vat_codes", key="Percentage", key_unit="percentage"),
    )
    vat_regimes: dict[VatRegime, str] = Field(
        default_factory=dict,
        title="Exemption reasons",
        description="The reason, as Moloni has it, for customers who are charged no VAT. A tax of 0 % will do too.",
        json_schema_extra=hints("vat", key="Customers", titles=UNTAXED_TITLES),
    )
    exemption_reason: str | None = Field(
        None,
        title="Exemption reason of taxes of 0 %",
        description="Moloni wants a reason wherever nothing is charged: this one, where the tax itself is 0 %.",
        json_schema_extra=hints("vat"),
    )
    document_set: str | None = Field(
        None,
        title="Document set",
        description="The series that documents are numbered in. Nothing chosen: the company's default one.",
        json_schema_extra=hints("documents", choices="document_sets"),
    )
    payment_days: int = Field(
        30,
        ge=0,
        le=3650,
        title="Days to pay",
        description="From the date of the document to its expiration.",
        json_schema_extra=hints("documents", unit="days"),
    )
    hour_types: dict[str, str] = Field(
        default_factory=dict,
        title="Hour types",
        description="The product, by reference, for each hour type of the platform that has another one in Moloni.",
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
    default_product: str | None = Field(
        None,
        title="Product for other materials",
        description="Every line names a product of Moloni: this one, by reference, for materials that are not there. "
        "Nothing chosen: the document waits.",
        json_schema_extra=hints("lines", choices="product"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in Moloni are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )
    countries: dict[str, str] = Field(
        default_factory=lambda: dict(KNOWN_COUNTRIES),
        title="Countries",
        description="Moloni's country for each country code (FR), of customers that are made there.",
        json_schema_extra=hints("customers", choices="countries", key="Country code"),
    )

    @field_validator("default_hour_type", "default_product", "document_set", "exemption_reason", mode="before")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("hour_units")
    @classmethod
    def _no_empty_units(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("a unit is empty")
        return value

    @field_validator("countries")
    @classmethod
    def _country_ids(cls, value: dict[str, str]) -> dict[str, str]:
        if not all(id.isdecimal() for id in value.values()):
            raise ValueError("a country's id is a number")
        return {**KNOWN_COUNTRIES, **value}
