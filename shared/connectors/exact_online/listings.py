"""The calls that read documents back, to compare them with the ledger (Exact fact sheet, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Literal, TypeVar

from shared.connector import ListedPage, Period
from shared.mapping import Listed

from . import odata
from .calls import Calls, understood
from .models import Row, SalesEntry, SalesInvoice, SalesOrder, Text
from .papers import PROCESSED

COMPLETE, CANCELLED = 21, 45
"""`SalesOrders.Status` of an order that is done, and of one that was called off."""

DRAFT = 10
"""The lowest `SalesInvoices.Status`."""

R = TypeVar("R", bound=Row)


class ListedOrder(SalesOrder):
    """`salesorder/SalesOrders`, with what a comparison needs besides."""

    YourRef: Text = None
    Status: int | None = None
    AmountFC: Decimal | None = None
    Currency: Text = None


class ListedInvoice(SalesInvoice):
    """`salesinvoice/SalesInvoices`, with what a comparison needs besides."""

    YourRef: Text = None
    AmountFC: Decimal | None = None
    Currency: Text = None


class ListedEntry(SalesEntry):
    """`salesentry/SalesEntries`, with what a comparison needs besides."""

    YourRef: Text = None
    Currency: Text = None


class Listings(Calls):
    """What a client does to read documents back, 60 to a page."""

    async def listed_orders(self, period: Period, position: str | None) -> ListedPage:
        """A page of the sales orders of these days."""
        where = _between("OrderDate", period)
        return await self._listed("salesorder/SalesOrders", ListedOrder, where, position, _order)

    async def listed_invoices(self, period: Period, position: str | None) -> ListedPage:
        """A page of the sales invoices of these days: the order date, because drafts have no other."""
        # Some apps may list invoices only by certain fields (section 3); the order date is none of them, the status is.
        where = f"Status ge {DRAFT} and {_between('OrderDate', period)}"
        return await self._listed("salesinvoice/SalesInvoices", ListedInvoice, where, position, _invoice)

    async def listed_entries(self, period: Period, position: str | None) -> ListedPage:
        """A page of the sales entries of these days."""
        where = _between("EntryDate", period)
        return await self._listed("salesentry/SalesEntries", ListedEntry, where, position, _entry)

    async def orders_by_id(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the sales orders that are there."""
        found = await self._any("salesorder/SalesOrders", ListedOrder, "OrderID", map(odata.guid, ids))
        return [_order(row) for row in found]

    async def invoices_by_id(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the sales invoices that are there."""
        found = await self._any("salesinvoice/SalesInvoices", ListedInvoice, "InvoiceID", map(odata.guid, ids))
        return [_invoice(row) for row in found]

    async def entries_by_id(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the sales entries that are there."""
        found = await self._any("salesentry/SalesEntries", ListedEntry, "EntryID", map(odata.guid, ids))
        return [_entry(row) for row in found]

    async def _listed(
        self, resource: str, shape: type[R], where: str, position: str | None, listed: Callable[[R], Listed]
    ) -> ListedPage:
        first = {"$select": shape.select(), "$filter": where}
        page = await (self._rows(position) if position else self._rows(self._path(resource), first))
        return ListedPage([listed(understood(shape, row)) for row in page.rows], page.next)


def _between(field: str, period: Period) -> str:
    after = period.last + timedelta(days=1)
    return f"{field} ge {odata.midnight(period.first)} and {field} lt {odata.midnight(after)}"


def _order(row: ListedOrder) -> Listed:
    states: dict[int | None, Literal["final", "cancelled"]] = {COMPLETE: "final", CANCELLED: "cancelled"}
    return Listed(
        vendor_id=row.OrderID,
        state=states.get(row.Status, "draft"),
        number=_number(row.OrderNumber),
        reference=row.YourRef,
        customer=row.OrderedBy,
        day=row.OrderDate,
        total_excl=row.AmountFCExclVat,
        total_incl=row.AmountFC,
        currency=row.Currency,
    )


def _invoice(row: ListedInvoice) -> Listed:
    return Listed(
        vendor_id=row.InvoiceID,
        state="final" if row.Status == PROCESSED else "draft",
        number=_number(row.InvoiceNumber),
        reference=row.YourRef,
        customer=row.OrderedBy,
        day=row.OrderDate,
        total_excl=row.AmountFCExclVat,
        total_incl=row.AmountFC,
        currency=row.Currency,
    )


def _entry(row: ListedEntry) -> Listed:
    """Booked from the beginning. Known by its invoice number, as when it was made."""
    excl = None if row.AmountFC is None or row.VATAmountFC is None else row.AmountFC - row.VATAmountFC
    return Listed(
        vendor_id=row.EntryID,
        state="final",
        number=_number(row.InvoiceNumber or row.EntryNumber),
        reference=row.YourRef,
        customer=row.Customer,
        day=row.EntryDate,
        total_excl=excl,
        total_incl=row.AmountFC,
        currency=row.Currency,
    )


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
