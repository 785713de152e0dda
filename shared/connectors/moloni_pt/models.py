"""Moloni's own shapes in its own words (Moloni PT fact sheet, sections 3.2 and 4.4). Unknown fields are ignored.

Text is stripped and empty text becomes None at this border. A moment at midnight in Lisbon becomes its day.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _stripped(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: object) -> object:
    return (value[:10] or None) if isinstance(value, str) else value


def _list(value: object) -> object:
    """PHP writes an empty object as a list, and what is absent as null."""
    return [] if value is None else value


def _object(value: object) -> object:
    return None if value == [] else value


Text = Annotated[str | None, BeforeValidator(_stripped)]
"""Trimmed text."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day: `2026-07-16T00:00:00+0100` is the 16th in Lisbon, whatever it is in UTC."""


class Row(BaseModel):
    """Base of all rows."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True, coerce_numbers_to_str=True)


class Country(Row):
    """A country; the code comes in lower case."""

    country_id: int = 0
    iso_3166_1: Text = None


class Currency(Row):
    """A currency; the code stands in detailed records only."""

    iso4217: Text = None


class Company(Row):
    """A company that the user may open."""

    company_id: int
    name: Text = None
    address: Text = None
    city: Text = None
    zip_code: Text = None
    country_id: int = 0
    country: Annotated[Country | None, BeforeValidator(_object)] = None
    currency: Annotated[Currency | None, BeforeValidator(_object)] = None


class User(Row):
    """Somebody who works in Moloni."""

    user_id: int
    name: Text = None
    email: Text = None
    cellphone: Text = None


class Language(Row):
    """A language: PT, EN, ES."""

    code: Text = None


class Customer(Row):
    """A customer. `number` is the one users know it by."""

    customer_id: int
    number: Text = None
    name: str
    vat: Text = None
    address: Text = None
    city: Text = None
    zip_code: Text = None
    email: Text = None
    website: Text = None
    phone: Text = None
    visibility_id: int = 1
    country: Annotated[Country | None, BeforeValidator(_object)] = None
    language: Annotated[Language | None, BeforeValidator(_object)] = None


class Tax(Row):
    """A tax. `value` is its rate; `type` 1 is a percentage, `saft_type` 1 is VAT."""

    tax_id: int
    name: Text = None
    value: Decimal
    type: int = 1
    saft_type: int = 1
    exemption_reason: Text = None

    @property
    def is_vat(self) -> bool:
        """Neither a stamp duty nor an amount per piece."""
        return (self.type, self.saft_type) == (1, 1)


class ProductTax(Row):
    """A tax of a product. The `value` beside it is an amount, so only the tax itself tells the rate."""

    tax_id: int
    tax: Annotated[Tax | None, BeforeValidator(_object)] = None


class Unit(Row):
    """A unit of measurement: free text of the company."""

    unit_id: int = 0
    name: Text = None
    short_name: Text = None


class Category(Row):
    """A product category."""

    category_id: int = 0
    name: Text = None


class Product(Row):
    """An article, service or hour. `price` excludes VAT; `visibility_id` 0: no longer used, cannot be invoiced."""

    product_id: int
    reference: Text = None
    name: str
    summary: Text = None
    ean: Text = None
    type: int = 1
    price: Decimal | None = None
    unit_id: int = 0
    exemption_reason: Text = None
    visibility_id: int = 1
    measurement_unit: Annotated[Unit | None, BeforeValidator(_object)] = None
    category: Annotated[Category | None, BeforeValidator(_object)] = None
    taxes: Annotated[tuple[ProductTax, ...], BeforeValidator(_list)] = ()

    @property
    def vat(self) -> Iterator[Tax]:
        """The VAT on it; other taxes are none of ours."""
        return (one.tax for one in self.taxes if one.tax is not None and one.tax.is_vat)


class LineTax(Row):
    """A tax of a line of a document."""

    tax_id: int = 0


class Line(Row):
    """A line of a document."""

    reference: Text = None
    name: Text = None
    summary: Text = None
    qty: Decimal
    price: Decimal | None = None
    discount: Decimal = Decimal(0)
    unit_name: Text = None
    unit_short_name: Text = None
    exemption_reason: Text = None
    taxes: Annotated[tuple[LineTax, ...], BeforeValidator(_list)] = ()


DRAFT, CLOSED, CANCELLED = 0, 1, 2
"""`Document.status`."""


class Document(Row):
    """A document. `gross_value` is before tax, `net_value` is what is to be paid (section 4.4, gross/net naming).

    A draft has number -1. Lists leave lines and notes out.
    """

    document_id: int
    number: int = -1
    status: int = 0
    date: Day
    expiration_date: Day = None
    customer_id: int | None = None
    entity_name: Text = None
    document_set_name: Text = None
    your_reference: Text = None
    our_reference: Text = None
    gross_value: Decimal = Decimal(0)
    comercial_discount_value: Decimal = Decimal(0)
    financial_discount_value: Decimal = Decimal(0)
    net_value: Decimal = Decimal(0)
    notes: Text = None
    products: Annotated[tuple[Line, ...], BeforeValidator(_list)] = ()

    @property
    def total_excl(self) -> Decimal:
        """Excluding VAT, after discounts."""
        return self.gross_value - self.comercial_discount_value - self.financial_discount_value

    @property
    def named(self) -> str | None:
        """`2026/15`: series and number; None for a draft."""
        if self.number <= 0:
            return None
        return f"{self.document_set_name}/{self.number}" if self.document_set_name else str(self.number)


class Series(Row):
    """A document set."""

    document_set_id: int
    name: Text = None
    active_by_default: int = 0


class MaturityDate(Row):
    """A term of payment."""

    maturity_date_id: int
    name: Text = None
    days: int = 0


class Method(Row):
    """A way to pay or deliver, whichever id it has."""

    payment_method_id: int | None = None
    delivery_method_id: int | None = None
    name: Text = None


class Exemption(Row):
    """Why no VAT is charged: a code as M07."""

    code: str
    name: Text = None
