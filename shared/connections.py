"""Connections in the store: looked up by intake for every batch (a cache would lose events), changed by the console."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from shared import connectors
from shared.errors import Misconfigured
from shared.lanes import Lanes
from shared.ledger.entries import Entries
from shared.mapping import ConnectorSettings
from shared.schemas.connections import Connection
from shared.store import Document, Is, Store
from shared.store.collections import CONNECTIONS


def settings_of(connection: Connection) -> ConnectorSettings:
    """The connection's settings as its connector's own model."""
    return connectors.get(connection.connector).settings.model_validate(connection.settings)


def validated(model: type[ConnectorSettings], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored; `Misconfigured` says of each wrong one what is wrong with it."""
    try:
        return model.model_validate(settings).model_dump(mode="json")
    except ValidationError as error:
        raise Misconfigured(_sentences(error)) from None


def live_key(tenant: str, connector: str) -> str:
    """Unique among live connections: at most one per tenant and connector."""
    return f"{tenant}|{connector}"


class Connections:
    """Reads and changes connections; changing settings wakes what waited for them."""

    def __init__(self, store: Store, lanes: Lanes, entries: Entries) -> None:
        self._store = store
        self._lanes = lanes
        self._entries = entries

    async def get(self, id: str) -> Connection:
        """The connection; `Misconfigured` with a sentence when there is none."""
        found = await self._store.get(CONNECTIONS, id)
        if found is None:
            raise Misconfigured(f"There is no connection {id!r}. `fieldledger connections list` shows those there are.")
        return Connection.model_validate(found)

    async def live(self, connector: str, tenants: Collection[str]) -> Mapping[str, Connection]:
        """The live connection of each of these tenants, by tenant."""
        keys = [live_key(tenant, connector) for tenant in tenants]
        found = await self._store.find(CONNECTIONS, {"live_key": Is("in", keys)}, limit=len(keys) or 1)
        return {row["tenant"]: Connection.model_validate(row) for row in found}

    async def connected(
        self, connector: str | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Connection]:
        """Connections in state `connected`, by id, a page at a time."""
        where: dict[str, Any] = {"state": "connected", "id": Is(">", after)}
        if connector:
            where["connector"] = connector
        return await self._found(where, limit)

    async def all(self) -> Sequence[Connection]:
        """Every connection there ever was, for people."""
        return await self._found({}, 10_000)

    async def _found(self, where: Mapping[str, Any], limit: int) -> Sequence[Connection]:
        found = await self._store.find(CONNECTIONS, where, sort=("id",), limit=limit)
        return [Connection.model_validate(row) for row in found]

    async def add(self, connection: Connection) -> None:
        """Make a connection live, with its lane; `Misconfigured` when the tenant already has one for this connector."""
        document: Document = connection.model_dump(mode="json")
        document["live_key"] = live_key(connection.tenant, connection.connector)
        if not await self._store.insert(CONNECTIONS, document):
            raise Misconfigured(
                f"Tenant {connection.tenant!r} already has a live {connection.connector} connection. "
                "Disconnect that one first: `fieldledger connections disconnect`."
            )
        await self._lanes.create(connection)

    async def change_settings(self, id: str, changes: Mapping[str, Any]) -> Connection:
        """Validate and save settings, then wake the documents that waited for one of them."""
        connection = await self.get(id)
        newer = validated(connectors.get(connection.connector).settings, {**connection.settings, **changes})
        changed = [name for name, value in newer.items() if connection.settings.get(name) != value]
        await self._store.update(CONNECTIONS, id, set={"settings": newer})
        if await self._entries.wake_waiting(id, changed):
            await self._lanes.wake(id, "export")
        return await self.get(id)

    async def use_grant(self, id: str, grant: str) -> None:
        """The owner logged in again, perhaps as another user of the package."""
        await self._store.update(CONNECTIONS, id, set={"grant": grant})

    async def start_exports(self, id: str, first_day: date) -> Connection:
        """The user's first OK: documents of `first_day` and later are exported from now on."""
        await self._store.update(CONNECTIONS, id, set={"exports_from": first_day.isoformat()})
        if await self._entries.held(id, limit=1):
            await self._lanes.wake(id, "export")
        return await self.get(id)

    async def disconnect(self, id: str) -> Connection:
        """End a connection. Its generation rises, so writes of turns that are still running fail.

        Its records are taken back by the importer, so the lane is woken, also when it rests.
        """
        connection = await self.get(id)
        await self._store.update(
            CONNECTIONS,
            id,
            where={"generation": connection.generation},
            set={"state": "disconnected", "live_key": None, "take_back": True},
            inc={"generation": 1},
        )
        await self._lanes.resume(id)
        return await self.get(id)

    async def to_take_back(self, connector: str) -> Sequence[str]:
        """Ended connections whose records are still on the topics, in case the wake-up was lost."""
        where = {"state": "disconnected", "connector": connector, "take_back": True}
        return [row["id"] for row in await self._store.find(CONNECTIONS, where, limit=1000)]

    async def taken_back(self, id: str) -> bool:
        """Nothing of the ended connection is left on the topics; False when that was known before."""
        return (
            await self._store.update(CONNECTIONS, id, where={"take_back": True}, set={"take_back": False}) is not None
        )


def _sentences(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
