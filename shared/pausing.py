"""The user pauses a connection: nothing is read or sent, the ledger keeps what comes, and the login is kept alive."""

from shared.errors import Misconfigured
from shared.hub import Hub
from shared.schemas.connections import Connection
from shared.telling import tell


async def pause(hub: Hub, connection: Connection) -> Connection:
    """Nothing more is read or sent until `resume`. A document that is being sent at this moment is settled then."""
    paused = await hub.connections.pause(connection.id)
    await _tell(hub, paused, "The connection is paused: nothing is read or sent. What comes waits, nothing is lost.")
    return paused


async def resume(hub: Hub, connection: Connection) -> Connection:
    """Go on: what waited is sent, oldest first, and the next sync reads what changed meanwhile."""
    if connection.state == "disconnected":
        raise Misconfigured("This connection was ended. Connect again.")
    live = await hub.connections.unpause(connection.id)
    await _tell(hub, live, "The connection goes on. What waited is sent now, oldest first.")
    return live


async def _tell(hub: Hub, connection: Connection, text: str) -> None:
    event = "connection.paused" if connection.state == "paused" else "connection.unpaused"
    await hub.journal.write(connection.id, event, text)
    await tell(hub, connection.id)
