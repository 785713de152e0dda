"""Of one source work order at most one billing document is sent, whichever flow it comes from (decision 5).

An invoice or credit note is claimed itself, too: a new connection of the same tenant must not book it again.
"""

from datetime import timedelta

from shared import connectors
from shared.credit_notes import itself
from shared.errors import AlreadyBilled, Settling
from shared.hub import Hub
from shared.ledger.entry import Entry, document_step
from shared.moving import books
from shared.records import Record
from shared.schemas.documents import Invoice, SourceDocument, WorkOrder
from shared.store.collections import CLAIMS
from shared.words import FLOWS, singular

LOOK_AGAIN = timedelta(minutes=5)
"""How long to wait for another document whose fate is open."""


class Claim(Record):
    """Who bills a work order, or books an invoice.

    `taken` rises with every claim, so that nobody takes over what was claimed anew. `holder` is empty when the invoice
    that billed the work was taken back.
    """

    holder: str
    taken: int = 0


def sources_of(document: SourceDocument) -> list[str]:
    """What only one document may book: a work order, an invoice. A credit note bills no work: it takes back."""
    match document:
        case WorkOrder():
            return [document.id]
        case Invoice(type="debit", work_order=str(work)):
            return [itself(document.id), work]
        case Invoice():
            return [itself(document.id)]
        case _:
            return []


async def take(hub: Hub, entry: Entry, document: SourceDocument) -> None:
    """Claim the sources for this entry, just before it is sent.

    Raises `AlreadyBilled` when another document has billed one, `Settling` while that is open. The claim of a document
    that was refused or left out, or whose connection ended, is taken over.
    """
    for source in sources_of(document):
        await _take(hub, entry, f"{entry.tenant}|{source}")


async def seize(hub: Hub, entry: Entry, document: SourceDocument) -> None:
    """This document is in the package: the sources are its own, whoever claimed them in a ledger that forgot it.

    Unless another one is in the package too: then the first to be found keeps them, and reconciliation shows both.
    """
    for source in sources_of(document):
        id = f"{entry.tenant}|{source}"
        if await hub.store.insert(CLAIMS, Claim(id=id, holder=entry.id).stored()):
            continue
        found = await hub.store.get(CLAIMS, id)
        assert found is not None, "claims are never deleted"
        step = await hub.steps.get(document_step(found["holder"]))
        if step is None or step.state != "confirmed":
            await hub.store.update(
                CLAIMS, id, where={"holder": found["holder"]}, set={"holder": entry.id}, inc={"taken": 1}
            )


async def _take(hub: Hub, entry: Entry, id: str) -> None:
    if await hub.store.insert(CLAIMS, Claim(id=id, holder=entry.id).stored()):
        return
    found = await hub.store.get(CLAIMS, id)
    assert found is not None, "claims are never deleted"
    claim = Claim.of(found)
    if claim.holder != entry.id:
        await _must_be_free(hub, claim.holder, entry)
    # Also one's own is claimed anew: another connection may be taking it over at this moment.
    same, mine = {"holder": claim.holder, "taken": claim.taken}, {"holder": entry.id, "taken": claim.taken + 1}
    if await hub.store.update(CLAIMS, id, where=same, set=mine) is None:
        raise Settling("another document of the same work was being sent at this moment", until=await hub.store.now())


async def _must_be_free(hub: Hub, holder: str, entry: Entry) -> None:
    other = await hub.entries.get(holder)
    if other is None:
        return
    over = other.state in _OVER or await _ended(hub, other.connection)
    # Read last: by now nobody begins to send it any more.
    step = await hub.steps.get(document_step(holder))
    what = f"{FLOWS[other.flow]} {other.number}"
    if step is not None and step.state == "confirmed":
        kind, number = singular(other.document_type or "document"), step.vendor_number or step.vendor_id
        package = connectors.get(other.connector).title
        same = (other.flow, other.document) == (entry.flow, entry.document)
        why = "it was sent before" if same else "the same work is billed already"
        raise AlreadyBilled(f"{why}: {what} is in {package} as {kind} {number}")
    if not over or (step is not None and step.in_doubt):
        reason = f"the same work may be billed by {what}, which is not settled yet"
        if over and await _ended(hub, other.connection):
            old = books(await hub.connections.get(other.connection))
            reason = f"{reason}: look in {old} whether it is there, and say so, or connect that administration again"
        raise Settling(reason, until=await hub.store.now() + LOOK_AGAIN)


_OVER = frozenset({"refused", "skipped", "held", "collected"})
"""Nothing is sent for it unless somebody asks, or a newer revision comes; then it has to claim anew."""


async def _ended(hub: Hub, connection: str) -> bool:
    """Whether a connection sends nothing any more: the user ended it, and no turn of before is still under way."""
    if (await hub.connections.get(connection)).state != "disconnected":
        return False
    lane = await hub.lanes.get(connection)
    return lane is None or lane.lease_until <= await hub.store.now()
