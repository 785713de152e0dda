"""One document to export, and what an event or a person's word makes of it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import Field

from shared.clock import Moment
from shared.ledger.gates import Gate, Verdict, verdict
from shared.ledger.states import FINAL, EntryEvent, EntryState, next_entry_state
from shared.records import Record
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from shared.schemas.money import Exact


class Entry(Record):
    """One document to export. `due`: when a turn should look at it (None: when somebody wakes it).

    `revision` is the wanted one, `sent_revision` the one in the books. `outcome_due` is set while the outcome has still
    to be published. `body` is the event as it came. `waits_for` is a setting (`waits_key`: what of it) or another
    document. `gated`: it was left out before anything was done for it. `chosen`: the user sent it here from an ended
    connection, so its day does not count. `alone`: a credit note that need not wait for
    its invoice. `follow_ups_due`: it is in the books, and what may follow (its PDF) is still to be done. `asked_at` is
    when the newest request was made that was taken in. `doubted_step` is the write that made it `unsure`: perhaps one
    that another document began. `in_package`: the document is there, but what belongs to it could not be done.
    `given_up` names what may follow and failed for good; a person may ask for it again. `unwanted`: a person left it
    out, which holds for newer revisions and replays too, until a person asks for it.
    """

    tenant: str
    connector: str
    connection: str
    administration: str
    scope: str
    generation: int
    flow: Flow
    document: str
    number: str
    day: date
    planned: Moment
    revision: int
    content_hash: str
    body: dict[str, Any] = Field(repr=False)
    state: EntryState = "ready"
    version: int = 0
    fence: int = 0
    due: Moment | None = None
    waits_for: str | None = None
    waits_key: str | None = None
    gated: bool = False
    unwanted: bool = False
    chosen: bool = False
    reason: str | None = None
    vendor_says: str | None = None
    attempts: int = 0
    crashes: int = 0
    sent_revision: int | None = None
    document_type: str | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    url: str | None = None
    total_excl: Exact | None = None
    difference: Exact | None = None
    outcome_due: Moment | None = None
    alone: bool = False
    follow_ups_due: bool = False
    asked_at: Moment | None = None
    in_package: bool = False
    given_up: tuple[str, ...] = ()
    doubted_step: str | None = None

    @property
    def status(self) -> str | None:
        """The work order's own status."""
        return self.body.get("work_status")

    def heard(self, request_time: datetime) -> bool:
        """Whether a request of that time was taken in before: met again, or its topic was rewound."""
        return self.asked_at is not None and request_time <= self.asked_at

    @property
    def final(self) -> bool:
        """Nothing more happens by itself."""
        return self.state in FINAL

    @property
    def follows_up(self) -> bool:
        """It is in the books, and what is due is only what may follow."""
        return self.state == "confirmed" and self.follow_ups_due

    def moved(self, event: EntryEvent, **changes: Any) -> "Entry":
        """This entry after `event`; `IllegalTransition` when that must not happen."""
        return self.model_copy(update={**changes, "state": next_entry_state(self.state, event)})


@dataclass(frozen=True)
class Wanted:
    """A readable document event, before it is an entry. `chosen`: the user sends it here from an ended connection."""

    flow: Flow
    document: str
    number: str
    day: date
    revision: int
    body: dict[str, Any]
    chosen: bool = False

    @property
    def content_hash(self) -> str:
        """Equal for equal content, whatever the order of keys."""
        return sha256(dumps(self.body, sort_keys=True).encode()).hexdigest()


def entry_id(connection: Connection, flow: Flow, document: str) -> str:
    """The identity of an effect: from the business, never from the message."""
    return f"{connection.tenant}|{connection.scope}|{flow}|{document}"


def document_step(entry: str) -> str:
    """The identity of the write that makes the document itself."""
    return f"{entry}|document"


def first_entry(connection: Connection, wanted: Wanted, gate: Gate, now: datetime) -> Entry:
    """The entry of a document met for the first time, behind the gate."""
    entry = Entry(
        id=entry_id(connection, wanted.flow, wanted.document),
        tenant=connection.tenant,
        connector=connection.connector,
        connection=connection.id,
        administration=connection.administration.code,
        scope=connection.scope,
        generation=connection.generation,
        flow=wanted.flow,
        document=wanted.document,
        number=wanted.number,
        day=wanted.day,
        planned=now,
        revision=wanted.revision,
        content_hash=wanted.content_hash,
        body=wanted.body,
        state="held",
        chosen=wanted.chosen,
    )
    return at_gate(entry, gate, now)


def at_gate(entry: Entry, gate: Gate, now: datetime) -> Entry:
    """A held entry as the gate lets it: ready, collected, left out, or still held."""
    decided = _verdict(entry, gate)
    match decided.event:
        case "hold":
            return entry.model_copy(update={"reason": decided.reason})
        case "skip":
            return left_out(entry, decided.reason, now)
        case "collect":
            return entry.moved("collect", reason=decided.reason, due=None, gated=False)
        case "release":
            return entry.moved("release", due=entry.planned, reason=None, gated=False)


def _verdict(entry: Entry, gate: Gate) -> Verdict:
    return verdict(gate.of_any_day if entry.chosen else gate, entry.flow, entry.day, entry.status)


def left_out(entry: Entry, why: str | None, now: datetime) -> Entry:
    """An entry that the user's own choices leave out. It meets the gate again when its event comes again."""
    return entry.moved("skip", **_FRESH | {"reason": why}, due=None, gated=True, document_type=None, outcome_due=now)


class Conflict(Exception):  # it names what was met
    """The same revision with other content: the publisher broke the contract, so this event is a dead letter."""


def merged(entry: Entry, wanted: Wanted, gate: Gate, now: datetime) -> Entry | None:
    """The entry after one more event for its document; None when nothing changes. Raises `Conflict`.

    What was left out at the gate meets it again: with a newer revision, and also with the same one, because the user
    may have moved the start date or chosen other statuses since (that is how a back-fill works).
    """
    if wanted.chosen:
        return _sent_here(entry, wanted, gate, now)
    if wanted.revision < entry.revision:
        return None
    if wanted.revision == entry.revision:
        if wanted.content_hash != entry.content_hash:
            raise Conflict(
                f"revision {wanted.revision} of {entry.flow} {entry.number} came twice with different content"
            )
        return _reconsidered(entry, gate, now)
    newer = entry.moved(
        "newer",
        revision=wanted.revision,
        content_hash=wanted.content_hash,
        body=wanted.body,
        number=wanted.number,
        day=wanted.day,
    )
    return _replaced(entry, newer, gate, now)


def _sent_here(entry: Entry, wanted: Wanted, gate: Gate, now: datetime) -> Entry:
    """The user sends it to these books by name: what was left out here, or went from here to others, begins anew."""
    here = entry.model_copy(update={"chosen": True, "unwanted": False})
    here = merged(here, replace(wanted, chosen=False), gate, now) or here
    return at_gate(here.moved("reconsider"), gate, now) if here.state == "skipped" else here


def _replaced(entry: Entry, newer: Entry, gate: Gate, now: datetime) -> Entry:
    """`newer` at its place. Until something may have been sent, the user's choices decide about it as about the first.

    What was released before manual mode was switched on stays released.
    """
    if entry.unwanted:
        return newer.moved("skip", outcome_due=now)
    if entry.state == "skipped":
        return at_gate(newer.model_copy(update=_FRESH), gate, now)
    if entry.state in ("held", "unsure"):
        return newer
    decided = _verdict(newer, gate)
    if decided.event == "skip" and entry.document_type is None:
        return left_out(newer, decided.reason, now)
    return newer if entry.state == "collected" else newer.model_copy(update={**_FRESH, "due": now})


_FRESH: dict[str, Any] = {
    "waits_for": None,
    "waits_key": None,
    "reason": None,
    "vendor_says": None,
    "attempts": 0,
    "crashes": 0,
}


def _reconsidered(entry: Entry, gate: Gate, now: datetime) -> Entry | None:
    """What is still left out for the same reason has not changed, so nobody is told again."""
    if entry.state != "skipped" or not entry.gated:
        return None
    again = at_gate(entry.moved("reconsider"), gate, now)
    return None if (again.state, again.reason) == (entry.state, entry.reason) else again


def asked_again(entry: Entry, *, alone: bool) -> Entry | None:
    """The entry after a person asked for it; None when there is nothing to do again.

    What was collected or left out is sent; what has ended or waits for something is looked at again; a confirmed
    document is never made again.
    """
    kept = {"due": entry.planned, "alone": entry.alone or alone}
    if entry.state == "collected":
        return entry.moved("release", **kept, reason=None)
    if entry.state == "confirmed" and entry.given_up:
        return entry.model_copy(update={"due": entry.planned, "follow_ups_due": True, "given_up": ()})
    waits = entry.state == "waiting" and entry.waits_for is not None
    if not waits and entry.state not in ("refused", "skipped", "unsure"):
        return None
    return entry.moved("again", **kept, **_FRESH, gated=False, unwanted=False)


def freed(entry: Entry) -> Entry | None:
    """The entry once the work that stood in its way may be billed anew; what the user left out stays left out."""
    stays = entry.state != "skipped" or entry.gated or entry.unwanted
    return None if stays else asked_again(entry, alone=False)


def set_aside(entry: Entry, now: datetime) -> Entry:
    """The entry after a person left it out. The caller knows that nothing of it may be in the package."""
    why = {**_FRESH, "reason": "you left it out"}
    return entry.moved("skip", **why, due=None, gated=False, unwanted=True, document_type=None, outcome_due=now)


def replayed(entry: Entry, gate: Gate, now: datetime) -> Entry | None:
    """The entry after a replay. As if a person asked, but what needs a person's word or choice goes on needing it."""
    if entry.unwanted or entry.state in ("collected", "unsure", "confirmed"):
        return None
    if entry.state == "skipped" and entry.gated:
        return _reconsidered(entry, gate, now)
    return asked_again(entry, alone=False)


def heard(entry: Entry, request_time: datetime, asked: Callable[[Entry], Entry | None]) -> Entry | None:
    """The entry after a request, which is heard once; None when it was heard before."""
    if entry.heard(request_time):
        return None
    return (asked(entry) or entry).model_copy(update={"asked_at": request_time})
