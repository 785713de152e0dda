"""Ledger entries in the store: one per (tenant, connection, administration, flow, source document)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.errors import LostLease
from shared.ledger.entry import (
    Entry,
    Wanted,
    first_entry,
    merged,
)
from shared.ledger.gates import Gate
from shared.schemas.connections import Connection
from shared.store import Is, Store, StoreNow
from shared.store.collections import LEDGER

KEEP = 5
"""How often a compare-and-set is tried again when intake and a turn meet on one entry."""


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

    async def under_way(self, connection: str, fence: int) -> Sequence[Entry]:
        """What the turn with this fence has taken and not ended."""
        where = {"connection": connection, "state": Is("in", ["ready", "waiting", "confirmed"]), "fence": fence}
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, limit=100)]

    async def held(self, connection: str, limit: int = 100) -> Sequence[Entry]:
        """Entries that wait for the first OK."""
        where = {"connection": connection, "state": "held"}
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("planned",), limit=limit)]

    async def held_by_day(self, connection: str, after: tuple[str, str] = ("", ""), *, limit: int) -> Sequence[Entry]:
        """Entries that wait for the first OK, by day and id; `after` is the day and id of the last one known."""
        where = {"connection": connection, "state": "held"}
        day, id = after
        same = {**where, "day": day, "id": Is(">", id)}
        found = await self._store.find(LEDGER, same, sort=("id",), limit=limit) if day else []
        later = {**where, "day": Is(">", day)}
        if len(found) < limit:
            found += await self._store.find(LEDGER, later, sort=("day",), limit=limit - len(found))
        return [Entry.of(row) for row in found]

    async def wake_waiting(self, connection: str, settings: Mapping[str, Collection[str] | None]) -> int:
        """Entries that wait for one of these settings are due again, in the order they came; how many.

        Where keys are given, those that wait for other keys of that setting sleep on: looking at them costs calls.
        """
        woken = 0
        for setting, keys in settings.items():
            # Confirmed: what follows the document waits.
            where = {"connection": connection, "waits_for": setting, "state": Is("in", ["waiting", "confirmed"])}
            for row in await self._store.find(LEDGER, where, sort=("planned",), limit=100_000):
                if keys is None or row["waits_key"] is None or row["waits_key"] in keys:
                    await self.change(row["id"], _woken(setting))
                    woken += 1
        return woken

    async def list(self, where: dict[str, Any], *, limit: int = 100) -> Sequence[Entry]:
        """Entries by fields, newest first."""
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("-planned",), limit=limit)]

    async def unpublished(self, connector: str, due_for: timedelta = timedelta(0), limit: int = 100) -> Sequence[Entry]:
        """Entries whose outcome should have been published that long ago."""
        where = {"connector": connector, "outcome_due": Is("<=", StoreNow(-due_for))}
        return [Entry.of(row) for row in await self._store.find(LEDGER, where, sort=("outcome_due",), limit=limit)]


def _woken(setting: str) -> Callable[[Entry], Entry | None]:
    def wake(entry: Entry) -> Entry | None:
        if entry.waits_for != setting:
            return None
        now_due = {"due": entry.planned, "waits_for": None, "waits_key": None}
        if entry.follows_up:
            return entry.model_copy(update=now_due)
        return entry.moved("wake", **now_due, reason=None) if entry.state == "waiting" else None

    return wake
