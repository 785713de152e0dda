"""Pure: what an event about a document says, for whoever takes it in or looks for it again."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared import envelope
from shared.connector import Connector
from shared.errors import BadEvent
from shared.exporting import MODELS
from shared.ledger.entry import Wanted
from shared.schemas.documents import Flow, Invoice, NewRelation, SourceDocument, WorkOrder

FLOWS: Mapping[str, Flow] = {
    envelope.WORKORDER_COMPLETED: "workorder",
    envelope.INVOICE_FINALIZED: "invoice",
    envelope.RELATION_CREATED: "relation",
}
"""Event type -> flow."""


def exportable(connector: Connector, type: str) -> bool:
    """Whether this connector has anything to do with events of this type."""
    return type in FLOWS and any(source is MODELS[FLOWS[type]] for source, _ in connector.exports)


def wanted(type: str, value: bytes | None, timezone: str) -> Wanted:
    """Read a document event; `BadEvent` says which field is wrong, in words."""
    flow = FLOWS[type]
    try:
        document = MODELS[flow].model_validate_json(value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable {flow}: {_first_problems(error)}") from None
    if "\0" in document.id + document.number:
        raise BadEvent(f"not a readable {flow}: a zero character stands in its id or number")
    return Wanted(
        flow=flow,
        document=document.id,
        number=document.number,
        day=_book_day(document, timezone),
        revision=document.revision,
        # Only what was said: a field the model gains later must not make an old event look changed when it is replayed.
        body=document.model_dump(mode="json", exclude_unset=True),
    )


def _book_day(document: SourceDocument, timezone: str) -> date:
    match document:
        case WorkOrder():
            return document.work_date
        case Invoice():
            return document.invoice_date
        case NewRelation():
            return document.created_at.astimezone(ZoneInfo(timezone)).date()


def _first_problems(error: ValidationError) -> str:
    problems = [f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}" for item in error.errors()[:5]]
    return "; ".join(problems)
