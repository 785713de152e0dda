"""What would be sent, before anything is: the documents on hold, from which day, and the user's word that starts it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.console.preview.lines import Line, lines_of, total_of
from shared import connectors
from shared.chosen import settings_of
from shared.errors import FieldledgerError, Misconfigured, Unsupported
from shared.exporting import MODELS, export_of, gate_of
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.ledger.gates import Gate, verdict
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow, NewRelation, SourceDocument, WorkOrder
from shared.schemas.money import Exact
from shared.store import Is
from shared.store.collections import LEDGER

PAGE = 10
"""Documents in one list: each of them is tried with a few calls to the package."""
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=366)


class Row(Frozen):
    """One document on hold. `goes` False: by the user's own choices it stays out, and `why` says by which.

    `total` excludes VAT; None: the package has the prices. `becomes` None: nothing, by the settings.
    """

    id: str
    flow: Flow
    number: str
    day: date
    customer: str
    total: Exact | None
    currency: str
    becomes: str | None
    goes: bool
    why: str | None


class TakesOver(Frozen):
    """Another connection that bills the same: it would end with `last_day`."""

    name: str
    what: str
    last_day: date


class Preview(Frozen):
    """What a start at `first_day` means: `count` documents on hold of that day and later, `older` that stay out.

    `started` is since when exports run already; `since` the day before which documents were never published to this
    connection; `impossible` says why exports cannot begin that day. `next` leads to the documents after these.
    """

    connection: str
    title: str
    administration: str
    licensed: bool
    first_day: date
    started: date | None
    since: date
    count: int
    older: int
    documents: tuple[Row, ...]
    next: str | None
    takes_over: TakesOver | None = None
    impossible: str | None = None


class Started(Frozen):
    """Exports run from `first_day`: `go_on` documents that were on hold are sent, `left_out` are too old."""

    first_day: date
    go_on: int
    left_out: int


class WrongDay(Misconfigured):
    """A day on which exports cannot begin."""


class AsksToTakeOver(FieldledgerError):
    """Another connection would end: the user has not agreed to that."""

    def __init__(self, question: TakesOver) -> None:
        super().__init__(f"{question.name} bills the {question.what} of this company already.")
        self.question = question


def opened_on(connection: Connection) -> date:
    """The day the connection was made, by its own clock: from then on its documents are known here."""
    return connection.created.astimezone(ZoneInfo(connection.timezone)).date()


async def preview(hub: Hub, connection: Connection, first_day: date | None = None, after: str | None = None) -> Preview:
    """What would be sent with exports from `first_day`; without one from the day that the connection was made."""
    if first_day:
        _must_be_sensible(hub, first_day)
    day = first_day or connection.exports_from or opened_on(connection)
    held = await hub.entries.held_by_day(connection.id, _cursor(after), limit=PAGE + 1)
    shown = held[:PAGE]
    question, impossible = await _question(hub, connection, day)
    counts = await _counts(hub, connection, day)
    return Preview(
        connection=connection.id,
        title=connectors.get(connection.connector).title,
        administration=connection.administration.name,
        licensed=connection.licensed,
        first_day=day,
        started=connection.exports_from,
        since=opened_on(connection),
        count=counts.goes,
        older=counts.older,
        documents=tuple(_row(connection, one, _gate(connection, day)) for one in shown),
        next=_after(shown[-1]) if len(held) > PAGE else None,
        takes_over=question,
        impossible=impossible,
    )


def _cursor(after: str | None) -> tuple[str, str]:
    day, _, id = (after or "").partition("|")
    return day, id


def _after(entry: Entry) -> str:
    return f"{entry.day.isoformat()}|{entry.id}"


@dataclass(frozen=True)
class _Counts:
    goes: int
    older: int


async def _counts(hub: Hub, connection: Connection, day: date) -> _Counts:
    """How many on hold go, and how many are too old. The day of what was moved here by name does not count."""
    held = {"connection": connection.id, "state": "held"}
    before = {**held, "day": Is("<", day.isoformat())}
    later = await hub.store.count(LEDGER, {**held, "day": Is(">=", day.isoformat())})
    moved = await hub.store.count(LEDGER, {**before, "chosen": True})
    return _Counts(later + moved, await hub.store.count(LEDGER, before) - moved)


def _gate(connection: Connection, day: date) -> Gate:
    return replace(gate_of(connection), exports_from=day)


def document_of(entry: Entry) -> SourceDocument:
    """The document of an entry, as the platform published it."""
    return MODELS[entry.flow].model_validate(entry.body)


def _row(connection: Connection, entry: Entry, gate: Gate) -> Row:
    document = document_of(entry)
    decided = verdict(gate.of_any_day if entry.chosen else gate, entry.flow, entry.day, entry.status)
    return Row(
        **entry.model_dump(include={"id", "flow", "number", "day"}),
        customer=customer_name(document),
        total=total_of(lines(connection, document)),
        currency=currency_of(connection, document),
        becomes=becomes(connection, document),
        goes=decided.event in {"release", "collect"},
        why=decided.reason,
    )


def customer_name(document: SourceDocument) -> str:
    """Whom it is for."""
    return (document.invoice_customer if isinstance(document, WorkOrder) else document.customer).name


def currency_of(connection: Connection, document: SourceDocument) -> str:
    """Its own currency, else that of the books."""
    own = None if isinstance(document, NewRelation) else document.currency
    return own or connection.administration.currency


def lines(connection: Connection, document: SourceDocument) -> Sequence[Line]:
    """What is billed, with this connection's own hours and rounding."""
    return lines_of(document, settings_of(connection))


def becomes(connection: Connection, document: SourceDocument) -> str | None:
    """What it becomes in the package by the settings, in words."""
    try:
        _, export = export_of(connectors.get(connection.connector), document, settings_of(connection))
    except Unsupported:
        return None
    return export.title


async def _question(hub: Hub, connection: Connection, day: date) -> tuple[TakesOver | None, str | None]:
    try:
        clashes = await hub.connections.clashes_from(connection, day)
    except Misconfigured as error:
        return None, str(error)
    found = clashes[0] if clashes else None
    return (TakesOver(name=found.name, what=found.what, last_day=found.last_day) if found else None), None


def sensible(hub: Hub, day: date) -> bool:
    """Whether exports could begin that day: a slip of the keyboard must not leave everything out, or send all of it."""
    return EARLIEST <= day <= hub.now().date() + AHEAD


def _must_be_sensible(hub: Hub, day: date) -> None:
    if not sensible(hub, day):
        raise WrongDay("Choose a day of this century, and not more than a year ahead.")


async def start(hub: Hub, connection: Connection, first_day: date, *, takes_over: bool) -> Started:
    """The user's word: from that day on documents are sent. `AsksToTakeOver` when another connection would end."""
    _must_be_sensible(hub, first_day)
    if connection.state == "disconnected":
        raise Misconfigured("This connection was ended. Connect again first.")
    question, _ = await _question(hub, connection, first_day)
    if question and not takes_over:
        raise AsksToTakeOver(question)
    counts = await _counts(hub, connection, first_day)
    await hub.connections.start_exports(connection.id, first_day, takes_over=takes_over)
    return Started(first_day=first_day, go_on=counts.goes, left_out=counts.older)
