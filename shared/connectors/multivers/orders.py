"""The calls that write orders and find them again (Multivers fact sheet, sections 4.5 and 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from shared.errors import TryLater, Uncertain
from shared.mapping import Receipt, Request

from . import forms, linked
from .calls import STRANGE, Calls, understood
from .errors import NotHere
from .gathered import Linked
from .models import Order, OrderInfo

_DAY = timedelta(days=1)
_AT_ONCE = timedelta(seconds=5)


@dataclass(frozen=True)
class _Read:
    """An order that is about to be changed: as it was read, and for which work order."""

    raw: Mapping[str, Any]
    reference: str


class Orders(Calls):
    """What a client does with orders."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self._read: dict[str, _Read] = {}

    async def orders_by_reference(
        self, customer: str, reference: str, day: date, types: Collection[int]
    ) -> list[Receipt]:
        """Orders of a customer on that day (or the days beside it) that carry our reference, of these types."""
        between = around(day, day)
        rows = await self._all(f"OrderInfoList/{forms.segment(customer)}", OrderInfo, between)
        return [receipt(row) for row in rows if row.reference == reference and row.order_type in types]

    async def billed_order(self, id: str) -> list[Receipt]:
        """The order, once it has become an invoice."""
        row = await self._one(f"OrderInfo/{forms.segment(id)}", OrderInfo)
        return [receipt(row)] if row and row.is_billed else []

    async def lines_in(self, id: str, reference: str) -> list[Receipt]:
        """The order, if lines of that work order are in it; with what they make."""
        order = await self._one(f"Order/{forms.segment(id)}", Order)
        total = linked.our_total(order.order_lines, reference) if order else None
        return [] if order is None or total is None else [Receipt(order.order_id, order.order_id, total_excl=total)]

    async def linked_order(self, id: str, reference: str) -> Linked | None:
        """An order that a work order will change, as it is at this moment; None when it is not there any more."""
        info = await self._one(f"OrderInfo/{forms.segment(id)}", OrderInfo)
        path = self._path(f"Order/{forms.segment(id)}")
        try:
            raw = await self._http.read(path)
        except NotHere:
            return None
        if info is None:
            return None
        understood(Order, raw)
        self._read[path] = _Read(raw, reference)
        return Linked(raw, info)

    async def write_order(self, request: Request) -> Receipt:
        """Create an order, or write one back whole; then somebody may have changed it since it was read.

        Multivers compares nothing (section 3, PUT), so it is read once more just before: what was changed is merged
        anew, never overwritten.
        """
        read = self._read.pop(request.path, None)
        if read is not None and read.raw != await self._now(request.path):
            raise TryLater(
                "The order was changed in Multivers at this very moment. What was changed is kept, and this is added.",
                after=_AT_ONCE,
            )
        answer = await self._http.write(request)
        try:
            order = Order.model_validate(answer)
        except ValidationError as error:
            raise Uncertain(STRANGE) from error
        return _changed(order, read.reference) if read else _made(order)

    async def _now(self, path: str) -> Mapping[str, Any]:
        """What is there now; nothing, where it was deleted meanwhile."""
        try:
            found: Mapping[str, Any] = await self._http.read(path)
        except NotHere:
            return {}
        return found

    async def process(self, request: Request) -> Receipt:
        """Make an invoice of an order; whether it was done is read from the order, never from the answer."""
        await self._http.write(request)
        id = request.path.rpartition("orderId=")[2]
        for done in await self.billed_order(id):
            return done
        raise Uncertain("Multivers did not say whether the order was processed.")


def around(first: date, last: date) -> dict[str, str]:
    """The bounds of a list, a day wider on both sides: whether they are included is not documented (section 4.5)."""
    return {"minDate": forms.dutch(first - _DAY), "maxDate": forms.dutch(last + _DAY)}


def receipt(row: OrderInfo) -> Receipt:
    """An order in neutral terms: known by its invoice's number, once it has one."""
    return Receipt(
        row.order_id,
        number=row.invoice_id if row.is_billed else row.order_id,
        customer=row.customer_id,
        total_excl=row.amount_excl_vat,
        day=row.order_date,
    )


def _made(order: Order) -> Receipt:
    total = None if order.total_order_amount is None else order.total_order_amount - (order.total_vat_amount or 0)
    return Receipt(order.order_id, order.order_id, customer=order.customer_id, total_excl=total)


def _changed(order: Order, reference: str) -> Receipt:
    """Of an order of the office, only our lines are ours."""
    return Receipt(order.order_id, order.order_id, total_excl=linked.our_total(order.order_lines, reference))
