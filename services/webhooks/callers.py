"""Who may call back at an address: looked up in the store, and kept for a few seconds.

Only what was found is kept, so a new connection is known at once. One that has ended is let in a little longer, which
harms nobody: the importer drops what is not for a live connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from time import monotonic

from shared import connectors
from shared.connector import Connector
from shared.doors import Door, digest_of
from shared.hub import Hub
from shared.rate import Bucket
from shared.store.collections import CONNECTIONS

KEPT = 5.0
"""Seconds that a caller is kept."""

MOST = 10_000
"""Callers that are kept; more are looked up each time."""


@dataclass(frozen=True)
class Caller:
    """A connection that is called back. `secrets` are what its callbacks may be signed with."""

    connection: str
    tenant: str
    connector: str
    digest: str
    secrets: Sequence[str] = field(repr=False)
    bucket: Bucket = field(repr=False)


class Callers:
    """Finds callers. One instance per process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._kept: dict[tuple[str, ...], tuple[float, tuple[Caller, ...]]] = {}
        self._buckets: dict[str, Bucket] = {}

    async def by_secret(self, connector: Connector, connection: str, secret: str) -> Caller | None:
        """The connection whose address this is; None for any other address."""
        for caller in await self._found(connector.name, connection):
            if compare_digest(caller.digest, digest_of(secret)):
                return caller
        return None

    async def by_administration(self, connector: Connector, administration: str) -> Sequence[Caller]:
        """All connections to these books."""
        key = (connector.name, "", administration)
        kept = self._fresh(key)
        if kept is None:
            doors = await self._hub.doors.of_administration(connector.name, administration)
            kept = self._keep(key, [caller for door in doors if (caller := await self._caller(door))])
        return kept

    async def again(self, caller: Caller) -> Caller | None:
        """As the store has it now: a hook may just have been made, with a secret of its own."""
        self._kept.pop((caller.connector, caller.connection), None)
        found = await self._found(caller.connector, caller.connection)
        return found[0] if found else None

    def secret_of_app(self, connector: Connector) -> str:
        """What the package signs with, where it does so for the whole app; empty when it is not configured."""
        return self._hub.settings.access(connector.name).webhook_secret.get_secret_value()

    async def _found(self, connector: str, connection: str) -> tuple[Caller, ...]:
        key = (connector, connection)
        kept = self._fresh(key)
        if kept is None:
            door = await self._hub.doors.get(connection)
            caller = await self._caller(door) if door and door.connector == connector else None
            kept = self._keep(key, [caller] if caller else [])
        return kept

    def _fresh(self, key: tuple[str, ...]) -> tuple[Caller, ...] | None:
        until, kept = self._kept.get(key, (0.0, ()))
        return kept if until > monotonic() else None

    def _keep(self, key: tuple[str, ...], found: Sequence[Caller]) -> tuple[Caller, ...]:
        self._kept.pop(key, None)
        if found:
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (monotonic() + KEPT, tuple(found))
        return tuple(found)

    async def _caller(self, door: Door) -> Caller | None:
        row = await self._hub.store.get(CONNECTIONS, door.id)
        if row is None or row["state"] == "disconnected" or row["generation"] != door.generation:
            return None
        return Caller(
            connection=door.id,
            tenant=door.tenant,
            connector=door.connector,
            digest=door.digest,
            secrets=self._hub.doors.secrets(door),
            bucket=self._bucket(door.id),
        )

    def _bucket(self, connection: str) -> Bucket:
        while len(self._buckets) >= MOST and connection not in self._buckets:
            del self._buckets[next(iter(self._buckets))]
        return self._buckets.setdefault(connection, Bucket(self._hub.settings.callback_rate))


def connector_named(name: str) -> Connector | None:
    """The connector of that name, if its package calls back."""
    found = connectors.get(name) if name in connectors.names() else None
    return found if found is not None and found.webhooks is not None else None
