"""Multivers' own shapes in its own words (Multivers fact sheet, section 4). Unknown fields are ignored.

Empty text becomes None at this border, ids that come as numbers become text, dates become days.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from . import forms


def _stripped(value: object) -> object:
    """Ids come as numbers here and as text there (section 6, trap 8)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: object) -> object:
    return forms.day(value) if isinstance(value, str) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Text = Annotated[str | None, BeforeValidator(_stripped)]
"""Trimmed text, or an id."""

Id = Annotated[str, Field(min_length=1), BeforeValidator(_stripped)]
"""The key of a record."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day."""

Number = Annotated[Decimal | None, BeforeValidator(_none_if_empty)]
"""A JSON number."""

Code = Annotated[int | None, BeforeValidator(_none_if_empty)]
"""A number that stands for something, text in read models."""


class Row(BaseModel):
    """Base of all shapes: JSON has the names in camelCase."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Pair(Row):
    """A row of an NVL list: the name is the id, the value a description (section 6, trap 4)."""

    name: Id
    value: Text = None


class Session(Row):
    """`SessionInfo`: its fields are not documented, so several spellings are looked for."""

    user: Text = Field(None, validation_alias=AliasChoices("userId", "userCode", "user", "userName"))
    shown: Text = Field(None, validation_alias=AliasChoices("userName", "name", "fullName", "userId"))


class Customer(Row):
    """A customer, edited or read. `customerStateId`: A active, P passive."""

    customer_id: Id
    name: Text = None
    short_name: Text = None
    street1: Text = None
    zip_code: Text = None
    city: Text = None
    country_id: Text = None
    language_id: Text = None
    email: Text = None
    telephone: Text = None
    mobile_phone: Text = None
    homepage: Text = None
    vat_number: Text = None
    coc_registration: Text = None
    business_number: Text = None
    customer_state_id: Text = None
    customer_group_id: Text = None
    payment_condition_id: Text = None


class Product(Row):
    """A product. The price has another name when it is read than when it is edited. `productState` 1 is passive."""

    product_id: Id
    description: Text = None
    short_name: Text = None
    product_group_id: Text = None
    unit: Text = None
    price: Number = Field(None, validation_alias=AliasChoices("priceExclVat", "priceVatExcl"))
    price_per: Number = None
    vat_code_id: Text = None
    account_id: Text = None
    ean_code: Text = None
    product_type: Code = None
    product_state: Code = None


class HourType(Row):
    """A labour category. `vatCodeId` is text here."""

    hour_type_id: Id
    description: Text = None
    search_name: Text = None
    hour_category: Text = None
    price: Number = None
    price_per: Number = None
    cost_price: Number = None
    status: Text = None
    vat_code_id: Text = None


class Employee(Row):
    """An employee; which fields there are is not documented (section 4.3)."""

    employee_id: Id
    name: Text = Field(None, validation_alias=AliasChoices("name", "fullName", "searchName"))
    email: Text = None
    telephone: Text = None


class OrderLine(Row):
    """A line of an order, edited or read. `discount` is a fraction: 0.05 is 5 %."""

    order_line_id: Code = None
    order_line_type: Code = None
    product_id: Text = None
    description: Text = None
    unit: Text = None
    quantity_ordered: Number = None
    price: Number = None
    price_per: Number = None
    discount: Number = None
    vat_code_id: Text = None
    order_line_amount: Number = None


class OrderInfo(Row):
    """An order as it is read. `stateId` and `orderType` are text here; `invoiceId` is there once it is billed."""

    order_id: Id
    order_date: Day = None
    customer_id: Text = None
    customer_name: Text = None
    reference: Text = None
    project_id: Text = None
    state_id: Text = None
    order_type: Code = None
    amount_excl_vat: Number = None
    amount_incl_vat: Number = None
    invoice_id: Text = None
    order_lines: tuple[OrderLine, ...] | None = None

    @property
    def is_billed(self) -> bool:
        """Whether it has become an invoice; read models also write a zero for none."""
        return self.invoice_id not in {None, "0"}


class Order(Row):
    """An order as it is edited, and as a write answers with it."""

    order_id: Id
    customer_id: Text = None
    reference: Text = None
    total_order_amount: Number = None
    total_vat_amount: Number = None
    can_change: bool = True
    cannot_change_reason: Text = None
    order_lines: tuple[OrderLine, ...] = ()


class InvoicePayment(Row):
    """What was paid on an invoice."""

    payment_date: Day = None


class SalesInvoice(Row):
    """`CustomerInvoiceInfo`. `state`: 0 open, 1 settled, 2 overdue: not the codes that a list is asked with."""

    invoice_id: Id
    invoice_reference: Text = None
    invoice_expiration_date: Day = None
    invoice_amount: Number = None
    invoice_balance: Number = None
    state: Code = None
    payment_date: Day = None
    payments: tuple[InvoicePayment, ...] = ()


class FiscalYear(Row):
    """A fiscal year; its fields are not documented."""

    year: Code = Field(None, validation_alias=AliasChoices("fiscalYear", "year", "yearNumber"))


class VatSince(Row):
    """The percentage of a VAT code from a day on."""

    start_date: Day = None
    vat_percentage: Number = None


class VatCodeInfo(Row):
    """A VAT code."""

    vat_code_id: Id
    description: Text = None
    vat_percentage: Number = None
    vat_percentages_by_date: tuple[VatSince, ...] = ()

    def percentage_on(self, day: date) -> Decimal | None:
        """What is charged on that day: 21 means 21 %."""
        known = [one for one in self.vat_percentages_by_date if one.start_date and one.start_date <= day]
        newest = max(known, key=lambda one: one.start_date or date.min, default=None)
        return self.vat_percentage if newest is None else newest.vat_percentage


class Described(Row):
    """A row of reference data: its id under one of several names, and what it is called."""

    id: Id = Field(validation_alias=AliasChoices("journalId", "paymentConditionId", "countryId"))
    description: Text = None
