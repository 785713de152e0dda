"""Records that a package called back about, until they were fetched: a counter each, so that no ring is lost.

A fetch clears only the count it saw: whoever rings while it is under way is heard once more.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.clock import Moment, stamp
from shared.records import Record
from shared.schemas.connections import Connection
from shared.store import Is, Store, StoreNow
from shared.store.collections import RINGS


class Ring(Record):
    """One record that is to be fetched. `rung` counts the callbacks since the last fetch; `due` None: none came.

    `kind` stands for all kinds that are read together with it. `answered` is when it was last fetched.
    """

    connection: str
    connector: str
    kind: str
    vendor_id: str
    rung: int = 1
    due: Moment | None
    attempts: int = 0
    answered: Moment | None = None


class Rings:
    """Counts callbacks, and gives the records to fetch."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ring(self, connection: Connection, kind: str, vendor_id: str) -> None:
        """Somebody called back about this record. One that is due already keeps its place in the queue."""
        id = f"{connection.scope}|{kind}|{vendor_id}"
        if await self._again(id):
            return
        ring = Ring(
            id=id,
            connection=connection.id,
            connector=connection.connector,
            kind=kind,
            vendor_id=vendor_id,
            due=await self._store.now(),
        )
        if not await self._store.insert(RINGS, ring.stored()):
            await self._again(id)

    async def _again(self, id: str) -> bool:
        due_already, count = {"due": Is("<=", StoreNow())}, {"rung": 1}
        if await self._store.update(RINGS, id, where=due_already, inc=count) is not None:
            return True
        now_due = {"due": StoreNow(), "answered": None}
        return await self._store.update(RINGS, id, set=now_due, inc=count) is not None

    async def due(self, connection: str, limit: int) -> Sequence[Ring]:
        """The records whose fetch is due, those that wait longest first."""
        where = {"connection": connection, "due": Is("<=", StoreNow())}
        return [Ring.of(row) for row in await self._store.find(RINGS, where, sort=("due",), limit=limit)]

    async def next_due(self, connection: str) -> datetime | None:
        """When the next fetch of this connection is due."""
        where = {"connection": connection, "due": Is(">", "")}
        found = await self._store.find(RINGS, where, sort=("due",), limit=1)
        return Ring.of(found[0]).due if found else None

    async def answer(self, ring: Ring) -> None:
        """It was fetched. What rang since stays due."""
        done = {"rung": 0, "due": None, "attempts": 0, "answered": stamp(await self._store.now())}
        await self._store.update(RINGS, ring.id, where={"rung": ring.rung}, set=done)

    async def postpone(self, ring: Ring, until: datetime) -> None:
        """It could not be fetched, and is tried again then, or when it rings again."""
        later = {"due": stamp(until), "attempts": ring.attempts + 1}
        await self._store.update(RINGS, ring.id, where={"rung": ring.rung}, set=later)

    async def waiting(self, connector: str) -> set[str]:
        """Connections with a fetch that is due, in case the wake-up was lost."""
        where = {"connector": connector, "due": Is("<=", StoreNow())}
        return {row["connection"] for row in await self._store.find(RINGS, where, limit=100_000)}

    async def forget(self, connection: str) -> None:
        """The connection has ended."""
        while rows := await self._store.find(RINGS, {"connection": connection}, limit=1000):
            await self._store.delete_many(RINGS, [row["id"] for row in rows])
