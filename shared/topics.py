"""Every topic: its name, key, owner and retention. No topic name stands anywhere else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from shared.schemas.entities import ENTITY_KINDS

WORKORDERS_COMPLETED = "workorders.completed"
INVOICES_FINALIZED = "invoices.finalized"
RELATIONS_CREATED = "relations.created"
LICENSES_CHANGED = "licenses.changed"
EXPORT_OUTCOMES = "exports.outcomes"
RECONCILIATIONS = "exports.reconciliations"
EVENTS_DEAD = "events.dead"
CONNECTIONS_CHANGED = "connections.changed"


def ticks(connector: str) -> str:
    """Sync ticks for one connector's importers."""
    return f"sync.ticks.{connector}"


def callbacks(connector: str) -> str:
    """Verified callbacks of one package."""
    return f"callbacks.{connector}"


def entities(kind: str) -> str:
    """Normalized records of one kind; compacted, a deletion is a null value with headers."""
    return f"entities.{kind}"


def export_requests(connector: str) -> str:
    """Replays, "send again" and "please reconcile" for one connector's exporters."""
    return f"exports.{connector}"


def imports_dead(connector: str) -> str:
    """Messages the importer of this connector could not use."""
    return f"imports.{connector}.dead"


def exports_dead(connector: str) -> str:
    """Documents that will not be exported as they are, with the reason."""
    return f"exports.{connector}.dead"


@dataclass(frozen=True)
class Topic:
    """`retention` None with `cleanup="compact"` keeps the newest message of each key for ever."""

    name: str
    key: str
    owner: str
    partitions: int = 6
    retention: timedelta | None = timedelta(days=30)
    cleanup: Literal["delete", "compact"] = "delete"


MONTHS_13 = timedelta(days=396)
"""Start date, preview and back-fill replay these topics: a financial year and a month."""


def all_topics(connectors: list[str]) -> list[Topic]:
    """The topics that must exist for these connectors, as `fieldledger topics create` makes them."""
    fixed = [
        Topic(WORKORDERS_COMPLETED, "document id", "platform", retention=MONTHS_13),
        Topic(INVOICES_FINALIZED, "document id", "platform", retention=MONTHS_13),
        Topic(RELATIONS_CREATED, "document id", "platform", retention=MONTHS_13),
        Topic(LICENSES_CHANGED, "tenant", "platform", partitions=1, retention=None, cleanup="compact"),
        Topic(EXPORT_OUTCOMES, "document id", "exporter", retention=MONTHS_13),
        Topic(RECONCILIATIONS, "connection", "exporter", partitions=1, retention=MONTHS_13),
        Topic(CONNECTIONS_CHANGED, "connection", "console", partitions=1, retention=None, cleanup="compact"),
        Topic(EVENTS_DEAD, "topic-partition-offset", "all", partitions=1, retention=None, cleanup="compact"),
    ]
    kinds = [
        Topic(entities(kind), "connection|administration|vendor id", "importer", retention=None, cleanup="compact")
        for kind in ENTITY_KINDS
    ]
    return fixed + kinds + [topic for name in connectors for topic in _of_connector(name)]


def _of_connector(name: str) -> list[Topic]:
    return [
        Topic(ticks(name), "connection", "scheduler, console", retention=timedelta(days=1)),
        Topic(callbacks(name), "connection|entity", "webhooks", retention=timedelta(days=7)),
        Topic(export_requests(name), "document id", "replay, console"),
        Topic(imports_dead(name), "as the original", "importer", partitions=1, retention=MONTHS_13),
        Topic(exports_dead(name), "as the original", "exporter", partitions=1, retention=MONTHS_13),
    ]
