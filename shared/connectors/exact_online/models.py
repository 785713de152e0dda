"""Exact Online's own shapes in its own words (Exact fact sheet, section 8). Unknown fields are ignored.

Padding is stripped and empty text becomes None at this border; dates become days.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from . import odata


def _stripped(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: object) -> object:
    return odata.day(value) if isinstance(value, str) else value


Text = Annotated[str | None, BeforeValidator(_stripped)]
"""Trimmed text: fixed-width columns come padded (Exact fact sheet, section 7)."""

Flag = Annotated[bool, BeforeValidator(bool)]
"""A Boolean or a 0/1 Byte; null is false (Exact fact sheet, section 3)."""

Day = Annotated[date | None, BeforeValidator(_day)]
"""A calendar day."""

Id = Annotated[str, Field(min_length=1)]
"""A GUID, as the package writes it."""


class Row(BaseModel):
    """Base of all rows."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    expand: ClassVar[str] = ""
    """The collection that is read along, if there is one."""

    @classmethod
    def select(cls) -> str:
        """The `$select` for this shape: its fields, apart from those the client adds (they have an alias)."""
        return ",".join(name for name, field in cls.model_fields.items() if field.alias is None)


class Me(Row):
    """`current/Me`. `CurrentDivision` is whatever the user opened last in the browser: never a target."""

    UserID: Id
    FullName: Text = None
    UserName: Text = None
    CurrentDivision: int


class Division(Row):
    """`system/Divisions`. `Status` 1 is active, `BlockingStatus` 0 is not blocked.

    When one of the last two changes, every row version changes its meaning (Exact fact sheet, section 2).
    """

    Code: int
    Description: Text = None
    CustomerName: Text = None
    Country: Text = None
    Currency: Text = None
    Status: int | None = None
    BlockingStatus: int | None = None
    DivisionMoveDate: Text = None
    DivisionHRLinkUnlinkDate: Text = None


class Account(Row):
    """`crm/Accounts` and its sync twin. `Status`: A none, S suspect, P prospect, C customer.

    `ended` is added by the client: whether `EndDate` had passed when the row was read, so that mapping needs no clock.
    """

    ID: Id
    Code: Text = None
    Name: Text = None
    Status: Text = None
    IsSupplier: Flag = False
    Blocked: Flag = False
    EndDate: Day = None
    AddressLine1: Text = None
    AddressLine2: Text = None
    AddressLine3: Text = None
    Postcode: Text = None
    City: Text = None
    Country: Text = None
    Email: Text = None
    Phone: Text = None
    Website: Text = None
    VATNumber: Text = None
    ChamberOfCommerce: Text = None
    Language: Text = None
    ended: bool = Field(default=False, alias="_ended")


class Item(Row):
    """`logistics/Items` and its sync twin. `IsTime` 1 is an hour item; `StandardSalesPrice` excludes VAT."""

    ID: Id
    Code: Text = None
    Description: Text = None
    ExtraDescription: Text = None
    ItemGroupCode: Text = None
    Unit: Text = None
    IsTime: Flag = False
    SalesVatCode: Text = None
    StandardSalesPrice: Decimal | None = None
    CostPriceStandard: Decimal | None = None
    Barcode: Text = None
    EndDate: Day = None
    ended: bool = Field(default=False, alias="_ended")


class BilledItem(Item):
    """An item as lines of orders and invoices need it. `GLRevenue` is the id of its own ledger, if it has one."""

    GLRevenue: Text = None
    ItemGroup: Text = None


class Employee(Row):
    """`payroll/Employees` and its sync twin. What the user may not see is null, so `IsActive` may be."""

    ID: Id
    Code: Text = None
    EmployeeHID: int | None = None
    FirstName: Text = None
    MiddleName: Text = None
    LastName: Text = None
    FullName: Text = None
    Email: Text = None
    BusinessEmail: Text = None
    Phone: Text = None
    IsActive: bool | None = None
    EndDate: Day = None
    ended: bool = Field(default=False, alias="_ended")


class Receivable(Row):
    """`cashflow/Receivables`: one term of an invoice. The sign of the amounts is uncertain (section 14): not used.

    `AmountFC` is what is open of the term, or all of it once `IsFullyPaid`; `TransactionAmountFC` is the whole invoice.
    """

    ID: Id
    TransactionEntryID: Text = None
    InvoiceNumber: int | None = None
    YourRef: Text = None
    AmountFC: Decimal = Decimal(0)
    TransactionAmountFC: Decimal = Decimal(0)
    Currency: Text = None
    DueDate: Day = None
    IsFullyPaid: Flag = False
    LastPaymentDate: Day = None


class PaymentTerm(Receivable):
    """`sync/Cashflow/PaymentTerms`: the same for both sides; `LineType` 20 is to be received, 22 to be paid."""

    LineType: int | None = None


class Settlement(BaseModel):
    """A booked invoice (the entry `ID`) with all its terms, as the client puts them together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ID: Id
    terms: tuple[Receivable, ...] = Field(min_length=1)


class VATCode(Row):
    """`vat/VATCodes`. `Percentage` is a fraction; `Type`: B base only, E excluding, I including, N none.

    `Charged`: the customer accounts for the VAT.
    """

    Code: Text = None
    Description: Text = None
    Percentage: Decimal | None = None
    Type: Text = None
    VATTransactionType: Text = None
    Charged: Flag = False
    IsBlocked: Flag = False


class Named(Row):
    """Any small table of codes with a description: item groups, warehouses, cost centres and units."""

    Code: Text = None
    Description: Text = None


class Journal(Named):
    """`financial/Journals`. `Type` 20 is sales."""

    Type: int | None = None
    IsBlocked: Flag = False


class ItemGroup(Named):
    """`logistics/ItemGroups`: what the platform calls categories."""

    ID: Id


class GLAccount(Named):
    """`financial/GLAccounts`. `Type` 110 is revenue."""

    Type: int | None = None
    IsBlocked: Flag = False


class Ref(Row):
    """As much of an account or item as a look-up needs; a created account answers little more (section 3)."""

    ID: Id
    Code: Text = None


class SalesItem(Ref):
    """`logistics/Items`, as far as bookings of it need. `GLRevenue` is the id of a ledger, of the group's if absent."""

    Description: Text = None
    SalesVatCode: Text = None
    GLRevenue: Text = None
    ItemGroup: Text = None


class GroupLedger(Row):
    """`logistics/ItemGroups`: the revenue ledger of a group."""

    ID: Id
    GLRevenue: Text = None


class SalesEntry(Row):
    """`salesentry/SalesEntries`, the header. `AmountFC` includes `VATAmountFC`; both are negative for a credit note."""

    EntryID: Id
    EntryNumber: int | None = None
    InvoiceNumber: int | None = None
    Customer: Id | None = None
    EntryDate: Day = None
    AmountFC: Decimal | None = None
    VATAmountFC: Decimal | None = None


class SalesOrder(Row):
    """`salesorder/SalesOrders`, the header."""

    OrderID: Id
    OrderNumber: int | None = None
    OrderedBy: Id | None = None
    OrderDate: Day = None
    AmountFCExclVat: Decimal | None = None


class SalesInvoice(Row):
    """`salesinvoice/SalesInvoices`, the header. `InvoiceNumber` is null until it is processed (`Status` 50)."""

    InvoiceID: Id
    Status: int | None = None
    InvoiceNumber: int | None = None
    OrderedBy: Id | None = None
    OrderDate: Day = None
    AmountFCExclVat: Decimal | None = None


class Subscription(Row):
    """`webhooks/WebhookSubscriptions`."""

    ID: str
    CallbackURL: str
    Topic: str
