"""Of one source work order at most one billing document is sent, whichever flow it comes from (decision 5).

An invoice or credit note is claimed itself, too: a new connection of the same tenant must not book it again.
"""

from datetime import timedelta

from shared import connectors
from shared.errors import AlreadyBilled, Settling
from shared.hub import Hub
from shared.ledger.entry import Entry, asked_again, document_step, entry_id
from shared.moving import books
from shared.records import Record
from shared.schemas.connections import Connection
from shared.schemas.documents import Invoice, SourceDocument, WorkOrder
from shared.store.collections import CLAIMS
from shared.words import FLOWS, singular

LOOK_AGAIN = timedelta(minutes=5)
"""How long to wait for another document whose fate is open."""


_INVOICE = "invoice:"


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
            return [_itself(document), work]
        case Invoice():
            return [_itself(document)]
        case _:
            return []


def _itself(invoice: Invoice) -> str:
    return f"{_INVOICE}{invoice.id}"


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


async def booked(hub: Hub, connection: Connection, invoice: str) -> Entry | None:
    """The entry of an invoice: of this connection, or of an earlier one to the same books that sent it."""
    claimed = await hub.store.get(CLAIMS, f"{connection.tenant}|{_INVOICE}{invoice}")
    holder = await hub.entries.get(claimed["holder"]) if claimed else None
    here = connection.connector, connection.administration.code
    if holder is not None and (holder.connector, holder.administration) == here:
        return holder
    return await hub.entries.get(entry_id(connection, "invoice", invoice))


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


async def give_back(hub: Hub, connection: Connection, document: SourceDocument) -> None:
    """A credit note is in the books: the work of an invoice that it takes back in full may be billed anew.

    A new invoice that was left out meanwhile, because the old one stood in its way, is tried once more.
    """
    if not isinstance(document, Invoice) or document.credits is None:
        return
    credited = await booked(hub, connection, document.credits)
    if credited is None or not _in_full(document, Invoice.model_validate(credited.body)):
        return
    work = credited.body.get("work_order")
    id, mine = f"{connection.tenant}|{work}", {"holder": credited.id}
    if not await hub.store.find(CLAIMS, {"id": id, **mine}, limit=1):
        return
    # First, because a worker that dies here does both again; nothing of this lane is sent before this turn ends.
    await _try_again(hub, connection, str(work))
    await hub.store.update(CLAIMS, id, where=mine, set={"holder": ""}, inc={"taken": 1})


async def _try_again(hub: Hub, connection: Connection, work: str) -> None:
    left_out = {"connection": connection.id, "state": "skipped", "flow": "invoice", "body.work_order": work}
    for other in await hub.entries.list(left_out):
        if not other.gated:
            await hub.entries.change(other.id, lambda now: asked_again(now, alone=False))


def _in_full(credit_note: Invoice, invoice: Invoice) -> bool:
    return abs(credit_note.total_incl) == abs(invoice.total_incl) and credit_note.currency == invoice.currency


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
