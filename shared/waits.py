"""Everything of a connection that waits: for whom or what, how often it was tried, and when it goes on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared import catching_up
from shared.hub import Hub
from shared.lanes import Lane
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection

MOST = 100_000


@dataclass(frozen=True)
class Wait:
    """Documents that wait for the same reason, `oldest` first among them. `next`: when the first is tried again.

    `attempts` is the most that one of them had. Without a `next` somebody has to do something.
    """

    reason: str
    state: str
    documents: int
    attempts: int
    next: datetime | None
    oldest: str


@dataclass(frozen=True)
class Waits:
    """One connection. `rests`: why nothing is done now, `tried_again`: when it is looked whether that was mended.

    `next_export`: when its lane is due. `done` of `total` is how far a backlog has been worked off, if there is one.
    """

    connection: Connection
    rests: str | None
    tried_again: datetime | None
    next_export: datetime | None
    next_import: datetime | None
    done: int
    total: int
    waits: Sequence[Wait]


async def waits_of(hub: Hub, connection: Connection) -> Waits:
    """Read all of it."""
    lane, now = await hub.lanes.get(connection.id), await hub.store.now()
    resting = lane is not None and lane.rest is not None and lane.rest_until > now
    catch_up = lane.catch_up if lane else None
    left = await catching_up.left(hub, connection.id, catch_up) if catch_up else 0
    return Waits(
        connection=connection,
        rests=lane.rest.reason if lane and lane.rest and resting else None,
        tried_again=lane.rest_until if lane and resting else None,
        next_export=lane.export.due if lane else None,
        next_import=lane.import_.due if lane else None,
        done=catch_up.total - left if catch_up else 0,
        total=catch_up.total if catch_up else 0,
        waits=[_not_before(lane, wait) for wait in await _grouped(hub, connection)],
    )


def next_moment(lane: Lane | None, due: datetime | None) -> datetime | None:
    """When a document that is due then is looked at: not before its lane is due, and has rested."""
    return max(due, lane.rest_until, lane.export.due or due) if lane and due else due


def _not_before(lane: Lane | None, wait: Wait) -> Wait:
    return replace(wait, next=next_moment(lane, wait.next))


async def _grouped(hub: Hub, connection: Connection) -> Sequence[Wait]:
    groups: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for state, words in _WORDS.items():
        for entry in reversed(await hub.entries.list({"connection": connection.id, "state": state}, limit=MOST)):
            groups[state, entry.reason or words].append(entry)
    return [_wait(state, reason, same) for (state, reason), same in groups.items()]


def _wait(state: str, reason: str, same: Sequence[Entry]) -> Wait:
    moments = [one.due for one in same if one.due is not None]
    return Wait(reason, state, len(same), max(one.attempts for one in same), min(moments, default=None), same[0].number)


_WORDS = {
    "waiting": "waits",
    "ready": "to be sent",
    "held": "on hold until exports are started",
    "collected": "collected, to be sent by hand",
    "unsure": "somebody has to look",
}
