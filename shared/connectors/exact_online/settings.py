"""What the user can choose for Exact Online. Titles and descriptions are the texts of the settings form."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.billed import HourSettings
from shared.hints import hints
from shared.mapping import PdfSettings
from shared.schemas.money import Price
from shared.vat import VatSettings

Kind = Literal[
    "relation", "product", "hour_type", "product_category", "employee", "payment",
    "order", "quotation", "warehouse", "price_agreement", "goods_delivery", "planned_work",
]  # fmt: skip
"""What can be read from Exact Online."""

_PROCESSED = "Exact Online numbers and books each invoice at once. That cannot be undone, only credited."


class Settings(VatSettings, PdfSettings, HourSettings):
    """Choices of one connection. Codes are those of Exact Online, without padding."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind),
        title="Import",
        description="What is read from Exact Online automatically.",
        json_schema_extra=hints("import"),
    )
    relation_types: tuple[Literal["A", "S", "P", "C"], ...] = Field(
        (),
        title="Relation types",
        description="Only these. Nothing chosen: all.",
        json_schema_extra=hints(
            "import", titles={"C": "Customers", "P": "Prospects", "S": "Suspects", "A": "None of these"}
        ),
    )
    include_inactive: bool = Field(
        default=False,
        title="Inactive relations",
        description="Also relations whose end date has passed.",
        json_schema_extra=hints("import"),
    )
    include_blocked: bool = Field(
        default=False,
        title="Blocked relations",
        description="Also relations that are blocked.",
        json_schema_extra=hints("import"),
    )
    product_categories: tuple[str, ...] = Field(
        (),
        title="Item groups",
        description="Only items of these groups. Nothing chosen: all.",
        json_schema_extra=hints("import", choices="item_groups"),
    )
    hour_type_categories: tuple[str, ...] = Field(
        (),
        title="Item groups of hours",
        description="Only hour items of these groups. Nothing chosen: all.",
        json_schema_extra=hints("import", choices="item_groups"),
    )
    include_inactive_employees: bool = Field(
        default=False,
        title="Inactive employees",
        description="Also employees who have left.",
        json_schema_extra=hints("import"),
    )
    order_types: tuple[Literal["sales_order", "shop_order", "assembly_order"], ...] = Field(
        (),
        title="Kinds of orders",
        description="Only these. Nothing chosen: all. They come with the Pro licence.",
        json_schema_extra=hints(
            "import",
            titles={
                "sales_order": "Sales orders",
                "shop_order": "Shop orders",
                "assembly_order": "Assembly orders",
            },
        ),
    )
    order_statuses: tuple[Literal["draft", "open", "done", "cancelled"], ...] = Field(
        ("open",),
        title="Statuses of orders",
        description="Only orders with these. An order that leaves them is removed from the platform's list, and stays "
        "in Exact Online. Nothing chosen: all.",
        json_schema_extra=hints(
            "import", titles={"draft": "Draft", "open": "Open", "done": "Done", "cancelled": "Cancelled"}
        ),
    )
    quotation_statuses: tuple[Literal["draft", "open", "accepted", "rejected", "closed"], ...] = Field(
        ("open", "accepted"),
        title="Statuses of quotations",
        description="Only quotations with these. Nothing chosen: all.",
        json_schema_extra=hints(
            "import",
            titles={
                "draft": "Draft",
                "open": "Open",
                "accepted": "Accepted",
                "rejected": "Rejected",
                "closed": "Closed",
            },
        ),
    )
    work_order_document: Literal["sales_order", "sales_invoice", "processed_invoice", "project_booking"] | None = Field(
        "sales_order",
        title="Completed work orders become",
        description="A sales order, a sales invoice that stays open, or one that Exact Online numbers and books; it is "
        "neither printed nor sent. Or hours and costs on the project, or on the customer where there is none: those "
        "come with the Pro licence, and an invoice may follow.",
        json_schema_extra=hints("documents", titles={"": "Not exported"}, final={"processed_invoice": _PROCESSED}),
    )
    invoice_document: Literal["sales_entry"] | None = Field(
        None,
        title="Final invoices become",
        description="A booking in the sales journal that keeps the invoice's own number.",
        json_schema_extra=hints("documents", titles={"": "Not exported"}),
    )
    relation_document: Literal["relation"] | None = Field(
        None,
        title="New relations become",
        description="A customer in Exact Online. Otherwise it is added with the first document that needs it.",
        json_schema_extra=hints("documents", titles={"": "Only with a document"}),
    )
    projects: dict[str, str] = Field(
        default_factory=dict,
        title="Projects",
        description="The project, by code, for each project of the platform that has another code in Exact Online.",
        json_schema_extra=hints("lines", key="Project"),
    )
    default_project: str | None = Field(
        None,
        title="Project otherwise",
        description="By code, for work orders that name none. Nothing chosen: hours and costs stand on the customer.",
        json_schema_extra=hints("lines"),
    )
    employees: dict[str, str] = Field(
        default_factory=dict,
        title="Employees",
        description="The employee, by code, for each number of the platform that is another one in Exact Online.",
        json_schema_extra=hints("hours", choices="employee", key="Employee"),
    )
    project_lines: Literal["draft", "submitted"] = Field(
        "draft",
        title="Hours and costs are",
        description="A draft, or submitted for approval.",
        json_schema_extra=hints("hours", titles={"draft": "A draft", "submitted": "Submitted for approval"}),
    )
    deliver_materials: bool = Field(
        default=False,
        title="Deliver used materials",
        description="Used materials of which stock is kept are delivered: on the sales order that was made, else on "
        "the one that the work came from. Comes with the Pro licence.",
        json_schema_extra=hints("documents"),
    )
    complete_orders: bool = Field(
        default=False,
        title="Complete the order",
        description="The order that the work came from is completed: what is still open of it will be neither "
        "delivered nor invoiced. Comes with the Pro licence.",
        json_schema_extra=hints("documents", final={"true": "A completed order stays completed."}),
    )
    journal: str | None = Field(
        None,
        title="Sales journal",
        description="The journal of invoices and bookings.",
        json_schema_extra=hints("documents", choices="journals"),
    )
    hour_types: dict[str, str] = Field(
        default_factory=dict,
        title="Hour types",
        description="The item for each hour type of the platform whose code is another one in Exact Online.",
        json_schema_extra=hints("hours", choices="hour_type", key="Hour type"),
    )
    default_hour_type: str | None = Field(
        None,
        title="Hour item",
        description="The item for worked hours without an hour type, by code.",
        json_schema_extra=hints("hours", choices="hour_type"),
    )
    hours_priced_by: Literal["hour_type", "employee", "none"] = Field(
        "hour_type",
        title="Hours are priced by",
        description="The hour type, the employee who worked, or not at all: then they are listed at a price of zero.",
        json_schema_extra=hints(
            "hours", titles={"hour_type": "Hour type", "employee": "Employee", "none": "Not at all"}
        ),
    )
    hour_price: Price | None = Field(
        None,
        ge=0,
        title="Hour price",
        description="Per hour excluding VAT, for hours without a price whose item has none either.",
        json_schema_extra=hints("hours", unit="money"),
    )
    employee_prices: dict[str, Price] = Field(
        default_factory=dict,
        title="Prices of employees",
        description="Per hour excluding VAT, by employee number, where hours are priced by employee.",
        json_schema_extra=hints("hours", key="Employee", unit="money"),
    )
    fallback_item: str | None = Field(
        None,
        title="Item otherwise",
        description="Replaces items that Exact Online does not know, by code.",
        json_schema_extra=hints("lines", choices="product"),
    )
    create_relations: bool = Field(
        default=True,
        title="Create relations",
        description="Customers that are not in Exact Online are made there. Off: the document waits.",
        json_schema_extra=hints("customers"),
    )
    create_products: bool = Field(
        default=False,
        title="Create items",
        description="Materials that are not in Exact Online are made there, in the item group below.",
        json_schema_extra=hints("lines"),
    )
    new_product_category: str | None = Field(
        None,
        title="Item group of new items",
        description="Nothing chosen: Exact Online's own default.",
        json_schema_extra=hints("lines", choices="item_groups"),
    )
    line_order: Literal["materials_first", "hours_first"] = Field(
        "materials_first",
        title="Order of lines",
        description="What stands first: materials or hours.",
        json_schema_extra=hints("lines", titles={"materials_first": "Materials first", "hours_first": "Hours first"}),
    )
    texts_as: Literal["notes", "description", "item"] = Field(
        "notes",
        title="Texts of the work order",
        description="Into the remarks, the description, or a line of its own for which you choose an item.",
        json_schema_extra=hints(
            "lines", titles={"notes": "Remarks", "description": "Description", "item": "A line of its own"}
        ),
    )
    text_item: str | None = Field(
        None,
        title="Text item",
        description="The item of lines that only carry text, by code: Exact Online has no lines without an item.",
        json_schema_extra=hints("lines", choices="product"),
    )
    cost_centre: str | None = Field(
        None,
        title="Cost centre",
        description="For all lines.",
        json_schema_extra=hints("lines", choices="cost_centres"),
    )
    cost_unit: str | None = Field(
        None,
        title="Cost unit",
        description="For all lines.",
        json_schema_extra=hints("lines", choices="cost_units"),
    )
    warehouse: str | None = Field(
        None,
        title="Warehouse",
        description="Of sales orders, if their materials name none.",
        json_schema_extra=hints("lines", choices="warehouses"),
    )
    ledger: str | None = Field(
        None,
        title="Revenue ledger",
        description="For lines that name none and whose item and item group have none.",
        json_schema_extra=hints("lines", choices="ledgers"),
    )

    @field_validator(
        "journal",
        "default_project",
        "default_hour_type",
        "fallback_item",
        "new_product_category",
        "text_item",
        "cost_centre",
        "cost_unit",
        "warehouse",
        "ledger",
    )
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("product_categories", "hour_type_categories")
    @classmethod
    def _no_empty_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("an item group code is empty")
        return value
