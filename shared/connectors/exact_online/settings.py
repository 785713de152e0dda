"""What the user can choose for Exact Online. Titles and descriptions are the texts of the settings form."""

from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.mapping import ConnectorSettings
from shared.schemas.money import Exact

_HUNDRED = 100

Kind = Literal["relation", "product", "hour_type", "product_category", "employee", "payment"]
"""What can be read from Exact Online."""


class Settings(ConnectorSettings):
    """Choices of one connection. Codes are those of Exact Online, without padding."""

    import_kinds: tuple[Kind, ...] = Field(
        get_args(Kind), title="Import", description="What is read from Exact Online automatically."
    )
    relation_types: tuple[Literal["A", "S", "P", "C"], ...] = Field(
        (),
        title="Relation types",
        description="Only these: C customer, P prospect, S suspect, A none of these. Nothing chosen: all.",
    )
    include_inactive: bool = Field(
        default=False, title="Inactive relations", description="Also relations whose end date has passed."
    )
    include_blocked: bool = Field(
        default=False, title="Blocked relations", description="Also relations that are blocked."
    )
    product_categories: tuple[str, ...] = Field(
        (), title="Item groups", description="Only items of these groups, by code. Nothing chosen: all."
    )
    hour_type_categories: tuple[str, ...] = Field(
        (), title="Item groups of hours", description="Only hour items of these groups, by code. Nothing chosen: all."
    )
    include_inactive_employees: bool = Field(
        default=False, title="Inactive employees", description="Also employees who have left."
    )
    work_order_document: Literal["sales_order", "sales_invoice"] | None = Field(
        "sales_order",
        title="Completed work orders become",
        description="A sales order, or a sales invoice that is neither printed nor sent. Empty: they are not exported.",
    )
    vat_codes: dict[str, str] = Field(
        default_factory=dict,
        title="VAT codes",
        description="The VAT code for each percentage, for lines whose item has none.",
    )
    vat_default: str | None = Field(
        None, title="VAT code otherwise", description="For lines without a percentage, whose item has no VAT code."
    )
    journal: str | None = Field(None, title="Sales journal", description="The journal of sales invoices, by code.")
    default_hour_type: str | None = Field(
        None, title="Hour item", description="The item for worked hours without an hour type, by code."
    )
    hour_price: Exact | None = Field(
        None,
        ge=0,
        title="Hour price",
        description="Per hour excluding VAT, for hours without a price whose item has none either.",
    )
    fallback_item: str | None = Field(
        None, title="Item otherwise", description="Replaces items that Exact Online does not know, by code."
    )
    minimum_hours: Exact = Field(
        Decimal(0), ge=0, title="Minimum hours", description="For work orders that have no minimum of their own."
    )
    rounding_minutes: Literal[0, 5, 15, 30] = Field(
        0,
        title="Round hours up to",
        description="Minutes to which the total is rounded up, for work orders that have no rounding of their own.",
    )

    @field_validator("vat_default", "journal", "default_hour_type", "fallback_item")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("product_categories", "hour_type_categories")
    @classmethod
    def _no_empty_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("an item group code is empty")
        return value

    @field_validator("vat_codes")
    @classmethod
    def _percentages(cls, value: dict[str, str]) -> dict[str, str]:
        codes = {percentage_key(key): code for key, code in value.items()}
        if len(codes) < len(value):
            raise ValueError("a percentage has two VAT codes")
        if not all(codes.values()):
            raise ValueError("a percentage has no VAT code")
        return codes


def percentage_key(percentage: str | Decimal) -> str:
    """The one text form of a percentage: `21` for "21.00". Raises `ValueError` for anything but 0 to 100."""
    try:
        value = Decimal(percentage)
    except InvalidOperation as error:
        raise ValueError(f"{percentage!r} is not a percentage: write 21 or 5.5") from error
    if not value.is_finite() or not 0 <= value <= _HUNDRED:
        raise ValueError(f"{percentage} is not a percentage between 0 and 100")
    return format(value.normalize(), "f")
