"""Shapes of what only the larger editions have (Exact fact sheet, section 8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from . import odata
from .models import Day, Flag, Id, Row, Text


def _results(value: object) -> object:
    """An expanded collection stands in `results` (section 3)."""
    return value.get("results", []) if isinstance(value, dict) else value


def _moment(value: object) -> object:
    return odata.moment(value) if isinstance(value, str) else value


def _day(value: object) -> object:
    return odata.day(value) if isinstance(value, str) else value


BookDay = Annotated[date, BeforeValidator(_day)]
"""A calendar day that is always there."""

WallTime = Annotated[datetime, BeforeValidator(_moment)]
"""A moment by the clock on the wall of the administration, without a zone."""


class OrderKey(Row):
    """A row of `sync/SalesOrder/SalesOrderHeaders` or `.../SalesOrderLines`: whose it is."""

    OrderID: Id


class QuotationKey(Row):
    """A row of `sync/CRM/QuotationHeaders` or `.../QuotationLines`: whose it is."""

    QuotationID: Id


class DeliveryKey(Row):
    """A row of `sync/SalesOrder/GoodsDeliveries` or `.../GoodsDeliveryLines`: whose it is."""

    EntryID: Id


class OrderLine(BaseModel):
    """A line of an order or quotation. `Discount` is a fraction; quotations do not name the item's code."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ID: Id
    Item: Text = None
    ItemCode: Text = None
    Description: Text = None
    Quantity: Decimal | None = None
    UnitPrice: Decimal | None = None
    Discount: Decimal | None = None
    VATCode: Text = None
    UnitCode: Text = None
    Optional: Flag = False


class SalesOrder(Row):
    """`salesorder/SalesOrders` with its lines."""

    expand: ClassVar[str] = "SalesOrderLines"

    OrderID: Id
    OrderNumber: int | None = None
    OrderDate: BookDay
    DeliveryDate: Day = None
    OrderedBy: Text = None
    OrderedByName: Text = None
    YourRef: Text = None
    Description: Text = None
    Currency: Text = None
    AmountFC: Decimal | None = None
    AmountFCExclVat: Decimal | None = None
    Status: int
    ApprovalStatus: int | None = None
    SalesOrderLines: Annotated[tuple[OrderLine, ...], BeforeValidator(_results)] = ()


class ShopOrder(Row):
    """`manufacturing/ShopOrders` and its sync twin: so many of an item are to be made."""

    ID: Id
    Item: Id
    PlannedQuantity: Decimal
    ShopOrderNumber: int | None = None
    EntryDate: Day = None
    PlannedStartDate: Day = None
    PlannedDate: Day = None
    Status: int
    YourRef: Text = None
    Description: Text = None
    Unit: Text = None


class AssemblyOrder(Row):
    """`inventory/AssemblyOrders`: so many of an item are to be put together."""

    ID: Id
    Item: Id
    OrderNumber: int | None = None
    OrderDate: BookDay
    AssemblyDate: Day = None
    PlannedQuantity: Decimal
    FinishedQuantity: Decimal | None = None
    OrderStatus: int


class NamedItem(Row):
    """`logistics/Items`, as far as lines need it that only know its id."""

    ID: Id
    Code: Text = None
    Description: Text = None


class AnyOrder(BaseModel):
    """An order as the client puts it together: one of the three, and the item that is to be made, if it is one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ID: Id
    sales: SalesOrder | None = None
    shop: ShopOrder | None = None
    assembly: AssemblyOrder | None = None
    item: NamedItem | None = None


class Quotation(Row):
    """`crm/Quotations` with its lines."""

    expand: ClassVar[str] = "QuotationLines"

    QuotationID: Id
    QuotationNumber: int | None = None
    VersionNumber: int | None = None
    QuotationDate: BookDay
    DueDate: Day = None
    OrderAccount: Text = None
    OrderAccountName: Text = None
    YourRef: Text = None
    Description: Text = None
    Currency: Text = None
    AmountFC: Decimal | None = None
    Status: int
    QuotationLines: Annotated[tuple[OrderLine, ...], BeforeValidator(_results)] = ()


class Quoted(BaseModel):
    """A quotation with its items by id, as the client puts it together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ID: Id
    quotation: Quotation
    items: dict[str, NamedItem] = Field(default_factory=dict)


class Warehouse(Row):
    """`inventory/Warehouses`."""

    ID: Id
    Code: Text = None
    Description: Text = None
    Main: Flag = False


class ItemPrice(Row):
    """`logistics/SalesItemPrices` and its sync twin. With an `Account` it is agreed upon with that customer."""

    ID: Id
    Item: Id
    Account: Text = None
    Price: Decimal
    Quantity: Decimal | None = None
    Currency: Text = None
    Unit: Text = None
    StartDate: Day = None
    EndDate: Day = None
    ItemCode: Text = None
    AccountName: Text = None


class DeliveryLine(BaseModel):
    """A line of a goods delivery."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ID: Id
    ItemCode: Text = None
    ItemDescription: Text = None
    QuantityDelivered: Decimal
    QuantityOrdered: Decimal | None = None
    SalesOrderNumber: int | None = None


class GoodsDelivery(Row):
    """`salesorder/GoodsDeliveries` with its lines."""

    expand: ClassVar[str] = "GoodsDeliveryLines"

    EntryID: Id
    DeliveryNumber: int | None = None
    DeliveryDate: BookDay
    DeliveryAccount: Text = None
    DeliveryAccountName: Text = None
    WarehouseCode: Text = None
    Description: Text = None
    TrackingNumber: Text = None
    GoodsDeliveryLines: Annotated[tuple[DeliveryLine, ...], BeforeValidator(_results)] = ()


class Planning(Row):
    """`project/ProjectPlanning` and its sync twin. `Status`: 1 reserved, 2 planned."""

    ID: Id
    Description: Text = None
    Employee: Id
    HourType: Text = None
    Project: Text = None
    Account: Text = None
    StartDate: WallTime
    EndDate: WallTime
    Hours: Decimal | None = None
    Status: int
    Notes: Text = None
