"""Renews logins that nobody uses, also of connections that are paused or rest: no lane is needed for that."""

import asyncio
from collections.abc import Iterable

from shared.errors import NeedsOwner, TryLater
from shared.hub import Hub
from shared.log import get
from shared.resting import rest
from shared.schemas.connections import Connection

_log = get(__name__)


async def keep_alive(hub: Hub, connections: Iterable[Connection]) -> None:
    """Renew the login of each; one that several share, once. What fails is asked for again within the hour."""
    by_grant = {connection.grant: connection for connection in connections}
    await asyncio.gather(*(_renew(hub, connection) for connection in by_grant.values()))


async def _renew(hub: Hub, connection: Connection) -> None:
    try:
        # Its access token ran out long ago, so that asking for one renews both.
        await hub.grants.access_token(connection.grant)
    except TryLater as error:
        _log.warning("an unused login could not be renewed", connection=connection.id, why=str(error))
    except NeedsOwner as error:
        lane = await hub.lanes.get(connection.id)
        if lane is not None:
            await rest(hub, lane, error)
