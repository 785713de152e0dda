"""Replays and their previews: asked for here, done in this process, kept in the store so that every page sees them.

When this process ends, a replay that was under way stops where it is. That harms nothing: each document that was sent
on is known to the ledger, so the same replay may simply be asked for again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Literal
from uuid import uuid4

from fastapi import HTTPException
from pydantic import Field

from services.console.operate.background import WORK
from services.console.operate.words import Day, Plain
from shared import clock
from shared.clock import Moment
from shared.errors import FieldledgerError, Misconfigured
from shared.hub import Hub
from shared.log import get
from shared.paging import Listing, behind
from shared.records import Record
from shared.replay import Replay, prepare
from shared.replay.asked import Asked, What, counted, days, do, size, too_early
from shared.schemas.base import Frozen
from shared.store.collections import REPLAYS

BEAT = 1.0
"""Seconds between two notes of how far a replay is."""
SILENT = timedelta(seconds=30)
"""After so long without a note, the process that did it is gone."""
MOST_EARLY = 5

State = Literal["running", "done", "failed", "stopped"]

_log = get(__name__)


class Wish(Frozen):
    """What to replay: a period (`first`, `last`), dead letters (all, or the chosen ones), or documents."""

    connector: Plain
    what: What
    tenant: Plain | None = None
    first: Day | None = None
    last: Day | None = None
    documents: tuple[Plain, ...] = Field((), max_length=200)
    letters: tuple[Plain, ...] = Field((), max_length=200)


class Warned(Frozen):
    """A connection whose exports begin later (`exports_from`), or were not started: its documents are left out."""

    connection: str
    tenant: str
    exports_from: date | None


class Job(Record):
    """A replay, or with `preview` only what it would do. `seen` is the preview that a replay was started from.

    `counts` says in words what became of how many; `published` how many were, or would be, sent on. `oldest` is the day
    of the oldest message per topic that was read. `beat`: when it was last heard of.
    """

    wish: Wish
    preview: bool
    seen: str | None = None
    by: str
    asked: Moment
    beat: Moment
    state: State = "running"
    read: int = 0
    size: int = 0
    published: int = 0
    counts: Mapping[str, int] = {}
    oldest: Mapping[str, date | None] = {}
    early: tuple[Warned, ...] = ()
    early_in_all: int = 0
    problem: str | None = None

    @property
    def share(self) -> int:
        """How much is done, of a hundred."""
        return 100 if self.state == "done" else min(99, 100 * self.read // max(self.size, 1))


class Jobs(Frozen):
    """A page of them, newest first."""

    jobs: tuple[Job, ...]
    older: str | None


def asked_for(hub: Hub, wish: Wish) -> Asked:
    """The wish, checked; `Misconfigured` says what is missing."""
    if wish.what == "period":
        if wish.first is None:
            raise Misconfigured("Choose the first day.")
        return Asked(days(wish.first, wish.last or hub.now().date()))
    if wish.what == "dead":
        return Asked(dead=True, letters=wish.letters)
    if not wish.documents:
        raise Misconfigured("Name at least one document, by its id or number.")
    return Asked(documents=wish.documents)


async def preview(hub: Hub, wish: Wish, by: str) -> Job:
    """Begin to find out what a replay would do."""
    return await _begin(hub, wish, by, f"preview-{uuid4()}", None)


async def start(hub: Hub, id: str, by: str) -> Job:
    """Do what a finished preview showed. Asked for twice, it is done once; one that stopped is begun anew."""
    found = await job(hub, id)
    if not found.preview:
        if found.state in {"running", "done"}:
            return found
        return await _begin(hub, found.wish, by, f"replay-{uuid4()}", found.seen)
    if found.state != "done":
        raise Misconfigured("Look at the finished preview first; then the replay can be started.")
    return await _begin(hub, found.wish, by, f"replay-{id.removeprefix('preview-')}", id)


async def _begin(hub: Hub, wish: Wish, by: str, id: str, seen: str | None) -> Job:
    asked = asked_for(hub, wish)
    replay = await prepare(hub, wish.connector, wish.tenant, dry_run=seen is None)
    now, early = await hub.store.now(), list(too_early(replay, asked))
    warned = [
        Warned(connection=one.connection.id, tenant=one.connection.tenant, exports_from=one.connection.exports_from)
        for one in early[:MOST_EARLY]
    ]
    begun = Job(
        id=id, wish=wish, preview=seen is None, seen=seen, by=by, asked=now, beat=now,
        early=tuple(warned), early_in_all=len(early),
    )  # fmt: skip
    if not await hub.store.insert(REPLAYS, begun.stored()):
        return await job(hub, id)
    WORK.begin(id, _work(replay, asked, begun))
    return begun


async def _work(replay: Replay, asked: Asked, begun: Job) -> None:
    """All of it, noted as it goes. An error of ours becomes a sentence on the page."""
    noting = asyncio.create_task(_keep_noting(replay, begun.id))
    ended: dict[str, str | None] = {"state": "done", "problem": None}
    try:
        total = await size(replay, asked)
        await replay.hub.store.update(REPLAYS, begun.id, set={"size": total})
        await do(replay, asked)
    except FieldledgerError as error:
        ended = {"state": "failed", "problem": str(error)}
    except Exception:  # noqa: BLE001  # the page must say that it ended, whatever it was
        _log.exception("a replay failed", replay=begun.id)
        ended = {"state": "failed", "problem": "Something went wrong on our side. It was written down; try again."}
    finally:
        noting.cancel()
        await asyncio.wait([noting])
    with suppress(FieldledgerError):  # a store that is away: the page says after a while that it stopped
        await _note(replay, begun.id, **ended)


async def _keep_noting(replay: Replay, id: str) -> None:
    while True:
        await asyncio.sleep(BEAT)
        with suppress(FieldledgerError):
            await _note(replay, id)


async def _note(replay: Replay, id: str, **more: str | None) -> None:
    now = clock.stamp(await replay.hub.store.now())
    oldest = {topic: day.isoformat() if day else None for topic, day in replay.oldest.items()}
    so_far = {"read": replay.read, "published": replay.published, "counts": counted(replay), "oldest": oldest}
    await replay.hub.store.update(REPLAYS, id, set={**so_far, "beat": now, **more})


async def job(hub: Hub, id: str) -> Job:
    """One; 404 when there is none."""
    found = await hub.store.get(REPLAYS, id)
    if found is None:
        raise HTTPException(404)
    return await _as_it_is(hub, Job.of(found))


async def jobs(hub: Hub, after: str | None = None) -> Jobs:
    """A page of all, newest first."""
    found = await Listing(REPLAYS, "asked", [{}]).page(hub.store, before=behind(after))
    return Jobs(jobs=tuple([await _as_it_is(hub, Job.of(row)) for row in found.rows]), older=found.next)


async def _as_it_is(hub: Hub, seen: Job) -> Job:
    """One that nobody was heard of for a while has stopped."""
    silent = seen.state == "running" and await hub.store.now() - seen.beat > SILENT
    return seen.model_copy(update={"state": "stopped"}) if silent else seen
