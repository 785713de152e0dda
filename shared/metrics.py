"""Every metric, one line each. Nothing else defines metrics; docs/operations.md lists what stands here.

Labels name connectors, kinds and states, never tenants: each value of a label is a time series for ever.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

# What this process did since it began.
TURNS = Counter("fieldledger_turns", "turns taken", ["connector", "kind"])
IGNORED = Counter("fieldledger_events_ignored", "events met that are not for this service", ["service", "why"])
DEAD = Counter("fieldledger_dead_letters", "messages put into the dead letters", ["topic"])
PUBLISHED = Counter("fieldledger_entities_published", "entity events published", ["connector", "kind"])
CALLBACKS = Counter("fieldledger_callbacks", "callbacks by what was answered", ["connector", "result"])
FETCHED = Counter("fieldledger_records_fetched", "records fetched because a package called back", ["connector"])
DOCUMENTS = Counter("fieldledger_documents", "documents by what became of them", ["connector", "result"])
CALLS = Counter(
    "fieldledger_vendor_calls", "calls to packages; without an answer: unreachable or lost", ["connector", "status"]
)
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LATENCY = Histogram(
    "fieldledger_vendor_call_seconds", "how long packages take to answer", ["connector"], buckets=SECONDS
)

# What the store says of the whole installation: see shared/survey.py.
STORE = CollectorRegistry()
BACKLOG = Gauge(
    "fieldledger_backlog_connections", "connections with work to do now", ["connector", "kind"], registry=STORE
)
OLDEST = Gauge(
    "fieldledger_backlog_oldest_seconds",
    "how long the oldest of that work has waited",
    ["connector", "kind"],
    registry=STORE,
)
OPEN = Gauge(
    "fieldledger_open_documents", "documents that are not done yet, by why", ["connector", "state"], registry=STORE
)
LANES = Gauge("fieldledger_lanes", "connections by what their lane does", ["connector", "state"], registry=STORE)
BUDGET = Gauge("fieldledger_budget_left", "calls left where fewest are left", ["connector", "window"], registry=STORE)
GRANTS = Gauge(
    "fieldledger_grants", "logins at packages; a dead one waits for its owner", ["connector", "state"], registry=STORE
)
EXPIRY = Gauge(
    "fieldledger_grant_expires_seconds",
    "until the first live login lapses if it is not renewed",
    ["connector"],
    registry=STORE,
)

OF_PROCESS: tuple[MetricWrapperBase, ...] = (
    TURNS,
    IGNORED,
    DEAD,
    PUBLISHED,
    CALLBACKS,
    FETCHED,
    DOCUMENTS,
    CALLS,
    LATENCY,
)
OF_STORE: tuple[Gauge, ...] = (BACKLOG, OLDEST, OPEN, LANES, BUDGET, GRANTS, EXPIRY)
