"""What the user can choose for Moloni Portugal. Titles and descriptions are the texts of the settings form."""

from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from shared.billed import HourSettings
from shared.hints import hints
from shared.mapping import TypeOfWorkSettings
from shared.schemas.money import Price
from shared.vat import VatSettings

from .kinds import ServiceLists

Kind = Literal["relation", "product", "hour_type", "employee", "order"]
"""What can be read from Moloni."""

Document = Literal[
    "invoice",
    "purchase_order",
    "service_list",
    "internal_document",
    "invoice_receipt",
    "closed_invoice",
    "closed_purchase_order",
    "closed_service_list",
    "closed_internal_document",
    "closed_invoice_receipt",
]
"""What a work order can become: a draft, or a closed document."""

IN_WORDS = "final and reported to the tax authority"
"""What the user says who wants documents to be closed."""

_CLOSED = (
    "A closed one is numbered, reported to the tax authority and can never be changed or deleted: it needs your word "
    "below (Closed documents)."
)


class Settings(VatSettings, HourSettings, TypeOfWorkSettings):
    """Choices of one connection. Codes are Moloni's ids."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from Moloni automatically.",
        json_schema_extra=hints("import"),
    )
    product_types: tuple[Literal["product", "service", "other"], ...] = Field(
        (),
        title="Product types",
        description="Only products of these types. Nothing chosen: all.",
        json_schema_extra=hints("import", titles={"product": "Products", "service": "Services", "other": "Others"}),
    )
    hour_units: tuple[str, ...] = Field(
        ("Hora", "Horas", "Hour", "Hours", "H", "hr", "hrs"),
        title="Units of hours",
        description="Products with one of these units are hour types, all others are products: the unit's name, short "
        "name or id.",
        json_schema_extra=hints("import", choices="units", suggests=True),
    )
    service_list_class: ServiceLists = Field(
        "delivery_notes",
        title="Service lists are",
        description="Which documents of Moloni are your service lists: they are read as orders, and work orders can "
        "become them.",
        json_schema_extra=hints(
            "import",
            titles={
                "delivery_notes": "Delivery notes",
                "waybills": "Waybills",
                "bills_of_lading": "Bills of lading",
                "estimates": "Estimates",
            },
        ),
    )
    work_order_document: Document | None = Field(
        "invoice",
        title="Completed work orders become",
        description=f"A draft, or a closed document. {_CLOSED}",
        json_schema_extra=hints("documents", titles={"": "Not exported"}),
    )
    work_order_documents: dict[str, Document] = Field(
        default_factory=dict,
        title="Documents by type of work",
        description="What work orders of these types become instead, by the platform's name of the type.",
        json_schema_extra=hints("documents", key="Type of work"),
    )
    invoice_document: None = Field(
        None,
        title="Final invoices become",
        description="Nothing: invoices must get their number in Moloni, and these have one.",
        json_schema_extra=hints("documents"),
    )
    relation_document: None = Field(
        None,
        title="New relations become",
        description="A customer, with the first document that needs it.",
        json_schema_extra=hints("documents"),
    )
    closing: Literal["final and reported to the tax authority"] | None = Field(
        None,
        title="Closed documents",
        description="Your word that closed documents may be made: they are final and reported to the tax authority. "
        "Nothing chosen: only drafts are made.",
        json_schema_extra=hints("documents", confirms=True),
    )
    document_set: str | None = Field(
        None,
        title="Series",
        description="The series of all documents. Nothing chosen: the company's default one.",
        json_schema_extra=hints("documents", choices="document_sets"),
    )
    maturity_date: str | None = Field(
        None,
        title="Term of payment",
        description="Of documents and of new customers.",
        json_schema_extra=hints("documents", choices="maturity_dates"),
    )
    payment_method: str | None = Field(
        None,
        title="Payment method",
        description="Of invoice receipts and of new customers.",
        json_schema_extra=hints("documents", choices="payment_methods"),
    )
    delivery_method: str | None = Field(
        None,
        title="Delivery method",
        description="Of service lists that are transport documents.",
        json_schema_extra=hints("documents", choices="delivery_methods"),
    )
    vat_codes: dict[str, str] = Field(
        default_factory=dict,
        title="VAT rates",
        description="The rate for each percentage, by its id or name, for lines whose product has none. For 0: the "
        "exemption reason (M07).",
        json_schema_extra=hints("vat", choices="vat_codes", key="Percentage", key_unit="percentage"),
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
        title="Product otherwise",
        description="Stands in for materials that are not in Moloni, by reference: it has no lines without a product.",
        json_schema_extra=hints("lines", choices="product"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in Moloni are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )

    @field_validator(
        "closing",
        "document_set",
        "maturity_date",
        "payment_method",
        "delivery_method",
        "default_hour_type",
        "default_product",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("document_set", "maturity_date", "payment_method", "delivery_method")
    @classmethod
    def _ids(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isdigit()):
            raise ValueError(f"{value!r} is not an id of Moloni: choose one from the list")
        return value

    @field_validator("hour_units")
    @classmethod
    def _no_empty_units(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("a unit is empty")
        return value

    @model_validator(mode="after")
    def _closed_only_by_word(self) -> Self:
        chosen = {self.work_order_document, *self.work_order_documents.values()}
        closed = sorted(name for name in chosen if name and name.startswith("closed_"))
        if closed and self.closing is None:
            raise PydanticCustomError(
                "closed_without_word",
                "{document} is final and reported to the tax authority. If you want that, choose "
                f"'{IN_WORDS}' for closing as well",
                {"document": closed[0], "setting": "closing"},
            )
        return self
