"""The calls for documents: making, finding, closing and reading them back (Moloni PT fact sheet, sections 4.3, 4.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any, Literal

from shared.connector import ListedPage, Period
from shared.errors import Uncertain, WorkError
from shared.mapping import Listed, Receipt, Request

from .calls import PAGE, Calls, understood
from .models import CANCELLED, CLOSED, DRAFT, Document

KEY = "document_id"
_STATES: dict[int, Literal["draft", "final", "cancelled"]] = {DRAFT: "draft", CLOSED: "final", CANCELLED: "cancelled"}
_DAY_BY_DAY = 31
"""A period up to so many days is asked for by day, a longer one by year: there are no ranges (section 2, Filters)."""


class Documents(Calls):
    """What a client does with documents."""

    async def create_document(self, request: Request) -> Receipt:
        """Create a document. Moloni answers with its id alone, so number and totals are read back."""
        return await self._read_back(await self._write(request, KEY))

    async def close_document(self, request: Request) -> Receipt:
        """Close a draft: it gets its number, and is reported to the tax authority."""
        return await self._read_back(await self._write(request, KEY))

    async def document(self, id: str) -> Document | None:
        """The document, or None."""
        return await self._one("documents", Document, KEY, id)

    async def documents_by_reference(self, cls: str, reference: str) -> list[Receipt]:
        """The documents of a class that carry our reference. How Moloni compares is not known, so we compare again."""
        found = await self._found(cls, "getAll", Document, KEY, your_reference=reference)
        return [receipt(row) for row in found if row.your_reference == reference and row.status != CANCELLED]

    async def listed(self, classes: Sequence[str], period: Period, position: str | None) -> ListedPage:
        """A page of the documents of these classes with a day in the period."""
        slices = [*product(classes, _slices(period))]
        place, offset = json.loads(position) if position else (0, 0)
        cls, asked = slices[place]
        rows = await self._page(cls, "getAll", offset=offset, **asked)
        more = [place, offset + len(rows)] if len(rows) == PAGE else [place + 1, 0]
        documents = [understood(Document, row) for row in rows]
        shown = [listed(row) for row in documents if row.date and period.first <= row.date <= period.last]
        return ListedPage(shown, json.dumps(more) if more[0] < len(slices) else None)

    async def fetched(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the documents that are there."""
        found = [await self.document(id) for id in ids]
        return [listed(row) for row in found if row is not None]

    async def _read_back(self, id: str) -> Receipt:
        try:
            made = await self.document(id)
        except WorkError as error:
            raise Uncertain(f"It was sent, but not read back: {error.reason}") from error
        if made is None:
            raise Uncertain("It was sent, but is not shown yet.")
        return receipt(made)


def receipt(row: Document) -> Receipt:
    """What Moloni holds. A draft has no number."""
    return Receipt(
        str(row.document_id),
        number=row.named,
        customer=None if row.customer_id is None else str(row.customer_id),
        total_excl=row.total_excl,
        day=row.date,
    )


def listed(row: Document) -> Listed:
    """A document in neutral terms."""
    known = receipt(row)
    return Listed(
        vendor_id=known.vendor_id,
        state=_STATES.get(row.status, "final"),
        number=known.number,
        reference=row.your_reference,
        customer=known.customer,
        day=known.day,
        total_excl=known.total_excl,
        total_incl=row.net_value,
        currency="EUR",
    )


def _slices(period: Period) -> Iterator[dict[str, Any]]:
    """The filters that together show the period."""
    days = (period.last - period.first).days + 1
    if days > _DAY_BY_DAY:
        yield from ({"year": year} for year in range(period.first.year, period.last.year + 1))
    else:
        yield from ({"date": (period.first + timedelta(days=number)).isoformat()} for number in range(days))
