"""Document events from a file: read and checked as a whole, before anything is published."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.cli.context import SOURCE, problems
from shared import envelope, topics
from shared.envelope import Message
from shared.errors import Misconfigured
from shared.schemas.documents import Invoice, NewRelation, SourceDocument, WorkOrder

MOST_PROBLEMS = 10


@dataclass(frozen=True)
class Shape:
    """Where events of one type go, and what they hold."""

    event: str
    topic: str
    model: type[WorkOrder] | type[Invoice] | type[NewRelation]


SHAPES = {
    "workorder": Shape(envelope.WORKORDER_COMPLETED, topics.WORKORDERS_COMPLETED, WorkOrder),
    "invoice": Shape(envelope.INVOICE_FINALIZED, topics.INVOICES_FINALIZED, Invoice),
    "relation": Shape(envelope.RELATION_CREATED, topics.RELATIONS_CREATED, NewRelation),
}
_BY_TYPE = {**SHAPES, **{shape.event: shape for shape in SHAPES.values()}}


@dataclass(frozen=True)
class Event:
    """A readable document event."""

    shape: Shape
    tenant: str
    document: SourceDocument

    @property
    def message(self) -> Message:
        """As published; the same revision of a document keeps its event id."""
        return envelope.message(
            self.shape.topic,
            self.document.id,
            self.document,
            type=self.shape.event,
            source=SOURCE,
            tenant=self.tenant,
            id=f"{self.document.id}@{self.document.revision}",
        )


def read_events(text: str, *, type: str | None, tenant: str | None) -> list[Event]:
    """The events in `text`: a JSON object, an array, or JSON lines; each a document, or type, tenant and data.

    `Misconfigured` lists what is wrong with which one; then there is nothing to publish.
    """
    events: list[Event] = []
    wrong: list[str] = []
    for number, item in enumerate(_items(text), start=1):
        try:
            events.append(_event(item, type, tenant))
        except ValueError as error:
            words = problems(error) if isinstance(error, ValidationError) else str(error)
            wrong.append(f"number {number}: {words}")
    if wrong:
        more = f" (and {len(wrong) - MOST_PROBLEMS} more)" if len(wrong) > MOST_PROBLEMS else ""
        raise Misconfigured(f"Nothing can be used of this file. {'; '.join(wrong[:MOST_PROBLEMS])}{more}.")
    return events


def _event(item: Any, type: str | None, tenant: str | None) -> Event:
    if not isinstance(item, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004  # pydantic's errors are ValueErrors too
    full = "data" in item
    shape = _shape(item.get("type") if full else type)
    owner = (item.get("tenant") if full else None) or tenant
    if not owner:
        raise ValueError("has no tenant: add --tenant")
    return Event(shape, str(owner), shape.model.model_validate(item["data"] if full else item))


def _shape(type: object) -> Shape:
    if type is None:
        raise ValueError(f"has no type: add --type ({', '.join(SHAPES)})")
    if not isinstance(type, str) or type not in _BY_TYPE:
        raise ValueError(f"has the unknown type {type!r}; there are {', '.join(SHAPES)}")
    return _BY_TYPE[type]


def _items(text: str) -> Sequence[Any]:
    try:
        whole = json.loads(text, parse_float=str)
    except ValueError:
        return list(_lines(text))
    return whole if isinstance(whole, list) else [whole]


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line, parse_float=str)
            except ValueError as error:
                raise Misconfigured(f"Line {number} is not JSON: {error}.") from None
