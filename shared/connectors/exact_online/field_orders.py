"""The calls for what the field works on: orders, quotations, deliveries, prices, planning (sections 6 and 8).

Documents are told of by header and by line, each in a stream of its own, because a line may change without its header.
Which document it is about is all that is taken from there; the document itself is then read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from shared.connector import Page, ReadFrom

from . import chained, odata
from .calls import Calls, RawRow
from .chained import Source
from .models import Row
from .models_pro import (
    AssemblyOrder,
    DeliveryKey,
    GoodsDelivery,
    ItemPrice,
    NamedItem,
    OrderKey,
    Planning,
    Quotation,
    QuotationKey,
    SalesOrder,
    ShopOrder,
    Warehouse,
)
from .sync import EntityType

OVERLAP = timedelta(hours=3)
"""`Modified` is local time, which is set back an hour once a year, and rows may share one moment (section 10)."""


@dataclass(frozen=True)
class Headed:
    """A kind of document with lines: where its two streams are, where it is read whole, and its key."""

    title: str
    headers: str
    lines: str
    whole: str
    key: type[Row]
    shape: type[Row]
    header_type: EntityType
    line_type: EntityType

    @property
    def id(self) -> str:
        """The name of the column with the header's id."""
        return self.key.select()


SALES_ORDERS = Headed(
    "Sales orders", "SalesOrder/SalesOrderHeaders", "SalesOrder/SalesOrderLines", "salesorder/SalesOrders",
    OrderKey, SalesOrder, EntityType.SALES_ORDER, EntityType.SALES_ORDER_LINE,
)  # fmt: skip
QUOTATIONS = Headed(
    "Quotations", "CRM/QuotationHeaders", "CRM/QuotationLines", "crm/Quotations",
    QuotationKey, Quotation, EntityType.QUOTATION, EntityType.QUOTATION_LINE,
)  # fmt: skip
DELIVERIES = Headed(
    "Goods deliveries", "SalesOrder/GoodsDeliveries", "SalesOrder/GoodsDeliveryLines", "salesorder/GoodsDeliveries",
    DeliveryKey, GoodsDelivery, EntityType.GOODS_DELIVERY, EntityType.GOODS_DELIVERY_LINE,
)  # fmt: skip
_SHOP, _ASSEMBLY = "manufacturing/ShopOrders", "inventory/AssemblyOrders"


class FieldOrders(Calls):
    """What a client does to read what the field works on. Pages of documents have 60 of them at most."""

    async def orders(self, where: ReadFrom) -> Page:
        """A page of sales orders, then of shop orders, then of assembly orders."""

        async def sales_lines(at: ReadFrom) -> Page:
            return _as_orders("sales", SALES_ORDERS.id, await self._lines(SALES_ORDERS, at))

        async def sales(at: ReadFrom) -> Page:
            return _as_orders("sales", SALES_ORDERS.id, await self._headers(SALES_ORDERS, at))

        async def shop(at: ReadFrom) -> Page:
            page = await self._sync(at, "Manufacturing/ShopOrders", ShopOrder, EntityType.SHOP_ORDER, most=odata.PAGE)
            return replace(page, records=await self._made("shop", page.records))

        async def assembly(at: ReadFrom) -> Page:
            page = await self._modified(at, _ASSEMBLY, AssemblyOrder)
            return replace(page, records=await self._made("assembly", page.records))

        sources = [
            Source("sales lines", SALES_ORDERS.title, sales_lines),
            Source("sales", SALES_ORDERS.title, sales),
            Source("shop", "Shop orders", shop),
            Source("assembly", "Assembly orders", assembly),
        ]
        return await chained.read(sources, where)

    async def order_records(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the orders that are there, whichever kind they are of."""
        found: list[RawRow] = [_order("sales", row, row["OrderID"]) for row in await self._whole(SALES_ORDERS, ids)]
        for name, resource, shape in (("shop", _SHOP, ShopOrder), ("assembly", _ASSEMBLY, AssemblyOrder)):
            left = sorted(set(ids) - {row["ID"] for row in found})
            if left:
                found += await self._made(name, await self._any_raw(resource, shape, "ID", map(odata.guid, left)))
        return found

    async def existing_orders(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return {row["ID"] for row in await self.order_records(ids)}

    async def quotations(self, where: ReadFrom) -> Page:
        """A page of quotations."""
        page = await self._documents(QUOTATIONS, where)
        return replace(page, records=await self._quoted(page.records))

    async def quotation_records(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the quotations that are there."""
        return await self._quoted(await self._whole(QUOTATIONS, ids))

    async def existing_quotations(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._existing(QUOTATIONS, ids)

    async def deliveries(self, where: ReadFrom) -> Page:
        """A page of goods deliveries."""
        return await self._documents(DELIVERIES, where)

    async def delivery_records(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the deliveries that are there."""
        return await self._whole(DELIVERIES, ids)

    async def existing_deliveries(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._existing(DELIVERIES, ids)

    async def warehouse_page(self, where: ReadFrom) -> Page:
        """A page of warehouses, 60 at most. There is no sync twin, so it is always all of them (section 6)."""
        resource = "inventory/Warehouses"
        page = await (self._rows(where.position) if where.position else self._first(resource, Warehouse))
        return Page(records=page.rows, next=page.next)

    async def existing_warehouses(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("inventory/Warehouses", Warehouse, ids)

    async def item_prices(self, where: ReadFrom) -> Page:
        """A page of prices, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "Logistics/SalesItemPrices", ItemPrice, EntityType.ITEM_PRICE)

    async def existing_prices(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("logistics/SalesItemPrices", ItemPrice, ids)

    async def planning(self, where: ReadFrom) -> Page:
        """A page of planned work, 1000 at most; the pages of deletions follow."""
        return await self._sync(where, "Project/ProjectPlanning", Planning, EntityType.PROJECT_PLANNING)

    async def existing_planning(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("project/ProjectPlanning", Planning, ids)

    async def _documents(self, kind: Headed, where: ReadFrom) -> Page:
        async def lines(at: ReadFrom) -> Page:
            return await self._lines(kind, at)

        async def headers(at: ReadFrom) -> Page:
            return await self._headers(kind, at)

        return await chained.read([Source("lines", kind.title, lines), Source("headers", kind.title, headers)], where)

    async def _headers(self, kind: Headed, where: ReadFrom) -> Page:
        page = await self._sync(where, kind.headers, kind.key, kind.header_type, most=odata.PAGE)
        return replace(page, records=await self._whole(kind, _ids(kind, page.records)))

    async def _lines(self, kind: Headed, where: ReadFrom) -> Page:
        """The documents whose lines changed. A first read takes only the end of the stream from here.

        It comes before the headers: a line that changes while those are read is then met by the next read.
        """
        if where.cursor is None:
            page = await self._sync(where, kind.lines, kind.key, kind.line_type)
            return replace(page, records=[], removed=[])
        page = await self._sync(where, kind.lines, kind.key, kind.line_type, most=odata.PAGE)
        return replace(page, records=await self._whole(kind, _ids(kind, page.records)))

    async def _whole(self, kind: Headed, ids: Iterable[str]) -> list[RawRow]:
        return await self._any_raw(kind.whole, kind.shape, kind.id, map(odata.guid, ids))

    async def _existing(self, kind: Headed, ids: Iterable[str]) -> set[str]:
        rows = await self._any_raw(kind.whole, kind.key, kind.id, map(odata.guid, ids))
        return {str(row[kind.id]) for row in rows}

    async def _there(self, resource: str, shape: type[Row], ids: Sequence[str]) -> set[str]:
        return {str(row["ID"]) for row in await self._any_raw(resource, shape, "ID", map(odata.guid, ids))}

    async def _modified(self, where: ReadFrom, resource: str, shape: type[Row]) -> Page:
        """A list without a sync twin, by the moment of its last change; it does not tell what was deleted."""
        newest, link = _reading(where)
        query = {"$select": f"{shape.select()},Modified"}
        if newest:
            since = datetime.fromisoformat(newest) - OVERLAP
            query["$filter"] = f"Modified ge {odata.wall_time(since)}"
        page = await (self._rows(link) if link else self._rows(self._path(resource), query))
        newest = max([newest, *(odata.moment(row["Modified"]).isoformat() for row in page.rows)])
        if page.next:
            return Page(records=page.rows, next=f"{newest} {page.next}")
        return Page(records=page.rows, next=None, cursor=newest or None)

    async def _made(self, name: str, rows: Sequence[RawRow]) -> list[RawRow]:
        """Orders to make an item, with that item."""
        items = await self._items(row["Item"] for row in rows)
        return [_order(name, row, row["ID"]) | {"item": items.get(row["Item"])} for row in rows]

    async def _quoted(self, rows: Sequence[RawRow]) -> list[RawRow]:
        wanted = {row["QuotationID"]: _items_of(row) for row in rows}
        items = await self._items(id for ids in wanted.values() for id in ids)
        return [
            {"ID": id, "quotation": row, "items": {one: items[one] for one in wanted[id] if one in items}}
            for row in rows
            for id in [row["QuotationID"]]
        ]

    async def _items(self, ids: Iterable[str]) -> dict[str, RawRow]:
        """Items by id: some lines do not tell the code (section 8)."""
        rows = await self._any_raw("logistics/Items", NamedItem, "ID", map(odata.guid, sorted({*ids})))
        return {row["ID"]: row for row in rows if _readable(row)}


def _ids(kind: Headed, rows: Iterable[RawRow]) -> list[str]:
    return list(dict.fromkeys(str(row[kind.id]) for row in rows))


def _readable(item: RawRow) -> bool:
    """An item that nobody understands is reported where items are read; what it is used in arrives without it."""
    try:
        NamedItem.model_validate(item)
    except ValidationError:
        return False
    return True


def _items_of(row: RawRow) -> set[str]:
    return {line["Item"] for line in row["QuotationLines"]["results"]}


def _order(name: str, row: RawRow, id: str) -> dict[str, Any]:
    return {"ID": id, name: row}


def _as_orders(name: str, key: str, page: Page) -> Page:
    return replace(page, records=[_order(name, row, row[key]) for row in page.records])


def _reading(where: ReadFrom) -> tuple[str, str | None]:
    """The newest moment seen, and the link to the next page."""
    newest, _, link = (where.position or where.cursor or "").partition(" ")
    return newest, link or None
