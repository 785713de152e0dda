"""A backlog is worked off oldest first, at the package's pace; the owner sees how far it is, in ten lines."""

from shared.clock import stamp
from shared.hub import Hub
from shared.lanes import CatchUp, Lane
from shared.store import Is, StoreNow
from shared.store.collections import LEDGER

MANY = 100
"""Fewer are done before anybody would look."""
EVERY = 50
"""Turns between two looks: counting ten thousand documents after each of them would cost more than it tells."""
NOTICED = 10
"""Turns after which a backlog is noticed."""
PARTS = 10


async def tell(hub: Hub, lane: Lane) -> None:
    """After an export turn: note that a backlog is worked off, and say each tenth of it once."""
    idle = lane.catch_up is not None and await hub.entries.next_due(lane.id) is None
    if not idle and lane.fence % (EVERY if lane.catch_up else NOTICED):
        return
    now = lane.catch_up or await _begin(hub, lane)
    if now is not None:
        await _say(hub, lane, now, await left(hub, lane.id, now))


async def left(hub: Hub, connection: str, catching_up: CatchUp) -> int:
    """How many of that backlog are still to be done."""
    where = {"connection": connection, "due": Is(">", ""), "planned": Is("<=", stamp(catching_up.since))}
    return await hub.store.count(LEDGER, where)


async def _begin(hub: Hub, lane: Lane) -> CatchUp | None:
    waiting = await hub.store.count(LEDGER, {"connection": lane.id, "due": Is("<=", StoreNow())})
    if waiting < MANY:
        return None
    begun = CatchUp(since=await hub.store.now(), total=waiting)
    await hub.lanes.catch_up(lane.id, begun)
    return begun


async def _say(hub: Hub, lane: Lane, now: CatchUp, remaining: int) -> None:
    done = max(0, now.total - remaining)
    part = done * PARTS // now.total
    text = f"Sending what waited, oldest first: {done:,} of {now.total:,} done."
    if remaining == 0:
        text = f"All {now.total:,} documents that waited are done."
        await hub.lanes.catch_up(lane.id, None)
    once = f"{lane.id}|catching up|{stamp(now.since)}|{part if remaining else 'all'}"
    await hub.journal.write(lane.id, "documents.catching_up", text, once=once, done=done, total=now.total)
