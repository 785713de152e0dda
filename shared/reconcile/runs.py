"""Comparisons in the store: which days of which connection, how far it is, and what the package listed until now."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from shared import envelope, topics
from shared.clock import Moment
from shared.connector import Period
from shared.envelope import Message
from shared.errors import LostLease
from shared.mapping import Listed
from shared.records import Record
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationRequest
from shared.store import Store
from shared.store.collections import RECONCILIATIONS, SHEETS

FINDINGS = 200
"""Findings on one sheet."""


class Reconciliation(Record):
    """One comparison of one connection.

    `lists` are those of the package still to be read (None: not decided yet), the first is under way: its next `page`
    begins at `position`, which is the package's own, opaque; `restarted`: it was refused once, and the list began anew.
    `absent` are vendor ids of documents that its list does not show; they are looked up one by one before anybody says
    that they are missing. `due`: when to go on, and `waits` why not at once. `problem`: why it could not be done.
    """

    connection: str
    connector: str
    tenant: str
    scope: str
    first: date
    last: date
    reason: Literal["schedule", "manual"]
    asked: Moment
    due: Moment
    state: Literal["active", "done", "failed"] = "active"
    waits: str | None = None
    lists: tuple[str, ...] | None = None
    position: str | None = None
    page: int = 0
    restarted: bool = False
    absent: tuple[str, ...] = ()
    attempts: int = 0
    agreeing: int = 0
    differing: int = 0
    problem: str | None = None
    vendor_says: str | None = None
    ended: Moment | None = None
    version: int = 0

    @property
    def period(self) -> Period:
        """The days that are compared."""
        return Period(self.first, self.last)


class Sheet(Record):
    """A page that the package listed; or, of an ended comparison, a part of what was found.

    `strangers` are documents with a reference that the ledger does not know: somebody else's, unless the platform does.
    """

    run: str
    at: Moment
    list: str = ""
    documents: tuple[Listed, ...] = ()
    findings: tuple[Finding, ...] = ()
    strangers: tuple[Listed, ...] = ()


def request(connection: Connection, id: str, asked: ReconciliationRequest, source: str) -> Message:
    """The word that starts a comparison; `id` is its id, so that the word may be said twice."""
    return envelope.message(
        topics.export_requests(connection.connector),
        connection.id,
        asked,
        type=envelope.RECONCILIATION_REQUESTED,
        source=source,
        tenant=connection.tenant,
        id=id,
    )


class Reconciliations:
    """Reads and changes comparisons and their sheets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(self, connection: Connection, id: str, asked: ReconciliationRequest) -> bool:
        """Begin one; False when that word was heard before. Several of one connection follow each other."""
        now = await self._store.now()
        run = Reconciliation(
            id=id,
            connection=connection.id,
            connector=connection.connector,
            tenant=connection.tenant,
            scope=connection.scope,
            first=asked.first,
            last=asked.last,
            reason=asked.reason,
            asked=now,
            due=now,
        )
        return await self._store.insert(RECONCILIATIONS, run.stored())

    async def get(self, id: str) -> Reconciliation | None:
        """One, as it is now."""
        found = await self._store.get(RECONCILIATIONS, id)
        return Reconciliation.of(found) if found else None

    async def active(self, connection: str) -> Reconciliation | None:
        """The one that this connection is at: the oldest that has not ended."""
        where = {"connection": connection, "state": "active"}
        found = await self._store.find(RECONCILIATIONS, where, sort=("asked",), limit=1)
        return Reconciliation.of(found[0]) if found else None

    async def all_active(self, connector: str) -> set[str]:
        """Connections with one that has not ended."""
        found = await self._store.find(RECONCILIATIONS, {"connector": connector, "state": "active"}, limit=100_000)
        return {row["connection"] for row in found}

    async def save(self, run: Reconciliation, newer: Reconciliation) -> Reconciliation:
        """Store progress; `LostLease` when it moved on without us."""
        newer = newer.model_copy(update={"version": run.version + 1})
        where = {"version": run.version}
        if await self._store.update(RECONCILIATIONS, run.id, where=where, set=run.changes(newer)) is None:
            raise LostLease(f"the reconciliation {run.id} was changed by somebody else")
        return newer

    async def keep_page(self, run: Reconciliation, name: str, documents: Sequence[Listed]) -> None:
        """Keep what the package listed. `name` says which page of the list it is: met again, it replaces itself."""
        assert run.lists, "a list is under way"
        sheet = Sheet(
            id=f"{run.id}|{run.lists[0]}|{name}",
            run=run.id,
            at=await self._store.now(),
            list=run.lists[0],
            documents=tuple(documents),
        )
        await self._store.put_many(SHEETS, [sheet.stored()])

    async def keep_result(self, run: Reconciliation, findings: Sequence[Finding], strangers: Sequence[Listed]) -> None:
        """Keep what was found, for whoever asked."""
        now = await self._store.now()
        parts = range(0, max(len(findings), len(strangers)), FINDINGS)
        sheets = [
            Sheet(
                id=f"{run.id}|found|{begin:08d}",
                run=run.id,
                at=now,
                findings=tuple(findings[begin : begin + FINDINGS]),
                strangers=tuple(strangers[begin : begin + FINDINGS]),
            )
            for begin in parts
        ]
        await self._store.put_many(SHEETS, [sheet.stored() for sheet in sheets])

    async def sheets(self, run: str) -> list[Sheet]:
        """All that is kept of one, pages in their order."""
        return [Sheet.of(row) for row in await self._store.find(SHEETS, {"run": run}, sort=("id",), limit=100_000)]

    async def forget(self, sheets: Iterable[Sheet]) -> None:
        """Throw sheets away."""
        await self._store.delete_many(SHEETS, [sheet.id for sheet in sheets])
