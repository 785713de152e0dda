"""The calls for invoices and purchase orders: made, closed, found again, read back (Moloni Spain fact sheet, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from shared.connector import ListedPage, Period
from shared.errors import GiveUp, Uncertain, WorkError
from shared.mapping import Listed, Receipt, Request

from . import amounts, queries, sync
from .calls import Calls, Raw, understood
from .kinds import INVOICE, ORDER, DocumentKind
from .models import Company, Document

CLOSED = 1
_AROUND = timedelta(days=2)
_NOTHING = Decimal(0)


class Documents(Calls):
    """What a client does with documents."""

    async def company_of(self, id: int) -> Company:
        """A company."""
        return understood(Company, (await self._ask("company", companyId=id)).get("data") or {})

    async def create_document(self, request: Request) -> Receipt:
        """Make a draft. Its total without VAT follows from the lines that were sent."""
        made = understood(Document, await self._tell(request))
        data = request.body["variables"]["data"]
        total = amounts.excluding(made.totalValue, [_sent(line) for line in data["products"]])
        return Receipt(str(made.documentId), number=_number(made), total_excl=total, day=_day(data["date"]))

    async def close(self, kind: DocumentKind, request: Request) -> Receipt:
        """Close a draft, for good; the number it got is read back."""
        await self._tell(request)
        id = str(request.body["variables"]["data"]["documentId"])
        try:
            closed = await self.document(kind, id)
        except GiveUp:
            closed = None
        except WorkError as error:
            raise Uncertain(f"The document was closed, but not read back: {error.reason}") from error
        return Receipt(id, number=_number(closed) if closed else None)

    async def document(self, kind: DocumentKind, id: str) -> Document | None:
        """The document with this id, or None."""

        async def ask(operation: str) -> Raw | None:
            return await self._one(operation, documentId=int(id))

        found = await self._with_more(ask, kind.one, kind.proven_one)
        return understood(Document, found) if found else None

    async def documents_by_reference(self, kind: DocumentKind, reference: str, day: date) -> list[Receipt]:
        """The documents that carry our reference.

        Whether that can be filtered on is not known (section 4.2, Idempotency): a filter may be ignored, or find
        nothing. So where it does not show ours, those of the days around it are looked through.
        """
        by_reference = [queries.filtered("ourReference", "eq", reference)]
        found = await self._found(kind, by_reference, reference)
        if not found:
            found = await self._found(kind, _between(day - _AROUND, day + _AROUND), reference)
        return [receipt(row) for row in found]

    async def listed_invoices(self, period: Period, position: str | None) -> ListedPage:
        """A page of the invoices of these days."""
        return await self._listed(INVOICE, period, position)

    async def listed_orders(self, period: Period, position: str | None) -> ListedPage:
        """A page of the purchase orders of these days."""
        return await self._listed(ORDER, period, position)

    async def fetched_invoices(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the invoices that are there."""
        return await self._fetched(INVOICE, ids)

    async def fetched_orders(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the purchase orders that are there."""
        return await self._fetched(ORDER, ids)

    async def _found(self, kind: DocumentKind, filters: list[dict[str, str]], reference: str) -> list[Document]:
        async def ask(operation: str) -> list[Document]:
            return await self._matching(operation, Document, filters, lambda row: row.ourReference == reference)

        found: list[Document] = await self._with_more(ask, kind.many, kind.proven_many)
        return found

    async def _listed(self, kind: DocumentKind, period: Period, position: str | None) -> ListedPage:
        page = int(position or "1")
        options = {"filter": _between(period.first, period.last), "order": [{"field": "documentId", "sort": "ASC"}]}

        async def ask(operation: str) -> Raw:
            return await self._page(operation, page, options)

        answer = await self._with_more(ask, kind.many, kind.proven_many)
        rows = [understood(Document, row) for row in answer.get("data") or ()]
        there = [row for row in rows if row.date is None or period.first <= row.date <= period.last]
        behind = str(page + 1) if sync.more(answer["options"]["pagination"], page) else None
        return ListedPage(await self._in_neutral_terms(there), behind)

    async def _fetched(self, kind: DocumentKind, ids: Sequence[str]) -> list[Listed]:
        found = [await self.document(kind, id) for id in ids]
        return await self._in_neutral_terms([row for row in found if row is not None])

    async def _in_neutral_terms(self, rows: Sequence[Document]) -> list[Listed]:
        """Totals are in the company's currency."""
        currency = (await self.company_of(self.company)).currency if rows else None
        return [listed(row, currency.iso4217 if currency else None) for row in rows]


def receipt(row: Document) -> Receipt:
    """What Moloni holds."""
    return Receipt(str(row.documentId), number=_number(row), total_excl=_excluding(row), day=row.date)


def listed(row: Document, currency: str | None) -> Listed:
    """A document in neutral terms."""
    return Listed(
        vendor_id=str(row.documentId),
        state="final" if row.status == CLOSED else "draft",
        number=_number(row),
        reference=row.ourReference,
        day=row.date,
        total_excl=_excluding(row),
        total_incl=row.totalValue,
        currency=currency,
    )


def _number(row: Document) -> str | None:
    """A draft has none; that it shows 0 is an assumption (section 4.2)."""
    return str(row.number) if row.number else None


def _excluding(row: Document) -> Decimal | None:
    lines = [
        amounts.Priced.of(one.qty, one.price, one.discount or _NOTHING, sum((tax.value for tax in one.taxes), _NOTHING))
        for one in row.products
    ]
    return amounts.excluding(row.totalValue, lines)


def _sent(line: Raw) -> amounts.Priced:
    """A line as it was sent: its numbers are JSON's."""
    quantity, price, discount = (Decimal(repr(line.get(name) or 0)) for name in ("qty", "price", "discount"))
    percentage = sum((Decimal(repr(tax["value"])) for tax in line.get("taxes") or ()), _NOTHING)
    return amounts.Priced.of(quantity, price, discount, percentage)


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def _between(first: date, last: date) -> list[dict[str, str]]:
    return [
        queries.filtered("date", "gte", f"{first} 00:00:00"),
        queries.filtered("date", "lte", f"{last} 23:59:59"),
    ]
