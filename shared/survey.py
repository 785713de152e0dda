"""What the store says of a whole installation, as numbers: the gauges of `shared/metrics.py` that are not counted.

Read when Prometheus asks, and on the scheduler's page only. So it costs the same however many exporters run, no number
is older than its scrape, and the backlog of a connector is seen at the very moment when all its exporters are dead.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from prometheus_client import Gauge, generate_latest

from shared import connectors, metrics
from shared.connector import Connector
from shared.hub import Hub
from shared.lanes import Kind, Lane
from shared.oauth import Grant
from shared.store import Is, Store, StoreNow
from shared.store.collections import BUDGETS, GRANTS, LANES, LEDGER

KINDS: tuple[Kind, ...] = get_args(Kind)
OPEN_STATES = ("held", "collected", "ready", "waiting", "unsure")
"""Ledger states in which a document still needs somebody. The others grow for ever, so they are not counted here."""

_PAST, _FUTURE = Is("<=", StoreNow()), Is(">", StoreNow())


@dataclass(frozen=True)
class Sample:
    """One value of one gauge."""

    gauge: Gauge
    labels: tuple[str, ...]
    value: float


async def page(hub: Hub) -> bytes:
    """The numbers in Prometheus' text format; a number that cannot be told is left out. Raises `StoreUnavailable`."""
    samples = [sample async for sample in survey(hub.store)]
    # Nothing is awaited from here on, so two scrapes cannot mix.
    for gauge in metrics.OF_STORE:
        gauge.clear()
    for sample in samples:
        sample.gauge.labels(*sample.labels).set(sample.value)
    return generate_latest(metrics.STORE)


async def survey(store: Store) -> AsyncIterator[Sample]:
    """Every sample of every connector, by the store's clock."""
    for name in connectors.names():
        async for sample in of_connector(store, connectors.get(name)):
            yield sample


async def of_connector(store: Store, connector: Connector) -> AsyncIterator[Sample]:
    """Every sample of one connector."""
    now, name = await store.now(), connector.name
    for part in (
        _backlog(store, name, now),
        _documents(store, name),
        _lanes(store, name),
        _budgets(store, connector),
        _grants(store, connector, now),
    ):
        async for sample in part:
            yield sample


async def _backlog(store: Store, name: str, now: datetime) -> AsyncIterator[Sample]:
    """Work that somebody could do now. What rests for its owner is none: it would hide a real one."""
    for kind in KINDS:
        due = {"connector": name, f"{kind}.due": _PAST, "rest_until": _PAST}
        oldest = await store.find(LANES, due, sort=(f"{kind}.due",), limit=1)
        since = Lane.of(oldest[0]).of_kind(kind).due if oldest else None
        yield Sample(metrics.BACKLOG, (name, kind), await store.count(LANES, due))
        yield Sample(metrics.OLDEST, (name, kind), (now - since).total_seconds() if since else 0.0)


async def _documents(store: Store, name: str) -> AsyncIterator[Sample]:
    for state in OPEN_STATES:
        count = await store.count(LEDGER, {"connector": name, "state": state})
        yield Sample(metrics.OPEN, (name, state), count)


async def _lanes(store: Store, name: str) -> AsyncIterator[Sample]:
    mine: dict[str, Any] = {"connector": name}
    counted = {
        "working": await store.count(LANES, mine | {"lease_until": _FUTURE}),
        "waits_for_owner": await store.count(LANES, mine | {"rest_until": _FUTURE, "rest.kind": "owner"}),
        "rests": await store.count(LANES, mine | {"rest_until": _FUTURE, "rest.kind": "later"}),
    }
    # A lane may change between two counts.
    counted["free"] = max(0, await store.count(LANES, mine) - sum(counted.values()))
    for state, count in counted.items():
        yield Sample(metrics.LANES, (name, state), count)


async def _budgets(store: Store, connector: Connector) -> AsyncIterator[Sample]:
    """The least of all administrations; a window that has reset since is full again."""
    for window in connector.limit.windows:
        known = {"connector": connector.name, "window": window.name, "resets": _FUTURE}
        least = await store.find(BUDGETS, known, sort=("remaining",), limit=1)
        left = least[0]["remaining"] if least else window.calls
        yield Sample(metrics.BUDGET, (connector.name, window.name), left)


async def _grants(store: Store, connector: Connector, now: datetime) -> AsyncIterator[Sample]:
    for state in ("live", "dead"):
        count = await store.count(GRANTS, {"connector": connector.name, "state": state})
        yield Sample(metrics.GRANTS, (connector.name, state), count)
    life = connector.auth.refresh_token_life
    if life is None:
        return
    live = {"connector": connector.name, "state": "live"}
    for row in await store.find(GRANTS, live, sort=("issued",), limit=1):
        lapses = Grant.of(row).issued + life
        yield Sample(metrics.EXPIRY, (connector.name,), (lapses - now).total_seconds())
