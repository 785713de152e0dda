"""Of one source work order at most one billing document is sent, whichever flow it comes from (decision 5)."""

from datetime import timedelta

from shared.errors import AlreadyBilled, LostLease, Settling
from shared.hub import Hub
from shared.ledger.entries import Entry
from shared.ledger.writes import Step
from shared.schemas.documents import Invoice, SourceDocument, WorkOrder
from shared.store.collections import CLAIMS

LOOK_AGAIN = timedelta(minutes=5)
"""How long to wait for another document whose fate is open."""


def source_of(document: SourceDocument) -> str | None:
    """The work order that a document bills. A credit note bills nothing: it takes back."""
    match document:
        case WorkOrder():
            return document.id
        case Invoice(type="debit"):
            return document.work_order
        case _:
            return None


async def take(hub: Hub, entry: Entry, document: SourceDocument) -> None:
    """Claim the source for this entry, just before it is sent.

    Raises `AlreadyBilled` when another document has billed it, `Settling` while that is open. The claim of a document
    that was refused or left out is taken over.
    """
    source = source_of(document)
    if source is None:
        return
    id = f"{entry.tenant}|{source}"
    if await hub.store.insert(CLAIMS, {"id": id, "holder": entry.id}):
        return
    claim = await hub.store.get(CLAIMS, id)
    assert claim is not None, "claims are never deleted"
    if claim["holder"] == entry.id:
        return
    await _must_be_free(hub, claim["holder"])
    if await hub.store.update(CLAIMS, id, where={"holder": claim["holder"]}, set={"holder": entry.id}) is None:
        raise LostLease(f"somebody else claimed {id} at this moment")


async def _must_be_free(hub: Hub, holder: str) -> None:
    other = await hub.entries.get(holder)
    step = await hub.steps.get(f"{holder}|document")
    if other is None:
        return
    what = f"{_WORDS[other.flow]} {other.number}"
    if step is not None and step.state == "confirmed":
        kind = (other.document_type or "document").replace("_", " ")
        number = step.vendor_number or step.vendor_id
        raise AlreadyBilled(f"the same work is billed already: {what} is in the package as {kind} {number}")
    if other.state in {"refused", "skipped"} and not _may_have_arrived(step):
        return
    reason = f"the same work may be billed by {what}, which is not settled yet"
    raise Settling(reason, until=await hub.store.now() + LOOK_AGAIN)


def _may_have_arrived(step: Step | None) -> bool:
    return step is not None and step.state in {"sending", "uncertain", "unsure"}


_WORDS = {"workorder": "work order", "invoice": "invoice", "relation": "relation"}
