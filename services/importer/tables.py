"""Reference data for the settings: read behind the records of a run, one table a turn, seldom."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared import connectors
from shared.connector import Connector
from shared.errors import GiveUp, MissingRight, TryLater
from shared.hub import Hub
from shared.mapping import Choice
from shared.reference import ADMINISTRATIONS, Reference
from shared.schemas.connections import Administration, Connection

FRESH = timedelta(hours=12)
"""How long a table is good for: codes change a few times a year."""


async def stale(hub: Hub, connection: Connection) -> tuple[str, ...]:
    """The tables that are due: never read, or too long ago."""
    connector = connectors.get(connection.connector)
    known = await Reference(hub.store).load_all(connection.scope, names(connector))
    since = await hub.store.now() - FRESH
    return tuple(name for name in names(connector) if name not in known or known[name].read <= since)


def names(connector: Connector) -> tuple[str, ...]:
    """All tables of a connector; the administrations first, because an era that ended spoils every cursor."""
    return (ADMINISTRATIONS, *connector.reference)


async def read(hub: Hub, connection: Connection, client: Any, name: str) -> None:
    """Read one table. What is closed to this login is not asked for again soon; an outage ends with the next run."""
    reference = Reference(hub.store)
    try:
        choices = await _choices(connectors.get(connection.connector), client, name)
    except TryLater:
        return
    except (GiveUp, MissingRight) as error:
        await reference.save_problem(connection.scope, name, error.reason)
        return
    await reference.save(connection.scope, name, choices)


async def _choices(connector: Connector, client: Any, name: str) -> Sequence[Choice]:
    if name == ADMINISTRATIONS:
        return [_choice(one) for one in await client.administrations()]
    return await connector.reference[name](client)


def _choice(one: Administration) -> Choice:
    return Choice(one.code, one.name, {"country": one.country, "currency": one.currency, "era": one.era})


async def era(hub: Hub, connection: Connection) -> str:
    """The era of the connection's administration as last heard of: when it was connected, or read since."""
    table = await Reference(hub.store).load(connection.scope, ADMINISTRATIONS)
    for one in table.choices if table else ():
        if one.code == connection.administration.code:
            return str(one.extra["era"])
    return connection.administration.era


async def forget(hub: Hub, connection: Connection) -> None:
    """The connection has ended."""
    await Reference(hub.store).remove(connection.scope, names(connectors.get(connection.connector)))
