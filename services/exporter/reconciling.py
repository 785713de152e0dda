"""Turns that compare the ledger with the package: one page, or one batch of look-ups. Documents always go first.

Nothing is mended: what somebody changed or deleted in the package is told, never sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.exporter import reconciled
from shared import connectors
from shared.connector import Listing
from shared.errors import BadEvent, GiveUp, LostLease, MissingRight, NeedsOwner, Unavailable
from shared.fates import fate
from shared.hub import Hub
from shared.intake import Received
from shared.mapping import Listed
from shared.reconcile.books import Books
from shared.reconcile.compare import Comparison, compare
from shared.reconcile.runs import Reconciliation, Reconciliations
from shared.schemas.connections import Connection
from shared.schemas.messages import ReconciliationRequest
from shared.turns import Held


async def take_in(hub: Hub, one: Received, connection: Connection) -> None:
    """Somebody asks for a comparison; the same word heard again starts nothing. `BadEvent` when it makes no sense."""
    try:
        asked = ReconciliationRequest.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable request to reconcile: {error.error_count()} problems") from None
    if asked.connection != connection.id:
        raise BadEvent("there is no such connection for this tenant")
    await Reconciliations(hub.store).start(connection, one.envelope.id, asked)


async def turn(held: Held, hub: Hub, connection: Connection) -> None:
    """Take this connection's comparison one step further, if it has one that is due."""
    runs = Reconciliations(hub.store)
    run = await runs.active(connection.id)
    if run is None or run.due > await hub.store.now():
        return
    if run.scope != connection.scope:
        why = "the connection leads to another administration now"
        await _end(hub, connection, run, Comparison(), problem=why)
        return
    try:
        await Comparing(hub, connection, run).step()
        held.succeeded = True
    except Exception as error:  # whatever it is, `fates.py` decides what happens next
        if isinstance(error, LostLease | Unavailable) or _only_the_owner(error):
            raise
        await _after_error(held, hub, connection, error)


def _only_the_owner(error: Exception) -> bool:
    """The lane rests, and the comparison goes on by itself afterwards. One closed list is no reason to rest."""
    return isinstance(error, NeedsOwner) and not isinstance(error, MissingRight)


async def next_moment(hub: Hub, connection: str) -> datetime | None:
    """When the comparison of this connection goes on; None when there is none."""
    run = await Reconciliations(hub.store).active(connection)
    return run.due if run else None


async def _after_error(held: Held, hub: Hub, connection: Connection, error: Exception) -> None:
    runs = Reconciliations(hub.store)
    run = await runs.active(connection.id)
    if run is None:
        return
    what_next = fate(error, run.attempts, await hub.store.now(), hub.patience)
    held.internal_error = error if what_next.internal else None
    if isinstance(error, GiveUp) and run.position is not None and not run.restarted:
        # A position may have expired; one restart of this list tells.
        await runs.save(run, run.model_copy(update={"position": None, "page": 0, "restarted": True}))
    elif what_next.kind == "later" and what_next.at:
        attempts = run.attempts + (1 if what_next.costs_attempt else 0)
        changes = {"due": what_next.at, "waits": what_next.reason, "attempts": attempts}
        await runs.save(run, run.model_copy(update=changes))
    else:
        await _end(hub, connection, run, Comparison(), problem=what_next.reason, vendor_says=what_next.vendor_says)


class Comparing:
    """One step of one comparison. Lives only as long as the turn."""

    def __init__(self, hub: Hub, connection: Connection, run: Reconciliation) -> None:
        self._hub = hub
        self._connection = connection
        self._run = run
        self._runs = Reconciliations(hub.store)

    async def step(self) -> None:
        """Decide which lists to read, read a page, look documents up, or compare, whatever is next."""
        run, books = self._run, await self._books()
        if run.lists is None:
            needed = books.chosen() | {one.list for one in await books.of(run.period) if one.list}
            await self._save(lists=tuple(sorted(needed)))
        elif not run.lists:
            await self._compare(books)
        elif run.absent:
            await self._look_up(books.named(run.lists[0]))
        else:
            await self._read(books, books.named(run.lists[0]))

    async def _books(self) -> Books:
        same = await self._hub.connections.of_same_books(self._connection)
        return Books(self._hub, self._connection, same)

    async def _save(self, **changes: Any) -> None:
        going_on = {"waits": None, "attempts": 0, **changes}
        self._run = await self._runs.save(self._run, self._run.model_copy(update=going_on))

    async def _read(self, books: Books, listing: Listing) -> None:
        # As an import: it leaves the reserve of the package's limits to documents.
        async with self._hub.connect(self._connection, "import") as client:
            page = await listing.read(client, self._run.period, self._run.position)
        await self._runs.keep_page(self._run, f"page|{self._run.page:06d}", page.documents)
        if page.next is not None:
            await self._save(position=page.next, page=self._run.page + 1)
        else:
            await self._list_done(await self._absent(books, listing))

    async def _absent(self, books: Books, listing: Listing) -> tuple[str, ...]:
        """What the ledger calls sent and the list does not show: deleted, or only moved to another day."""
        shown = {one.vendor_id for one in (await self._listed()).get(listing.name, ())}
        sent = {one.vendor_id for one in await books.of(self._run.period) if one.list == listing.name}
        return tuple(sorted(id for id in sent - shown if id))

    async def _look_up(self, listing: Listing) -> None:
        asked, rest = self._run.absent[: listing.batch], self._run.absent[listing.batch :]
        async with self._hub.connect(self._connection, "import") as client:
            found = await listing.fetch(client, asked)
        await self._runs.keep_page(self._run, f"looked up|{len(rest):06d}", found)
        await self._list_done(rest)

    async def _list_done(self, absent: tuple[str, ...]) -> None:
        """The list was read to its end: what it does not show is looked up, then the next list follows."""
        lists = self._run.lists or ()
        next_list = {"lists": lists if absent else lists[1:]}
        await self._save(position=None, page=0, restarted=False, absent=absent, **next_list)

    async def _listed(self) -> Mapping[str, Sequence[Listed]]:
        found: dict[str, list[Listed]] = {}
        for sheet in await self._runs.sheets(self._run.id):
            if sheet.list:
                found.setdefault(sheet.list, []).extend(sheet.documents)
        return found

    async def _compare(self, books: Books) -> None:
        listed = await self._listed()
        ours = {one.entry: one for one in await books.of(self._run.period)}
        claimed = {one.vendor_id for one in ours.values()}
        unclaimed = [one for documents in listed.values() for one in documents if one.vendor_id not in claimed]
        others = await books.by_number({one.reference for one in unclaimed if one.reference}, self._run.period)
        ours |= {one.entry: one for one in others}
        found = compare(list(ours.values()), listed, connectors.get(self._connection.connector).title)
        await _end(self._hub, self._connection, self._run, found)


async def _end(hub: Hub, connection: Connection, run: Reconciliation, found: Comparison, **problem: str | None) -> None:
    """Tell the platform and the user, then remember that it is over. A crash in between tells it again, alike."""
    runs = Reconciliations(hub.store)
    pages = [sheet for sheet in await runs.sheets(run.id) if sheet.list]
    # Strangers are of use only to somebody who waits for what the platform published to be compared too.
    await runs.keep_result(run, found.findings, found.strangers if run.reason == "manual" else ())
    result = {"agreeing": found.agreeing, "differing": len(found.findings), **problem}
    over = run.model_copy(update={"state": "failed" if problem else "done", **result})
    await hub.bus.publish([reconciled.event(connection, over, found.findings)])
    line = reconciled.log_line(connection, over, found.findings)
    await hub.journal.write(
        connection.id,
        line.event,
        line.text,
        level=line.level,
        vendor_says=over.vendor_says,
        once=f"{run.id}|told",
        first=str(run.first),
        last=str(run.last),
    )
    await runs.save(run, over.model_copy(update={"ended": await hub.store.now()}))
    await runs.forget(pages)
