"""Connections in the store: looked up by intake for every batch (a cache would lose events), changed by the console."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared import connectors
from shared.chosen import changed, validated
from shared.clock import stamp
from shared.errors import Misconfigured
from shared.lanes import KINDS, Lanes
from shared.ledger.entries import Entries
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged
from shared.store import Document, Is, Store
from shared.store.collections import CONNECTIONS
from shared.takeover import Clash, billed, clash

SAVES = 5
"""How often settings are saved again on top of what somebody else saved at the same moment."""
_SAVED = {"settings_version": 1}


def live_key(tenant: str, connector: str) -> str:
    """Unique among live connections: at most one per tenant and connector."""
    return f"{tenant}|{connector}"


@dataclass(frozen=True)
class Saved:
    """Saved settings: the connection as it is now, the names of what differs, and how many documents go on."""

    connection: Connection
    differs: Collection[str]
    go_on: int


class SavedMeanwhile(Misconfigured):
    """Somebody else saved settings after they were read."""


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

    async def of_tenant(self, tenant: str, id: str) -> Connection | None:
        """The connection, if there is one and it is this tenant's."""
        found = await self._store.get(CONNECTIONS, id)
        return Connection.model_validate(found) if found and found["tenant"] == tenant else None

    async def live(self, connector: str, tenants: Collection[str]) -> Mapping[str, Connection]:
        """The live connection of each of these tenants, by tenant."""
        keys = [live_key(tenant, connector) for tenant in tenants]
        found = await self._store.find(CONNECTIONS, {"live_key": Is("in", keys)}, limit=len(keys) or 1)
        return {row["tenant"]: Connection.model_validate(row) for row in found}

    async def of_office(self, tenant: str) -> Mapping[str, Connection]:
        """The live connections of a tenant, by connector."""
        keys = [live_key(tenant, name) for name in connectors.names()]
        found = await self._found({"live_key": Is("in", keys)}, len(keys))
        return {one.connector: one for one in found}

    async def connected(
        self, connector: str | None = None, *, after: str = "", limit: int = 1000
    ) -> Sequence[Connection]:
        """Connections in state `connected`, by id, a page at a time."""
        where: dict[str, Any] = {"state": "connected", "id": Is(">", after)}
        if connector:
            where["connector"] = connector
        return await self._found(where, limit)

    async def of_connector(self, connector: str) -> Sequence[Connection]:
        """Every connection there ever was to a package."""
        return await self._found({"connector": connector}, 100_000)

    async def all(self) -> Sequence[Connection]:
        """Every connection there ever was, for people."""
        return await self._found({}, 10_000)

    async def of_same_books(self, connection: Connection) -> Sequence[Connection]:
        """Every connection that this tenant ever had to this administration, this one included."""
        mine = await self._found({"tenant": connection.tenant, "connector": connection.connector}, 1000)
        return [one for one in mine if one.administration.code == connection.administration.code]

    async def using(self, grant: str) -> Connection | None:
        """One connection, working or paused, that uses this grant."""
        where = {"grant": grant, "state": Is("in", ["connected", "paused"])}
        found = await self._found(where, 1)
        return found[0] if found else None

    async def with_grant(self, grant: str, state: str = "connected") -> Sequence[Connection]:
        """Every connection in this state that uses this grant; one that was ended used it last."""
        return await self._found({"grant": grant, "state": state}, 10_000)

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
        """Save settings on top of whatever there is; see `save_settings`."""
        return (await self.save_settings(id, changes)).connection

    async def save_settings(self, id: str, changes: Mapping[str, Any], *, read: int | None = None) -> Saved:
        """Validate and save settings, then wake the documents that waited for one of them.

        `read` is the `settings_version` that the changes were made upon (0: never saved); `SavedMeanwhile` when there
        is a newer one. `Misconfigured` says what is wrong with a value, or that another connection of the tenant bills
        the same.
        """
        for _ in range(SAVES):
            connection = await self.get(id)
            if read is not None and read != (connection.settings_version or 0):
                raise SavedMeanwhile("Somebody else saved these settings meanwhile. Look at them again, then save.")
            if saved := await self._save_settings(connection, changes):
                return saved
        raise Misconfigured("The settings are being changed by somebody else at this moment. Try again.")

    async def _save_settings(self, connection: Connection, changes: Mapping[str, Any]) -> Saved | None:
        """None when somebody else saved since they were read: theirs would be lost, so they are read again."""
        newer = validated(connectors.get(connection.connector).settings, {**connection.settings, **changes})
        chosen = connection.model_copy(update={"settings": newer})
        if billed(chosen) - billed(connection) and (clashes := await self._clashes(chosen)):
            raise Misconfigured(clashes[0].why_not_choose)
        as_read = {"settings_version": connection.settings_version}
        if (
            await self._store.update(CONNECTIONS, connection.id, where=as_read, set={"settings": newer}, inc=_SAVED)
            is None
        ):
            return None
        differs = changed(connection.settings, newer)
        go_on = await self.try_again(connection.id, differs)
        if "import_kinds" in differs:  # what the package calls back about is another then
            await self._lanes.wake(connection.id, "import")
        return Saved(await self.get(connection.id), differs.keys(), go_on)

    async def try_again(self, id: str, settings: Mapping[str, Collection[str] | None]) -> int:
        """What waits for one of these settings (or keys of it) is looked at again; how many documents that are."""
        woken = await self._entries.wake_waiting(id, settings)
        if woken:
            await self._lanes.wake(id, "export")
        return woken

    async def wake_all_waiting(self, setting: str) -> int:
        """What waits for this on any connection is looked at again; how many documents that are."""
        return sum([await self.try_again(one.id, {setting: None}) for one in await self.all()])

    async def _clashes(self, as_it_would_be: Connection) -> list[Clash]:
        """The tenant's other connections that would bill the same; one that is paused will again."""
        live = Is("in", ["connected", "paused"])
        others = await self._found({"tenant": as_it_would_be.tenant, "state": live}, 100)
        return [found for other in others if (found := clash(as_it_would_be, other))]

    async def use_grant(self, id: str, grant: str) -> None:
        """The owner logged in again, perhaps as another user of the package."""
        await self._store.update(CONNECTIONS, id, set={"grant": grant})

    async def start_exports(self, id: str, first_day: date, *, takes_over: bool = False) -> Connection:
        """The user's first OK: documents of `first_day` and later are exported from now on.

        `Misconfigured` while another connection of the tenant would bill the same; with `takes_over` that one ends the
        day before.
        """
        started = _started(await self.get(id), first_day)
        clashes = await self._clashes(started)
        if clashes and not takes_over:
            raise Misconfigured(clashes[0].why_not_start)
        for found in clashes:
            await self._store.update(CONNECTIONS, found.other, set={"exports_until": found.last_day.isoformat()})
        days = started.model_dump(mode="json", include={"exports_from", "exports_until"})
        await self._store.update(CONNECTIONS, id, set=days)
        if await self._entries.held(id, limit=1) or await self._entries.next_due(id):
            await self._lanes.wake(id, "export")
        return await self.get(id)

    async def clashes_from(self, connection: Connection, first_day: date) -> Sequence[Clash]:
        """The tenant's connections that bill the same from that day on, and would end the day before.

        `Misconfigured` when one of them could not end, because it begins later.
        """
        return await self._clashes(_started(connection, first_day))

    async def pause(self, id: str) -> Connection:
        """A live connection stands still until `unpause`; `Misconfigured` when it does already, or was ended."""
        return await self._turned(id, "connected", "paused")

    async def unpause(self, id: str) -> Connection:
        """A paused connection goes on, with all that waits."""
        live = await self._turned(id, "paused", "connected")
        for kind in KINDS:
            await self._lanes.wake(id, kind)
        return live

    async def _turned(self, id: str, before: str, after: str) -> Connection:
        if await self._store.update(CONNECTIONS, id, where={"state": before}, set={"state": after}) is None:
            raise Misconfigured(f"The connection is {(await self.get(id)).state}, so that changes nothing.")
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

    async def note_licence(self, live: Connection, said: LicenseChanged) -> Connection:
        """What the licence manager said."""
        noted = {"licensed": said.active, "tier": said.tier, "licence_told": stamp(said.changed_at)}
        await self._store.update(CONNECTIONS, live.id, set=noted)
        return await self.get(live.id)

    async def ended(self, tenant: str, connector: str, administration: str) -> Connection | None:
        """The newest ended connection of a tenant to an administration: its ledger knows what is in those books."""
        where = {
            "tenant": tenant,
            "connector": connector,
            "state": "disconnected",
            "administration.code": administration,
        }
        found = await self._store.find(CONNECTIONS, where, sort=("-created",), limit=1)
        return Connection.model_validate(found[0]) if found else None

    async def ended_of(self, tenant: str, connector: str) -> Sequence[Connection]:
        """The ended connections of a tenant to a package."""
        return await self._found({"tenant": tenant, "connector": connector, "state": "disconnected"}, 1000)

    async def revive(self, ended: Connection, grant: str, settings: Mapping[str, Any]) -> Connection:
        """An ended connection is live again, with its ledger and choices; what waits goes on.

        Where another connection of the tenant bills the same by now, its exports are on hold until they are started.
        """
        chosen = validated(connectors.get(ended.connector).settings, {**ended.settings, **settings})
        live = ended.model_copy(update={"state": "connected", "grant": grant, "settings": chosen})
        if await self._clashes_or_begins_later(live):
            live = live.model_copy(update={"exports_from": None})
        changes = live.model_dump(mode="json", include={"state", "grant", "settings", "exports_from"})
        key = {"live_key": live_key(live.tenant, live.connector)}
        same = {"state": "disconnected", "generation": ended.generation}
        if await self._store.update(CONNECTIONS, ended.id, where=same, set=changes | key) is None:
            raise Misconfigured("Somebody else connected at this moment. Look at `fieldledger connections list`.")
        await self._lanes.resume(ended.id)
        return await self.get(ended.id)

    async def _clashes_or_begins_later(self, live: Connection) -> bool:
        try:
            return bool(await self._clashes(live))
        except Misconfigured:
            return True

    async def to_take_back(self, connector: str) -> Sequence[str]:
        """Ended connections whose records are still on the topics, in case the wake-up was lost."""
        where = {"connector": connector, "take_back": True}
        return [row["id"] for row in await self._store.find(CONNECTIONS, where, limit=1000)]

    async def taken_back(self, id: str) -> bool:
        """Nothing of the ended connection is left on the topics; False when that was known before."""
        return (
            await self._store.update(CONNECTIONS, id, where={"take_back": True}, set={"take_back": False}) is not None
        )


def _started(connection: Connection, first_day: date) -> Connection:
    """The connection as it would be with exports from that day on."""
    until = connection.exports_until
    if until is not None and until < first_day:
        until = None  # it begins anew behind what another took over
    return connection.model_copy(update={"exports_from": first_day, "exports_until": until})
