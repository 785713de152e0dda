"""One lane per connection: a mutex under a lease with a rising fence, and when which kind of work is due.

A lane remembers no work, only that there is some: `export.due` and `import.due` are moments, `wanted` counts the
wake-ups, so that a turn clears only what it has seen and a wake-up during the turn is never lost.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import uuid4

from pydantic import ConfigDict, Field

from shared import clock
from shared.clock import EPOCH, Moment
from shared.errors import LostLease
from shared.records import Record
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Is, Store, StoreNow
from shared.store.collections import LANES

Kind = Literal["export", "import"]
KINDS: tuple[Kind, ...] = get_args(Kind)

EXPORTS_IN_A_ROW = 5
PATIENCE = timedelta(minutes=1)
"""How long one kind of work gives way to the other when nobody takes that other one."""
FOREVER = datetime(9999, 1, 1, tzinfo=EPOCH.tzinfo)


class Due(Frozen):
    """When work of one kind is due (None: not at all), and how often it was asked for."""

    wanted: int = 0
    due: Moment | None = None


class Rest(Frozen):
    """Why a lane rests. `owner`: until the owner acted; `later`: until a moment.

    `since`: from when on, for this very reason. `tries`: how often it was looked since whether the owner had mended it
    in the package itself.
    """

    kind: Literal["owner", "later"]
    reason: str
    vendor_says: str | None = None
    since: Moment = EPOCH
    tries: int = 0


class CatchUp(Frozen):
    """A backlog being worked off: the `total` documents that were due at `since`."""

    since: Moment
    total: int


class Lane(Record):
    """The lane of the connection with the same id.

    `resumes` counts what the owner did: a turn that began before must not rest the lane for what is mended by now.
    `taken_over`: the holder before never released it, and held it until `previous_lease`. `claimed`: the loop's time
    just before it was claimed, from which its holder counts the lease.
    """

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    tenant: str
    connector: str
    export: Due = Due()
    import_: Due = Field(Due(), alias="import")
    owner: str | None = None
    lease_until: Moment = EPOCH
    fence: int = 0
    streak: int = 0
    rest_until: Moment = EPOCH
    rest: Rest | None = None
    resumes: int = 0
    catch_up: CatchUp | None = None
    taken_over: bool = Field(default=False, exclude=True)
    previous_lease: Moment = Field(default=EPOCH, exclude=True)
    claimed: float | None = Field(default=None, exclude=True)

    def of_kind(self, kind: Kind) -> Due:
        """The due moment and counter of one kind."""
        return self.export if kind == "export" else self.import_


def may_claim(lane: Lane, kind: Kind, now: datetime) -> bool:
    """Exports go first; after five in a row, or when nobody takes one kind for a minute, it is the other's turn."""
    other = lane.of_kind("import" if kind == "export" else "export")
    if other.due is None or other.due > now or other.due <= now - PATIENCE:
        return True
    exports_had_theirs = lane.streak >= EXPORTS_IN_A_ROW
    return exports_had_theirs if kind == "import" else not exports_had_theirs


class Lanes:
    """Claims, renews and releases lanes. One instance per process; `owner` tells processes apart."""

    def __init__(self, store: Store, lease: timedelta) -> None:
        self._store = store
        self.lease = lease
        self.owner = str(uuid4())

    async def now(self) -> datetime:
        """The store's clock."""
        return await self._store.now()

    async def create(self, connection: Connection) -> None:
        """Give a new connection its lane; does nothing when it has one."""
        lane = Lane(id=connection.id, tenant=connection.tenant, connector=connection.connector)
        await self._store.insert(LANES, lane.stored())

    async def get(self, connection: str) -> Lane | None:
        """The lane as it is now."""
        found = await self._store.get(LANES, connection)
        return Lane.of(found) if found else None

    async def wake(self, connection: str, kind: Kind) -> None:
        """There is (perhaps) work of this kind. Counted even when the lane is due already, so no turn can clear it."""
        count = {f"{kind}.wanted": 1}
        due_already = {f"{kind}.due": Is("<=", StoreNow())}
        if await self._store.update(LANES, connection, where=due_already, inc=count) is None:
            await self._store.update(LANES, connection, set={f"{kind}.due": StoreNow()}, inc=count)

    async def claim(self, connector: str, kind: Kind) -> Lane | None:
        """Take the lane whose work of this kind waits longest, if there is one to take."""
        taken = await self.claim_several(connector, kind, 1)
        return taken[0] if taken else None

    async def claim_several(self, connector: str, kind: Kind, count: int) -> list[Lane]:
        """Take up to `count` lanes, those that wait longest; side by side, so that they share the store's commits."""
        now = await self._store.now()
        free = {
            "connector": connector,
            f"{kind}.due": Is("<=", StoreNow()),
            "lease_until": Is("<=", StoreNow()),
            "rest_until": Is("<=", StoreNow()),
        }
        found = await self._store.find(LANES, free, sort=(f"{kind}.due",), limit=max(count, 64))
        waiting = [lane for lane in map(Lane.of, found) if may_claim(lane, kind, now)]
        taken: list[Lane] = []
        while waiting and len(taken) < count:
            tried, waiting = waiting[: count - len(taken)], waiting[count - len(taken) :]
            outcomes = await asyncio.gather(*(self._take(lane, kind) for lane in tried), return_exceptions=True)
            taken += [one for one in outcomes if isinstance(one, Lane)]
            failed = [one for one in outcomes if isinstance(one, BaseException)]
            if failed and not taken:
                raise failed[0]
            if failed:
                break  # what was taken is worked on; the store is asked again soon enough
        return taken

    async def borrow(self, connection: str) -> Lane | None:
        """Take this very lane for a look into the package; None while somebody works in it, or while it rests.

        Give it back with `release` and the due moment that it has.
        """
        lane = await self.get(connection)
        return None if lane is None else await self._take(lane, "import")

    async def _take(self, lane: Lane, kind: Kind) -> Lane | None:
        begun = asyncio.get_running_loop().time()
        document = await self._store.update(
            LANES,
            lane.id,
            where={"fence": lane.fence, "lease_until": Is("<=", StoreNow()), "rest_until": Is("<=", StoreNow())},
            set={
                "owner": self.owner,
                "lease_until": StoreNow(self.lease),
                "streak": lane.streak + 1 if kind == "export" else 0,
            },
            inc={"fence": 1},
        )
        if document is None:
            return None
        seen = {"taken_over": lane.owner is not None, "previous_lease": lane.lease_until, "claimed": begun}
        return Lane.of({**document, **seen})

    async def renew(self, lane: Lane) -> None:
        """Extend the lease; `LostLease` when it is somebody else's by now."""
        mine = {"fence": lane.fence, "owner": self.owner}
        if await self._store.update(LANES, lane.id, where=mine, set={"lease_until": StoreNow(self.lease)}) is None:
            raise LostLease(f"the lane of connection {lane.id} was taken over")

    async def release(self, lane: Lane, kind: Kind, due: datetime | None) -> None:
        """Give the lane back; work of this kind is due again at `due`, or at once if it was asked for meanwhile."""
        free = {"owner": None, "lease_until": clock.stamp(EPOCH)}
        mine = {"fence": lane.fence, "owner": self.owner}
        unasked = {**mine, f"{kind}.wanted": lane.of_kind(kind).wanted}
        later = {f"{kind}.due": clock.stamp(due) if due else None}
        if await self._store.update(LANES, lane.id, where=unasked, set={**free, **later}) is not None:
            return
        if await self._store.update(LANES, lane.id, where=mine, set=free) is None:
            raise LostLease(f"the lane of connection {lane.id} was taken over")

    async def rest(
        self, connection: str, rest: Rest, until: datetime = FOREVER, *, unless_resumed: Lane | None = None
    ) -> bool:
        """No work of any kind until then; what is due stays due and goes on by itself afterwards.

        `unless_resumed`: the lane as the turn claimed it; False when the owner has acted since.
        """
        changes = {"rest_until": clock.stamp(until), "rest": rest.model_dump(mode="json")}
        same = {"resumes": unless_resumed.resumes} if unless_resumed else {}
        return await self._store.update(LANES, connection, where=same, set=changes) is not None

    async def works_again(self, lane: Lane) -> bool:
        """A turn got something done although the lane had rested for its owner. False: it was resumed meanwhile."""
        same = {"fence": lane.fence, "resumes": lane.resumes}
        over = {"rest_until": clock.stamp(EPOCH), "rest": None}
        return await self._store.update(LANES, lane.id, where=same, set=over) is not None

    async def catch_up(self, connection: str, begun: CatchUp | None) -> None:
        """A backlog is being worked off; None: it is done."""
        value = begun.model_dump(mode="json") if begun else None
        await self._store.update(LANES, connection, set={"catch_up": value})

    async def resume(self, connection: str) -> None:
        """End the rest: the owner has acted."""
        await self._store.update(
            LANES, connection, set={"rest_until": clock.stamp(EPOCH), "rest": None, "streak": 0}, inc={"resumes": 1}
        )
        for kind in KINDS:
            await self.wake(connection, kind)

    async def idle(self, connector: str, kind: Kind) -> Sequence[Lane]:
        """Lanes nobody woke for this kind of work: where the sweep looks for a lost wake-up."""
        where = {"connector": connector, f"{kind}.due": None, "rest_until": Is("<=", StoreNow())}
        return [Lane.of(row) for row in await self._store.find(LANES, where, sort=("id",), limit=100_000)]

    async def all(self) -> Sequence[Lane]:
        """Every lane there is."""
        return [Lane.of(row) for row in await self._store.find(LANES, {}, sort=("id",), limit=100_000)]

    async def of_connector(self, connector: str) -> Sequence[Lane]:
        """Every lane of one connector, for people."""
        found = await self._store.find(LANES, {"connector": connector}, sort=("id",), limit=100_000)
        return [Lane.of(document) for document in found]
