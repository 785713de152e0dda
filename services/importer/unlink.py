"""After a connection ended, what it published is taken back: `unlinked`, which is not "deleted" (decision 14).

Where the connection is live again by then, all is read anew at once.
"""

from datetime import datetime

from services.importer import tables
from services.importer.changes import Origin, tombstones
from services.importer.rings import Rings
from shared import connectors, metrics
from shared.hub import Hub
from shared.runs import Runs, automatic_kinds, cursor_id, run_id
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store.collections import CURSORS, FINGERPRINTS, PARTS
from shared.turns import Held

PAGE = 1000
"""Records taken back in one turn."""


async def turn(held: Held, hub: Hub, connection: Connection) -> datetime | None:
    """Take one page back; None when nothing is left. Acknowledged before it is forgotten, so it may be repeated."""
    for kind in connectors.get(connection.connector).kinds:
        origin = Origin(connection, kind, "unlinked", held.lane.fence)
        if await _take_back(hub, origin):
            return await hub.store.now()
    await _forget(hub, connection)
    return await hub.store.now() if connection.state == "connected" else None


async def _take_back(hub: Hub, origin: Origin) -> bool:
    rows = await hub.store.find(FINGERPRINTS, {"scope": origin.scope}, limit=PAGE)
    if not rows:
        return await _drop_parts(hub, origin)
    await hub.bus.publish(tombstones(origin, [row["vendor_id"] for row in rows], "unlinked"))
    await hub.store.delete_many(FINGERPRINTS, [row["id"] for row in rows])
    metrics.PUBLISHED.labels(origin.connection.connector, origin.kind).inc(len(rows))
    return True


async def _drop_parts(hub: Hub, origin: Origin) -> bool:
    rows = await hub.store.find(PARTS, {"scope": origin.scope}, limit=PAGE)
    return await hub.store.delete_many(PARTS, [row["id"] for row in rows]) > 0


async def _forget(hub: Hub, connection: Connection) -> None:
    """The run that was going on, cursors and tables; then the connection is no longer looked for."""
    connector = connectors.get(connection.connector)
    runs = Runs(hub.store)
    # Of this generation: when a crash repeats this, the run that was begun here is met again and goes on.
    anew = SyncTick(connection=connection.id, slot=f"live-again-{connection.generation}")
    run = await runs.active(connection.id)
    if run is not None and run.id != run_id(connection.id, anew):
        await runs.end(run)
    await Rings(hub.store).forget(connection.id)
    await hub.store.delete_many(CURSORS, [cursor_id(connection, kind) for kind in connector.kinds])
    await tables.forget(hub, connection)
    if connection.state == "connected":
        asked = run.kinds if run is not None else ()
        await runs.start(connection, anew, tuple(dict.fromkeys((*automatic_kinds(connection), *asked))))
    if await hub.connections.taken_back(connection.id):
        text = f"What was read from {connector.title} was taken back from the platform; in {connector.title} it stays."
        await hub.journal.write(connection.id, "connection.unlinked", text)
