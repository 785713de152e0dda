"""What is under way when a connection ends: nobody writes it down any more, and it is looked up after reconnecting.

Ending a connection raises its generation first; only then is this done. A turn stores `sending`, and only then looks
whether its generation still holds (`Fulfilment`). So either the turn sees the end and sends nothing, or its `sending`
is seen here and doubted: its answer finds a newer version and is not stored.
"""

from shared.errors import LostLease
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection


async def cut_off(hub: Hub, ended: Connection) -> int:
    """Writes of the turn under way become uncertain, and its entry belongs to the new generation; how many writes."""
    lane = await hub.lanes.get(ended.id)
    doubted = 0
    for entry in await hub.entries.under_way(ended.id, lane.fence) if lane else ():
        await hub.entries.change(entry.id, lambda now: now.model_copy(update={"generation": ended.generation}))
        doubted += await hub.steps.doubt_sent(entry.id)
    return doubted


def same_generation(now: Entry, mine: Entry) -> Entry:
    """`now`, for a turn that took `mine`; `LostLease` when the connection was ended since."""
    if now.generation != mine.generation:
        raise LostLease(f"connection {mine.connection} was ended during this turn")
    return now
