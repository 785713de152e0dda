"""Our side of a comparison: the ledger of one connection, and of those the tenant had to the same books before."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shared import connectors
from shared.chosen import settings_of
from shared.connector import Listing, Period
from shared.exporting import MODELS, document_type, document_types
from shared.hub import Hub
from shared.ledger.entry import Entry, document_step
from shared.ledger.writes import Step
from shared.reconcile.findings import Ours
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.store import Is
from shared.store.collections import STEPS

BATCH = 500
"""Numbers asked for together."""
MOST = 100_000
"""Documents of one day."""


class Books:
    """Reads the ledger for one connection. Bodies of documents are dropped at once: a period may hold many."""

    def __init__(self, hub: Hub, connection: Connection, same: Sequence[Connection]) -> None:
        self._hub = hub
        self._connection = connection
        self._same = same
        self._connector = connectors.get(connection.connector)
        self._settings = settings_of(connection)

    def listing(self, flow: Flow, fixed: str | None = None) -> Listing | None:
        """The list that shows documents of a flow: as what they were sent (`fixed`), else as the user chose."""
        name = fixed or document_type(self._settings, flow)
        export = self._connector.exports.get((MODELS[flow], name or ""))
        return export.listing if export else None

    def named(self, name: str) -> Listing:
        """The list of that name."""
        found = (export.listing for export in self._connector.exports.values())
        return next(one for one in found if one and one.name == name)

    def chosen(self) -> set[str]:
        """The lists that documents would go into now."""
        every = [(flow, name) for flow in MODELS for name in document_types(self._settings, flow)]
        return {listing.name for flow, name in every if (listing := self.listing(flow, name))}

    async def of(self, period: Period) -> list[Ours]:
        """The documents of these days that can be compared."""
        return [one for day in _days(period) for one in await self._where({"day": day.isoformat()}, period)]

    async def by_number(self, numbers: Collection[str], period: Period) -> list[Ours]:
        """The documents with these numbers, of whatever day."""
        parts = _batches(sorted(numbers))
        return [one for part in parts for one in await self._where({"number": Is("in", part)}, period)]

    async def _where(self, where: dict[str, Any], period: Period) -> list[Ours]:
        found = [
            entry
            for one in self._same
            for entry in await self._hub.entries.list({"connection": one.id, **where}, limit=MOST)
            if entry.scope == one.scope
        ]
        rows = await self._hub.store.get_many(STEPS, [document_step(entry.id) for entry in found])
        steps = {row["entry"]: Step.of(row) for row in rows.values()}
        ours = [self._ours(entry, steps.get(entry.id), period) for entry in found]
        return [one for one in ours if one.list and self._counts(one)]

    def _counts(self, one: Ours) -> bool:
        """What an ended connection surely never sent is the business of the one that followed it."""
        mine = one.entry.startswith(f"{self._connection.tenant}|{self._connection.scope}|")
        return mine or one.vendor_id is not None or one.in_doubt

    def _ours(self, entry: Entry, step: Step | None, period: Period) -> Ours:
        there = step if step is not None and step.state == "confirmed" else None
        vendor_id = entry.vendor_id or (there.vendor_id if there else None)
        listing = self.listing(entry.flow, entry.document_type)
        sent = step.expected if step and vendor_id else None
        total = entry.total_excl if entry.total_excl is not None else (sent.total_excl if sent else None)
        return Ours(
            entry=entry.id,
            number=entry.number,
            state=entry.state,
            list=listing.name if listing else None,
            in_period=period.first <= entry.day <= period.last,
            again=entry.sent_revision is not None and entry.revision > entry.sent_revision,
            in_doubt=step is not None and step.in_doubt,
            reason=entry.reason,
            document_type=entry.document_type,
            vendor_id=vendor_id,
            vendor_number=entry.vendor_number,
            customer=sent.customer if sent else None,
            day=sent.day if sent else None,
            total_excl=total if vendor_id else None,
            total_incl=_including(entry, total) if vendor_id else None,
            currency=sent.currency if sent else None,
            url=entry.url,
        )


def _including(entry: Entry, total_excl: Decimal | None) -> Decimal | None:
    """Only invoices say it. Where the package's total was another than ours from the beginning, that was told then."""
    if entry.flow != "invoice" or entry.difference or total_excl is None or entry.revision != entry.sent_revision:
        return None
    return abs(Decimal(entry.body["total_incl"])) * (-1 if total_excl < 0 else 1)


def _days(period: Period) -> Iterator[date]:
    for number in range((period.last - period.first).days + 1):
        yield period.first + timedelta(days=number)


def _batches(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(numbers), BATCH):
        yield numbers[begin : begin + BATCH]
