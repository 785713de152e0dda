"""A lane that rests because only the owner can go on: said once in the log and once on `connections.changed`."""

from datetime import timedelta

from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.lanes import Lane, Rest
from shared.telling import tell

FIRST_LOOK = timedelta(hours=1)
LONGEST = timedelta(hours=25)


async def rest(hub: Hub, lane: Lane, error: NeedsOwner) -> None:
    """Rest the lane until the owner acted. What is due stays due; reconnecting resumes it at once.

    What is mended in the package itself nobody tells us, so one turn looks after an hour, then at growing intervals.
    The same reason met again is said no second time.
    """
    again = lane.rest if lane.rest is not None and lane.rest.reason == error.reason else None
    tries, now = again.tries + 1 if again else 0, await hub.store.now()
    until = now + min(FIRST_LOOK * (1 << min(tries, 10)), LONGEST)
    since = again.since if again else now
    resting = Rest(kind="owner", reason=error.reason, vendor_says=error.vendor_says, since=since, tries=tries)
    # Refused when the owner acted during this very turn: the next one tells whether that was enough.
    if await hub.lanes.rest(lane.id, resting, until, unless_resumed=lane):
        await tell(hub, lane.id)


async def works_again(hub: Hub, lane: Lane) -> None:
    """A turn got something done: if the lane had rested for its owner, it was mended in the package; said once."""
    if lane.rest is None or lane.rest.kind != "owner" or not await hub.lanes.works_again(lane):
        return
    await hub.journal.write(lane.id, "connection.works_again", "It works again. What waited goes on, oldest first.")
    await tell(hub, lane.id)
