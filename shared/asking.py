"""A person's word on documents: send it (again), leave it out, it is there. For the command line and the console."""

from collections.abc import Iterable
from typing import Literal

from shared.errors import Misconfigured
from shared.exporting import request_message
from shared.hub import Hub
from shared.ledger.entry import Entry, document_step, set_aside
from shared.ledger.states import IN_DOUBT, StepState
from shared.ledger.writes import Step
from shared.mapping import Receipt
from shared.moving import named, settle
from shared.schemas.messages import ExportRequest

_MAY_BE_THERE: frozenset[StepState] = IN_DOUBT | {"confirmed"}


async def send_again(hub: Hub, entry: Entry, source: str, *, alone: bool = False) -> None:
    """Ask to try a document once more. `alone`: a credit note, also though its invoice is not in the package.

    `Misconfigured` says why that makes no sense; one that is in the books is never made again.
    """
    if why := why_not_again(entry):
        raise Misconfigured(why)
    if alone and not entry.body.get("credits"):
        raise Misconfigured(f"{named(entry)} is no credit note that belongs to an invoice.")
    reason: Literal["send_again", "send_alone"] = "send_alone" if alone else "send_again"
    await _ask(hub, [entry], source, reason)


def why_not_again(entry: Entry) -> str | None:
    """Why a document cannot be asked for again, as a sentence; None when it can."""
    match entry.state:
        case "refused" | "skipped" | "unsure" | "collected":
            return None
        case "waiting" if entry.waits_for:
            return None  # it may have been healed in the package itself: the missing item is there now
        case "confirmed" if entry.given_up:
            return None  # only what may follow it is tried again
        case "confirmed":
            return f"{named(entry)} is in the books already ({entry.vendor_number or entry.vendor_id})."
        case "held":
            return f"{named(entry)} is on hold until the exports of its connection are started."
        case _:
            return f"{named(entry)} is being worked on already."


async def send_collected(hub: Hub, entries: Iterable[Entry], source: str) -> int:
    """Ask to send documents that collected; how many. None is asked for when one of them is not collected."""
    chosen = list(entries)
    for entry in chosen:
        if entry.state != "collected":
            raise Misconfigured(f"{named(entry)} is not collected any more, so nothing was sent. Look again.")
    await _ask(hub, chosen, source, "send_again")
    return len(chosen)


async def it_is_there(hub: Hub, entry: Entry, source: str, *, vendor_id: str | None, number: str | None) -> bool:
    """Somebody looked into the package: an unsure document is there, so it is not sent again.

    True: it is noted already, because it is of an ended connection, and no exporter hears of it.
    """
    if not vendor_id and not number:
        raise Misconfigured("Say which document it is: its number in the package, or its id.")
    if (await hub.connections.get(entry.connection)).state == "disconnected":
        await settle(hub, entry, Receipt(vendor_id or number or "", number))
        return True
    if entry.state != "unsure":
        raise Misconfigured(f"{named(entry)} is {entry.state}, there is no doubt about it.")
    there = {"vendor_id": vendor_id, "vendor_number": number}
    await _ask(hub, [entry], source, "it_is_there", **there)
    return False


async def leave_out(hub: Hub, entry: Entry) -> Entry:
    """Somebody wants a document in no books: neither now nor when it comes again, until somebody asks for it.

    `Misconfigured` when it may be in the package, or is being sent at this moment.
    """
    step, now = await hub.steps.get(document_step(entry.id)), await hub.store.now()
    if why := why_not_left_out(entry, step):
        raise Misconfigured(why)
    left = await hub.entries.replace(entry, set_aside(entry, now))
    if left is None:  # a turn took it, or a newer revision came
        raise Misconfigured(f"{named(entry)} changed at this moment. Look at it again.")
    text = f"{named(left)} is left out: {left.reason}"
    await hub.journal.write(
        left.connection, "document.skipped", text, document=left.number, entry=left.id, flow=left.flow
    )
    return left


def why_not_left_out(entry: Entry, step: Step | None) -> str | None:
    """Why a document cannot be left out, as a sentence; None when it can. `step`: the write of the document itself."""
    if entry.state == "skipped":
        return f"{named(entry)} is left out already."
    if entry.state == "confirmed" or entry.sent_revision is not None:
        return f"{named(entry)} is in the books already ({entry.vendor_number or entry.vendor_id})."
    if entry.in_package or entry.state == "unsure" or (step is not None and step.state in _MAY_BE_THERE):
        return f"{named(entry)} may be in the package. Once that is known, it can be left out or not."
    # A turn counts itself before it begins, and takes that back at its end.
    return f"{named(entry)} is being worked on at this moment. Try again in a minute." if entry.crashes else None


async def _ask(hub: Hub, entries: Iterable[Entry], source: str, reason: str, **there: str | None) -> None:
    words = [(one, {"connection": one.connection, "entry": one.id, "reason": reason, **there}) for one in entries]
    now = await hub.store.now()
    await hub.bus.publish(
        [request_message(one, ExportRequest.model_validate(word), source, now) for one, word in words]
    )
