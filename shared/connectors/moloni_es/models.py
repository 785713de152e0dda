"""Moloni's own shapes in its own words (Moloni Spain fact sheet, sections 3 and 4). Unknown fields are ignored.

Text is stripped and empty text becomes None at this border.
"""

# ruff: noqa: N815  # Moloni's own names

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _stripped(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: object) -> object:
    return value[:10] if isinstance(value, str) else value


def _listed(value: object) -> object:
    return () if value is None else value


Text = Annotated[str | None, BeforeValidator(_stripped)]
"""Trimmed text."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day: moments come as text, whose zone is not known (section 7)."""


class Row(BaseModel):
    """Base of all rows."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Zone(Row):
    """Where a company pays VAT: `ES`."""

    fiscalZone: Text = None


class Country(Row):
    """A country. Its ISO code is inferred, never proven."""

    countryId: int | None = None
    iso3166_1: Text = None
    title: Text = None


class Currency(Row):
    """A currency, `EUR`."""

    iso4217: Text = None


class Company(Row):
    """A company. `isConfirmed` False: nobody has finished making it."""

    companyId: int
    isConfirmed: bool = True
    name: Text = None
    slug: Text = None
    fiscalZone: Zone | None = None
    country: Country | None = None
    currency: Currency | None = None


class CompanyId(Row):
    """The id of a company."""

    companyId: int


class UserCompany(Row):
    """A company that a user may open."""

    company: CompanyId


class Me(Row):
    """Who logged in. Only the companies are proven."""

    userId: int | None = None
    name: Text = None
    email: Text = None
    userCompanies: Annotated[tuple[UserCompany, ...], BeforeValidator(_listed)] = ()


class Customer(Row):
    """A customer. `number` is the number users know it by."""

    customerId: int
    name: str
    number: Text = None
    vat: Text = None
    address: Text = None
    city: Text = None
    zipCode: Text = None
    email: Text = None
    phone: Text = None
    country: Country | None = None


class Unit(Row):
    """A unit; products name it without its abbreviation."""

    measurementUnitId: int | None = None
    name: Text = None
    abbreviation: Text = None


class Category(Row):
    """A category of products, and the one above it."""

    productCategoryId: int
    name: str
    parent: "ParentCategory | None" = None


class ParentCategory(Row):
    """A category, in short."""

    productCategoryId: int
    name: Text = None


class Tax(Row):
    """A tax. `type`: 1 a percentage, 2 fixed, 3 per product; `fiscalZoneFinanceType`: 1 VAT, 2 stamp, 3 other."""

    taxId: int
    name: Text = None
    value: Decimal | None = None
    type: int | None = None
    fiscalZoneFinanceType: int | None = None

    @property
    def is_vat(self) -> bool:
        """Whether it is a percentage of VAT; what does not say so is taken for one."""
        return self.type in {None, 1} and self.fiscalZoneFinanceType in {None, 1}


class ProductTax(Row):
    """A tax of a product."""

    tax: Tax | None = None


class Identification(Row):
    """A barcode, by type."""

    type: Text = None
    favorite: bool | None = None
    text: Text = None


class Product(Row):
    """An article or service; `price` excludes VAT. `visible` 0: nobody sees it in Moloni."""

    productId: int
    name: str
    reference: Text = None
    summary: Text = None
    price: Decimal | None = None
    visible: int | None = None
    measurementUnit: Unit | None = None
    productCategory: ParentCategory | None = None
    identifications: Annotated[tuple[Identification, ...], BeforeValidator(_listed)] = ()
    taxes: Annotated[tuple[ProductTax, ...], BeforeValidator(_listed)] = ()

    @property
    def vat(self) -> Tax | None:
        """Its VAT; other taxes (IRPF, stamps) do not count as such."""
        return next((one.tax for one in self.taxes if one.tax and one.tax.is_vat), None)


class DocumentSet(Row):
    """A series of documents."""

    documentSetId: int
    name: Text = None
    isDefault: bool | None = None


class LineTax(Row):
    """What is charged on a line, in percent."""

    value: Decimal = Decimal(0)


class DocumentLine(Row):
    """A line as a document shows it. That it does so is inferred."""

    qty: Decimal
    price: Decimal
    discount: Decimal | None = None
    taxes: Annotated[tuple[LineTax, ...], BeforeValidator(_listed)] = ()


class Document(Row):
    """An invoice or purchase order. `status`: 0 a draft, 1 closed. `totalValue` includes VAT."""

    documentId: int
    number: int | None = None
    status: int | None = None
    date: Day = None
    ourReference: Text = None
    totalValue: Decimal | None = None
    products: Annotated[tuple[DocumentLine, ...], BeforeValidator(_listed)] = ()


class Hook(Row):
    """A hook. Lists show neither model nor operation."""

    hookId: str
    url: Text = None
    model: Text = None
    operation: Text = None


class NamedOperation(Row):
    """What may happen to a model."""

    operation: Text = None


class ModelOperations(Row):
    """What can be told of a model."""

    model: Text = None
    operations: Annotated[tuple[NamedOperation, ...], BeforeValidator(_listed)] = ()


Raw = dict[str, Any]
"""A record as it came."""
