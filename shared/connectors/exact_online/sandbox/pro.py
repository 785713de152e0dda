"""What Exact does with quotations, deliveries and project bookings (Exact fact sheet, section 8).

Open points of the sheet, decided: a delivery moves the statuses of its order by
what was ordered and delivered; the price of hours on a project is that of their item.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from . import amounts
from .amounts import NOTHING, cents
from .columns import Row
from .kinds import (
    ACCOUNTS,
    DELIVERIES,
    ITEMS,
    ORDER_LINES,
    ORDERS,
    QUOTATIONS,
    WAREHOUSES,
)
from .refusals import bad_reference, business, missing
from .store import Division

OPEN, PARTIAL, COMPLETE, CANCELLED = 12, 20, 21, 45
FIRST = {QUOTATIONS: 26500001, DELIVERIES: 26600001}


def quotation(division: Division, row: Row) -> None:
    """A quotation: number, dates, and whom it is for under the name that lines look for."""
    row["OrderedBy"] = row["OrderAccount"]
    row["OrderAccountName"] = division.tables[ACCOUNTS].rows[row["OrderAccount"]]["Name"]
    row.setdefault("QuotationNumber", division.next_number("quotations", FIRST[QUOTATIONS]))
    row["QuotationDate"] = row.get("QuotationDate") or division.local_now().replace(hour=0, minute=0, second=0)
    row["Rate"] = amounts.rate(row["Currency"])


def delivery(division: Division, row: Row) -> None:
    """A delivery: its number. To whom and from where follows from the orders of its lines."""
    row.setdefault("DeliveryNumber", division.next_number("deliveries", FIRST[DELIVERIES]))
    row.setdefault("EntryNumber", row["DeliveryNumber"])


def delivery_line(division: Division, row: Row, header: Row) -> None:
    """What was ordered of it; an order that is complete or cancelled is delivered no more."""
    ordered = division.tables[ORDER_LINES].rows[row["SalesOrderLineID"]]
    order = division.tables[ORDERS].rows[ordered["OrderID"]]
    if order["Status"] in {COMPLETE, CANCELLED}:
        raise business("Kan niet wijzigen: Document is verwerkt")
    copied = ("Item", "ItemCode", "ItemDescription")
    row.update({name: ordered.get(name) for name in copied} | {"QuantityOrdered": ordered["Quantity"]})
    row["SalesOrderNumber"] = order["OrderNumber"]
    customer = division.tables[ACCOUNTS].rows[order["DeliverTo"]]
    warehouses = division.tables[WAREHOUSES].rows
    warehouse = warehouses.get(order.get("WarehouseID")) or next(iter(warehouses.values()))
    header.update(DeliveryAccount=customer["ID"], DeliveryAccountCode=customer["Code"], Warehouse=warehouse["ID"])
    header.update(DeliveryAccountName=customer["Name"], WarehouseCode=warehouse["Code"])


def deliver(division: Division, header: Row, lines: Sequence[Row]) -> None:
    """Save a delivery; the orders know what was delivered of them, once."""
    if header["EntryID"] not in division.tables[DELIVERIES].rows:
        for line in lines:
            _delivered(division, line)
    division.save(DELIVERIES, header)


def _delivered(division: Division, line: Row) -> None:
    ordered = dict(division.tables[ORDER_LINES].rows[line["SalesOrderLineID"]])
    ordered["QuantityDelivered"] = ordered.get("QuantityDelivered", NOTHING) + line["QuantityDelivered"]
    division.save(ORDER_LINES, ordered)
    lines = division.tables[ORDER_LINES].lines_of(ordered["OrderID"])
    whole = all(one.get("QuantityDelivered", NOTHING) >= one["Quantity"] for one in lines)
    order = division.tables[ORDERS].rows[ordered["OrderID"]]
    division.save(ORDERS, order | {"DeliveryStatus": COMPLETE if whole else PARTIAL, "Status": PARTIAL})


def hours(division: Division, row: Row) -> None:
    """Hours on a project or a relation, of an hour item and at its price."""
    item = _on_something(division, row)
    if not item.get("IsTime"):
        raise bad_reference("Uursoort")
    _valued(division, row, item.get("StandardSalesPrice"))


def costs(division: Division, row: Row) -> None:
    """Costs on a project or a relation, at their own price if they have one."""
    item = _on_something(division, row)
    own = row.get("PriceFC")
    _valued(division, row, item.get("StandardSalesPrice") if own is None else own)


def _on_something(division: Division, row: Row) -> Row:
    if not any(row.get(name) for name in ("Project", "Account", "Subscription")):
        raise missing(["Project"])
    return division.tables[ITEMS].rows[row["Item"]]


def _valued(division: Division, row: Row, price: Decimal | None) -> None:
    row["PriceFC"] = price or NOTHING
    row["AmountFC"] = cents(row["Quantity"] * row["PriceFC"])
    row.setdefault("EntryNumber", division.next_number("transactions"))
