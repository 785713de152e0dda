"""`fieldledger sync`: ask for a sync now."""

import asyncio
from typing import Annotated

import typer

from services.cli.context import SOURCE, awaited, open_writing_hub
from services.cli.output import say, show_json
from shared import syncing
from shared.errors import NeedsOwner, TryLater
from shared.hub import Hub
from shared.runs import Run, Runs, run_id
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store.collections import RUNS

WAIT = 900.0
"""Seconds until `--wait` gives up; the sync itself goes on."""
LOOK_AGAIN = 0.5


@awaited
async def sync(
    connection: Annotated[str, typer.Option(help="The connection's id.")],
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be repeated.")] = None,
    accept_deletions: Annotated[bool, typer.Option(help="Let through deletions that were held for you.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is done, then print its counts.")] = False,
) -> None:
    """Read from a package now instead of at the next automatic sync."""
    async with open_writing_hub() as hub:
        found = await hub.connections.get(connection)
        tick = await syncing.ask(hub, found, kind or [], SOURCE, accept_deletions=accept_deletions)
        if wait:
            run = await finished(hub, found, tick)
            show_json(
                {"run": run.id, "failed": run.failed, "counts": {k: c.model_dump() for k, c in run.counts.items()}}
            )
        else:
            say(f"Asked for a sync. Follow it: fieldledger log --connection {found.id}")


async def finished(hub: Hub, connection: Connection, tick: SyncTick, seconds: float = WAIT) -> Run:
    """The run that did what the tick asked for. `NeedsOwner` when the connection rests, `TryLater` after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await _followed(hub, connection, tick)
    except TimeoutError:
        raise TryLater(f"The sync is not done after {seconds:.0f} s. It goes on; the log will tell.") from None


async def _followed(hub: Hub, connection: Connection, tick: SyncTick) -> Run:
    """A run that was going on already takes our kinds along, so then it is that one."""
    others: str | None = None
    while True:
        for id in filter(None, (run_id(connection.id, tick), others)):
            run = await _done(hub, id)
            if run and (id != others or set(tick.kinds) <= {*run.counts, *run.failed}):
                return run
        active = await Runs(hub.store).active(connection.id)
        others = active.id if active else others
        await refuse_rest(hub, connection.id, "The sync goes on after that.")
        await asyncio.sleep(LOOK_AGAIN)


async def _done(hub: Hub, id: str) -> Run | None:
    row = await hub.store.get(RUNS, id)
    return Run.of(row) if row and row["state"] == "done" else None


async def refuse_rest(hub: Hub, connection: str, then: str) -> None:
    """`NeedsOwner` when only the owner can let this connection go on; `then` says what happens after that."""
    lane = await hub.lanes.get(connection)
    if lane and lane.rest and lane.rest.kind == "owner" and lane.rest_until > await hub.store.now():
        raise NeedsOwner(f"{lane.rest.reason} {then}")
