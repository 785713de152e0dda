"""Runs turns: claims lanes, holds their leases while a turn works, releases them, and stops when the bug is ours."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from shared import metrics
from shared.errors import FieldledgerError, LostLease, NeedsOwner, RateLimited, StoreUnavailable, Unavailable
from shared.lanes import Kind, Lane, Lanes
from shared.log import get

_log = get(__name__)

SAFETY = 0.8
"""Share of a lease after which its holder stops by its own monotonic clock, whatever other clocks do."""
PAUSE_AFTER_BUG = timedelta(minutes=1)
PAUSE_AFTER_OUTAGE = timedelta(seconds=5)
DRAIN = timedelta(seconds=20)
"""How long turns under way may take to end when a service stops; orchestrators kill after thirty seconds."""


class FuseBlown(FieldledgerError):
    """Our own exceptions over several tenants: the bug is ours, so the consumer stops instead of failing everybody."""


class Fuse:
    """Counts our own exceptions since the last success, by tenant: one tenant's poison must not stop all."""

    def __init__(self, tenants: int) -> None:
        self._tenants = tenants
        self._failures: defaultdict[str, int] = defaultdict(int)

    def ok(self) -> None:
        """A turn worked: whatever failed before was not everybody's problem."""
        self._failures.clear()

    def failed(self, tenant: str, error: Exception) -> None:
        """Count; `FuseBlown` when enough tenants in a row met our own exceptions."""
        self._failures[tenant] += 1
        if len(self._failures) >= self._tenants:
            raise FuseBlown(
                f"{sum(self._failures.values())} internal errors in a row over {len(self._failures)} tenants, the "
                f"last one a {type(error).__name__}; this service stops before it harms more. See the traceback above."
            ) from error


class Held:
    """A lane under lease. Everything a turn does happens inside `running`, which ends it before the lease ends.

    A turn that wrote down what becomes of a document after our own exception leaves it in `internal_error`: the lane
    goes on with the next document, the fuse counts. One that got something done sets `succeeded`: an idle or limited
    turn proves nothing.
    """

    def __init__(self, lanes: Lanes, lane: Lane) -> None:
        self._lanes = lanes
        self.lane = lane
        self.internal_error: Exception | None = None
        self.succeeded = False
        self._limit = asyncio.timeout(None)
        self._ends = 0.0

    def _extend(self, begun: float) -> None:
        """Counted from before the store was asked: its answer may be old when we come to read it."""
        ends = begun + self._lanes.lease.total_seconds() * SAFETY
        if ends <= asyncio.get_running_loop().time():
            raise LostLease(f"the lease of connection {self.lane.id} was over before it was known")
        self._reschedule(ends)

    def _reschedule(self, ends: float) -> None:
        if self._limit.expired():
            # Renewed too late: the turn is being ended already, by our own clock.
            raise LostLease(f"the lease of connection {self.lane.id} could not be renewed in time")
        self._ends = ends
        self._limit.reschedule(ends)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Renews in the background; cancels the body with `LostLease` when renewing was not possible in time."""
        try:
            async with self._limit:
                claimed = self.lane.claimed
                self._extend(asyncio.get_running_loop().time() if claimed is None else claimed)
                renewing = asyncio.create_task(self._keep_renewing())
                try:
                    yield
                finally:
                    renewing.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await renewing
        except TimeoutError as error:
            raise LostLease(f"the lease of connection {self.lane.id} could not be renewed in time") from error

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._lanes.lease.total_seconds() / 3)
            try:
                await self._renew()
            except StoreUnavailable:
                _log.warning("lease not renewed, trying again", connection=self.lane.id)
            except LostLease:
                with contextlib.suppress(LostLease):
                    self._reschedule(asyncio.get_running_loop().time())
                return

    async def _renew(self) -> None:
        begun = asyncio.get_running_loop().time()
        await self._lanes.renew(self.lane)
        self._extend(begun)

    async def room_for(self, call: timedelta) -> None:
        """Before a write: make sure the lease outlives the call's time-out, or raise `LostLease`."""
        if self._ends - asyncio.get_running_loop().time() < call.total_seconds():
            await self._renew()


Turn = Callable[[Held], Awaitable[datetime | None]]
"""One bounded piece of work; returns when work of this kind is due again (None: when somebody asks for it)."""


class Worker:
    """Keeps up to `size` lanes of one connector and kind busy."""

    def __init__(
        self,
        lanes: Lanes,
        connector: str,
        kind: Kind,
        turn: Turn,
        *,
        rest: Callable[[Lane, NeedsOwner], Awaitable[None]],
        size: int,
        poll: float,
        fuse: Fuse,
    ) -> None:
        self._lanes = lanes
        self._rest = rest
        self._connector = connector
        self._kind = kind
        self._turn = turn
        self._poll = poll
        self._fuse = fuse
        self._slots = asyncio.Semaphore(size)
        self._nudged = asyncio.Event()
        self._stopping = False
        self._blown: FuseBlown | None = None
        self._log = _log.bind(connector=connector, kind=kind)

    def nudge(self) -> None:
        """Work was taken in by this process: look at once instead of at the next poll."""
        self._nudged.set()

    def stop(self) -> None:
        """Begin no new turn; `run` ends when those under way are done."""
        self._stopping = True
        self._nudged.set()
        self._slots.release()  # or `run` would wait for a turn to end before it counts how long it takes

    async def run(self) -> None:
        """Until stopped; raises `FuseBlown`. Turns under way get `DRAIN` to end, then they are cancelled."""
        turns: set[asyncio.Task[None]] = set()
        while not self._stopping:
            free = await self._free_slots()
            lanes = [] if self._stopping else await self._claim(free)
            for _ in range(free - len(lanes)):
                self._slots.release()
            if self._stopping:
                await self._give_back(lanes)
                break
            if not lanes:
                await self._idle()
            for lane in lanes:
                turn = asyncio.create_task(self._take_turn(lane))
                turns.add(turn)
                turn.add_done_callback(turns.discard)
        await _end_of(turns)
        if self._blown is not None:
            raise self._blown

    async def _free_slots(self) -> int:
        """Take all slots that are free, at least one; how many. Claimed together, lanes cost the store less."""
        await self._slots.acquire()
        free = 1
        while not self._slots.locked():
            await self._slots.acquire()
            free += 1
        return free

    async def _give_back(self, lanes: Sequence[Lane]) -> None:
        """Told to stop while claiming: somebody else takes these."""
        for lane in lanes:
            await self._lanes.release(lane, self._kind, await self._lanes.now())

    async def _claim(self, count: int) -> list[Lane]:
        self._nudged.clear()
        try:
            return await self._lanes.claim_several(self._connector, self._kind, count)
        except StoreUnavailable as error:
            self._log.warning("the store does not answer", error=str(error))
            return []

    async def _idle(self) -> None:
        if not self._stopping:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), self._poll)

    async def _take_turn(self, lane: Lane) -> None:
        structlog.contextvars.bind_contextvars(connection=lane.id, fence=lane.fence)
        try:
            await self.one_turn(lane)
        except (LostLease, Unavailable) as error:
            self._log.warning("turn ended", reason=str(error))
        except FuseBlown as error:
            self._blown = error
            self.stop()
        finally:
            self._slots.release()
            self._nudged.set()

    async def one_turn(self, lane: Lane) -> None:
        """Run one turn under the lease and release the lane with what comes next."""
        held = Held(self._lanes, lane)
        metrics.TURNS.labels(self._connector, self._kind).inc()
        try:
            async with held.running():
                due = await self._turn(held)
        except RateLimited as error:
            due = error.until
        except NeedsOwner as error:
            await self._rest(lane, error)
            due = await self._lanes.now()  # what is due stays due: it goes on when the rest is over
        except LostLease:
            raise
        except asyncio.CancelledError:
            # What was being sent is `sending` in the ledger and will be looked up; nobody need wait for the lease.
            await asyncio.shield(self._lanes.release(lane, self._kind, await self._lanes.now()))
            raise
        except Unavailable as error:
            self._log.warning("turn ended early", reason=str(error))
            due = await self._lanes.now() + PAUSE_AFTER_OUTAGE
        except Exception as error:  # noqa: BLE001  # whatever it is, `fates.py` decides what happens next
            held.internal_error = error
            due = await self._lanes.now() + PAUSE_AFTER_BUG
        await self._lanes.release(lane, self._kind, due)
        self._count(held)

    def _count(self, held: Held) -> None:
        if held.internal_error is not None:
            self._log.error("internal error in a turn", exc_info=held.internal_error)
            self._fuse.failed(held.lane.tenant, held.internal_error)
        elif held.succeeded:
            self._fuse.ok()


async def _end_of(turns: set[asyncio.Task[None]]) -> None:
    if turns:
        _, late = await asyncio.wait(turns, timeout=DRAIN.total_seconds())
        for turn in late:
            turn.cancel()
        await asyncio.gather(*late, return_exceptions=True)
