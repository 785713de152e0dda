"""The calls that read documents back, to compare them with the ledger (Billit fact sheet, section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

from shared.connector import ListedPage, Period
from shared.mapping import Listed

from . import odata
from .calls import Calls, understood
from .models import Order
from .orders import PATH, receipt

INVOICES = "OrderDirection eq 'Income' and (OrderType eq 'Invoice' or OrderType eq 'CreditNote')"
"""What is billed."""

_OFFERS = "OrderDirection eq 'Income' and OrderType eq 'Offer'"
_CANCELLED = {"Canceled", "Refused"}
_OPEN = {"Draft"}


class Listings(Calls):
    """What a client does to read documents back, 120 to a page."""

    async def listed_invoices(self, period: Period, position: str | None) -> ListedPage:
        """A page of the sales invoices and credit notes of these days."""
        return await self._listed(INVOICES, period, position)

    async def listed_offers(self, period: Period, position: str | None) -> ListedPage:
        """A page of the offers of these days."""
        return await self._listed(_OFFERS, period, position)

    async def orders_by_id(self, ids: Sequence[str]) -> list[Order]:
        """Those of the orders that are there."""
        filters = ({"$filter": part} for part in odata.any_of("OrderID", ids))
        found = [row for part in filters for row in await self._all(PATH, Order, part)]
        return [row for row in found if str(row.OrderID) in ids]

    async def fetched(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the documents that are there."""
        return [listed(row) for row in await self.orders_by_id(ids)]

    async def _listed(self, only: str, period: Period, position: str | None) -> ListedPage:
        query = {"$filter": f"{only} and {_between(period)}", "$orderby": "OrderID asc", "$skip": position or "0"}
        page = await self._rows(PATH, query)
        behind = int(position or "0") + len(page.rows)
        return ListedPage([listed(understood(Order, row)) for row in page.rows], str(behind) if page.next else None)


def listed(row: Order) -> Listed:
    """An order in neutral terms. An invoice is numbered from the beginning; an offer is open until it is invoiced."""
    known = receipt(row)
    return Listed(
        vendor_id=known.vendor_id,
        state=_state(row),
        number=known.number,
        reference=row.ExternalProviderID,
        customer=known.customer,
        day=known.day,
        total_excl=known.total_excl,
        total_incl=None if row.TotalIncl is None else row.sign * row.TotalIncl,
        currency=row.Currency,
    )


def _state(row: Order) -> Literal["draft", "final", "cancelled"]:
    if row.OrderStatus in _CANCELLED:
        return "cancelled"
    is_open = row.OrderType == "Offer" and not row.Invoiced
    return "draft" if is_open or row.OrderStatus in _OPEN else "final"


def _between(period: Period) -> str:
    first, after = (datetime.combine(day, time()) for day in (period.first, period.last + timedelta(days=1)))
    return f"OrderDate ge {odata.moment(first)} and OrderDate lt {odata.moment(after)}"
