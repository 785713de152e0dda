"""The calls for sales entries, and for what they refer to (Exact fact sheet, section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import BilledItem, GroupLedger, Ref, SalesEntry, SalesItem

Sold = TypeVar("Sold", BilledItem, SalesItem)


class Bookings(Calls):
    """What a client does with sales entries."""

    async def create_sales_entry(self, request: Request) -> Receipt:
        """Book an invoice or credit note in the sales journal: it counts at once."""
        return _receipt(await self._create(request, SalesEntry))

    async def sales_entries_by_reference(self, reference: str) -> list[Receipt]:
        """All sales entries with our reference in `YourRef`; it is not unique (section 7)."""
        filters = f"YourRef eq {odata.text(reference)}"
        return [_receipt(row) for row in await self._all(self._path("salesentry/SalesEntries"), SalesEntry, filters)]

    async def sales_items(self, codes: Iterable[str]) -> dict[str, SalesItem]:
        """Those of the items that exist, by code; one without a revenue ledger gets that of its group."""
        found = await self._any("logistics/Items", SalesItem, "Code", map(odata.text, sorted(set(codes))))
        return await self.with_ledgers({item.Code: item for item in found if item.Code})

    async def with_ledgers(self, items: Mapping[str, Sold]) -> dict[str, Sold]:
        """The items, by code; one without a revenue ledger gets that of its group."""
        groups = sorted({item.ItemGroup for item in items.values() if item.ItemGroup and not item.GLRevenue})
        rows = await self._any("logistics/ItemGroups", GroupLedger, "ID", map(odata.guid, groups))
        revenue = {row.ID: row.GLRevenue for row in rows}
        return {code: _with_ledger(item, revenue) for code, item in items.items()}

    async def ledger_ids(self, codes: Iterable[str]) -> dict[str, str]:
        """The ids of those of the ledgers that exist, by code."""
        found = await self._any("financial/GLAccounts", Ref, "Code", map(odata.text, sorted(set(codes))))
        return {row.Code: row.ID for row in found if row.Code}


def _with_ledger(item: Sold, revenue: Mapping[str, str | None]) -> Sold:
    """The item, with its group's revenue ledger where it has none."""
    return item.model_copy(update={"GLRevenue": item.GLRevenue or revenue.get(item.ItemGroup or "")})


def _receipt(row: SalesEntry) -> Receipt:
    """Known by its invoice number, which in a journal of entries may be left to Exact."""
    number = row.InvoiceNumber or row.EntryNumber
    return Receipt(
        row.EntryID,
        number=None if number is None else str(number),
        customer=row.Customer,
        total_excl=None if row.AmountFC is None or row.VATAmountFC is None else row.AmountFC - row.VATAmountFC,
        day=row.EntryDate,
    )
