"""Reading what became of sales invoices, fiscal year by fiscal year (Multivers fact sheet, section 4.7)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from shared.connector import Page, ReadFrom
from shared.errors import TryLater

from .calls import STRANGE, Calls, Place
from .models import FiscalYear

_ANY_STATE = 0
"""`invoiceState` of a list: any; what is returned has other codes (section 6, trap 9)."""


class Settlements(Calls):
    """What a client does to read the state of invoices."""

    async def sales_invoices(self, where: ReadFrom) -> Page:
        """A page of one fiscal year's sales invoices, in any state: there is no list of all years."""
        years, place = await self._place(where)
        if not years:
            return Page([], next=None)
        what = f"CustomerInvoiceInfoList/ByFiscalYear/{years[0]}/{_ANY_STATE}"
        part = await self._part(what, "invoiceId", place)
        if part.next:
            return Page(part.rows, next=_dump(years, part.next))
        later = _dump(years[1:], Place()) if years[1:] else None
        return Page(part.rows, next=later, doubt=part.doubt)

    async def existing_invoices(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there."""
        return await self._there("CustomerInvoiceInfo", ids)

    async def _years(self) -> list[int]:
        found = [one.year for one in await self._all("FiscalYearInfoList", FiscalYear)]
        years = sorted(year for year in found if year)
        if len(years) < len(found):
            raise TryLater(STRANGE)
        return years

    async def _place(self, where: ReadFrom) -> tuple[list[int], Place]:
        if where.position is None:
            return await self._years(), Place()
        years, place = json.loads(where.position)
        return years, Place.load(place)


def _dump(years: Sequence[int], place: Place) -> str:
    return json.dumps([list(years), place.dump()])
