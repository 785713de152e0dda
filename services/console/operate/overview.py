"""How each connector is doing: what waits, who works, what rests and why, what failed and for what reason."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import HTTPException

from services.console.operate.pace import Hour, last_day
from shared import connectors, metrics
from shared.clock import Moment
from shared.connector import Connector
from shared.hub import Hub
from shared.lanes import Lane
from shared.schemas.base import Frozen
from shared.store import Is, Store, StoreNow
from shared.store.collections import CONNECTIONS, LANES, LEDGER
from shared.survey import KINDS, OPEN_STATES, of_connector

MOST_RESTING = 200
MOST_FAILED = 200
"""The newest documents in each state that reasons are counted of."""
FAILED = ("refused", "unsure", "waiting")


class Backlog(Frozen):
    """Lanes with work that could be done now, and how long the oldest of it has waited, in seconds."""

    lanes: int = 0
    oldest: float = 0.0


class ConnectorState(Frozen):
    """One connector. `documents` counts the open ones by state, and the refused; `lanes` by what they do.

    `calls_left` is the least that any administration has left per rate window, `logins` counts live and dead ones.
    `hours` are the last 24, oldest first.
    """

    name: str
    title: str
    backlog: Mapping[str, Backlog]
    documents: Mapping[str, int]
    lanes: Mapping[str, int]
    logins: Mapping[str, int]
    calls_left: Mapping[str, int]
    hours: tuple[Hour, ...]

    @property
    def exported(self) -> int:
        """Documents exported in these hours."""
        return sum(hour.exported for hour in self.hours)

    @property
    def failed(self) -> int:
        """Documents refused, or unsure, in these hours."""
        return sum(hour.failed for hour in self.hours)


class Overview(Frozen):
    """The whole installation, as it was at `at`."""

    at: Moment
    connectors: tuple[ConnectorState, ...]


class Resting(Frozen):
    """A lane that rests. `until`: when it is looked at again; `owner`: only its owner can mend it."""

    connection: str
    connector: str
    tenant: str
    administration: str
    reason: str
    owner: bool
    until: Moment


class Failure(Frozen):
    """How many of the newest documents are in this state for this reason; one of them as an example."""

    state: str
    reason: str
    vendor_says: str | None
    documents: int
    example: str
    connection: str


class ConnectorDetail(Frozen):
    """One connector with what rests, and the reasons of the newest documents that failed or wait."""

    at: Moment
    connector: ConnectorState
    resting: tuple[Resting, ...]
    failures: tuple[Failure, ...]


async def overview(hub: Hub) -> Overview:
    """Every connector."""
    now, names = await hub.store.now(), list(connectors.names())
    hours = await last_day(hub.store, names, now)
    states = await asyncio.gather(*(_state(hub.store, connectors.get(name), hours[name]) for name in names))
    return Overview(at=now, connectors=tuple(states))


def named(connector: str) -> Connector:
    """The connector; 404 when there is none of that name."""
    if connector not in connectors.names():
        raise HTTPException(404)
    return connectors.get(connector)


async def detail(hub: Hub, connector: Connector) -> ConnectorDetail:
    """One connector."""
    now = await hub.store.now()
    hours = await last_day(hub.store, [connector.name], now)
    return ConnectorDetail(
        at=now,
        connector=await _state(hub.store, connector, hours[connector.name]),
        resting=tuple(await resting(hub.store, {"connector": connector.name})),
        failures=tuple(await _failures(hub.store, connector.name)),
    )


async def _state(store: Store, connector: Connector, hours: Sequence[Hour]) -> ConnectorState:
    read = {(one.gauge, one.labels[1:]): one.value async for one in of_connector(store, connector)}

    def named(gauge: Any) -> dict[str, int]:
        return {labels[0]: int(value) for (of, labels), value in read.items() if of is gauge and labels}

    lanes = named(metrics.BACKLOG)
    refused = await store.count(LEDGER, {"connector": connector.name, "state": "refused"})
    return ConnectorState(
        name=connector.name,
        title=connector.title,
        backlog={kind: Backlog(lanes=lanes[kind], oldest=read[metrics.OLDEST, (kind,)]) for kind in KINDS},
        documents={**{state: named(metrics.OPEN)[state] for state in OPEN_STATES}, "refused": refused},
        lanes=named(metrics.LANES),
        logins=named(metrics.GRANTS),
        calls_left=named(metrics.BUDGET),
        hours=tuple(hours),
    )


async def resting(store: Store, where: Mapping[str, Any], limit: int = MOST_RESTING) -> list[Resting]:
    """Lanes that rest now, those first that are looked at soonest."""
    now = {"rest_until": Is(">", StoreNow())}
    found = await store.find(LANES, {**where, **now}, sort=("rest_until",), limit=limit)
    lanes = [Lane.of(row) for row in found]
    whose = await store.get_many(CONNECTIONS, [lane.id for lane in lanes])
    return [_rests(lane, whose[lane.id]) for lane in lanes if lane.id in whose]


def _rests(lane: Lane, connection: Mapping[str, Any]) -> Resting:
    return Resting(
        connection=lane.id,
        connector=lane.connector,
        tenant=lane.tenant,
        administration=connection["administration"]["name"],
        reason=lane.rest.reason if lane.rest else "",
        owner=lane.rest is not None and lane.rest.kind == "owner",
        until=lane.rest_until,
    )


async def _failures(store: Store, connector: str) -> list[Failure]:
    rows: list[dict[str, Any]] = []
    for state in FAILED:
        where = {"connector": connector, "state": state}
        rows += await store.find(LEDGER, where, sort=("-planned",), limit=MOST_FAILED)
    return by_reason(rows)


def by_reason(rows: Sequence[Mapping[str, Any]]) -> list[Failure]:
    """Entries as stored, counted by why they are not done; what most have in common comes first."""
    same: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        same[row["state"], _without_number(row)].append(row)
    made = [_failure(state, reason, group) for (state, reason), group in same.items()]
    return sorted(made, key=lambda one: (-one.documents, one.state, one.reason))


def _without_number(row: Mapping[str, Any]) -> str:
    """Ten documents that fail alike name ten numbers."""
    return (row["reason"] or "").replace(row["number"], "…")


def _failure(state: str, reason: str, group: Sequence[Mapping[str, Any]]) -> Failure:
    words, _ = Counter(row["vendor_says"] for row in group).most_common(1)[0]
    return Failure(
        state=state,
        reason=group[0]["reason"] or "" if len(group) == 1 else reason,
        vendor_says=words,
        documents=len(group),
        example=group[0]["number"],
        connection=group[0]["connection"],
    )
