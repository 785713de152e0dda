"""A lane that rests because only the owner can go on: said once in the log and once on `connections.changed`."""

from datetime import timedelta

from shared import envelope, topics
from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.lanes import Lane, Rest
from shared.schemas.messages import ConnectionChanged

SOURCE = "fieldledger/lanes"


FIRST_LOOK = timedelta(hours=1)
LONGEST = timedelta(hours=25)


async def rest(hub: Hub, lane: Lane, error: NeedsOwner) -> None:
    """Rest the lane until the owner acted. What is due stays due; reconnecting resumes it at once.

    What is mended in the package itself nobody tells us, so one turn looks after an hour, then at growing intervals.
    The same reason met again is said no second time.
    """
    again = lane.rest is not None and lane.rest.reason == error.reason
    tries = lane.rest.tries + 1 if again and lane.rest else 0
    until = await hub.store.now() + min(FIRST_LOOK * (1 << min(tries, 10)), LONGEST)
    resting = Rest(kind="owner", reason=error.reason, tries=tries)
    if not await hub.lanes.rest(lane.id, resting, until, unless_resumed=lane) or again:
        return  # the owner acted during this very turn (the next one tells whether that was enough), or knows it
    await hub.journal.write(
        lane.id, "connection.needs_owner", error.reason, level="error", vendor_says=error.vendor_says
    )
    changed = ConnectionChanged(connection=lane.id, connector=lane.connector, state="needs_owner", reason=error.reason)
    await publish_change(hub, changed, lane.tenant)


async def works_again(hub: Hub, lane: Lane) -> None:
    """A turn got something done: if the lane had rested for its owner, it was mended in the package; said once."""
    if lane.rest is None or lane.rest.kind != "owner" or not await hub.lanes.works_again(lane):
        return
    await hub.journal.write(lane.id, "connection.works_again", "It works again. What waited goes on, oldest first.")
    changed = ConnectionChanged(connection=lane.id, connector=lane.connector, state="connected")
    await publish_change(hub, changed, lane.tenant)


async def publish_change(hub: Hub, changed: ConnectionChanged, tenant: str) -> None:
    """Tell the platform about a connection."""
    message = envelope.message(
        topics.CONNECTIONS_CHANGED,
        changed.connection,
        changed,
        type=envelope.CONNECTION_CHANGED,
        source=SOURCE,
        tenant=tenant,
    )
    await hub.bus.publish([message])
