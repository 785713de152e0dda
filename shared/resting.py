"""A lane that rests because only the owner can go on: said once in the log and once on `connections.changed`."""

from shared import envelope, topics
from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.lanes import Lane, Rest
from shared.schemas.messages import ConnectionChanged

SOURCE = "fieldledger/lanes"


async def rest(hub: Hub, lane: Lane, error: NeedsOwner) -> None:
    """Rest the lane until the owner acted. What is due stays due; reconnecting resumes it."""
    if not await hub.lanes.rest(lane.id, Rest(kind="owner", reason=error.reason), unless_resumed=lane):
        return  # the owner acted during this very turn: the next one tells whether that was enough
    await hub.journal.write(
        lane.id, "connection.needs_owner", error.reason, level="error", vendor_says=error.vendor_says
    )
    changed = ConnectionChanged(connection=lane.id, connector=lane.connector, state="needs_owner", reason=error.reason)
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
