"""Ledger entries: one per (tenant, connection, administration, flow, source document), holding the whole event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import Field

from shared.clock import Moment
from shared.errors import LostLease
from shared.ledger.gates import Gate, verdict
from shared.ledger.states import FINAL, EntryEvent, EntryState, next_entry_state
from shared.records import Record
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.schemas.money import Exact
from shared.store import Is, Store, StoreNow
from shared.store.collections import LEDGER

KEEP = 5
"""How often a compare-and-set is tried again when intake and a turn meet on one entry."""


class Entry(Record):
    """One document to export. `due`: when a turn should look at it (None: when somebody wakes it).

    `revision` is the wanted one, `sent_revision` the one in the books. `outcome_due` is set while the outcome has still
    to be published. `body` is the event as it came. `waits_for` is a setting (`waits_key`: what of it) or another
    document. `gated`: it was left out before anything was done for it. `alone`: a credit note that need not wait for
    its invoice. `follow_ups_due`: it is in the books, and what may follow (its PDF) is still to be done.
    """

    tenant: str
    connector: str
    connection: str
    administration: str
    scope: str
    generation: int
    flow: Flow
    document: str
    number: str
    day: date
    planned: Moment
    revision: int
    content_hash: str
    body: dict[str, Any] = Field(repr=False)
    state: EntryState = "ready"
    version: int = 0
    fence: int = 0
    due: Moment | None = None
    waits_for: str | None = None
    waits_key: str | None = None
    gated: bool = False
    reason: str | None = None
    vendor_says: str | None = None
    attempts: int = 0
    crashes: int = 0
    sent_revision: int | None = None
    document_type: str | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    url: str | None = None
    total_excl: Exact | None = None
    difference: Exact | None = None
    outcome_due: Moment | None = None
    alone: bool = False
    follow_ups_due: bool = False

    @property
    def status(self) -> str | None:
        """The work order's own status."""
        return self.body.get("work_status")

    @property
    def final(self) -> bool:
        """Nothing more happens by itself."""
        return self.state in FINAL

    @property
    def follows_up(self) -> bool:
        """It is in the books, and what is due is only what may follow."""
        return self.state == "confirmed" and self.follow_ups_due

    def moved(self, event: EntryEvent, **changes: Any) -> "Entry":
        """This entry after `event`; `IllegalTransition` when that must not happen."""
        return self.model_copy(update={**changes, "state": next_entry_state(self.state, event)})


@dataclass(frozen=True)
class Wanted:
    """A readable document event, before it is an entry."""

    flow: Flow
    document: str
    number: str
    day: date
    revision: int
    body: dict[str, Any]

    @property
    def content_hash(self) -> str:
        """Equal for equal content, whatever the order of keys."""
        return sha256(dumps(self.body, sort_keys=True).encode()).hexdigest()


def entry_id(connection: Connection, flow: Flow, document: str) -> str:
    """The identity of an effect: from the business, never from the message."""
    return f"{connection.tenant}|{connection.scope}|{flow}|{document}"


def first_entry(connection: Connection, wanted: Wanted, gate: Gate, now: datetime) -> Entry:
    """The entry of a document met for the first time, behind the gate."""
    entry = Entry(
        id=entry_id(connection, wanted.flow, wanted.document),
        tenant=connection.tenant,
        connector=connection.connector,
        connection=connection.id,
        administration=connection.administration.code,
        scope=connection.scope,
        generation=connection.generation,
        flow=wanted.flow,
        document=wanted.document,
        number=wanted.number,
        day=wanted.day,
        planned=now,
        revision=wanted.revision,
        content_hash=wanted.content_hash,
        body=wanted.body,
        state="held",
    )
    return at_gate(entry, gate, now)


def at_gate(entry: Entry, gate: Gate, now: datetime) -> Entry:
    """A held entry as the gate lets it: ready, collected, left out, or still held."""
    decided = verdict(gate, entry.flow, entry.day, entry.status)
    match decided.event:
        case "hold":
            return entry.model_copy(update={"reason": decided.reason})
        case "skip":
            return entry.moved("skip", reason=decided.reason, due=None, gated=True, outcome_due=now)
        case "collect":
            return entry.moved("collect", reason=decided.reason, due=None, gated=False)
        case "release":
            return entry.moved("release", due=entry.planned, reason=None, gated=False)


class Conflict(Exception):  # it names what was met
    """The same revision with other content: the publisher broke the contract, so this event is a dead letter."""


def merged(entry: Entry, wanted: Wanted, gate: Gate, now: datetime) -> Entry | None:
    """The entry after one more event for its document; None when nothing changes. Raises `Conflict`.

    What was left out at the gate meets it again: with a newer revision, and also with the same one, because the user
    may have moved the start date or chosen other statuses since (that is how a back-fill works).
    """
    if wanted.revision < entry.revision:
        return None
    if wanted.revision == entry.revision:
        if wanted.content_hash != entry.content_hash:
            raise Conflict(
                f"revision {wanted.revision} of {entry.flow} {entry.number} came twice with different content"
            )
        return _reconsidered(entry, gate, now)
    newer = {
        "revision": wanted.revision,
        "content_hash": wanted.content_hash,
        "body": wanted.body,
        "number": wanted.number,
        "day": wanted.day,
    }
    if entry.state == "skipped":
        return at_gate(entry.moved("newer", **newer), gate, now)
    if entry.state in ("held", "collected", "unsure"):
        return entry.moved("newer", **newer)
    return entry.moved("newer", **newer, due=now, **_FRESH)


_FRESH: dict[str, Any] = {
    "waits_for": None,
    "waits_key": None,
    "reason": None,
    "vendor_says": None,
    "attempts": 0,
    "crashes": 0,
}


def _reconsidered(entry: Entry, gate: Gate, now: datetime) -> Entry | None:
    """What is still left out for the same reason has not changed, so nobody is told again."""
    if entry.state != "skipped" or not entry.gated:
        return None
    again = at_gate(entry.moved("reconsider"), gate, now)
    return None if (again.state, again.reason) == (entry.state, entry.reason) else again


def asked_again(entry: Entry, *, alone: bool, settled_by_hand: bool) -> Entry | None:
    """The entry after somebody asked for it; None when there is nothing to do again.

    What was collected is sent; what has ended or waits for something is looked at again; a confirmed document is never
    made again. What nobody is sure about needs a person's word first.
    """
    kept = {"due": entry.planned, "alone": entry.alone or alone}
    if entry.state == "collected":
        return entry.moved("release", **kept, reason=None)
    waits = entry.state == "waiting" and entry.waits_for is not None
    ended = entry.state in ("refused", "skipped") or (entry.state == "unsure" and settled_by_hand)
    if not waits and not ended:
        return None
    return entry.moved("again", **kept, **_FRESH, gated=False)


class Entries:
    """Reads and changes entries. Every change is a compare-and-set on `version`, retried on what is there by then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, id: str) -> Entry | None:
        """An entry as stored."""
        found = await self._store.get(LEDGER, id)
        return Entry.of(found) if found else None

    async def plan(self, connection: Connection, wanted: Wanted, gate: Gate) -> Entry:
        """Take a document event in; the entry as it is then. Raises `Conflict`."""
        now = await self._store.now()
        fresh = first_entry(connection, wanted, gate, now)
        if await self._store.insert(LEDGER, fresh.stored()):
            return fresh
        return await self.change(fresh.id, lambda entry: merged(entry, wanted, gate, now))

    async def change(self, id: str, how: Callable[[Entry], Entry | None]) -> Entry:
        """Apply a pure change to whatever is stored; None from `how` leaves it."""
        for _ in range(KEEP):
            entry = await self.get(id)
            if entry is None:
                raise LostLease(f"the ledger entry {id} is gone")
            newer = how(entry)
            if newer is None:
                return entry
            if saved := await self.replace(entry, newer):
                return saved
        raise LostLease(f"the ledger entry {id} changes faster than it can be written")

    async def replace(self, entry: Entry, newer: Entry) -> Entry | None:
        """Store `newer` if the entry is still as read; None when it is not."""
        newer = newer.model_copy(update={"version": entry.version + 1})
        stored = await self._store.update(LEDGER, entry.id, where={"version": entry.version}, set=entry.changes(newer))
        return newer if stored is not None else None

    async def next_due(self, connection: str) -> Entry | None:
        """The entry of this connection that has been due longest."""
        due = {"connection": connection, "due": Is("<=", StoreNow())}
        found = await self._store.find(LEDGER, due, sort=("due", "planned"), limit=1)
        return Entry.of(found[0]) if found else None

    async def next_moment(self, connection: str) -> datetime | None:
        """When the next entry of this connection is due."""
        found = await self._store.find(LEDGER, {"connection": connection, "due": Is(">", "")}, sort=("due",), limit=1)
        return Entry.of(found[0]).due if found else None

    async def held(self, connection: str, limit: int = 100) -> Sequence[Entry]:
        """Entries that wait for the first OK."""
        where = {"connection": connection, "state": "held"}
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("planned",), limit=limit)]

    async def wake_waiting(self, connection: str, settings: Sequence[str]) -> int:
        """Entries that wait for one of these settings are due again, in the order they came."""
        woken = 0
        for setting in settings:
            where = {"connection": connection, "state": "waiting", "waits_for": setting}
            for row in await self._store.find(LEDGER, where, sort=("planned",), limit=100_000):
                await self.change(row["id"], _woken(setting))
                woken += 1
        return woken

    async def list(self, where: dict[str, Any], *, limit: int = 100) -> Sequence[Entry]:
        """Entries by fields, newest first."""
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("-planned",), limit=limit)]

    async def unpublished(self, connector: str, limit: int = 100) -> Sequence[Entry]:
        """Entries whose outcome has still to be published."""
        where = {"connector": connector, "outcome_due": Is("<=", StoreNow())}
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("outcome_due",), limit=limit)]


def _woken(setting: str) -> Callable[[Entry], Entry | None]:
    def wake(entry: Entry) -> Entry | None:
        if entry.state != "waiting" or entry.waits_for != setting:
            return None
        return entry.moved("wake", due=entry.planned, waits_for=None, waits_key=None, reason=None)

    return wake
