"""Which packages there are, and how each does for a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from shared import connectors, licences
from shared.clock import Moment, from_stamp
from shared.connector import Connector
from shared.hub import Hub
from shared.lanes import Lane
from shared.ledger.states import EntryState
from shared.runs import cursor_id
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged
from shared.store import Is
from shared.store.collections import CURSORS, LEDGER, RUNS

WAITING: tuple[EntryState, ...] = ("held", "collected", "ready", "waiting")
FAILED: tuple[EntryState, ...] = ("refused", "unsure")

State = Literal["not_connected", "connected", "paused", "needs_you", "licence_ended"]


class Licence(Frozen):
    """What the licence manager said; `tier` None: it never said which one."""

    active: bool
    tier: str | None


class LastSync(Frozen):
    """The newest sync; `finished` None: it is under way."""

    started: Moment
    finished: Moment | None


class Card(Frozen):
    """One package. Everything about a connection is None, or 0, where there is none."""

    connector: str
    title: str
    tiers: Sequence[str]
    state: State
    reason: str | None = None
    connection: str | None = None
    administration: str | None = None
    timezone: str = "UTC"
    licence: Licence | None = None
    exports_on_hold: bool = False
    last_sync: LastSync | None = None
    waiting: int = 0
    failed: int = 0


class Integrations(Frozen):
    """A card for each package."""

    cards: Sequence[Card]


async def integrations(hub: Hub, tenant: str) -> Integrations:
    """Every package, those that are connected first."""
    live = await hub.connections.of_office(tenant)
    told = await licences.told(hub, tenant, connectors.names())
    cards = [
        await card(hub, live[how.name]) if how.name in live else _unconnected(how, told.get(how.name))
        for how in connectors.all_connectors()
    ]
    return Integrations(cards=sorted(cards, key=lambda card: (card.connection is None, card.title)))


def _unconnected(how: Connector, told: LicenseChanged | None) -> Card:
    licence = Licence(active=told.active, tier=told.tier) if told else None
    return Card(connector=how.name, title=how.title, tiers=how.tiers, state="not_connected", licence=licence)


async def card(hub: Hub, one: Connection) -> Card:
    """How one connection does."""
    how = connectors.get(one.connector)
    lane = await hub.lanes.get(one.id)
    state, reason = _state(one, lane)
    return Card(
        connector=how.name,
        title=how.title,
        tiers=how.tiers,
        state=state,
        reason=reason,
        connection=one.id,
        administration=one.administration.name,
        timezone=one.timezone,
        licence=Licence(active=one.licensed, tier=one.tier),
        exports_on_hold=one.exports_from is None,
        last_sync=await _last_sync(hub, one),
        waiting=await _count(hub, one.id, WAITING),
        failed=await _count(hub, one.id, FAILED),
    )


def _state(one: Connection, lane: Lane | None) -> tuple[State, str | None]:
    """The gravest of what holds it up, with the reason in the core's words."""
    if one.state == "disconnected":
        return "not_connected", None
    if not one.licensed:
        return "licence_ended", None
    if lane is not None and lane.rest is not None and lane.rest.kind == "owner":
        return "needs_you", lane.rest.reason
    return ("paused", None) if one.state == "paused" else ("connected", None)


async def _last_sync(hub: Hub, one: Connection) -> LastSync | None:
    found = await hub.store.find(RUNS, {"connection": one.id}, sort=("-started",), limit=1)
    return _sync(found[0]) if found else await _long_ago(hub, one)


async def _long_ago(hub: Hub, one: Connection) -> LastSync | None:
    """Of a connection that stands still for weeks the last run is forgotten; when a kind was read to its end is not."""
    ids = [cursor_id(one, kind) for kind in connectors.get(one.connector).kinds]
    ends = [row["completed"] for row in (await hub.store.get_many(CURSORS, ids)).values()]
    return LastSync(started=from_stamp(max(ends)), finished=from_stamp(max(ends))) if ends else None


def _sync(run: Mapping[str, Any]) -> LastSync:
    finished = run.get("finished")
    return LastSync(started=from_stamp(run["started"]), finished=from_stamp(finished) if finished else None)


async def _count(hub: Hub, connection: str, states: Sequence[EntryState]) -> int:
    return await hub.store.count(LEDGER, {"connection": connection, "state": Is("in", list(states))})
