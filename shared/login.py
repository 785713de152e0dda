"""From a user's login to a live connection: the same steps for the command line and the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from shared import connectors, licences
from shared.access import Refused
from shared.chosen import validated
from shared.connector import VendorUser
from shared.errors import Misconfigured, NeedsOwner, TryLater
from shared.generations import cut_off
from shared.hub import Hub
from shared.login_service import Proof
from shared.schemas.connections import Administration, Connection
from shared.telling import tell


@dataclass(frozen=True)
class LoggedIn:
    """A finished login: the grant, whose it is, and the administrations it opens."""

    connector: str
    site: str | None
    grant: str
    user: VendorUser
    administrations: Sequence[Administration]

    def administration(self, code: str) -> Administration:
        """The chosen one; `Misconfigured` lists those there are."""
        for one in self.administrations:
            if one.code == code:
                return one
        known = ", ".join(f"{one.code} ({one.name})" for one in self.administrations)
        raise Misconfigured(f"{self.user.name} cannot open administration {code!r}. Choose one of: {known}.")


async def finish_login(
    hub: Hub, connector: str, site: str | None, proof: Proof, *, back: str | None = None
) -> LoggedIn:
    """Trade the one-time code, or what the user typed, for a grant; connections of the same vendor user go on with it.

    `back` is the address that the login page was told to come back to, where that is not the configured one.
    `NeedsOwner` when the package says no, `TryLater` when it does not answer.
    """
    try:
        token = await hub.login_service(connector, site, back).exchange(proof)
    except Refused as error:
        raise NeedsOwner(f"The login was not accepted: {error.refusal.reason}. Start again.") from error
    except (httpx.TransportError, ValueError) as error:
        raise TryLater("The login service of the package did not answer. Start again in a moment.") from error
    client = hub.connect_new(connectors.get(connector), site, token)
    user = await client.whoami()
    grant = await hub.grants.save_login(connector, site, user, token)
    await _resume_users_of(hub, grant)
    return LoggedIn(connector, site, grant, user, await client.administrations())


async def _resume_users_of(hub: Hub, grant: str) -> None:
    for connection in await hub.connections.with_grant(grant):
        await hub.lanes.resume(connection.id)
        await tell(hub, connection.id)


async def connect(
    hub: Hub, tenant: str, login: LoggedIn, administration: str, settings: Mapping[str, Any] | None = None
) -> Connection:
    """Make the connection live. The administration is final for a connection.

    A live connection to the same one is reconnected. One that was ended is live again: what it may have sent is looked
    up, and what waited goes on. Another administration is another connection; what waited stays with the old one, until
    the user says what of it goes to the new one (`shared/moving.py`).
    """
    chosen = login.administration(administration)
    live = (await hub.connections.live(login.connector, [tenant])).get(tenant)
    if live is not None:
        return await _reconnect(hub, live, login, chosen, settings)
    if ended := await hub.connections.ended(tenant, login.connector, chosen.code):
        return await _revive(hub, ended, login, settings or {})
    connector = connectors.get(login.connector)
    connection = Connection(
        id=str(uuid4()),
        tenant=tenant,
        connector=login.connector,
        site=login.site,
        grant=login.grant,
        administration=chosen,
        timezone=connector.timezones.get(login.site or "", "Europe/Amsterdam"),
        settings=validated(connector.settings, settings or {}),
        created=hub.now(),
    )
    connection = await licences.begun_with(hub, connection)
    await hub.connections.add(connection)
    await licences.catch_up(hub, connection)  # what was said between the two
    await tell(hub, connection.id)
    return connection


async def _reconnect(
    hub: Hub, live: Connection, login: LoggedIn, chosen: Administration, settings: Mapping[str, Any] | None
) -> Connection:
    if live.administration.code != chosen.code:
        raise Misconfigured(
            f"Tenant {live.tenant!r} is connected to {live.administration.name} ({live.administration.code}), and that "
            "is final for a connection. Disconnect it first to connect another administration."
        )
    await hub.connections.use_grant(live.id, login.grant)
    if settings:
        await hub.connections.change_settings(live.id, settings)
    await hub.lanes.resume(live.id)
    await tell(hub, live.id)
    return await hub.connections.get(live.id)


async def _revive(hub: Hub, ended: Connection, login: LoggedIn, settings: Mapping[str, Any]) -> Connection:
    live = await hub.connections.revive(ended, login.grant, settings)
    await licences.catch_up(hub, live)
    await tell(hub, live.id)
    text = "The connection is live again. What waited goes on; what may have been sent is looked up first."
    await hub.journal.write(live.id, "connection.revived", text)
    return live


async def disconnect(hub: Hub, id: str) -> Connection:
    """End a connection. Nothing more is sent or read; what waits is kept in the ledger."""
    ended = await hub.connections.disconnect(id)
    await cut_off(hub, ended)
    await hub.journal.write(id, "connection.ended", "The connection was ended. Nothing is sent or read any more.")
    await tell(hub, id)
    return ended
