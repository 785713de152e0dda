"""What the user can choose for Multivers Online. Titles and descriptions are the texts of the settings form."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.billed import HourSettings
from shared.hints import hints
from shared.schemas.documents import VatRegime
from shared.schemas.money import Price
from shared.vat import REGIME_TITLES, VatSettings

Kind = Literal["relation", "order", "payment", "product", "hour_type", "employee"]
"""What can be read from Multivers."""

OrderType = Literal["invoice", "regular", "service"]

ORDER_TYPES: dict[int, OrderType] = {0: "invoice", 1: "regular", 2: "service"}
"""`orderType` (Multivers fact sheet, section 4.5)."""

_PROCESSED = "Multivers numbers and books each invoice at once. That cannot be undone, only credited."


class Settings(VatSettings, HourSettings):
    """Choices of one connection."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from Multivers automatically. Products, hour types and employees are read only when "
        "you start that yourself.",
        json_schema_extra=hints("import"),
    )
    order_types: tuple[OrderType, ...] = Field(
        ("regular", "service"),
        title="Order types",
        description="Only open orders of these types become work orders.",
        json_schema_extra=hints(
            "import",
            titles={"invoice": "Invoice orders", "regular": "Regular orders", "service": "Service orders"},
        ),
    )
    work_order_document: Literal["order"] | None = Field(
        "order",
        title="Completed work orders become",
        description="An order for post-calculation: the order that the work order was made of is updated with the "
        "materials and hours.",
        json_schema_extra=hints("documents", titles={"": "Not exported"}),
    )
    invoice_document: Literal["invoice_order", "processed_invoice_order"] | None = Field(
        "invoice_order",
        title="Final invoices become",
        description="An invoice order (factuurorder) that you process in Multivers, or one that is processed at once: "
        "then Multivers numbers and books it.",
        json_schema_extra=hints(
            "documents", titles={"": "Not exported"}, final={"processed_invoice_order": _PROCESSED}
        ),
    )
    relation_document: Literal["relation"] | None = Field(
        None,
        title="New relations become",
        description="A customer in Multivers. Otherwise it is added with the first document that needs it.",
        json_schema_extra=hints("documents", titles={"": "Only with a document"}),
    )
    create_orders: bool = Field(
        default=False,
        title="Create orders",
        description="Work orders that were not made of an order of Multivers get a new order there. Off: they wait.",
        json_schema_extra=hints("documents"),
    )
    new_order_type: Literal["regular", "service"] = Field(
        "regular",
        title="Type of new orders",
        description="What new orders for post-calculation are in Multivers.",
        json_schema_extra=hints("documents", titles={"regular": "Regular order", "service": "Service order"}),
    )
    project: Literal["none", "project", "external_project"] = Field(
        "none",
        title="Project of new orders",
        description="Post-calculation by project: the field of the work order that holds the project of Multivers.",
        json_schema_extra=hints(
            "documents",
            titles={"none": "None", "project": "The project", "external_project": "The external project number"},
        ),
    )
    texts: Literal["lines", "none"] = Field(
        "lines",
        title="Texts of the work order",
        description="As lines of text before the others, or left out.",
        json_schema_extra=hints("lines", titles={"lines": "Lines of text", "none": "Left out"}),
    )
    line_order: Literal["materials_first", "hours_first"] = Field(
        "materials_first",
        title="Order of lines",
        description="What stands first: materials or hours.",
        json_schema_extra=hints("lines", titles={"materials_first": "Materials first", "hours_first": "Hours first"}),
    )
    hour_types: dict[str, str] = Field(
        default_factory=dict,
        title="Hour types",
        description="The product, by id, for each hour type of the platform that has another id in Multivers.",
        json_schema_extra=hints("hours", choices="product", key="Hour type"),
    )
    default_hour_type: str | None = Field(
        None,
        title="Hour product",
        description="The product for worked hours without an hour type, by id.",
        json_schema_extra=hints("hours", choices="product"),
    )
    hour_price: Price | None = Field(
        None,
        ge=0,
        title="Hour price",
        description="Per hour excluding VAT, for hours without a price whose product has none either.",
        json_schema_extra=hints("hours", unit="money"),
    )
    ledger: str | None = Field(
        None,
        max_length=8,
        title="Revenue ledger",
        description="The account of lines that are no product of Multivers and name no account.",
        json_schema_extra=hints("lines"),
    )
    payment_condition: str | None = Field(
        None,
        max_length=3,
        title="Payment condition",
        description="For customers that have none of their own.",
        json_schema_extra=hints("customers", choices="payment_conditions"),
    )
    cost_centre: str | None = Field(
        None,
        max_length=8,
        title="Cost centre",
        description="For all lines.",
        json_schema_extra=hints("lines", choices="cost_centres"),
    )
    vat_scenarios: dict[VatRegime, str] = Field(
        default_factory=dict,
        title="VAT scenarios",
        description="The VAT scenario of orders, by how the customer is taxed. Nothing chosen: Multivers' own.",
        json_schema_extra=hints("vat", choices="vat_scenarios", key="Customers", titles=REGIME_TITLES),
    )
    journal: str | None = Field(
        None,
        max_length=3,
        title="Sales journal",
        description="Where invoice orders are booked that are processed at once.",
        json_schema_extra=hints("documents", choices="journals"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in Multivers are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )
    customer_numbers: Literal["platform", "package"] = Field(
        "platform",
        title="Numbers of new customers",
        description="The platform's debtor number (8 characters at most), or the next number of Multivers.",
        json_schema_extra=hints(
            "customers", titles={"platform": "The platform's debtor number", "package": "The next number of Multivers"}
        ),
    )
    countries: dict[str, str] = Field(
        default_factory=dict,
        title="Countries",
        description="The code of a country in Multivers, where it is not its ISO code (BE, DE).",
        json_schema_extra=hints("customers", choices="countries", key="Country code"),
    )

    @field_validator("default_hour_type", "ledger", "payment_condition", "cost_centre", "journal")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("vat_scenarios")
    @classmethod
    def _numbers(cls, value: dict[VatRegime, str]) -> dict[VatRegime, str]:
        if not all(code.isdecimal() for code in value.values()):
            raise ValueError("a VAT scenario is chosen by its number")
        return value
