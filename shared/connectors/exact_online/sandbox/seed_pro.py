"""Orders, quotations, prices, deliveries and planning: what the field works on (Exact fact sheet, section 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from . import amounts, pro, rules
from .columns import Row
from .kinds import (
    ACCOUNTS,
    ASSEMBLY_ORDERS,
    DELIVERIES,
    DELIVERY_LINES,
    EMPLOYEES,
    ITEMS,
    ORDER_LINES,
    ORDERS,
    PLANNING,
    PRICES,
    PROJECTS,
    QUOTATION_LINES,
    QUOTATIONS,
    SHOP_ORDERS,
)
from .store import Division

_OFFICE = {"Creator": "00000000-0000-4000-8000-000000000003", "CreatorFullName": "De binnendienst"}
_STARTED = datetime(2026, 6, 1)  # noqa: DTZ001  # Exact's dates are the server's local time, without a zone
_MORE = 15
"""Prices and planned days for each order."""
_FIRST_ORDER = 25000001
"""Of another range than what is made later, so that those begin at their first number."""
_JOBS = ("Ketel vervangen", "Onderhoud warmtepomp", "Badkamer leggen", "Groepenkast uitbreiden", "Airco plaatsen")
_ORDER_STATUSES = (12, 20, 12, 21, 12)
_QUOTATION_STATUSES = (20, 25, 50, 25, 5)
_SHOP_STATUSES = (10, 20, 10, 40, 20)
_PROJECTS = (("P2601", "Nieuwbouw De Linden"), ("P2602", "Renovatie Havenkwartier"), ("P2603", "Raamcontract 2026"))


class _Desk:
    """Who writes it all down: one division, its customers and its articles."""

    def __init__(self, books: Division) -> None:
        self.books = books
        self.customers = [row for row in books.tables[ACCOUNTS].rows.values() if row["IsSales"]]
        items = list(books.tables[ITEMS].rows.values())
        self.goods = [row for row in items if not row.get("IsTime") and row.get("SalesVatCode")]
        self.hours = [row for row in items if row.get("IsTime")]
        self.staff = list(books.tables[EMPLOYEES].rows.values())

    def signed(self, place: int, key: str = "ID", **values: Any) -> Row:
        day = _STARTED + timedelta(days=place % 150)
        return {key: self.books.new_id(), "Created": day, "Division": self.books.code, **_OFFICE, **values}

    def customer(self) -> Row:
        return dict(self.books.random.choice(self.customers))

    def good(self) -> Row:
        return dict(self.books.random.choice(self.goods))


def fill(books: Division, orders: int) -> None:
    """So many of each; nothing where there is nobody to sell to."""
    desk = _Desk(books)
    if not (orders and desk.customers and desk.goods):
        return
    projects = [_project(desk, place, *named) for place, named in enumerate(_PROJECTS)]
    for place in range(orders):
        _order(desk, place)
        _quotation(desk, place)
    for place in range(orders * _MORE):
        _price(desk, place)
        if desk.staff and desk.hours:
            _plan(desk, place, projects)
    for place in range(max(3, orders // 4)):
        _shop_order(desk, place)
        _assembly_order(desk, place)
    _deliver(desk, orders)


def _project(desk: _Desk, place: int, code: str, name: str) -> Row:
    row = desk.signed(place, Code=code, Description=name, Type=3, Account=desk.customer()["ID"], StartDate=_STARTED)
    desk.books.save(PROJECTS, row)
    return row


def _order(desk: _Desk, place: int) -> None:
    day = _STARTED + timedelta(days=place % 150)
    header = desk.signed(
        place, "OrderID", OrderedBy=desk.customer()["ID"], OrderDate=day, Currency="EUR", YourRef=f"V{place + 1:04}",
        OrderNumber=_FIRST_ORDER + place, DeliveryDate=day + timedelta(days=10),
        Description=_JOBS[place % len(_JOBS)], DeliveryStatus=12,
        Status=_ORDER_STATUSES[place % len(_ORDER_STATUSES)], InvoiceStatus=12, ApprovalStatus=1,
    )  # fmt: skip
    rules.order(desk.books, header)
    desk.books.numbers.pop("orders")
    _lines(desk, ORDERS, ORDER_LINES, header)


def _quotation(desk: _Desk, place: int) -> None:
    day = _STARTED + timedelta(days=place % 150)
    header = desk.signed(
        place, "QuotationID", OrderAccount=desk.customer()["ID"], QuotationDate=day, Currency="EUR", VersionNumber=1,
        DueDate=day + timedelta(days=30), Description=_JOBS[place % len(_JOBS)],
        Status=_QUOTATION_STATUSES[place % len(_QUOTATION_STATUSES)],
    )  # fmt: skip
    pro.quotation(desk.books, header)
    _lines(desk, QUOTATIONS, QUOTATION_LINES, header)


def _lines(desk: _Desk, path: str, lines_path: str, header: Row) -> None:
    key = desk.books.tables[path].key
    rows = [desk.signed(0, **{key: header[key]}, LineNumber=number, **_wanted(desk)) for number in (1, 2)]
    for row in rows:
        amounts.sales_line(desk.books, row, header)
        desk.books.save(lines_path, row | {"OrderNumber": header.get("OrderNumber")})
    rules.keep(desk.books, path, header, rows)


def _wanted(desk: _Desk) -> Row:
    return {"Item": desk.good()["ID"], "Quantity": Decimal(desk.books.random.randint(1, 6))}


def _price(desk: _Desk, place: int) -> None:
    """Every third is a general price; the others are agreed upon with a customer."""
    item, account = desk.good(), desk.customer() if place % 3 else {}
    desk.books.save(PRICES, desk.signed(
        place, Item=item["ID"], ItemCode=item["Code"], Account=account.get("ID"), AccountName=account.get("Name"),
        Price=amounts.cents((item.get("StandardSalesPrice") or Decimal(10)) * Decimal("0.9")), Quantity=Decimal(1),
        Currency="EUR", Unit=item.get("Unit"), StartDate=_STARTED,
    ))  # fmt: skip


def _plan(desk: _Desk, place: int, projects: list[Row]) -> None:
    begin = _STARTED + timedelta(days=place % 150, hours=8)
    project = projects[place % len(projects)]
    desk.books.save(PLANNING, desk.signed(
        place, Description=_JOBS[place % len(_JOBS)], Employee=desk.staff[place % len(desk.staff)]["ID"],
        HourType=desk.hours[place % len(desk.hours)]["ID"], StartDate=begin, EndDate=begin + timedelta(hours=4),
        Hours=Decimal(4), Status=1 + place % 2, Project=project["ID"], Account=project["Account"],
    ))  # fmt: skip


def _shop_order(desk: _Desk, place: int) -> None:
    number = 9040001 + place
    desk.books.save(SHOP_ORDERS, desk.signed(
        place, Item=desk.good()["ID"], PlannedQuantity=Decimal(place % 4 + 1), ShopOrderNumber=number,
        ShopOrderNumberString=str(number), EntryDate=_STARTED, PlannedStartDate=_STARTED + timedelta(days=place),
        PlannedDate=_STARTED + timedelta(days=place + 7), Description="Prefab leidingset", Unit="stuk",
        Status=_SHOP_STATUSES[place % len(_SHOP_STATUSES)],
    ))  # fmt: skip


def _assembly_order(desk: _Desk, place: int) -> None:
    desk.books.save(ASSEMBLY_ORDERS, desk.signed(
        place, Item=desk.good()["ID"], OrderNumber=8060001 + place, OrderDate=_STARTED + timedelta(days=place),
        AssemblyDate=_STARTED + timedelta(days=place + 5), PlannedQuantity=Decimal(place % 3 + 1),
        FinishedQuantity=Decimal(0), OrderStatus=20, Type=8060,
    ))  # fmt: skip


def _deliver(desk: _Desk, count: int) -> None:
    """A delivery of one line each, of orders on which there is still work."""
    books = desk.books
    orders = [row for row in books.tables[ORDERS].after() if row["Status"] in {12, 20}][:count]
    for place in range(count if orders else 0):
        line = books.tables[ORDER_LINES].lines_of(orders[place % len(orders)]["OrderID"])[0]
        header = desk.signed(
            place, "EntryID", DeliveryDate=_STARTED + timedelta(days=place % 150), Description=f"Levering {place + 1}"
        )
        pro.delivery(books, header)
        row = desk.signed(
            place, EntryID=header["EntryID"], LineNumber=1, SalesOrderLineID=line["ID"], QuantityDelivered=Decimal(0)
        )
        pro.delivery_line(books, row, header)
        books.save(DELIVERY_LINES, row)
        books.save(DELIVERIES, header)
