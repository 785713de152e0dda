"""CloudEvents 1.0 in Kafka binary mode: attributes in `ce_*` headers, JSON in the body.

So a consumer decides by header, without parsing (https://github.com/cloudevents/spec, Kafka protocol binding).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from pydantic import BaseModel

from shared import clock
from shared.errors import BadEvent

WORKORDER_COMPLETED = "fieldledger.workorder.completed.v1"
INVOICE_FINALIZED = "fieldledger.invoice.finalized.v1"
RELATION_CREATED = "fieldledger.relation.created.v1"
LICENSE_CHANGED = "fieldledger.license.changed.v1"
SYNC_TICK = "fieldledger.sync.tick.v1"
ENTITY_CHANGED = "fieldledger.entity.changed.v1"
EXPORT_REQUESTED = "fieldledger.export.requested.v1"
EXPORT_OUTCOME = "fieldledger.export.outcome.v1"
RECONCILIATION_REQUESTED = "fieldledger.reconciliation.requested.v1"
RECONCILIATION_FINISHED = "fieldledger.reconciliation.finished.v1"
CONNECTION_CHANGED = "fieldledger.connection.changed.v1"
DEAD_LETTER = "fieldledger.dead_letter.v1"


def entity_type(kind: str) -> str:
    """The event type of a normalized record: `fieldledger.entity.relation.v1`."""
    return f"fieldledger.entity.{kind}.v1"


def entity_removed_type(kind: str) -> str:
    """The event type of a tombstone: `fieldledger.entity.relation.removed.v1`."""
    return f"fieldledger.entity.{kind}.removed.v1"


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. `extra` are further `ce_` attributes (sequence, reason ...)."""

    type: str
    source: str
    subject: str
    tenant: str
    id: str
    time: datetime
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def attributes(self) -> dict[str, str]:
        """The extension attributes by name."""
        return dict(self.extra)


@dataclass(frozen=True)
class Message:
    """What goes to Kafka: a topic, a key, CloudEvents headers and a body (None is a tombstone)."""

    topic: str
    key: str
    headers: dict[str, str]
    body: bytes | None


_KNOWN = ("type", "source", "subject", "tenant", "id", "time")


def message(
    topic: str,
    key: str,
    body: BaseModel | None,
    *,
    type: str,
    source: str,
    tenant: str,
    id: str | None = None,
    time: datetime | None = None,
    extra: dict[str, str] | None = None,
) -> Message:
    """Put an event together. `source` is the service (`fieldledger/exporter`), the subject is the key.

    A repeated event keeps its `id`, so pass one wherever the event may be published twice.
    """
    attributes = {
        "specversion": "1.0",
        "id": id or str(uuid4()),
        "type": type,
        "source": source,
        "subject": key,
        "time": clock.stamp(time or clock.now()),
        "tenant": tenant,
        **(extra or {}),
    }
    headers = {f"ce_{name}": value for name, value in attributes.items()}
    if body is None:
        return Message(topic, key, headers, None)
    headers["content-type"] = "application/json"
    return Message(topic, key, headers, body.model_dump_json().encode())


def read_headers(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope of a received message; `BadEvent` when a required attribute is missing or unreadable."""
    try:
        found = {name[3:]: value.decode() for name, value in headers if name.startswith("ce_")}
    except (UnicodeDecodeError, AttributeError) as error:
        raise BadEvent("the headers are not text") from error
    if any("\0" in value for value in found.values()):
        raise BadEvent("the headers hold a zero character")  # no store can look such a text up
    missing = [name for name in ("specversion", "id", "type", "source", "tenant") if not found.get(name)]
    if missing:
        raise BadEvent(f"required CloudEvents headers are missing: {', '.join('ce_' + name for name in missing)}")
    try:
        time = datetime.fromisoformat(found["time"]) if "time" in found else clock.EPOCH
    except ValueError as error:
        raise BadEvent(f"ce_time is not a time: {found['time']!r}") from error
    if time.tzinfo is None:
        raise BadEvent(f"ce_time has no time zone: {found['time']!r}")
    extra = tuple((name, value) for name, value in found.items() if name not in _KNOWN and name != "specversion")
    return Envelope(found["type"], found["source"], found.get("subject", ""), found["tenant"], found["id"], time, extra)
