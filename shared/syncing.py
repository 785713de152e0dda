"""A person asks for a sync, and follows it: the same for the command line and the console."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from shared import connectors, envelope, topics
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.runs import Run, Runs, run_id
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store.collections import RUNS


async def ask(
    hub: Hub, connection: Connection, kinds: Collection[str], source: str, *, accept_deletions: bool = False
) -> SyncTick:
    """Ask for these kinds, or for all that are read by themselves; the tick that the importer gets.

    `Misconfigured` when the connection reads nothing now, or has no such kind.
    """
    check(connection, kinds)
    tick = SyncTick(
        connection=connection.id,
        slot=f"manual-{uuid4()}",
        kinds=tuple(kinds),
        reason="manual",
        accept_deletions=accept_deletions,
    )
    await hub.bus.publish(
        [
            envelope.message(
                topics.ticks(connection.connector),
                connection.id,
                tick,
                type=envelope.SYNC_TICK,
                source=source,
                tenant=connection.tenant,
                id=run_id(connection.id, tick),
            )
        ]
    )
    return tick


def check(connection: Connection, kinds: Collection[str]) -> None:
    """`Misconfigured` with the reason why this cannot be read."""
    connector = connectors.get(connection.connector)
    if connection.state != "connected":
        raise Misconfigured(f"Connection {connection.id} is {connection.state}, so nothing can be read.")
    if unknown := [kind for kind in kinds if kind not in connector.kinds]:
        raise Misconfigured(f"{connector.title} has no {', '.join(unknown)}; it has {', '.join(connector.kinds)}.")


async def followed(hub: Hub, connection: Connection, asked: datetime | None) -> Run | None:
    """The run to show: the one that is going on, else the last one.

    `asked`: somebody asked at that moment; a run that ended before it is not the answer, so None until one begins.
    """
    if run := await Runs(hub.store).active(connection.id):
        return run
    found = await hub.store.find(RUNS, {"connection": connection.id}, sort=("-started",), limit=1)
    run = Run.of(found[0]) if found else None
    if run and asked and (run.finished or run.started) < asked:
        return None
    return run
