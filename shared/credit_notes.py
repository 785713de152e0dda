"""Invoices and what hangs on them: the credit notes behind one, and the work that a credit note sets free."""

from shared.hub import Hub
from shared.ledger.entry import Entry, entry_id, freed
from shared.schemas.connections import Connection
from shared.schemas.documents import Invoice
from shared.store.collections import CLAIMS


def itself(invoice: str) -> str:
    """What an invoice claims of its own, by its id; its credit notes wait for it under this name."""
    return f"invoice:{invoice}"


async def arrived(hub: Hub, connection: Connection, entry: Entry) -> None:
    """A document is in the books: of an invoice, what waits for it goes on, and what it takes back is free.

    Said before it is confirmed: a crash in between costs them a look, not their turn.
    """
    if entry.flow == "invoice":
        await hub.entries.wake_waiting(entry.connection, {itself(entry.document): None})
        await _give_back(hub, connection, Invoice.model_validate(entry.body))


async def booked(hub: Hub, connection: Connection, invoice: str) -> Entry | None:
    """The entry of an invoice: of this connection, or of an earlier one to the same books that sent it."""
    claimed = await hub.store.get(CLAIMS, f"{connection.tenant}|{itself(invoice)}")
    holder = await hub.entries.get(claimed["holder"]) if claimed else None
    here = connection.connector, connection.administration.code
    if holder is not None and (holder.connector, holder.administration) == here:
        return holder
    return await hub.entries.get(entry_id(connection, "invoice", invoice))


async def _give_back(hub: Hub, connection: Connection, document: Invoice) -> None:
    """A credit note is in the books: the work of an invoice that it takes back in full may be billed anew.

    A new invoice that was left out meanwhile, because the old one stood in its way, is tried once more.
    """
    if document.credits is None:
        return
    credited = await booked(hub, connection, document.credits)
    if credited is None or not _in_full(document, Invoice.model_validate(credited.body)):
        return
    work = credited.body.get("work_order")
    id, mine = f"{connection.tenant}|{work}", {"holder": credited.id}
    if not await hub.store.find(CLAIMS, {"id": id, **mine}, limit=1):
        return
    # First, because a worker that dies here does both again; nothing of this lane is sent meanwhile.
    await _try_again(hub, connection, str(work))
    await hub.store.update(CLAIMS, id, where=mine, set={"holder": ""}, inc={"taken": 1})


async def _try_again(hub: Hub, connection: Connection, work: str) -> None:
    left_out = {"connection": connection.id, "state": "skipped", "flow": "invoice", "body.work_order": work}
    for other in await hub.entries.list(left_out):
        await hub.entries.change(other.id, freed)


def _in_full(credit_note: Invoice, invoice: Invoice) -> bool:
    return abs(credit_note.total_incl) == abs(invoice.total_incl) and credit_note.currency == invoice.currency
