"""One importer turn: a batch of what the package called back about, its hooks, or one page of a run."""

from datetime import datetime

from services.importer import tables, unlink
from services.importer.callbacks import CallbackTurn
from services.importer.hooks import Hooks
from services.importer.pages import PageTurn, next_kind
from shared import connectors
from shared.errors import GiveUp
from shared.fates import Fate, concerns_the_lane, fate
from shared.hub import Hub
from shared.licences import kinds_of, must_be_licensed
from shared.resting import works_again
from shared.runs import Counts, Run, Runs
from shared.schemas.connections import Connection
from shared.turns import Held
from shared.words import plural


async def turn(held: Held, hub: Hub) -> datetime | None:
    """Do the next piece of what this lane has to do; when the piece behind it is due."""
    connection = await hub.connections.get(held.lane.id)
    hooks = await Hooks.of(hub, connection, held)
    taking_back = await hooks.take_back()
    if connection.take_back:  # first, also when it is live again: what was taken back is then read anew
        return _earliest(await unlink.turn(held, hub, connection), taking_back)
    if connection.state != "connected":
        return taking_back
    callbacks = CallbackTurn(hub, connection, held)
    done = await callbacks.step() or await hooks.look_after()
    if held.succeeded:
        await works_again(hub, held.lane)
    if done and not held.lane.taken_over:
        going = await Runs(hub.store).active(connection.id)
        due = await hub.store.now() if going else None
    else:  # after a take-over the page of the run goes along: a late writer may have been at either
        due = await _run(held, hub, connection)
    return _earliest(due, taking_back, await callbacks.next_due(), hooks.settles())


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


async def _run(held: Held, hub: Hub, connection: Connection) -> datetime | None:
    """Take the active run of this lane one step further; when the next step is due."""
    runs = Runs(hub.store)
    run = await runs.active(connection.id)
    if run is None:
        return None
    must_be_licensed(connection)
    try:
        run = await _step(held, hub, connection, run)
        held.succeeded = True
        await works_again(hub, held.lane)
    except Exception as error:  # whatever it is, `fates.py` decides what happens next
        if concerns_the_lane(error):
            raise
        return await _after_error(held, hub, connection, error)
    if not run.kinds and not run.tables:
        await _finish(hub, connection, run)
        return None
    return await hub.store.now()


async def _step(held: Held, hub: Hub, connection: Connection, run: Run) -> Run:
    runs = Runs(hub.store)
    if run.kinds and not kinds_of(connection, run.kinds[:1]):
        # The licence became smaller behind the tick; that was told when it did.
        run = await runs.save(run, next_kind(run.model_copy(update={"together": ()})))
    elif run.kinds:
        async with hub.connect(connection, "import") as client:
            run = await PageTurn(hub, connection, run, held, client).step()
        if run.phase == "done":
            run = await runs.save(run, next_kind(run))
    elif run.tables:
        async with hub.connect(connection, "import") as client:
            await tables.read(hub, connection, client, run.tables[0])
        run = await runs.save(run, run.model_copy(update={"tables": run.tables[1:]}))
    if not run.kinds and run.tables is None:
        run = await runs.save(run, run.model_copy(update={"tables": await tables.stale(hub, connection)}))
    return run


async def _after_error(held: Held, hub: Hub, connection: Connection, error: Exception) -> datetime | None:
    runs = Runs(hub.store)
    run = await runs.active(connection.id)
    if run is None:
        return None
    # By the store's clock, by which it is due again: ours may be behind, and then it would be due at once.
    what_next = fate(error, run.attempts, await hub.store.now(), hub.patience)
    held.internal_error = error if what_next.internal else None
    if not run.kinds:
        # Only reference data; the next run asks again.
        await runs.save(run, run.model_copy(update={"tables": (run.tables or ())[1:]}))
        return await hub.store.now()
    if isinstance(error, GiveUp) and run.position is not None and not run.restarted:
        # A position may have expired; one restart of this kind tells.
        anew = {"begun": False, "phase": "read", "position": None, "restarted": True}
        await runs.save(run, run.model_copy(update=anew))
        return await hub.store.now()
    if what_next.kind == "later":
        await runs.save(run, run.model_copy(update={"attempts": run.attempts + 1}))
        return what_next.at
    await _kind_failed(hub, connection, run, what_next)
    return await hub.store.now()


async def _kind_failed(hub: Hub, connection: Connection, run: Run, what_next: Fate) -> None:
    """This kind cannot be read now: said in the log; the other kinds go on, the next tick tries again."""
    title = connectors.get(connection.connector).title
    text = f"{plural(run.kind).capitalize()} could not be read from {title}: {what_next.reason}"
    await hub.journal.write(
        connection.id, "sync.failed", text, level="error", vendor_says=what_next.vendor_says, kind=run.kind
    )
    alone = run.model_copy(update={"together": (), "failed": (*run.failed, run.kind)})
    await Runs(hub.store).save(run, next_kind(alone))


async def _finish(hub: Hub, connection: Connection, run: Run) -> None:
    await Runs(hub.store).end(run)
    for kind, counts in run.counts.items():
        await _report_trouble(hub, connection, kind, counts)
    sentences = [_sentence(kind, counts) for kind, counts in run.counts.items()]
    text = f"Sync finished: {'; '.join(sentences) or 'nothing could be read'}."
    counts_by_kind = {kind: counts.model_dump() for kind, counts in run.counts.items()}
    await hub.journal.write(
        connection.id, "sync.finished", text, level="error" if run.failed else "info", run=run.id, counts=counts_by_kind
    )


async def _report_trouble(hub: Hub, connection: Connection, kind: str, counts: Counts) -> None:
    title = connectors.get(connection.connector).title
    if counts.rejected:
        text = f"{counts.rejected} {plural(kind)} of {title} could not be understood; they are kept as they came."
        await hub.journal.write(connection.id, "sync.rejected", text, level="warning", kind=kind)
    if counts.held:
        text = (
            f"{counts.held} {plural(kind)} seem to be deleted in {title}. That many at once are not removed without "
            f"you: check in {title}, then let them be removed where you ask for a sync."
        )
        await hub.journal.write(connection.id, "sync.deletions_held", text, level="warning", kind=kind)


def _sentence(kind: str, counts: Counts) -> str:
    parts = [f"{counts.read - counts.left_out:,} {plural(kind)} read", f"{counts.published:,} new or changed"]
    if counts.removed:
        parts.append(f"{counts.removed:,} removed")
    return ", ".join(parts)
