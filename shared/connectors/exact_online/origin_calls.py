"""The calls about the order that work came from: its state, its lines, its deliveries, its end (section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.errors import Rejected
from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import Flag, Id, Row, Text
from .models_pro import AssemblyOrder, ShopOrder

Kind = Literal["sales", "shop", "assembly"]
_DONE = {"sales": {21, 45}, "shop": {30, 40}, "assembly": {50}}
"""Statuses of orders on which nothing more is done."""


@dataclass(frozen=True)
class Origin:
    """The order that work came from. `open_quantity` is what is still to be made, of one that makes something."""

    id: str
    kind: Kind
    done: bool
    open_quantity: Decimal = Decimal(0)


@dataclass(frozen=True)
class OpenLine:
    """A line of a sales order, with what of it is still to be delivered. `stocked`: stock is kept of its item."""

    id: str
    code: str
    quantity: Decimal
    stocked: bool


class _OrderState(Row):
    """`salesorder/SalesOrders`: its state."""

    OrderID: Id
    Status: int


class _OrderLine(Row):
    """`salesorder/SalesOrderLines`, as far as a delivery needs them."""

    ID: Id
    Item: Id
    ItemCode: Text = None
    Quantity: Decimal = Decimal(0)
    QuantityDelivered: Decimal | None = None


class _Stock(Row):
    """`logistics/Items`: whether stock is kept."""

    ID: Id
    IsStockItem: Flag = False


class _Delivery(Row):
    """`salesorder/GoodsDeliveries`."""

    EntryID: Id


class _Finished(Row):
    """The answer of what completes an order. What it could not do stands in a successful answer."""

    ErrorMessage: Text = None


class OriginCalls(Calls):
    """What a client does with the order that work came from."""

    async def origin(self, id: str) -> Origin | None:
        """The order, whichever kind it is of; None when it is not there any more."""
        return await self._sales_state(id) or await self._shop_state(id) or await self._assembly_state(id)

    async def open_lines(self, order: str) -> list[OpenLine]:
        """The lines of a sales order."""
        resource = "salesorder/SalesOrderLines"
        rows = await self._all(self._path(resource), _OrderLine, f"OrderID eq {odata.guid(order)}")
        items = await self._any("logistics/Items", _Stock, "ID", map(odata.guid, sorted({row.Item for row in rows})))
        stocked = {item.ID for item in items if item.IsStockItem}
        return [
            OpenLine(
                row.ID, row.ItemCode or "", row.Quantity - (row.QuantityDelivered or Decimal(0)), row.Item in stocked
            )
            for row in rows
        ]

    async def create_delivery(self, request: Request) -> Receipt:
        """Deliver: the stock goes down."""
        return Receipt((await self._create(request, _Delivery)).EntryID)

    async def deliveries_described(self, text: str) -> list[Receipt]:
        """Deliveries with this description."""
        path = self._path("salesorder/GoodsDeliveries")
        return [Receipt(row.EntryID) for row in await self._all(path, _Delivery, f"Description eq {odata.text(text)}")]

    async def finish_order(self, request: Request) -> Receipt:
        """Complete an order; `Rejected` with Exact's words where they stand in a successful answer."""
        answer = await self._create(request, _Finished)
        if answer.ErrorMessage:
            raise Rejected(f"Exact Online refused: {answer.ErrorMessage}", vendor_says=answer.ErrorMessage)
        return Receipt(str(next(iter(request.body.values()))))

    async def _sales_state(self, id: str) -> Origin | None:
        rows = await self._any("salesorder/SalesOrders", _OrderState, "OrderID", [odata.guid(id)])
        return next((_origin("sales", row.OrderID, row.Status) for row in rows), None)

    async def _shop_state(self, id: str) -> Origin | None:
        rows = await self._any("manufacturing/ShopOrders", ShopOrder, "ID", [odata.guid(id)])
        return next((_origin("shop", row.ID, row.Status) for row in rows), None)

    async def _assembly_state(self, id: str) -> Origin | None:
        rows = await self._any("inventory/AssemblyOrders", AssemblyOrder, "ID", [odata.guid(id)])
        return next((_assembly(row) for row in rows), None)


def _origin(kind: Kind, id: str, status: int) -> Origin:
    return Origin(id, kind, status in _DONE[kind])


def _assembly(row: AssemblyOrder) -> Origin:
    left = row.PlannedQuantity - (row.FinishedQuantity or Decimal(0))
    return Origin(row.ID, "assembly", row.OrderStatus in _DONE["assembly"], left)


def delivered_of(lines: Sequence[OpenLine], used: dict[str, Decimal]) -> list[tuple[str, Decimal]]:
    """How much of each line is delivered: what was used, as far as it was ordered and stock is kept of it."""
    found, left = [], dict(used)
    for line in lines:
        quantity = min(line.quantity, left.get(line.code, Decimal(0)))
        if line.stocked and quantity > 0:
            left[line.code] -= quantity
            found.append((line.id, quantity))
    return found
