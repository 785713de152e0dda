"""No wake-up is lost, whatever the order in which intake and turns reach the store: every order is tried.

Intake writes work, then wakes the lane. A turn claims the lane, looks for work, does it, and releases the lane with the
moment of the next work. Two calls that touch different collections, or only read, may change places without anybody
noticing; of the orders that differ by nothing else one is tried (sleep sets: Godefroid, "Partial-Order Methods").
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import pytest

from shared import clock
from shared.clock import EPOCH
from shared.lanes import Kind, Lane, Lanes
from shared.schemas.connections import Administration, Connection
from shared.store import Is, Store, StoreNow
from shared.store.collections import LANES, LEDGER

LEASE = timedelta(minutes=10)
READS = {"find", "get", "get_many", "count"}


@dataclass(frozen=True)
class Call:
    """What an actor is about to do to the store."""

    collection: str
    reads: bool

    def commutes(self, other: "Call") -> bool:
        """Whether the two may change places."""
        return self.collection != other.collection or (self.reads and other.reads)


class Gate:
    """One actor's way to the store: it waits before each call until it is let through."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.waiting: Call | None = None
        self._arrived = asyncio.Event()
        self._open = asyncio.Event()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(collection: str, *args: Any, **kwargs: Any) -> Any:
            self.waiting = Call(collection, name in READS)
            self._arrived.set()
            await self._open.wait()
            self._open.clear()
            return await getattr(self._store, name)(collection, *args, **kwargs)

        return call

    async def now(self) -> Any:
        return await self._store.now()

    async def act(self, actor: Awaitable[None]) -> None:
        """Run an actor to its end."""
        await actor
        self.waiting = None
        self._arrived.set()

    async def step(self) -> None:
        """Let one call through; returns when the actor stands before its next one, or is done."""
        self._arrived.clear()
        self._open.set()
        await self._arrived.wait()

    async def ready(self) -> None:
        """Wait for the first call."""
        await self._arrived.wait()


async def intake(lanes: Lanes, store: Store, lane: str, work: str) -> None:
    """As the exporter's: the work is durable before the lane is woken."""
    await store.insert(LEDGER, {"id": f"{lane}|{work}", "connection": lane, "due": StoreNow()})
    await lanes.wake(lane, "export")


async def wakes_first(lanes: Lanes, store: Store, lane: str, work: str) -> None:
    """Wrong: a turn in between finds nothing and clears the wake-up."""
    await lanes.wake(lane, "export")
    await store.insert(LEDGER, {"id": f"{lane}|{work}", "connection": lane, "due": StoreNow()})


async def turn(lanes: Lanes, store: Store, lane: str) -> None:
    """As the exporter's: at most one document, then when the next one is due."""
    held = await lanes.claim(f"connector of {lane}", "export")
    if held is None:
        return
    due = {"connection": lane, "due": Is(">", "")}
    for work in await store.find(LEDGER, due, sort=("due",), limit=1):
        await store.update(LEDGER, work["id"], set={"due": None})
    left = await store.find(LEDGER, due, sort=("due",), limit=1)
    await lanes.release(held, "export", clock.from_stamp(left[0]["due"]) if left else None)


class ForgetfulRelease(Lanes):
    """Wrong: clears wake-ups it has not seen."""

    async def release(self, lane: Lane, kind: Kind, due: Any) -> None:
        later = {f"{kind}.due": clock.stamp(due) if due else None}
        await self._store.update(LANES, lane.id, set={"owner": None, "lease_until": clock.stamp(EPOCH), **later})


class UncountedWake(Lanes):
    """Wrong: a lane that is due already is not woken again."""

    async def wake(self, connection: str, kind: Kind) -> None:
        idle = {f"{kind}.due": None}
        await self._store.update(
            LANES, connection, where=idle, set={f"{kind}.due": StoreNow()}, inc={f"{kind}.wanted": 1}
        )


class Run:
    """One execution in a lane of its own: the intakes, then the turns, each standing before its next call."""

    def __init__(self, world: "World", lane: str) -> None:
        self._world = world
        self._lane = lane
        self._gates = [Gate(world.store) for _ in range(world.intakes + world.turns)]
        self._begun: set[int] = set()

    async def __aenter__(self) -> Self:
        await Lanes(self._world.store, LEASE).create(a_connection(self._lane))
        actors = [self._world.actor(n, gate, self._lane) for n, gate in enumerate(self._gates)]
        self._tasks = [asyncio.create_task(gate.act(actor)) for gate, actor in zip(self._gates, actors, strict=True)]
        for gate in self._gates:
            await gate.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def waiting(self) -> dict[int, Call]:
        """Who may go on, and with which call. Equal actors begin in one order: the others are the same again."""
        calls = {n: gate.waiting for n, gate in enumerate(self._gates) if gate.waiting}
        return {
            n: call for n, call in calls.items() if n in {0, self._world.intakes, *self._begun} or n - 1 in self._begun
        }

    async def step(self, actor: int) -> None:
        """Let one of them make its call."""
        self._begun.add(actor)
        await self._gates[actor].step()

    async def loses_work(self) -> bool:
        """Whether work waits that nobody will look for."""
        store = self._world.store
        left = await store.count(LEDGER, {"connection": self._lane, "due": Is(">", "")})
        lane = await Lanes(store, LEASE).get(self._lane)
        assert lane is not None
        assert lane.owner is None
        return left > 0 and (lane.export.due is None or lane.export.due > await store.now())


@dataclass
class World:
    """The actors, and the search. `lost` is the first order after which work waits in a lane that is not due."""

    store: Store
    intakes: int
    turns: int
    lanes: type[Lanes] = Lanes
    intake: Callable[[Lanes, Store, str, str], Awaitable[None]] = intake
    orders: int = 0
    lost: Sequence[int] | None = None

    def actor(self, n: int, gate: Any, lane: str) -> Awaitable[None]:
        lanes = self.lanes(gate, LEASE)
        return self.intake(lanes, gate, lane, f"work {n}") if n < self.intakes else turn(lanes, gate, lane)

    async def search(self) -> None:
        """Try every order, until one loses work. Whoever sleeps was tried before, and nothing since depends on it."""
        todo: list[tuple[tuple[int, ...], dict[int, Call]]] = [((), {})]
        while todo and self.lost is None:
            order, sleeping = todo.pop()
            async with Run(self, "-".join(map(str, ("lane", *order)))) as run:
                for actor in order:
                    await run.step(actor)
                while awake := {n: call for n, call in run.waiting.items() if n not in sleeping}:
                    first, *others = awake
                    tried = sleeping | {first: awake[first]}
                    for other in others:
                        todo.append(((*order, other), still_asleep(tried, awake[other])))
                        tried[other] = awake[other]
                    sleeping = still_asleep(sleeping, awake[first])
                    order = (*order, first)
                    await run.step(first)
                await self._finish(run, order)

    async def _finish(self, run: Run, order: Sequence[int]) -> None:
        if run.waiting:
            return  # the same as an order tried before
        self.orders += 1
        if await run.loses_work():
            self.lost = order


def still_asleep(sleeping: Mapping[int, Call], call: Call) -> dict[int, Call]:
    """Those that `call` does not wake, because it might as well come after theirs."""
    return {n: theirs for n, theirs in sleeping.items() if theirs.commutes(call)}


def a_connection(id: str) -> Connection:
    administration = Administration(code="1", name="A")
    return Connection(
        id=id, tenant=id, connector=f"connector of {id}", grant="g", administration=administration, created=EPOCH
    )


@pytest.mark.parametrize(("intakes", "turns"), [(1, 1), (2, 1), (1, 2), (2, 2)])
async def test_no_order_of_calls_leaves_work_in_a_lane_that_is_not_due(store: Store, intakes: int, turns: int) -> None:
    world = World(store, intakes, turns)
    await world.search()
    assert world.lost is None


@pytest.mark.parametrize(
    "wrong",
    [{"lanes": ForgetfulRelease}, {"lanes": UncountedWake}, {"intake": wakes_first}],
    ids=["a release that forgets", "a wake-up that is not counted", "an intake that wakes first"],
)
async def test_the_search_finds_what_would_lose_a_wake_up(store: Store, wrong: dict[str, Any]) -> None:
    world = World(store, 2, 1, **wrong)
    await world.search()
    assert world.lost is not None
