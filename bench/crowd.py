"""A large installation after half a year, for the console's pages: connections, log lines, documents, comparisons.

Written as stored documents, in large batches: made by the services themselves it would take days.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from bench.installation import connection as of_exact
from bench.installation import work_order
from shared import clock, connectors
from shared.chosen import validated
from shared.connections import live_key
from shared.connector import VendorUser
from shared.hub import Hub
from shared.lanes import Lane, Rest
from shared.ledger.entry import Entry, Wanted, entry_id, first_entry
from shared.ledger.gates import Gate
from shared.ledger.states import EntryState
from shared.reconcile.runs import Reconciliation
from shared.schemas.connections import Connection
from shared.store import Document
from shared.store.collections import CONNECTIONS, LANES, LEDGER, LOG, RECONCILIATIONS, RUNS

BATCH = 5_000
ENDED = 50
"""One in so many connections is over."""
TENANT = "tenant-0"
"""The office worker who looks: connected to every package, and to the connection with the longest log."""


@dataclass(frozen=True)
class Crowd:
    """How much there is. Of the log lines a tenth belong to one connection, the others share the rest."""

    connections: int = 1_000
    log_lines: int = 1_000_000
    documents: int = 50_000
    runs: int = 30_000
    comparisons: int = 30_000


_STATES: tuple[EntryState, ...] = ("confirmed",) * 44 + ("waiting", "waiting", "ready", "refused", "skipped", "unsure")
_LINES = (
    ("document.exported", "info", "Work order {n} is in {title} as sales order {n}."),
    ("document.waiting", "warning", 'Work order {n} waits: article "ARB" has no VAT code.'),
    ("document.refused", "error", "Work order {n} was not sent: {title} refused it."),
    ("sync.finished", "info", "Synced: 2 relations and 1 product changed."),
)
_BODY = work_order(0).model_dump(mode="json")
_OPEN = Gate(date(2020, 1, 1))
_RESTS = "Access to the administration has expired. Log in again to reconnect."


async def gather(hub: Hub, crowd: Crowd) -> list[Connection]:
    """Fill an empty store; the connections."""
    user = VendorUser("bench", "Bench")
    tokens = {"access_token": "none", "refresh_token": "none", "expires_in": 24 * 3600}
    grants = {name: await hub.grants.save_login(name, _site(name), user, tokens) for name in connectors.names()}
    made = [_connection(n, grants) for n in range(crowd.connections)]
    now = await hub.store.now()
    parts: dict[str, Iterable[Document]] = {
        CONNECTIONS: map(_stored, made),
        LANES: (_lane(n, one, now) for n, one in enumerate(made)),
        LEDGER: (_entry(n, one, now).stored() for n, one in _shared(made, crowd.documents)),
        RUNS: (_run(n, one, now) for n, one in _shared(made, crowd.runs)),
        RECONCILIATIONS: (_comparison(n, one, now).stored() for n, one in _shared(made, crowd.comparisons)),
        LOG: (_line(n, one, now) for n, one in _shared(made, crowd.log_lines)),
    }
    for collection, documents in parts.items():
        await _insert(hub, collection, iter(documents))
    return made


async def _insert(hub: Hub, collection: str, documents: Iterator[Document]) -> None:
    while batch := list(islice(documents, BATCH)):
        await hub.store.insert_many(collection, batch)


def _shared(made: list[Connection], count: int) -> Iterator[tuple[int, Connection]]:
    """A tenth to the first connection, the rest to all in turn; in the order of time."""
    for n in range(count):
        yield n, made[0] if n % 10 == 0 else made[n % len(made)]


def _site(connector: str) -> str | None:
    return next(iter(connectors.get(connector).auth.sites), None)


def _connection(n: int, grants: dict[str, str]) -> Connection:
    """The first tenant has a connection to every package, the others one each."""
    names = list(connectors.names())
    name, tenants = names[n % len(names)], max(0, n - len(names) + 1)
    return of_exact(n).model_copy(
        update={
            "tenant": f"tenant-{tenants}",
            "connector": name,
            "site": _site(name),
            "grant": grants[name],
            "settings": validated(connectors.get(name).settings, {}),
            "state": "disconnected" if n % ENDED == ENDED - 1 else "connected",
            "timezone": "Europe/Amsterdam",
        }
    )


def _stored(one: Connection) -> Document:
    key = live_key(one.tenant, one.connector) if one.state == "connected" else None
    return {**one.model_dump(mode="json"), "live_key": key}


def _lane(n: int, one: Connection, now: datetime) -> Document:
    """One in twenty rests until its owner logs in again."""
    lane = Lane(id=one.id, tenant=one.tenant, connector=one.connector)
    if n % 20 == 0:
        resting = {"rest_until": now + timedelta(hours=12), "rest": Rest(kind="owner", reason=_RESTS)}
        lane = lane.model_copy(update=resting)
    return lane.stored()


def _moment(n: int, now: datetime) -> datetime:
    """Older and older, half a minute apart: a million lines are most of a year."""
    return now - timedelta(seconds=25 * n)


def _entry(n: int, one: Connection, now: datetime) -> Entry:
    id, number = f"order-{n}", f"WB-{n}"
    wanted = Wanted("workorder", id, number, _moment(n, now).date(), 1, {**_BODY, "id": id, "number": number})
    entry = first_entry(one, wanted, _OPEN, _moment(n, now))
    state = _STATES[n // 7 % len(_STATES)]  # not in step with the connections
    told = {"reason": "The package refused it."} if state in {"refused", "unsure", "waiting"} else {}
    sent = {"vendor_id": str(n), "vendor_number": str(n), "sent_revision": 1} if state == "confirmed" else {}
    return entry.model_copy(update={"state": state, "due": None, **told, **sent})


def _line(n: int, one: Connection, now: datetime) -> Document:
    event, level, text = _LINES[n // 7 % len(_LINES)]
    about = event.startswith("document.")
    return {
        "id": f"line-{n:08d}",
        "connection": one.id,
        "at": clock.stamp(_moment(n, now)),
        "event": event,
        "about": "export" if about else "import",
        "level": level,
        "text": text.format(n=f"WB-{n % 50_000}", title=connectors.get(one.connector).title),
        "document": f"WB-{n % 50_000}" if about else None,
        "vendor_says": "400: The code is not valid." if level == "error" else None,
        "details": {"entry": entry_id(one, "workorder", f"order-{n % 50_000}")} if about else {},
    }


def _run(n: int, one: Connection, now: datetime) -> Document:
    at = _moment(n, now)
    return {
        "id": f"{one.id}@{n}",
        "connection": one.id,
        "active_key": None,
        "tenant": one.tenant,
        "reason": "schedule",
        "started": clock.stamp(at),
        "finished": clock.stamp(at + timedelta(seconds=9)),
        "state": "done",
        "kinds": [],
        "counts": {"relation": {"read": 40, "published": 2}},
    }


def _comparison(n: int, one: Connection, now: datetime) -> Reconciliation:
    at, differing = _moment(n, now), 1 if n % 30 == 0 else 0
    last = at.date()
    return Reconciliation(
        id=f"night-{n}", connection=one.id, connector=one.connector, tenant=one.tenant, scope=one.scope,
        first=last - timedelta(days=34), last=last, reason="schedule", asked=at, due=at, state="done",
        agreeing=180, differing=differing, ended=at + timedelta(minutes=1),
    )  # fmt: skip
