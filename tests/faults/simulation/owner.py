"""The people of one installation: they log in, choose settings, disconnect, and mend what only they can mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from random import Random
from typing import Any, TypeVar

import httpx

from shared import connectors
from shared.connector import Connector
from shared.errors import Unavailable, WorkError
from shared.exporting import request_message
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.login import connect, disconnect
from shared.sandbox import Sandbox
from shared.sandbox.scenario import scenario
from shared.sandbox.visit import log_in
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest
from tests.faults.flows import choices, kinds_of
from tests.faults.simulation.documents import Platform
from tests.faults.simulation.story import Story

T = TypeVar("T")
TENANTS = ("a", "b")
BY_MISTAKE = "it stopped its worker"
FIRST_DAY = date(2026, 1, 1)


def settings(connector: Connector) -> dict[str, Any]:
    """Every flow is exported, one kind is read, and VAT is decided by a setting that can be taken away."""
    vat = scenario(connector.name).no_vat
    return {**choices(connector), **vat.settings, **vat.heals, "import_kinds": kinds_of(connector.name)[:1]}


def unanswered(entry: Entry) -> bool:
    """Whether it waits for a word of the owner, who gives it sooner or later.

    What the package refused, or what stopped a worker, is no last word: a person tries it once more.
    """
    no_last_word = (f"{connectors.get(entry.connector).title} refused", BY_MISTAKE)
    return entry.state == "unsure" or (entry.state == "refused" and (entry.reason or "").startswith(no_last_word))


async def _insist(act: Callable[[], Awaitable[T]]) -> T:
    """As people do: what did not work is tried again until it does."""
    while True:
        try:
            return await act()
        except (Unavailable, WorkError, httpx.HTTPError):
            await asyncio.sleep(5)


class Owner:
    """Acts for all tenants, over a hub of its own. `publish` is the platform's way to replay events."""

    def __init__(
        self,
        hub: Hub,
        connector: Connector,
        sandbox: Sandbox,
        story: Story,
        random: Random,
        platforms: Sequence[Platform],
        publish: Any,
    ) -> None:
        self._hub = hub
        self._connector = connector
        self._known = scenario(connector.name)
        self._sandbox = sandbox
        self._story = story
        self._random = random
        self._platforms = {platform.tenant: platform for platform in platforms}
        self._publish = publish

    async def connect(self, tenant: str) -> Connection:
        """Log in, choose the administration, start the exports."""
        return await _insist(lambda: self._connect(tenant))

    async def _connect(self, tenant: str) -> Connection:
        login = await log_in(self._hub, self._connector.name, self._sandbox.transport())
        places = dict(zip(TENANTS, (self._known.administration, self._known.second_administration), strict=True))
        connection = await connect(self._hub, tenant, login, places[tenant], settings(self._connector))
        return await self._hub.connections.start_exports(connection.id, FIRST_DAY)

    async def connections(self) -> Sequence[Connection]:
        """The live ones."""
        return await _insist(lambda: self._hub.connections.connected(self._connector.name))

    async def choose(self, **settings: Any) -> None:
        """Save settings, for every connection."""
        for connection in await self.connections():
            await _insist(lambda id=connection.id: self._hub.connections.change_settings(id, settings))

    def withdraw(self) -> None:
        """The user ends our access in the package."""
        self._known.revoke(self._sandbox)

    async def reconnect(self) -> None:
        """Disconnect, and some time later connect the same administration; then what was missed is replayed."""
        live = await self.connections()
        if not live:
            return  # it was disconnected a moment ago
        connection = self._random.choice(live)
        self._story.say("owner", f"disconnects tenant {connection.tenant}", loud=True)
        await _insist(lambda: disconnect(self._hub, connection.id))
        await asyncio.sleep(self._random.choice([1.0, 100.0, 400.0]))
        await self.connect(connection.tenant)
        self._story.say("owner", f"connects tenant {connection.tenant} again, and has its events replayed", loud=True)
        await self._publish(self._platforms[connection.tenant].again())

    async def _answer(self) -> None:
        """Where nobody is sure, look into the package and say what is there; send again what the package refused."""
        live = {connection.id for connection in await self.connections()}
        for entry in await _insist(lambda: self._hub.entries.list({"connector": self._connector.name})):
            if unanswered(entry) and entry.connection in live:
                await self._say(entry, self._found(entry) if entry.state == "unsure" else None)

    async def _say(self, entry: Entry, there: str | None) -> None:
        """What is in doubt is in the package under that id; None: send it again."""
        self._story.say("owner", f"of {entry.number}: {'it is there' if there else 'send it again'}")
        reason = "it_is_there" if there else "send_again"
        word = ExportRequest(connection=entry.connection, entry=entry.id, reason=reason, vendor_id=there)
        await self._publish([request_message(entry, word, "console")])

    def _found(self, entry: Entry) -> str | None:
        """The package's id of what is in doubt: the document itself, or the customer it needs."""
        *_, kind, key = ("", *(entry.doubted_step or "").split("|"))
        needed = [
            one.id
            for one in self._known.records(self._sandbox)
            if (one.administration, one.kind, one.key) == (entry.administration, kind, key)
        ]
        made = [one.id for one in self._known.documents(self._sandbox) if one.reference == entry.number]
        return next(iter(made if key == "document" else needed), None)

    async def mend_for_ever(self) -> None:
        """Look now and then, and log in again where that is asked for."""
        while True:
            await asyncio.sleep(60 + self._random.random() * 240)
            await self._answer()
            for connection in await self.connections():
                lane = await _insist(lambda id=connection.id: self._hub.lanes.get(id))
                if lane is not None and lane.rest is not None:
                    self._story.say("owner", f"logs in again for tenant {connection.tenant}: {lane.rest.reason}")
                    await self.connect(connection.tenant)
