"""The catalogue: every event, what it holds, on which topics it travels, and who must survive its changes."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from shared import envelope, topics
from shared.schemas.documents import Invoice, NewRelation, WorkOrder
from shared.schemas.entities import ENTITY_KINDS, Entity
from shared.schemas.messages import (
    ConnectionChanged,
    DeadLetter,
    EntityChanged,
    EntityEvent,
    ExportOutcome,
    ExportRequest,
    LicenseChanged,
    ReconciliationFinished,
    ReconciliationRequest,
    SyncTick,
)
from shared.words import singular

Direction = Literal["consumed", "published", "internal"]
"""Seen from Fieldledger: the platform writes it, somebody else reads it, or we do both.

What is internal is judged as consumed: it waits in a topic until a newer version of ours reads it.
"""

Model = type[BaseModel]

ANY_CONNECTOR = "{connector}"
"""Stands for a connector's name in a topic, so that a new connector changes nothing here."""


@dataclass(frozen=True)
class Event:
    """One event type. `model` None is a message without a body; `attributes` are further `ce_` headers, with meaning.

    `optional` names those of them that need not be there. `kind` is that of an entity event.
    """

    type: str
    title: str
    direction: Direction
    topics: tuple[str, ...]
    model: Model | None
    attributes: tuple[tuple[str, str], ...] = ()
    optional: tuple[str, ...] = ()
    kind: str | None = None


_SEQUENCE = ("sequence", "Rises with every change of a record; of two messages with one key the higher is the newer")
_OUTCOME_SEQUENCE = (
    "sequence",
    "Rises with every outcome of a document on one connection; of two the higher is the newer",
)
_CONNECTOR = ("connector", "The connector that read the record")
_REASON = ("reason", "Why it was removed: deleted, filtered or unlinked")
_ORIGINALS = (
    ("originaltype", "The type of the message that could not be used"),
    ("originalid", "The id of the message that could not be used"),
)

_CONSUMED = (
    Event(envelope.WORKORDER_COMPLETED, "Work order completed", "consumed", (topics.WORKORDERS_COMPLETED,), WorkOrder),
    Event(envelope.INVOICE_FINALIZED, "Invoice finalized", "consumed", (topics.INVOICES_FINALIZED,), Invoice),
    Event(envelope.RELATION_CREATED, "Relation created", "consumed", (topics.RELATIONS_CREATED,), NewRelation),
    Event(envelope.LICENSE_CHANGED, "License changed", "consumed", (topics.LICENSES_CHANGED,), LicenseChanged),
)
_PUBLISHED = (
    Event(
        envelope.EXPORT_OUTCOME,
        "Export outcome",
        "published",
        (topics.EXPORT_OUTCOMES,),
        ExportOutcome,
        (_OUTCOME_SEQUENCE,),
    ),
    Event(
        envelope.RECONCILIATION_FINISHED,
        "Reconciliation finished",
        "published",
        (topics.RECONCILIATIONS,),
        ReconciliationFinished,
    ),
    Event(
        envelope.CONNECTION_CHANGED, "Connection changed", "published", (topics.CONNECTIONS_CHANGED,), ConnectionChanged
    ),
    Event(
        envelope.DEAD_LETTER,
        "Dead letter",
        "published",
        (topics.EVENTS_DEAD, topics.imports_dead(ANY_CONNECTOR), topics.exports_dead(ANY_CONNECTOR)),
        DeadLetter,
        _ORIGINALS,
        optional=("originaltype", "originalid"),
    ),
)
_INTERNAL = (
    Event(envelope.SYNC_TICK, "Sync tick", "internal", (topics.ticks(ANY_CONNECTOR),), SyncTick),
    Event(envelope.ENTITY_CHANGED, "Entity changed", "internal", (topics.callbacks(ANY_CONNECTOR),), EntityChanged),
    Event(
        envelope.EXPORT_REQUESTED,
        "Export requested",
        "internal",
        (topics.export_requests(ANY_CONNECTOR),),
        ExportRequest,
    ),
    Event(
        envelope.RECONCILIATION_REQUESTED,
        "Reconciliation requested",
        "internal",
        (topics.export_requests(ANY_CONNECTOR),),
        ReconciliationRequest,
    ),
)


def _of_kind(kind: str, model: type[Entity]) -> tuple[Event, Event]:
    name, where = singular(kind).capitalize(), (topics.entities(kind),)
    # mypy knows no class that is made from a variable; pydantic makes one at run time.
    body: Model = EntityEvent[model]  # type: ignore[valid-type]
    return (
        Event(envelope.entity_type(kind), name, "published", where, body, (_SEQUENCE, _CONNECTOR), kind=kind),
        Event(
            envelope.entity_removed_type(kind),
            f"{name} removed",
            "published",
            where,
            None,
            (_SEQUENCE, _CONNECTOR, _REASON),
            kind=kind,
        ),
    )


EVENTS: tuple[Event, ...] = (
    *_CONSUMED,
    *_PUBLISHED,
    *(event for kind, model in ENTITY_KINDS.items() for event in _of_kind(kind, model)),
    *_INTERNAL,
)
"""Every event there is: what we read first, then what we publish, then what only we see."""

TOPICS: tuple[topics.Topic, ...] = tuple(topics.all_topics([ANY_CONNECTOR]))
"""Every topic there is, those of a connector under its placeholder."""


def events_on(topic: str) -> list[Event]:
    """What travels on a topic."""
    return [event for event in EVENTS if topic in event.topics]
