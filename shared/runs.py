"""Sync runs: what a tick asked for, how far it is. At most one per connection is active."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from shared import connectors
from shared.chosen import settings_of
from shared.clock import Moment, stamp
from shared.errors import LostLease
from shared.licences import kinds_of
from shared.records import Record
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store import Is, Store
from shared.store.collections import CURSORS, RUNS


class Counts(Frozen):
    """What happened to the records of one kind in one run. `deleted` are those `removed` that the package deleted."""

    read: int = 0
    published: int = 0
    removed: int = 0
    deleted: int = 0
    left_out: int = 0
    rejected: int = 0
    held: int = 0

    def plus(self, **more: int) -> "Counts":
        """Added up."""
        return Counts(**{name: getattr(self, name) + more.get(name, 0) for name in Counts.model_fields})


class Run(Record):
    """One sync of one connection.

    `kinds` are still to do, the first is under way: `phase` reads its pages, looks up what a full read did not show, or
    is done with this kind. `pages` of it were read so far. `together` are the kinds behind the first that are read
    along with it; `hashes` are the settings of all of them as they were when the read began, `era` the
    administration's.
    `position` is the vendor's, opaque; `restarted`: it was refused once, and this kind began anew.
    `held_back`: the cursors of these kinds must not move (deletions wait for the owner); `held_before`: those
    of an earlier run still do; `accepts`: of these the owner lets them through.
    `tables` are the reference data to read when no kind is left; None: not looked at yet.
    """

    connection: str
    active_key: str | None
    tenant: str
    reason: str
    started: Moment
    finished: Moment | None = None
    state: Literal["active", "done"] = "active"
    kinds: tuple[str, ...]
    begun: bool = False
    full: bool = False
    phase: Literal["read", "missing", "done"] = "read"
    position: str | None = None
    pages: int = 0
    cursor: str | None = None
    next_cursor: str | None = None
    together: tuple[str, ...] = ()
    hashes: Mapping[str, str] = Field(default_factory=dict)
    era: str = ""
    held_back: tuple[str, ...] = ()
    held_before: tuple[str, ...] = ()
    tables: tuple[str, ...] | None = None
    accepts: tuple[str, ...] = ()
    counts: Mapping[str, Counts] = Field(default_factory=dict)
    attempts: int = 0
    restarted: bool = False
    failed: tuple[str, ...] = ()
    fence: int = 0
    version: int = 0

    @property
    def kind(self) -> str:
        """The kind under way."""
        return self.kinds[0]

    def counted(self, kind: str, **more: int) -> "Run":
        """With the counts of one kind raised."""
        mine = self.counts.get(kind, Counts())
        return self.model_copy(update={"counts": {**self.counts, kind: mine.plus(**more)}})

    def holding(self, kind: str, count: int) -> "Run":
        """With deletions of a kind left to the owner."""
        held = tuple(dict.fromkeys((*self.held_back, kind)))
        return self.counted(kind, held=count).model_copy(update={"held_back": held})


class Cursor(Record):
    """Where the next delta read of one kind begins.

    `settings_hash` tells whether its filters changed since, `era` whether the package began its versions anew. `held`:
    deletions behind it wait for the owner.
    """

    cursor: str | None
    held: bool = False
    settings_hash: str
    era: str = ""
    completed: Moment


def cursor_id(connection: Connection, kind: str) -> str:
    """Cursors belong to an administration: after a switch everything is read anew."""
    return f"{connection.scope}|{kind}"


def run_id(connection: str, tick: SyncTick) -> str:
    """A tick starts one run, however often it is met."""
    return f"{connection}@{tick.slot}"


def automatic_kinds(connection: Connection) -> tuple[str, ...]:
    """The kinds that are read without being asked for: chosen, bearable for the package, and within the licence."""
    connector, chosen = connectors.get(connection.connector), settings_of(connection).import_kinds
    bearable = (kind for kind in connector.kinds if kind in chosen and not connector.import_of(kind).manual_only)
    return kinds_of(connection, bearable)


def _accepted(tick: SyncTick, kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds whose held deletions this tick lets through: those it names, not others of a run that it joins."""
    return tuple(kinds) if tick.accept_deletions else ()


class Runs:
    """Reads and changes runs and cursors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(self, connection: Connection, tick: SyncTick, kinds: Sequence[str]) -> bool:
        """Begin a run for this tick; False when the same tick was met before, or another run is still going."""
        run = Run(
            id=run_id(connection.id, tick),
            connection=connection.id,
            active_key=connection.id,
            tenant=connection.tenant,
            reason=tick.reason,
            started=await self._store.now(),
            kinds=tuple(kinds),
            accepts=_accepted(tick, kinds),
        )
        return await self._store.insert(RUNS, run.stored())

    async def join(self, connection: str, tick: SyncTick, kinds: Sequence[str]) -> bool:
        """A manual sync while another run is going: its kinds are done behind those of the run.

        True when the run knows what this tick asks for; False when there is no run any more, or it moved on meanwhile.
        """
        run = await self.active(connection)
        if run is None or run.id == run_id(connection, tick):
            return run is not None
        more = [kind for kind in kinds if kind not in run.kinds[1:]]
        changes = {
            "kinds": [*run.kinds, *more],
            "accepts": sorted({*run.accepts, *_accepted(tick, kinds)}),
        }
        where = {"version": run.version, "state": "active"}
        return await self._store.update(RUNS, run.id, where=where, set=changes, inc={"version": 1}) is not None

    async def known(self, connection: str, tick: SyncTick) -> bool:
        """Whether this very tick was met before."""
        return await self._store.get(RUNS, run_id(connection, tick)) is not None

    async def active(self, connection: str) -> Run | None:
        """The run that is going on for this connection."""
        found = await self._store.find(RUNS, {"active_key": connection}, limit=1)
        return Run.of(found[0]) if found else None

    async def all_active(self) -> set[str]:
        """Connections with an active run."""
        found = await self._store.find(RUNS, {"active_key": Is(">", "")}, limit=100_000)
        return {row["connection"] for row in found}

    async def save(self, run: Run, newer: Run) -> Run:
        """Store progress; `LostLease` when the run moved on without us."""
        newer = newer.model_copy(update={"version": run.version + 1})
        changed: dict[str, Any] = run.changes(newer)
        if await self._store.update(RUNS, run.id, where={"version": run.version}, set=changed) is None:
            raise LostLease(f"the sync run {run.id} was changed by somebody else")
        return newer

    async def cursor(self, connection: Connection, kind: str) -> Cursor | None:
        """Where the last complete read of this kind ended."""
        found = await self._store.get(CURSORS, cursor_id(connection, kind))
        return Cursor.of(found) if found else None

    async def save_cursor(self, connection: Connection, run: Run) -> None:
        """The read of the kind under way is complete: the next one begins where this one ended."""
        row = {
            "id": cursor_id(connection, run.kind),
            "cursor": run.next_cursor,
            "settings_hash": run.hashes[run.kind],
            "era": run.era,
            "completed": stamp(await self._store.now()),
        }
        await self._store.put_many(CURSORS, [row])

    async def hold_cursor(self, connection: Connection, kind: str) -> None:
        """The next read begins where this one began, and deletes nothing without the owner."""
        await self._store.update(CURSORS, cursor_id(connection, kind), set={"held": True})

    async def end(self, run: Run) -> Run:
        """The run is over."""
        done = {"state": "done", "active_key": None, "finished": await self._store.now()}
        return await self.save(run, run.model_copy(update=done))
