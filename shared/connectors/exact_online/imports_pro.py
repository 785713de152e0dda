"""From the larger editions' records to ours: orders, quotations, deliveries, prices, planning. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from shared.mapping import DocumentRef, LeftOut
from shared.schemas.entities import (
    DeliveryLine,
    GoodsDelivery,
    Order,
    OrderLine,
    PlannedWork,
    PriceAgreement,
    Quotation,
    QuotationLine,
    Warehouse,
)

from . import models_pro
from .models_pro import AnyOrder, AssemblyOrder, NamedItem, Quoted, SalesOrder, ShopOrder
from .settings import Settings

ORDER_FILTERS = ("order_types", "order_statuses")
"""Settings that decide which orders there are: when one changes, all are read again."""

QUOTATION_FILTERS = ("quotation_statuses",)
"""Settings that decide which quotations there are."""

RawRow = Mapping[str, Any]
OrderStatus = Literal["draft", "open", "done", "cancelled"]
QuotationStatus = Literal["draft", "open", "accepted", "rejected", "closed"]

_SALES: Mapping[int, OrderStatus] = {12: "open", 20: "open", 21: "done", 45: "cancelled"}
_SHOP: Mapping[int, OrderStatus] = {10: "open", 20: "open", 30: "done", 40: "done"}
_ASSEMBLY: Mapping[int, OrderStatus] = {20: "open", 30: "open", 50: "done"}
_QUOTED: Mapping[int, QuotationStatus] = {
    5: "rejected", 6: "closed", 10: "draft", 20: "draft", 25: "open", 35: "open", 40: "open", 50: "accepted",
    60: "open", 70: "accepted",
}  # fmt: skip
_AWAITING, _PLANNED = 0, 2
"""`ApprovalStatus` of an order that nobody has approved yet; `Status` of planning that is more than reserved."""


def order(record: AnyOrder, settings: Settings) -> Order | LeftOut:
    """A sales order, shop order or assembly order. `KeyError` for a status that the fact sheet does not know."""
    found = _order(record)
    if settings.order_types and found.order_type not in settings.order_types:
        return LeftOut(record.ID, f"{found.order_type.replace('_', ' ')}s are not chosen")
    if settings.order_statuses and found.status not in settings.order_statuses:
        return LeftOut(record.ID, f"status {found.status} is not chosen")
    return found


def order_document(order: Order) -> DocumentRef:
    """The document of ours that it is, if it is one: a work order that became a sales order is no new work."""
    return DocumentRef(order.vendor_id)


def order_parts(record: RawRow) -> list[str]:
    """The ids by which the log of deletions names an order: its own, and those of its lines."""
    return [str(record["ID"]), *_line_ids(record.get("sales", {}), "SalesOrderLines")]


def quotation(record: Quoted, settings: Settings) -> Quotation | LeftOut:
    """A quotation, in its newest version."""
    row, status = record.quotation, _QUOTED[record.quotation.Status]
    if settings.quotation_statuses and status not in settings.quotation_statuses:
        return LeftOut(record.ID, f"status {status} is not chosen")
    return Quotation(
        vendor_id=record.ID,
        code=_number(row.QuotationNumber),
        version=row.VersionNumber,
        status=status,
        vendor_status=str(row.Status),
        quotation_date=row.QuotationDate,
        valid_until=row.DueDate,
        customer=row.OrderAccount,
        customer_name=row.OrderAccountName,
        reference=row.YourRef,
        description=row.Description,
        currency=row.Currency,
        total_incl=row.AmountFC,
        lines=tuple(_offered(line, record.items) for line in row.QuotationLines),
    )


def quotation_parts(record: RawRow) -> list[str]:
    """The ids by which the log of deletions names a quotation: its own, and those of its lines."""
    return [str(record["ID"]), *_line_ids(record["quotation"], "QuotationLines")]


def warehouse(row: models_pro.Warehouse, _settings: Settings) -> Warehouse:
    """A warehouse."""
    return Warehouse(vendor_id=row.ID, code=row.Code, name=row.Description or row.Code or row.ID, main=row.Main)


def price_agreement(row: models_pro.ItemPrice, _settings: Settings) -> PriceAgreement | LeftOut:
    """A price that was agreed upon with a customer; without one it is a general price."""
    if row.Account is None:
        return LeftOut(row.ID, "it is a general price, for no customer")
    return PriceAgreement(
        vendor_id=row.ID,
        customer=row.Account,
        customer_name=row.AccountName,
        product=row.Item,
        product_code=row.ItemCode,
        price=row.Price,
        currency=row.Currency,
        unit=row.Unit,
        from_quantity=row.Quantity,
        valid_from=row.StartDate,
        valid_until=row.EndDate,
    )


def goods_delivery(row: models_pro.GoodsDelivery, _settings: Settings) -> GoodsDelivery:
    """A delivery. One line may come in several rows, one for each place in the warehouse; they stay as they are."""
    return GoodsDelivery(
        vendor_id=row.EntryID,
        code=_number(row.DeliveryNumber),
        delivery_date=row.DeliveryDate,
        customer=row.DeliveryAccount,
        customer_name=row.DeliveryAccountName,
        warehouse=row.WarehouseCode,
        description=row.Description,
        tracking_number=row.TrackingNumber,
        lines=tuple(_delivered(line) for line in row.GoodsDeliveryLines),
    )


def delivery_id(record: RawRow) -> str:
    """A delivery's own id."""
    return str(record["EntryID"])


def delivery_parts(record: RawRow) -> list[str]:
    """The ids by which the log of deletions names a delivery: its own, and those of its lines."""
    return [str(record["EntryID"]), *_line_ids(record, "GoodsDeliveryLines")]


def planned_work(row: models_pro.Planning, _settings: Settings) -> PlannedWork:
    """Planned work of one employee."""
    return PlannedWork(
        vendor_id=row.ID,
        description=row.Description or row.ID,
        confirmed=row.Status == _PLANNED,
        employee=row.Employee,
        hour_type=row.HourType,
        project=row.Project,
        customer=row.Account,
        start_date=row.StartDate.date(),
        start_time=row.StartDate.time(),
        end_date=row.EndDate.date(),
        end_time=row.EndDate.time(),
        hours=row.Hours,
        remark=row.Notes,
    )


def _order(record: AnyOrder) -> Order:
    if record.sales is not None:
        return _sales_order(record.sales)
    if record.shop is not None:
        return _shop_order(record.shop, record.item)
    assert record.assembly is not None
    return _assembly_order(record.assembly, record.item)


def _sales_order(row: SalesOrder) -> Order:
    status = _SALES[row.Status]
    return Order(
        vendor_id=row.OrderID,
        code=_number(row.OrderNumber),
        order_type="sales_order",
        status="draft" if status == "open" and row.ApprovalStatus == _AWAITING else status,
        vendor_status=str(row.Status),
        order_date=row.OrderDate,
        due_date=row.DeliveryDate,
        customer=row.OrderedBy,
        customer_name=row.OrderedByName,
        reference=row.YourRef,
        description=row.Description,
        currency=row.Currency,
        total_excl=row.AmountFCExclVat,
        total_incl=row.AmountFC,
        lines=tuple(_ordered(line) for line in row.SalesOrderLines),
    )


def _shop_order(row: ShopOrder, item: NamedItem | None) -> Order:
    day = row.EntryDate or row.PlannedStartDate or row.PlannedDate
    if day is None:
        raise ValueError("a shop order without any date")
    return Order(
        vendor_id=row.ID,
        code=_number(row.ShopOrderNumber),
        order_type="shop_order",
        status=_SHOP[row.Status],
        vendor_status=str(row.Status),
        order_date=day,
        due_date=row.PlannedDate,
        reference=row.YourRef,
        description=row.Description,
        lines=(_to_make(item, row.PlannedQuantity, row.Unit),),
    )


def _assembly_order(row: AssemblyOrder, item: NamedItem | None) -> Order:
    return Order(
        vendor_id=row.ID,
        code=_number(row.OrderNumber),
        order_type="assembly_order",
        status=_ASSEMBLY[row.OrderStatus],
        vendor_status=str(row.OrderStatus),
        order_date=row.OrderDate,
        due_date=row.AssemblyDate,
        description=item.Description if item else None,
        lines=(_to_make(item, row.PlannedQuantity, None),),
    )


def _ordered(line: models_pro.OrderLine) -> OrderLine:
    return OrderLine(
        code=line.ItemCode,
        description=line.Description or "",
        quantity=line.Quantity,
        unit=line.UnitCode,
        unit_price=line.UnitPrice,
        discount_percentage=(line.Discount or Decimal(0)) * 100,
        vat_code=line.VATCode,
    )


def _offered(line: models_pro.OrderLine, items: Mapping[str, NamedItem]) -> QuotationLine:
    item = items.get(line.Item or "")
    plain = _ordered(line).model_copy(update={"code": item.Code if item else None})
    return QuotationLine(**plain.model_dump(), optional=line.Optional)


def _to_make(item: NamedItem | None, quantity: Decimal, unit: str | None) -> OrderLine:
    code, text = (item.Code, item.Description) if item else (None, None)
    return OrderLine(code=code, description=text or "", quantity=quantity, unit=unit)


def _delivered(line: models_pro.DeliveryLine) -> DeliveryLine:
    return DeliveryLine(
        code=line.ItemCode,
        description=line.ItemDescription or "",
        quantity=line.QuantityDelivered,
        ordered=line.QuantityOrdered,
        order_number=_number(line.SalesOrderNumber),
    )


def _line_ids(row: RawRow, collection: str) -> list[str]:
    return [str(line["ID"]) for line in row.get(collection, {}).get("results", [])]


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
