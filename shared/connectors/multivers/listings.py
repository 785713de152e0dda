"""The calls that read orders back, to compare them with the ledger (Multivers fact sheet, section 4.5).

Only a customer's orders can be listed by date, so a comparison asks customer by customer, a few of them to a page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from shared.connector import ListedPage, Period
from shared.mapping import Listed

from . import forms, linked
from .calls import Calls, understood
from .models import Customer, OrderInfo
from .orders import around, receipt

_CUSTOMERS = 20


class Listings(Calls):
    """What a client does to read orders back."""

    async def listed_orders(self, period: Period, position: str | None) -> ListedPage:
        """The orders of these days of the next few customers."""
        skip: int = json.loads(position or "0")
        asked = {"$select": "CustomerId", "$orderby": "CustomerId", "$top": str(_CUSTOMERS), "$skip": str(skip)}
        rows = await self._rows(self._path("CustomerInfoList"), asked)
        found = [one for row in rows for one in await self._of(understood(Customer, row).customer_id, period)]
        return ListedPage(found, json.dumps(skip + _CUSTOMERS) if len(rows) == _CUSTOMERS else None)

    async def orders_by_id(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the orders that are there."""
        found = [await self._one(f"OrderInfo/{forms.segment(id)}", OrderInfo) for id in ids]
        return [listed(row) for row in found if row]

    async def _of(self, customer: str, period: Period) -> list[Listed]:
        between = around(period.first, period.last) | {"$expand": "OrderLines"}
        rows = await self._all(f"OrderInfoList/{forms.segment(customer)}", OrderInfo, between)
        return [listed(row) for row in rows if row.order_date and period.first <= row.order_date <= period.last]


def listed(row: OrderInfo) -> Listed:
    """An order in neutral terms. Of one that work orders have written into, the totals are not theirs alone."""
    known, shared = receipt(row), linked.is_shared(row.order_lines or ())
    return Listed(
        vendor_id=known.vendor_id,
        state="final" if row.is_billed else "draft",
        number=known.number,
        reference=None if shared else row.reference,
        customer=None if shared else known.customer,
        day=None if shared else known.day,
        total_excl=None if shared else known.total_excl,
        total_incl=None if shared else row.amount_incl_vat,
        currency="EUR",
    )
