"""The documents of a connection: what became of each, and what somebody can do about it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from fastapi import HTTPException

from services.console.log.keys import belongs, entry_of, key_of
from services.console.log.mending import Mend, mend
from shared.asking import why_not_again, why_not_left_out
from shared.clock import Moment
from shared.hub import Hub
from shared.ledger.entry import Entry, document_step
from shared.ledger.states import EntryState, StepState
from shared.ledger.writes import Step
from shared.paging import Listing, any_of, behind
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.store.collections import LEDGER, STEPS
from shared.waits import next_moment

A_PAGE = 50
MOST = 200
MOST_STEPS = 100

Group = Literal["open", "failed", "collected", "held", "sent", "left_out"]
GROUPS: Mapping[Group, tuple[EntryState, ...]] = {
    "open": ("waiting", "ready", "unsure", "refused", "collected", "held"),
    "failed": ("refused", "unsure"),
    "collected": ("collected",),
    "held": ("held",),
    "sent": ("confirmed",),
    "left_out": ("skipped",),
}
Action = Literal["send", "send_again", "send_alone", "leave_out", "it_is_there"]


class Brief(Frozen):
    """One document in a list. `next`: when it is looked at by itself; None: when somebody acts, or never."""

    key: str
    flow: Flow
    number: str
    day: str
    state: EntryState
    reason: str | None
    vendor_says: str | None
    attempts: int
    since: Moment
    next: Moment | None
    vendor_number: str | None


class Briefs(Frozen):
    """Documents, newest first; `older` is where the next page begins."""

    documents: Sequence[Brief]
    older: str | None


class Write(Frozen):
    """One write to the package that was made for a document; `sent`: how often."""

    what: str
    state: StepState
    sent: int
    number: str | None
    vendor_says: str | None


class Full(Brief):
    """One document with all that is known. `may` is what can be asked for, `mend` what would let it go on.

    `difference` is the package's total minus ours.
    """

    revision: int
    sent_revision: int | None
    document_type: str | None
    vendor_id: str | None
    url: str | None
    total_excl: Decimal | None
    difference: Decimal | None
    currency: str
    writes: Sequence[Write]
    may: Sequence[Action]
    mend: Mend | None


async def find(hub: Hub, connection: Connection, key: str) -> Entry:
    """The entry of that key; 404 when this connection has none."""
    id = entry_of(connection, key)
    entry = await hub.entries.get(id) if id else None
    if entry is None or not belongs(connection, entry):
        raise HTTPException(404)
    return entry


async def documents(
    hub: Hub,
    connection: Connection,
    *,
    group: Group = "open",
    number: str = "",
    before: str | None = None,
    limit: int = A_PAGE,
) -> Briefs:
    """A page of documents: of some states, or all of one number."""
    mine = {"connection": connection.id}
    wheres = [{**mine, "number": number}] if number else any_of(mine, "state", GROUPS[group])
    listing = Listing(LEDGER, "planned", wheres)
    place = behind(before)
    found = await listing.page(hub.store, before=place, limit=max(1, min(limit, MOST)))
    lane = await hub.lanes.get(connection.id)
    shown = [Brief(**_brief(connection, entry, next_moment(lane, entry.due))) for entry in map(Entry.of, found.rows)]
    return Briefs(documents=shown, older=found.next)


async def document(hub: Hub, connection: Connection, key: str) -> Full:
    """One document."""
    entry = await find(hub, connection, key)
    rows = await hub.store.find(STEPS, {"entry": entry.id}, limit=MOST_STEPS)
    lane = await hub.lanes.get(connection.id)
    return Full(
        **_brief(connection, entry, next_moment(lane, entry.due)),
        revision=entry.revision,
        sent_revision=entry.sent_revision,
        document_type=entry.document_type,
        vendor_id=entry.vendor_id,
        url=_safe(entry.url),
        total_excl=entry.total_excl,
        difference=entry.difference,
        currency=connection.administration.currency,
        writes=[_write(step) for step in map(Step.of, rows)],
        may=actions(entry, await hub.steps.get(document_step(entry.id)), connection),
        mend=await mend(hub, connection, entry),
    )


def actions(entry: Entry, step: Step | None, connection: Connection) -> Sequence[Action]:
    """What a person may ask for now."""
    if connection.state == "disconnected":
        return ["it_is_there"] if entry.state == "unsure" else []
    may: list[Action] = []
    if entry.state == "collected":
        may.append("send")
    elif why_not_again(entry) is None:
        behind = (entry.waits_for or "").startswith("invoice:") and entry.body.get("credits")
        may += ["send_again", "send_alone"] if behind else ["send_again"]
    if entry.state == "unsure":
        may.insert(0, "it_is_there")
    if why_not_left_out(entry, step) is None:
        may.append("leave_out")
    return may


def _brief(connection: Connection, entry: Entry, moment: Moment | None) -> dict[str, object]:
    return {
        "key": key_of(connection, entry.id),
        "flow": entry.flow,
        "number": entry.number,
        "day": entry.day.isoformat(),
        "state": entry.state,
        "reason": entry.reason,
        "vendor_says": entry.vendor_says,
        "attempts": entry.attempts,
        "since": entry.planned,
        "next": moment,
        "vendor_number": entry.vendor_number,
    }


def _write(step: Step) -> Write:
    return Write(
        what=step.what, state=step.state, sent=step.attempt, number=step.vendor_number, vendor_says=step.vendor_says
    )


def _safe(url: str | None) -> str | None:
    """A link that a package gave: only one that leads to a page."""
    return url if url and url.startswith(("https://", "http://")) else None
