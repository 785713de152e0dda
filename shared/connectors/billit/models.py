"""Billit's own shapes in its own words (Billit fact sheet, section 4). Unknown fields are ignored.

Text is stripped and empty text becomes None at this border; dates, which have no zone, become days.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _stripped(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: object) -> object:
    return value[:10] if isinstance(value, str) else value


Text = Annotated[str | None, BeforeValidator(_stripped)]
"""Trimmed text."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day: `2026-02-10T15:00:49.72` is the 10th where the company is."""


class Row(BaseModel):
    """Base of all rows."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Company(Row):
    """A company of `accountInformation`. `PartyID` is what the header of that name holds."""

    PartyID: int
    Name: Text = None
    CommercialName: Text = None
    CountryCode: Text = None
    APIAllowed: bool = True


class CompanyRole(Row):
    """What the user is in a company."""

    PartyID: int
    UserRoleTypes: tuple[str, ...] = ()


class Account(Row):
    """`accountInformation`: who logged in, and the companies they can open."""

    Email: Text = None
    FirstName: Text = None
    LastName: Text = None
    Companies: tuple[Company, ...] = ()
    UserCompanyRoles: tuple[CompanyRole, ...] = ()


class Party(Row):
    """A customer or supplier. `Nr` is the number users give it."""

    PartyID: int
    Nr: Text = None
    Name: Text = None
    CommercialName: Text = None
    DisplayName: Text = None
    PartyType: Text = None
    Street: Text = None
    StreetNumber: Text = None
    Box: Text = None
    Zipcode: Text = None
    City: Text = None
    CountryCode: Text = None
    Email: Text = None
    Phone: Text = None
    Mobile: Text = None
    Website: Text = None
    VATNumber: Text = None
    Language: Text = None
    ExternalProviderID: Text = None
    Created: Text = None
    LastModified: Text = None


class Product(Row):
    """An article. `Reference` is the code users know it by; `VAT` is a percentage, `AmountExcl` the price."""

    ProductID: int
    Reference: Text = None
    Description: Text = None
    AmountExcl: Decimal | None = None
    VAT: Decimal | None = None
    Unit: Text = None
    GroupName: Text = None
    EAN: Text = None
    BuyExcl: Decimal | None = None


class InShort(Row):
    """The customer of an order, in short."""

    PartyID: int | None = None


class File(Row):
    """A file on an order."""

    FileID: Text = None
    FileName: Text = None


class Order(Row):
    """An invoice, credit note or offer. Amounts of a credit note are positive. Lists leave files out (section 4.3)."""

    OrderID: int
    CompanyID: int | None = None
    OrderNumber: Text = None
    OrderType: Text = None
    OrderDirection: Text = None
    OrderDate: Day = None
    ExpiryDate: Day = None
    CustomerID: int | None = None
    CounterParty: InShort | None = None
    ExternalProviderID: Text = None
    AboutInvoiceNumber: Text = None
    Currency: Text = None
    TotalExcl: Decimal | None = None
    TotalIncl: Decimal | None = None
    ToPay: Decimal | None = None
    Paid: bool = False
    PaidDate: Day = None
    IsSent: bool = False
    Invoiced: bool = False
    OrderStatus: Text = None
    OrderPDF: File | None = None
    Attachments: tuple[File, ...] = Field(default=())

    @property
    def sign(self) -> int:
        """What its amounts are multiplied with: those of a credit note are negative with us."""
        return -1 if self.OrderType == "CreditNote" else 1


class Webhook(Row):
    """A subscription. `Secret` stands in the answer that made it, and nowhere else."""

    WebhookID: int
    EntityType: str
    EntityUpdateType: str
    WebhookURL: str
    Secret: Text = Field(default=None, repr=False)
