"""What an ended connection leaves behind, and the owner's word on it: nothing goes to other books by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared import connectors, credit_notes
from shared.clock import stamp
from shared.errors import Misconfigured
from shared.exporting import gate_of
from shared.hub import Hub
from shared.ledger.entry import Entry, Wanted, document_step
from shared.ledger.states import IN_DOUBT
from shared.ledger.writes import Step
from shared.mapping import Receipt
from shared.schemas.connections import Connection
from shared.store import Document
from shared.store.collections import LEDGER, STEPS
from shared.words import FLOWS

MOST = 100_000
WAITING = ("held", "collected", "ready", "waiting", "unsure")


@dataclass(frozen=True)
class Left:
    """A document of an ended connection that is not known to be in its books. `doubtful`: it may be there."""

    entry: Entry
    doubtful: bool


async def left_behind(hub: Hub, ended: Connection, *, limit: int = MOST) -> Sequence[Left]:
    """What waits of an ended connection, oldest first. `Misconfigured` when it is live: there it goes on by itself.

    With a `limit` it is the newest ones of each state, so many at most.
    """
    if ended.state != "disconnected":
        raise Misconfigured(f"Connection {ended.id} is live: what waits there goes on by itself.")
    found = [one for state in WAITING for one in await hub.entries.list(_of(ended, state), limit=limit)]
    steps = await hub.store.get_many(STEPS, [document_step(one.id) for one in found])
    left = [_left(one, _step(steps.get(document_step(one.id)))) for one in found]
    return sorted((one for one in left if one is not None), key=lambda one: one.entry.planned)


async def left_there(hub: Hub, ended: Connection, entry: str) -> Left | None:
    """One document that this ended connection left behind; None when it is none, or is in its books."""
    found = await hub.entries.get(entry)
    if ended.state != "disconnected" or found is None or found.connection != ended.id or found.state not in WAITING:
        return None
    return _left(found, await hub.steps.get(document_step(entry)))


async def how_many_left(hub: Hub, ended: Connection) -> int:
    """How many documents wait there; those that turn out to be in the books are among them."""
    return sum([await hub.store.count(LEDGER, _of(ended, state)) for state in WAITING])


def _step(document: Document | None) -> Step | None:
    return Step.of(document) if document else None


def _left(entry: Entry, step: Step | None) -> Left | None:
    return None if _made(step) else Left(entry, _doubtful(step))


def _of(connection: Connection, state: str) -> dict[str, str]:
    return {"connection": connection.id, "state": state}


def _doubtful(step: Step | None) -> bool:
    return step is not None and step.in_doubt


def _made(step: Step | None) -> bool:
    return step is not None and step.state == "confirmed"


async def move(hub: Hub, left: Left, to: Connection) -> Entry:
    """This document goes to the books of `to`. Planned there first: a crash in between leaves it in both ledgers.

    That is harmless: an ended connection sends nothing, and moving it again ends what was begun.
    `Misconfigured` while it may be in the old books.
    """
    entry = left.entry
    if left.doubtful:
        raise Misconfigured(
            f"{named(entry)} may be in {books(await hub.connections.get(entry.connection))}. Look there first, then "
            f"say which it is: fieldledger exports it-is-there '{entry.id}', or not-there '{entry.id}'."
        )
    wanted = Wanted(entry.flow, entry.document, entry.number, entry.day, entry.revision, entry.body, chosen=True)
    planned = await hub.entries.plan(to, wanted, gate_of(to))
    await _leave(hub, entry, f"it went to {books(to)}, as you chose")
    await hub.lanes.wake(to.id, "export")
    return planned


async def leave(hub: Hub, left: Left) -> None:
    """This document goes nowhere: the user said so."""
    await _leave(hub, left.entry, "it was left behind when its connection ended, as you chose")


async def _leave(hub: Hub, entry: Entry, why: str) -> None:
    """`unwanted`: it stays out of these books also when their connection is live again."""
    now = await hub.store.now()
    done = {"reason": why, "due": None, "waits_for": None, "waits_key": None, "outcome_due": now, "unwanted": True}
    await hub.entries.change(entry.id, lambda one: None if one.final else one.moved("skip", **done))


async def settle(hub: Hub, entry: Entry, there: Receipt | None) -> Entry:
    """The owner looked into the books of an ended connection: the document is there, or (None) it is not.

    It frees the work for another document, or keeps it for good. `Misconfigured` when there is no doubt, when the
    connection is live (there the exporter takes the word), or when the write may still be arriving.
    """
    ended = await hub.connections.get(entry.connection)
    step = await hub.steps.get(document_step(entry.id))
    if ended.state != "disconnected" or step is None or not _doubtful(step):
        raise Misconfigured(f"There is no doubt about {named(entry)}, or its connection is live.")
    if await hub.store.now() < step.settle_at and there is None:
        raise Misconfigured(f"{named(entry)} may still arrive. Look again after {stamp(step.settle_at)[11:16]} UTC.")
    if step.state == "sending":
        await hub.steps.doubt_sent(entry.id)
    await hub.steps.decide(step.id, "there" if there else "again", entry.scope, there, asked_in=IN_DOUBT)
    if there:
        await credit_notes.arrived(hub, ended, entry)
    return await hub.entries.change(entry.id, lambda now: _settled(now, there, step.revision or now.revision))


def _settled(entry: Entry, there: Receipt | None, sent: int) -> Entry | None:
    """What belongs to a document that is there (closing it, its PDF) is done once the connection is live again."""
    if there is not None:
        known = {"vendor_id": there.vendor_id, "vendor_number": there.number, "sent_revision": sent}
        reason = None if entry.revision == sent else f"revision {entry.revision} came later: change it there by hand"
        to_do = {"due": entry.planned, "follow_ups_due": True, "attempts": 0, "crashes": 0}
        return entry.moved("confirm", **known, **to_do, reason=reason, outcome_due=entry.planned)
    return entry.moved("again", due=entry.planned, reason=None) if entry.state == "unsure" else None


def named(entry: Entry) -> str:
    """`Work order WO-1`."""
    return f"{FLOWS[entry.flow].capitalize()} {entry.number}"


def books(connection: Connection) -> str:
    """`Exact Online (De Vries B.V.)`."""
    return f"{connectors.get(connection.connector).title} ({connection.administration.name})"
