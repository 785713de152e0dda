"""Which documents there are, which of a connector's exports one becomes, and what its mapping may look at."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from shared import envelope, topics
from shared.chosen import settings_of
from shared.connector import Connector, Export
from shared.envelope import Message
from shared.errors import Unsupported
from shared.ledger.entry import Entry
from shared.ledger.gates import Gate
from shared.mapping import ConnectorSettings, Job, TypeOfWorkSettings
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow, Invoice, NewRelation, SourceDocument, WorkOrder
from shared.schemas.messages import ExportRequest

MODELS: Mapping[Flow, type[WorkOrder] | type[Invoice] | type[NewRelation]] = {
    "workorder": WorkOrder,
    "invoice": Invoice,
    "relation": NewRelation,
}
"""Flow -> shape of its documents."""


class ToBeMade(dict[str, str]):
    """Stands for the ids of records that are made first, so that a mapping can be tried before anything is made."""

    def __missing__(self, key: str) -> str:
        """A name for what has no id yet."""
        return f"<id of the new {key}>"


CHOSEN_BY: Mapping[Flow, str] = {
    "workorder": "work_order_document",
    "invoice": "invoice_document",
    "relation": "relation_document",
}
"""Flow -> the setting by which the user chooses what its documents become."""


def document_type(settings: ConnectorSettings, flow: Flow) -> str | None:
    """What the user chose documents of a flow to become, unless their type of work says otherwise; None: nothing."""
    chosen: str | None = getattr(settings, CHOSEN_BY[flow])
    return chosen


def document_types(settings: ConnectorSettings, flow: Flow) -> AbstractSet[str]:
    """Everything that documents of a flow may become; nothing at all when the flow is switched off."""
    usual = document_type(settings, flow)
    if usual is None:
        return set()
    by_type = settings.work_order_documents if isinstance(settings, TypeOfWorkSettings) else {}
    return {usual, *(by_type.values() if flow == "workorder" else ())}


def _document_type_of(document: SourceDocument, settings: ConnectorSettings) -> str | None:
    usual = document_type(settings, flow_of(document))
    if usual is None or not isinstance(document, WorkOrder) or not isinstance(settings, TypeOfWorkSettings):
        return usual
    return settings.work_order_documents.get(document.type_of_work or "", usual)


def gate_of(connection: Connection) -> Gate:
    """What the user decided about new documents of this connection."""
    settings = settings_of(connection)
    return Gate(
        exports_from=connection.exports_from,
        exports_until=connection.exports_until,
        flows=frozenset(flow for flow in MODELS if document_type(settings, flow)),
        statuses=settings.trigger_statuses,
        manual=settings.manual_exports,
    )


def export_of(
    connector: Connector, document: SourceDocument, settings: ConnectorSettings, fixed: str | None = None
) -> tuple[str, Export]:
    """The export a document becomes, by name. `fixed` is the one it was sent as before: it stays that one."""
    model = type(document)
    name = fixed or _document_type_of(document, settings)
    if name is None or (model, name) not in connector.exports:
        raise Unsupported(f"{connector.title} is not set up to receive this kind of document")
    return name, connector.exports[model, name]


def flow_of_model(model: type) -> Flow:
    """The flow whose documents have this shape."""
    return next(flow for flow, known in MODELS.items() if known is model)


def flow_of(document: SourceDocument) -> Flow:
    """What kind of document it is."""
    return flow_of_model(type(document))


def job_of(document: SourceDocument, connection: Connection, ensured: Mapping[str, str]) -> Job[Any, Any]:
    """What the mapping may look at. The reference is what `find` looks for: the number the user knows."""
    return Job(
        document=document,
        reference=document.number,
        settings=settings_of(connection),
        administration=connection.administration,
        timezone=connection.timezone,
        ensured=ensured,
    )


def request_message(entry: Entry, request: ExportRequest, source: str, asked_at: datetime) -> Message:
    """A word on one document of the ledger, for its connector's exporters.

    `asked_at` is by the store's clock: of two words the later one counts, whichever machines they come from.
    """
    return envelope.message(
        topics.export_requests(entry.connector),
        entry.document,
        request,
        type=envelope.EXPORT_REQUESTED,
        source=source,
        tenant=entry.tenant,
        time=asked_at,
    )
