"""Pure: what becomes of a ledger entry, and what that means for the outside world."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.connector import FollowUp
from shared.errors import RESTORED
from shared.exporting import MODELS
from shared.fates import Fate
from shared.journal import Level
from shared.ledger.entry import Entry
from shared.mapping import ConnectorSettings, Receipt
from shared.schemas.connections import Connection
from shared.schemas.documents import SourceDocument
from shared.schemas.messages import ExportOutcome
from shared.words import FLOWS, singular


def document_of(entry: Entry) -> SourceDocument:
    """The document an entry is about."""
    return MODELS[entry.flow].model_validate(entry.body)


def confirmed(entry: Entry, receipt: Receipt, revision: int, now: datetime) -> Entry:
    """The entry once its document is in the books. A revision that came meanwhile is still wanted: it stays due."""
    done = {
        "sent_revision": revision,
        "vendor_id": receipt.vendor_id,
        "vendor_number": receipt.number,
        "url": receipt.url,
        "total_excl": receipt.total_excl,
        "attempts": 0,
        "crashes": 0,
        "reason": None,
        "vendor_says": None,
        "outcome_due": now,
    }
    if entry.revision > revision:
        return entry.model_copy(update={**done, "due": now})
    return entry.moved("confirm", **done, due=now if entry.follow_ups_due else None)


def followed_up(entry: Entry) -> Entry | None:
    """The entry once what may follow has been done, or given up."""
    done = {"follow_ups_due": False, "attempts": 0, "crashes": 0, "due": None}
    return entry.model_copy(update=done) if entry.follows_up else None


def given_up(entry: Entry, following: FollowUp | None, now: datetime) -> Entry | None:
    """The entry once one of what may follow failed for good: the rest is still tried."""
    if following is None or not entry.follows_up:
        return followed_up(entry)
    failed = (*entry.given_up, following.name)
    return entry.model_copy(update={"given_up": failed, "due": now, "attempts": 0, "crashes": 0})


def behind_document(entry: Entry, fate: Fate, following: FollowUp | None) -> Fate:
    """What follows a document fails by its own name: the user must not think that the document is missing."""
    if fate.kind == "later" or fate.setting == RESTORED or not (following or entry.follows_up):
        return fate
    what = following.title if following else "what follows it"
    return replace(fate, reason=f"it is in the package, but {what} failed: {fate.reason}", in_package=True)


def not_followed_up(entry: Entry, fate: Fate) -> str:
    """What the user reads when something that may follow could not be done."""
    return f"{_named(entry)}: {fate.reason}"


def _follow_later(entry: Entry, fate: Fate, now: datetime) -> Entry:
    """The document is in the books whatever becomes of what follows it."""
    match fate.kind:
        case "later":
            attempts = entry.attempts + (1 if fate.costs_attempt else 0)
            return entry.model_copy(update={"due": _due(entry, fate), "attempts": attempts, "crashes": 0})
        case "owner":
            return entry.model_copy(update={"due": now, "crashes": 0})
        case "wait" if fate.setting == RESTORED:
            return entry.model_copy(update={"due": None, "crashes": 0, "waits_for": RESTORED})
        case _:
            return followed_up(entry) or entry


def _due(entry: Entry, fate: Fate) -> datetime | None:
    """With a moment of its own it would come behind all that wait; when the lane pauses nobody overtakes it."""
    return entry.planned if fate.whole_lane else fate.at


def after(entry: Entry, fate: Fate, now: datetime) -> Entry:
    """The entry after an error decided its fate. A lane that rests leaves the entry due: it goes on by itself."""
    return _follow_later(entry, fate, now) if entry.follows_up else _decided(entry, fate, now)


def _decided(entry: Entry, fate: Fate, now: datetime) -> Entry:
    said = {
        "reason": fate.reason,
        "vendor_says": fate.vendor_says,
        "crashes": 0,
        "in_package": entry.in_package or fate.in_package,
    }
    match fate.kind:
        case "later":
            attempts = entry.attempts + (1 if fate.costs_attempt else 0)
            return entry.moved("wait", **said, due=_due(entry, fate), attempts=attempts)
        case "owner":
            return entry.moved("wait", **said, due=entry.planned)
        case "wait":
            return entry.moved("wait", **said, due=None, waits_for=fate.setting, waits_key=fate.key, outcome_due=now)
        case "skip":
            return entry.moved("skip", **said, due=None, outcome_due=now)
        case "unsure":
            return entry.moved("puzzle", **said, due=None, doubted_step=fate.step, outcome_due=now)
        case "dead":
            return entry.moved("refuse", **said, due=None, outcome_due=now)


_RESULTS: Mapping[str, Any] = {
    "confirmed": "exported",
    "waiting": "waiting",
    "refused": "refused",
    "skipped": "skipped",
    "unsure": "unsure",
}


def outcome_of(entry: Entry, settings: ConnectorSettings) -> ExportOutcome | None:
    """What the platform is told of an entry as it is now; None while there is nothing to tell."""
    if entry.state not in _RESULTS:
        return None
    return ExportOutcome(
        connector=entry.connector,
        connection=entry.connection,
        administration=entry.administration,
        flow=entry.flow,
        document=entry.document,
        number=entry.number,
        revision=entry.revision,
        result=_RESULTS[entry.state],
        document_type=entry.document_type,
        vendor_id=entry.vendor_id,
        vendor_number=entry.vendor_number,
        url=entry.url,
        total_excl=entry.total_excl,
        difference=entry.difference,
        reason=entry.reason,
        vendor_says=entry.vendor_says,
        waits_for=entry.waits_for,
        work_status=_wished_status(entry, settings),
    )


def _wished_status(entry: Entry, settings: ConnectorSettings) -> str | None:
    """The status the user wants the work order to get now."""
    if entry.flow != "workorder":
        return None
    match entry.state:
        case "confirmed":
            return settings.status_after_success
        case "refused" | "unsure":
            return settings.status_after_failure
        case _:
            return None


@dataclass(frozen=True)
class Line:
    """One line of the office worker's log."""

    event: str
    level: Level
    text: str


def log_line(entry: Entry, connection: Connection, title: str) -> Line:
    """What the user reads about an entry as it is now."""
    what, kind = _named(entry), singular(entry.document_type or "document")
    match entry.state:
        case "confirmed":
            difference = (
                f" Its total differs by {entry.difference} {connection.administration.currency}."
                if entry.difference
                else ""
            )
            level: Level = "warning" if entry.difference else "info"
            made = f"{kind} {entry.vendor_number}" if entry.vendor_number else kind
            return Line("document.exported", level, f"{what} is in {title} as {made}.{difference}")
        case "refused":
            sent = "" if entry.in_package else " was not sent"
            return Line("document.refused", "error", f"{what}{sent}: {entry.reason}")
        case "unsure":
            text = f"{what}: {_sentence(entry.reason)} Look in {title}: if it is there, say so; if not, send it again."
            return Line("document.unsure", "error", text)
        case "skipped":
            return Line("document.skipped", "info", f"{what} is left out: {entry.reason}")
        case _:
            return Line("document.waiting", "warning", f"{what} waits: {entry.reason}")


def with_what_next(line: Line, fate: Fate) -> Line:
    """The line, with the word that nobody need do anything where that is so."""
    if fate.kind != "later":
        return line
    return replace(line, text=f"{_sentence(line.text)} It goes on by itself.")


def _sentence(text: str | None) -> str:
    return f"{(text or '').rstrip('.')}."


def _named(entry: Entry) -> str:
    return f"{FLOWS[entry.flow].capitalize()} {entry.number}"
