"""Sync now, pause, and sending what was collected: how things are, and a user's word on them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.console import audit
from services.console.context import Office
from services.console.log.acting import SOURCE
from services.console.log.documents import Briefs, documents, find
from shared import asking, connectors, licences, pausing, syncing
from shared.clock import Moment
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.runs import Counts, Run, automatic_kinds, cursor_id
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store.collections import CURSORS, LEDGER
from shared.words import plural

AT_ONCE = 200
"""Collected documents that are asked for together."""
MOST_CHOSEN = 1000

Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC))]
"""A moment near enough to be compared with others."""


class Kind(Frozen):
    """A kind of records. `by_hand`: it is read only when somebody asks; `needs`: a larger licence has it.

    `held`: deletions of it wait for the owner.
    """

    name: str
    title: str
    by_hand: bool
    automatic: bool
    needs: str | None
    held: bool


class OfKind(Frozen):
    """How far one kind is."""

    kind: str
    title: str
    state: Literal["waits", "reads", "done", "failed"]
    counts: Counts


class Progress(Frozen):
    """A sync. `asked`: somebody asked, and it has not begun; `holds`: why it does not, in the core's words."""

    state: Literal["none", "asked", "reads", "done"]
    started: Moment | None = None
    finished: Moment | None = None
    pages: int = 0
    kinds: Sequence[OfKind] = ()
    tries_again: Moment | None = None
    holds: str | None = None

    @property
    def done(self) -> int:
        """How many kinds are over."""
        return sum(one.state in ("done", "failed") for one in self.kinds)


class Control(Frozen):
    """What can be asked of a connection now."""

    state: Literal["connected", "paused", "disconnected"]
    manual_exports: bool
    kinds: Sequence[Kind]
    progress: Progress
    collected: int


class AskSync(Frozen):
    """Which kinds; none: all that are read by themselves. `accept_deletions` lets those through that were held."""

    kinds: tuple[str, ...] = ()
    accept_deletions: bool = False


class Chosen(Frozen):
    """Which collected documents to send, by their keys, or all of them."""

    documents: tuple[str, ...] = ()
    all: bool = False


class Sent(Frozen):
    """How many documents are on their way."""

    documents: int


async def control(hub: Hub, connection: Connection) -> Control:
    """How things are."""
    return Control(
        state=connection.state,
        manual_exports=bool(connection.settings.get("manual_exports")),
        kinds=await kinds(hub, connection),
        progress=await progress(hub, connection),
        collected=await hub.store.count(LEDGER, _collected(connection)),
    )


async def kinds(hub: Hub, connection: Connection) -> Sequence[Kind]:
    """Every kind of records that the package has."""
    connector = connectors.get(connection.connector)
    automatic, licensed = automatic_kinds(connection), licences.kinds_of(connection, connector.kinds)
    cursors = await hub.store.get_many(CURSORS, [cursor_id(connection, kind) for kind in connector.kinds])
    return [
        Kind(
            name=kind,
            title=plural(kind),
            by_hand=connector.import_of(kind).manual_only,
            automatic=kind in automatic,
            needs=None if kind in licensed else connector.import_of(kind).tier,
            held=bool(cursors.get(cursor_id(connection, kind), {}).get("held")),
        )
        for kind in connector.kinds
    ]


async def progress(hub: Hub, connection: Connection, asked: datetime | None = None) -> Progress:
    """The sync that is going on, else the last one; where somebody `asked` at a moment, none that was over by then."""
    run = await syncing.followed(hub, connection, asked)
    lane = await hub.lanes.get(connection.id)
    resting = lane is not None and lane.rest is not None and lane.rest_until > await hub.store.now()
    holds = lane.rest.reason if lane and lane.rest and resting else None
    if run is None:
        return Progress(state="asked" if asked else "none", holds=holds)
    over = run.state == "done"
    return Progress(
        state="done" if over else "reads",
        started=run.started,
        finished=run.finished,
        pages=run.pages,
        kinds=[_of_kind(run, kind) for kind in _all_kinds(run)],
        tries_again=lane.import_.due if lane and run.attempts and not over else None,
        holds=None if over else holds,
    )


def _all_kinds(run: Run) -> Sequence[str]:
    """Those that are over first, then the one under way and those behind it."""
    return list(dict.fromkeys([*run.counts, *run.failed, *run.kinds]))


def _of_kind(run: Run, kind: str) -> OfKind:
    state: Literal["waits", "reads", "done", "failed"] = "failed" if kind in run.failed else "done"
    if kind in run.kinds:
        state = "reads" if kind in (run.kind, *run.together) else "waits"
    return OfKind(kind=kind, title=plural(kind), state=state, counts=run.counts.get(kind, Counts()))


async def sync_now(here: Office, connection: Connection, asked: AskSync) -> Progress:
    """Ask for a sync."""
    moment = await here.hub.store.now()
    await syncing.ask(here.hub, connection, asked.kinds, SOURCE, accept_deletions=asked.accept_deletions)
    about = {"kinds": list(asked.kinds), "accept_deletions": asked.accept_deletions}
    await audit.note(here, "sync.asked", connection, **about)
    return await progress(here.hub, connection, moment)


async def pause(here: Office, connection: Connection) -> Control:
    """Nothing is read or sent any more."""
    paused = await pausing.pause(here.hub, connection)
    await audit.note(here, "connection.paused", connection)
    return await control(here.hub, paused)


async def resume(here: Office, connection: Connection) -> Control:
    """It goes on: it was paused, or it rested and somebody mended why."""
    if connection.state == "paused":
        connection = await pausing.resume(here.hub, connection)
    elif connection.state == "disconnected":
        raise Misconfigured("This connection was ended. Connect again.")
    await here.hub.lanes.resume(connection.id)
    await audit.note(here, "connection.resumed", connection)
    return await control(here.hub, connection)


async def collected(hub: Hub, connection: Connection, before: str | None = None) -> Briefs:
    """A page of the documents that were collected."""
    return await documents(hub, connection, group="collected", before=before)


async def send(here: Office, connection: Connection, chosen: Chosen) -> Sent:
    """Send the chosen ones, or all that are collected now."""
    if chosen.all == bool(chosen.documents):
        raise Misconfigured("Say which documents to send: some of the list, or all of them.")
    count = await _send_all(here, connection) if chosen.all else await _send(here, connection, chosen.documents)
    await audit.note(here, "documents.sent", connection, documents=count, all=chosen.all)
    return Sent(documents=count)


async def _send(here: Office, connection: Connection, keys: Sequence[str]) -> int:
    if len(keys) > MOST_CHOSEN:
        raise Misconfigured(f"These are more than {MOST_CHOSEN} documents. Send all of them, or fewer.")
    entries = [await find(here.hub, connection, key) for key in dict.fromkeys(keys)]
    return await asking.send_collected(here.hub, entries, SOURCE)


async def _send_all(here: Office, connection: Connection) -> int:
    """In parts, by the list's own order: what is collected meanwhile lies in front of it, and is left alone."""
    count, before = 0, None
    while True:
        page = await documents(here.hub, connection, group="collected", before=before, limit=AT_ONCE)
        count += await _send(here, connection, [one.key for one in page.documents])
        if (before := page.older) is None:
            return count


def _collected(connection: Connection) -> dict[str, str]:
    return {"connection": connection.id, "state": "collected"}
