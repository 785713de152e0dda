"""One exporter turn: one document of one connection; when none is due, one step of its reconciliation."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime

from services.exporter import effects, outbox, reconciling
from services.exporter.fulfil import Fulfilment
from services.exporter.made import Made
from shared import catching_up, credit_notes
from shared.chosen import changed
from shared.connector import FollowUp
from shared.errors import GiveUp, LostLease, MissingRight, NeedsOwner, RateLimited, Unavailable
from shared.exporting import gate_of
from shared.fates import Fate, fate, in_doubt
from shared.generations import same_generation
from shared.hub import Hub
from shared.ledger.entry import Entry, at_gate, document_step, left_out
from shared.ledger.gates import Gate, switched_off
from shared.ledger.states import MAX_CRASHES
from shared.ledger.writes import Step
from shared.licences import must_be_licensed
from shared.resting import works_again
from shared.schemas.connections import Connection
from shared.turns import Held

RELEASED_PER_TURN = 100
_PAUSES = (0.0, 0.1, 0.5, 2.0)
"""An outage of the store is often short; this bookkeeping is worth a few tries, not a long wait."""


async def turn(held: Held, hub: Hub) -> datetime | None:
    """Export the document of this lane that waits longest; when the next one is due."""
    connection = await hub.connections.get(held.lane.id)
    if connection.state != "connected":
        return None
    must_be_licensed(connection)
    gate = gate_of(connection)
    more_held = await _release_held(hub, connection, gate)
    # On hold: also what was ready before the connection was ended and made live again.
    entry = await hub.entries.next_due(connection.id) if gate.exports_from else None
    if entry is not None:
        await _work(held, hub, connection, gate, entry)
        await catching_up.tell(hub, held.lane)
    elif not more_held:
        await reconciling.turn(held, hub, connection)
    return await hub.store.now() if more_held else await _next_moment(hub, connection.id, gate)


async def _next_moment(hub: Hub, connection: str, gate: Gate) -> datetime | None:
    export = await hub.entries.next_moment(connection) if gate.exports_from else None
    moments = export, await reconciling.next_moment(hub, connection)
    return min((moment for moment in moments if moment), default=None)


async def _release_held(hub: Hub, connection: Connection, gate: Gate) -> bool:
    """After the first OK, what was held becomes ready (or is left out: it is from before the start date).

    A hundred a turn; True when there are perhaps more.
    """
    if gate.exports_from is None:
        return False
    now = await hub.store.now()
    held = await hub.entries.held(connection.id, limit=RELEASED_PER_TURN)
    for entry in held:
        freed = await hub.entries.replace(entry, at_gate(entry, gate, now))
        if freed and freed.state == "skipped":
            await _tell(hub, freed)
    return len(held) == RELEASED_PER_TURN


async def _work(held: Held, hub: Hub, connection: Connection, gate: Gate, entry: Entry) -> None:
    try:
        if why := await _unwanted(hub, gate, entry):
            await _leave_out(hub, entry, why)
        else:
            await _attempt(held, hub, connection, entry)
    except (LostLease, Unavailable, asyncio.CancelledError) as error:
        await _forgive(hub, entry)
        # Ended by its owner meanwhile: nothing of this turn may be written, but the lane is ours, to be given back.
        if not isinstance(error, LostLease) or not await _ended_since(hub, connection):
            raise


async def _ended_since(hub: Hub, connection: Connection) -> bool:
    return (await hub.connections.get(connection.id)).generation != connection.generation


async def _unwanted(hub: Hub, gate: Gate, entry: Entry) -> str | None:
    """The user switched its flow off since, and nothing of it is in the package."""
    why = switched_off(gate, entry.flow)
    step = await hub.steps.get(document_step(entry.id)) if why else None
    return why if step is None or step.state == "planned" else None


async def _leave_out(hub: Hub, entry: Entry, why: str) -> None:
    skipped = await hub.entries.replace(entry, left_out(entry, why, await hub.store.now()))
    if skipped:
        await _tell(hub, skipped)


async def _attempt(held: Held, hub: Hub, connection: Connection, entry: Entry) -> None:
    """Count the attempt with the claim: work that stops its worker again and again must come to an end."""
    mark = {"fence": held.lane.fence, "generation": connection.generation}
    taken = entry.model_copy(update={**mark, "crashes": entry.crashes + 1})
    mine = await hub.entries.replace(entry, taken)
    if mine is None:
        return  # intake changed it this very moment; the next turn sees it
    if entry.crashes >= MAX_CRASHES:
        stopped = GiveUp(f"it stopped its worker {MAX_CRASHES} times; reported to the operator")
        await _after_error(held, hub, connection, mine, stopped, None)
        return
    recovery = await hub.recoveries.current()
    async with hub.connect(connection, "export") as client:
        fulfilment = Fulfilment(hub, connection, mine, held, client, recovery)
        try:
            await _fulfil(hub, connection, mine, fulfilment)
            held.succeeded = True
            await works_again(hub, held.lane)
        except (LostLease, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, `fates.py` decides what happens next
            await _after_error(held, hub, connection, mine, error, fulfilment.following)


async def _fulfil(hub: Hub, connection: Connection, entry: Entry, fulfilment: Fulfilment) -> None:
    if entry.follows_up:
        await fulfilment.finish()
        await hub.entries.change(entry.id, lambda now: effects.followed_up(same_generation(now, entry)))
    else:
        await _confirm(hub, connection, entry, await fulfilment.make())


async def _confirm(hub: Hub, connection: Connection, entry: Entry, made: Made) -> None:
    await credit_notes.arrived(hub, connection, entry)
    now = await hub.store.now()
    kept = {"document_type": made.document_type, "difference": made.difference, "follow_ups_due": made.more}

    def confirmed(current: Entry) -> Entry | None:
        said = (current.state, current.vendor_id, current.sent_revision)
        if said == ("confirmed", made.receipt.vendor_id, made.revision):
            return None  # another turn took over, found this very document, and said so first
        mine = same_generation(current, entry).model_copy(update=kept)
        return effects.confirmed(mine, made.receipt, made.revision, now)

    done = await hub.entries.change(entry.id, confirmed)
    if done.final:  # else a newer revision came meanwhile: its turn says what is in the books
        await _tell(hub, done)
    for warning in made.warnings:
        await _warn(hub, entry, warning)


async def _warn(hub: Hub, entry: Entry, text: str, vendor_says: str | None = None) -> None:
    named = {"document": entry.number, "entry": entry.id, "flow": entry.flow}
    await hub.journal.write(
        entry.connection, "document.warning", text, level="warning", vendor_says=vendor_says, **named
    )


async def _forgive(hub: Hub, entry: Entry) -> None:
    """The lease or the store was lost, or this process was told to end: that is not the document's fault."""
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        with contextlib.suppress(LostLease, Unavailable):
            await hub.entries.change(entry.id, lambda now: now.model_copy(update={"crashes": max(0, now.crashes - 1)}))
            return


async def _after_error(
    held: Held, hub: Hub, connection: Connection, entry: Entry, error: Exception, following: FollowUp | None
) -> None:
    # By the store's clock, by which it is due again: ours may be behind, and then it would be due at once.
    now = await hub.store.now()
    what_next = fate(error, entry.attempts, now, hub.patience)
    if what_next.kind == "dead" and (step := await _doubtful_write(hub, entry)):
        what_next = in_doubt(what_next, error, step.id, step.what, now)
    # What may follow is closed to this login: that is said, and the documents behind it go on.
    closed = entry.follows_up and isinstance(error, MissingRight)
    if closed:
        what_next = replace(what_next, kind="dead")
    await _end(hub, entry, what_next, following)
    if what_next.kind == "wait":
        await _wake_if_settings_changed(hub, connection, entry)
    if isinstance(error, RateLimited | NeedsOwner) and not closed:
        raise error  # concerns the whole lane, see `turns.py`
    if what_next.internal:
        held.internal_error = error


async def _doubtful_write(hub: Hub, entry: Entry) -> Step | None:
    """The write of a document that is not known to be in the books, or of a part of it, if it may have arrived.

    What the document needs, like a relation, is made before it: while that is in doubt, the document was not sent.
    """
    if entry.sent_revision is not None:
        return None
    doubtful = [*await hub.steps.unsure(entry.id), *await hub.steps.under_way(entry.id)]
    return next((step for step in doubtful if step.id.startswith(f"{entry.id}|")), None)


async def _end(hub: Hub, entry: Entry, what_next: Fate, following: FollowUp | None) -> None:
    """Write down what happens next, unless a newer revision came meanwhile, or another turn has taken the work over.

    Then that revision is tried, or that turn decides: ours was over when its lane's lease was.
    """
    now = await hub.store.now()
    told = effects.behind_document(entry, what_next, following)

    def decided(current: Entry) -> Entry | None:
        if _overtaken(current, entry):
            return None
        mine = same_generation(current, entry)
        newer = effects.after(mine, told, now)
        over = mine.follows_up and not newer.follow_ups_due
        return effects.given_up(mine, following, now) if over else newer

    ended = await hub.entries.change(entry.id, decided)
    if _overtaken(ended, entry):
        return
    if what_next.step:
        await _ask_owner(hub, entry, what_next.step)
    if entry.follows_up:
        if not ended.follow_ups_due or ended.given_up != entry.given_up:
            await _warn(hub, ended, effects.not_followed_up(ended, told), told.vendor_says)
    elif ended.reason != entry.reason or ended.final:
        await _tell(hub, ended, told)


async def _ask_owner(hub: Hub, entry: Entry, step: str) -> None:
    """Nobody looks this write up any more, so that the next word on it is a person's."""
    await hub.steps.doubt_sent(entry.id)
    await hub.steps.decide(step, "several", entry.scope, asked_in={"uncertain"})


def _overtaken(current: Entry, ours: Entry) -> bool:
    return (current.revision, current.fence) != (ours.revision, ours.fence)


async def _wake_if_settings_changed(hub: Hub, before: Connection, entry: Entry) -> None:
    """The user may have saved the missing setting while this turn still looked at the old ones."""
    now = await hub.connections.get(before.id)
    await hub.connections.try_again(entry.connection, changed(before.settings, now.settings))


async def _tell(hub: Hub, entry: Entry, fate: Fate | None = None) -> None:
    await outbox.tell_user(hub, entry, fate)
    await outbox.publish(hub, entry)
