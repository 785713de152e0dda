"""What the platform is told of a connection on `connections.changed`: at least once, also when Kafka was away.

`told` of a connection is what was acknowledged last. Whoever changes a connection tells it at once; what a crash or an
outage left untold is found by a sweep, which compares.
"""

from shared import envelope, topics
from shared.clock import stamp
from shared.errors import Unavailable
from shared.hub import Hub
from shared.lanes import Lane, Rest
from shared.log import get
from shared.schemas.connections import Connection
from shared.schemas.messages import ConnectionChanged
from shared.store import Is
from shared.store.collections import CONNECTIONS

SOURCE = "fieldledger/lanes"
_log = get(__name__)


async def tell(hub: Hub, id: str) -> None:
    """Publish how the connection stands, unless that was told. Where Kafka is away the sweep does it."""
    connection, lane = await hub.connections.get(id), await hub.lanes.get(id)
    standing = _standing(connection, lane)
    if connection.told == standing:
        return
    rest = _rest(connection, lane)
    if rest is not None:
        await hub.journal.write(
            id,
            "connection.needs_owner",
            rest.reason,
            level="error",
            vendor_says=rest.vendor_says,
            once=f"{id}|{standing}",
        )
    try:
        await _publish(hub, connection, rest)
    except Unavailable as error:
        _log.warning("the platform will be told later", connection=id, why=str(error))
        return
    await acknowledged(hub, connection, standing)


async def acknowledged(hub: Hub, connection: Connection, standing: str) -> None:
    """The platform was told this. Where somebody told another thing meanwhile, nobody knows which of them came last."""
    as_read = {"told": connection.told}
    if await hub.store.update(CONNECTIONS, connection.id, where=as_read, set={"told": standing}) is None:
        await hub.store.update(CONNECTIONS, connection.id, where={"told": Is("!=", standing)}, set={"told": None})


async def tell_leftovers(hub: Hub, connector: str) -> None:
    """Tell what was not told when it happened."""
    lanes = {lane.id: lane for lane in await hub.lanes.of_connector(connector)}
    for connection in await hub.connections.of_connector(connector):
        if connection.told != _standing(connection, lanes.get(connection.id)):
            await tell(hub, connection.id)


def _rest(connection: Connection, lane: Lane | None) -> Rest | None:
    """Why the connection waits for its owner, if it does; one that was ended waits for nobody."""
    if connection.state == "disconnected" or lane is None or lane.rest is None:
        return None
    return lane.rest if lane.rest.kind == "owner" else None


def _standing(connection: Connection, lane: Lane | None) -> str:
    """How it stands, in a word that is compared; each rest is another."""
    rest = _rest(connection, lane)
    return f"needs_owner|{stamp(rest.since)}" if rest else connection.state


async def _publish(hub: Hub, connection: Connection, rest: Rest | None) -> None:
    changed = ConnectionChanged(
        connection=connection.id,
        connector=connection.connector,
        state="needs_owner" if rest else connection.state,
        administration=connection.administration.code,
        administration_name=connection.administration.name,
        reason=rest.reason if rest else None,
    )
    message = envelope.message(
        topics.CONNECTIONS_CHANGED,
        connection.id,
        changed,
        type=envelope.CONNECTION_CHANGED,
        source=SOURCE,
        tenant=connection.tenant,
    )
    await hub.bus.publish([message])
