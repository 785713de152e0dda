"""How a connection stands: what holds it up, and what waits for which reason."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from services.console.log.keys import key_of
from services.console.log.mending import Mend, mend, mend_of
from shared import connectors, licences
from shared.clock import Moment
from shared.errors import EXPIRED, NeedsOwner
from shared.hub import Hub
from shared.lanes import Lane
from shared.ledger.entry import Entry
from shared.ledger.states import EntryState
from shared.missing import Missing, missing
from shared.runs import Runs
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Is
from shared.store.collections import LEDGER
from shared.waits import next_moment

LOOKED_AT = 100
"""Documents of a state whose reasons are read; of more it is said that there are more."""


_OF_ONE_REASON = ("ready", "collected", "held")


class Banner(Frozen):
    """Something that holds the connection up. `text` is the core's sentence. `until`: when it is tried again by itself.

    `reconnect` is where the user logs in again.
    """

    kind: Literal["expired", "owner", "licence", "limit", "down", "paused", "ended"]
    text: str
    until: Moment | None = None
    reconnect: str | None = None


class Waiting(Frozen):
    """Documents in one state, for one reason. `more`: at least so many. `key` and `number` are those of the oldest.

    `next`: when the first of them is tried again; None: when somebody acts.
    """

    state: EntryState
    reason: str | None
    documents: int
    more: bool
    attempts: int
    next: Moment | None
    key: str | None
    number: str
    mend: Mend | None


class Standing(Frozen):
    """`banners`, the gravest first; `waiting`, what needs somebody first."""

    banners: Sequence[Banner]
    waiting: Sequence[Waiting]


async def standing(hub: Hub, connection: Connection) -> Standing:
    """Read all of it; what it costs does not grow with what waits."""
    lane = await hub.lanes.get(connection.id)
    return Standing(
        banners=await banners(hub, connection, lane),
        waiting=await _waiting(hub, connection, lane),
    )


async def banners(hub: Hub, connection: Connection, lane: Lane | None) -> list[Banner]:
    """What holds the connection up."""
    if connection.state == "disconnected":
        return [Banner(kind="ended", text="This connection was ended. Nothing is sent or read any more.")]
    found: list[Banner] = []
    if not connection.licensed:
        found.append(Banner(kind="licence", text=licences.ended(connection)))
    elif resting := await _resting(hub, connection, lane):
        found.append(resting)
    if connection.state == "paused":
        found.append(Banner(kind="paused", text="The connection is paused: nothing is read or sent."))
    return found or await _slow(hub, connection)


async def _resting(hub: Hub, connection: Connection, lane: Lane | None) -> Banner | None:
    """The owner must act. A dead login is said in the words that users know, whatever the package said."""
    again = f"/connect/{connection.connector}"
    if await _is_dead(hub, connection):
        return Banner(kind="expired", text=EXPIRED, reconnect=again)
    if lane is None or lane.rest is None or lane.rest_until <= await hub.store.now():
        return None
    kind: Literal["expired", "owner"] = "expired" if lane.rest.reason == EXPIRED else "owner"
    until = None if kind == "expired" else lane.rest_until
    return Banner(kind=kind, text=lane.rest.reason, until=until, reconnect=again)


async def _is_dead(hub: Hub, connection: Connection) -> bool:
    try:
        return (await hub.grants.get(connection.grant)).state != "live"
    except NeedsOwner:
        return True


async def _slow(hub: Hub, connection: Connection) -> list[Banner]:
    """It goes on by itself: a limit of the package is reached, or the package does not work."""
    connector = connectors.get(connection.connector)
    budget = await hub.budgets.load(connector.limit, hub.budget_scope(connection), "export")
    if until := budget.used_up_until:
        text = f"{connector.title} asks for a pause: a call limit is reached. It goes on by itself."
        return [Banner(kind="limit", text=text, until=until)]
    return [found] if (found := await _down(hub, connection)) else []


async def _down(hub: Hub, connection: Connection) -> Banner | None:
    """Something is tried again and again: the document that comes next, with its reason, or a sync."""
    soon = {"connection": connection.id, "due": Is(">", "")}
    rows = await hub.store.find(LEDGER, soon, sort=("due",), limit=1)
    entry = Entry.of(rows[0]) if rows else None
    if entry and entry.state == "waiting" and entry.attempts and entry.reason:
        return Banner(kind="down", text=entry.reason, until=entry.due)
    run = await Runs(hub.store).active(connection.id)
    if run is None or not run.attempts:
        return None
    lane = await hub.lanes.get(connection.id)
    title = connectors.get(connection.connector).title
    text = f"{title} could not be read at this moment. It is tried again by itself."
    return Banner(kind="down", text=text, until=lane.import_.due if lane else None)


async def _waiting(hub: Hub, connection: Connection, lane: Lane | None) -> Sequence[Waiting]:
    by_setting = [await _for_choice(hub, connection, one) for one in await missing(hub.store, connection.id)]
    states: Sequence[EntryState] = ("unsure", "refused", "waiting", "ready", "collected", "held")
    others = [group for state in states for group in await _of_state(hub, connection, lane, state)]
    return by_setting + others


async def _for_choice(hub: Hub, connection: Connection, wait: Missing) -> Waiting:
    """Those that wait for one setting, or one key of it."""
    found = await hub.entries.list({"connection": connection.id, "number": wait.example}, limit=1)
    return Waiting(
        state="waiting",
        reason=found[0].reason if found else None,
        documents=wait.count,
        more=wait.more,
        attempts=0,
        next=None,
        key=key_of(connection, found[0].id) if found else None,
        number=wait.example,
        mend=await mend_of(hub, connection, wait.waits_for, wait.key),
    )


async def _of_state(hub: Hub, connection: Connection, lane: Lane | None, state: EntryState) -> Sequence[Waiting]:
    """Documents of a state by reason, the oldest first; not those that wait for a setting."""
    where = {"connection": connection.id, "state": state}
    rows = await hub.store.find(LEDGER, where, sort=("planned",), limit=LOOKED_AT)
    groups: defaultdict[tuple[str | None, str | None], list[Entry]] = defaultdict(list)
    for entry in map(Entry.of, rows):
        if not _for_setting(entry):
            groups[entry.waits_for, entry.reason].append(entry)
    more = len(rows) == LOOKED_AT
    count = await hub.store.count(LEDGER, where) if more and state in _OF_ONE_REASON else None
    return [await _group(hub, connection, lane, same, more=more, count=count) for same in groups.values()]


def _for_setting(entry: Entry) -> bool:
    return entry.waits_for is not None and not entry.waits_for.startswith("invoice:")


async def _group(
    hub: Hub, connection: Connection, lane: Lane | None, same: Sequence[Entry], *, more: bool, count: int | None
) -> Waiting:
    first = same[0]
    moments = [one.due for one in same if one.due is not None]
    return Waiting(
        state=first.state,
        reason=first.reason,
        documents=count or len(same),
        more=more and count is None,
        attempts=max(one.attempts for one in same),
        next=next_moment(lane, min(moments, default=None)),
        key=key_of(connection, first.id),
        number=first.number,
        mend=await mend(hub, connection, first),
    )
