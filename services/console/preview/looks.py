"""Documents tried against the package, which is only read: would it go, and what exactly would be sent."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from services.console.preview import views
from services.console.preview.lines import Line, total_of
from shared import connectors
from shared.errors import GiveUp, RateLimited, TryLater, Unmappable, WorkError
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.preview import Planned, planned_writes
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.documents import Address, Flow, WorkOrder
from shared.schemas.money import Exact
from shared.visits import visit

Outcome = Literal["goes", "waits", "refused", "unknown"]


class Verdict(Frozen):
    """What would become of a document: it `goes`, `waits` for a setting, is `refused`, or nobody could look now."""

    id: str
    outcome: Outcome
    why: str | None = None
    setting: str | None = None
    key: str | None = None
    says: str | None = None


class Call(Frozen):
    """One call to the package, as it would be made. `body` is JSON, as text."""

    title: str
    is_document: bool
    method: str
    path: str
    body: str


class Draft(Frozen):
    """One document in full. `total` excludes VAT, as the package is to make it; None: it has the prices itself.

    `calls` is what would be sent, in order; `verdict` says what comes instead when it cannot go.
    """

    id: str
    connection: str
    title: str
    flow: Flow
    number: str
    day: date
    book_day: date | None
    customer: str
    debtor_number: str
    address: Address
    vat_number: str | None
    currency: str
    becomes: str | None
    lines: tuple[Line, ...]
    total: Exact | None
    warnings: tuple[str, ...]
    calls: tuple[Call, ...]
    verdict: Verdict


async def check(hub: Hub, connection: Connection, ids: Sequence[str]) -> Sequence[Verdict]:
    """What would become of these documents, one after the other. Ids of other connections are passed over."""
    entries = [entry for id in ids[: views.PAGE] if (entry := await entry_of(hub, connection, id))]
    found: list[Verdict] = []
    try:
        async with visit(hub, connection) as client:
            for entry in entries:
                found.append((await _tried(hub, client, connection, entry))[1])  # noqa: PERF401  # kept when a later one fails
    except WorkError as error:  # nobody can look now: said of each that is left
        found += [_unknown(entry.id, error) for entry in entries[len(found) :]]
    return found


async def entry_of(hub: Hub, connection: Connection, id: str) -> Entry | None:
    """A document of this connection; None when it is another's, or none."""
    entry = await hub.entries.get(id)
    return entry if entry is not None and entry.connection == connection.id else None


async def _tried(hub: Hub, client: Any, connection: Connection, entry: Entry) -> tuple[Sequence[Planned], Verdict]:
    """The writes it would take. Errors about the document are its verdict, others end the look."""
    planned: list[Planned] = []
    try:
        async for one in planned_writes(hub, client, connection, views.document_of(entry)):
            planned.append(one)  # noqa: PERF401  # what came before an error is shown
    except (TryLater, RateLimited):
        raise
    except Unmappable as error:
        return planned, Verdict(id=entry.id, outcome="waits", why=error.reason, setting=error.setting, key=error.key)
    except GiveUp as error:
        return planned, Verdict(id=entry.id, outcome="refused", why=error.reason, says=error.vendor_says)
    return planned, Verdict(id=entry.id, outcome="goes")


def _unknown(id: str, error: WorkError) -> Verdict:
    return Verdict(id=id, outcome="unknown", why=error.reason, says=error.vendor_says)


async def draft(hub: Hub, connection: Connection, entry: Entry) -> Draft:
    """One document in full, as the package would get it."""
    try:
        async with visit(hub, connection) as client:
            planned, verdict = await _tried(hub, client, connection, entry)
    except WorkError as error:
        planned, verdict = (), _unknown(entry.id, error)
    document = views.document_of(entry)
    lines = tuple(views.lines(connection, document))
    main = next((one.draft for one in planned if one.is_document), None)
    customer = document.invoice_customer if isinstance(document, WorkOrder) else document.customer
    return Draft(
        **entry.model_dump(include={"id", "connection", "flow", "number", "day"}),
        title=connectors.get(connection.connector).title,
        book_day=main.day if main else None,
        customer=customer.name,
        debtor_number=customer.debtor_number,
        address=customer.address,
        vat_number=customer.vat_number,
        currency=(main.currency if main else None) or views.currency_of(connection, document),
        becomes=views.becomes(connection, document),
        lines=lines,
        total=main.total_excl if main else total_of(lines),
        warnings=main.warnings if main else (),
        calls=tuple(map(_call, planned)),
        verdict=verdict,
    )


def _call(one: Planned) -> Call:
    request = one.draft.request
    return Call(
        title=one.title,
        is_document=one.is_document,
        method=request.method,
        path=request.path,
        body=_readable(request.body),
    )


def _readable(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)
