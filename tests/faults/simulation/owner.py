"""The people of one installation: they log in, choose settings, disconnect, and mend what only they can mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date
from random import Random
from typing import Any, TypeVar

import httpx

from shared import connectors, moving
from shared.connector import Connector
from shared.errors import Misconfigured, Unavailable, WorkError
from shared.exporting import request_message
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.login import connect, disconnect
from shared.mapping import Receipt
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
AFTER_ALL = date(2027, 1, 1)
"""Later than the day of every document: to other books goes only what the owner sends there by name."""


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
        places = (self._known.administration, self._known.second_administration)
        self._homes = dict(zip(TENANTS, places, strict=True))
        self._places = dict(self._homes)

    async def connect(self, tenant: str) -> Connection:
        """Log in, choose the administration, start the exports."""
        return await _insist(lambda: self._connect(tenant))

    async def _connect(self, tenant: str) -> Connection:
        login = await log_in(self._hub, self._connector.name, self._sandbox.transport())
        place = self._places[tenant]
        chosen = self._known.chosen_in(self._sandbox, place, settings(self._connector))
        connection = await connect(self._hub, tenant, login, place, chosen)
        return await self._hub.connections.start_exports(connection.id, self.first_day(tenant, place))

    def first_day(self, tenant: str, place: str) -> date:
        """When exports to that administration begin."""
        return FIRST_DAY if place == self._homes[tenant] else AFTER_ALL

    async def connections(self) -> Sequence[Connection]:
        """The live ones."""
        return await _insist(lambda: self._hub.connections.connected(self._connector.name))

    async def choose(self, **settings: Any) -> None:
        """Save settings, for every connection."""
        for connection in await self.connections():
            chosen = self._known.chosen_in(self._sandbox, connection.administration.code, settings)
            await _insist(lambda id=connection.id, to=chosen: self._hub.connections.change_settings(id, to))

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

    async def switch(self) -> None:
        """Go over to the other administration; what waits of the old one is looked up there, then goes to the new one.

        By themselves its exports begin later, so what is replayed to it is left out, and says so.
        """
        live = await self.connections()
        if not live or len(self._platforms) > 1:
            return  # the other administration is the other tenant's
        ended = live[0]
        self._story.say("owner", f"leaves administration {ended.administration.code} for the other", loud=True)
        await _insist(lambda: disconnect(self._hub, ended.id))
        await asyncio.sleep(self._random.choice([0.0, 1.0, 100.0]))
        self._places[ended.tenant] = next(place for place in self._homes.values() if place != ended.administration.code)
        await self.connect(ended.tenant)
        await self._publish(self._platforms[ended.tenant].again())
        while await _insist(lambda: self._move(ended.id)):  # noqa: ASYNC110  # as people do: look again
            await asyncio.sleep(30)

    async def _move(self, id: str) -> bool:
        """Send on what can be sent on now; whether something is left. What may be in the old books is looked up."""
        ended, live = await self._hub.connections.get(id), await self._hub.connections.connected(self._connector.name)
        if ended.state == "connected":
            return False  # it was come back to: what waits there goes on by itself
        left = await moving.left_behind(self._hub, ended)
        for one in left if live else ():
            with suppress(Misconfigured):  # it may still arrive
                await self._move_one(one, live[0])
        return bool(left)

    async def _move_one(self, one: moving.Left, to: Connection) -> None:
        if not one.doubtful:
            self._story.say("owner", f"sends {one.entry.number} to the other administration")
            await moving.move(self._hub, one, to)
            return
        made = await self._document(one.entry)
        self._story.say("owner", f"of {one.entry.number} in the books that were left: {made or 'it is not there'}")
        await moving.settle(self._hub, one.entry, Receipt(vendor_id=made, number=made) if made else None)

    async def _answer(self) -> None:
        """Where nobody is sure, look into the package and say what is there; send again what the package refused."""
        live = {connection.id for connection in await self.connections()}
        for entry in await _insist(lambda: self._hub.entries.list({"connector": self._connector.name})):
            if unanswered(entry) and entry.connection in live:
                await self._say(entry, await self._found(entry) if entry.state == "unsure" else None)

    async def _say(self, entry: Entry, there: str | None) -> None:
        """What is in doubt is in the package under that id; None: send it again."""
        self._story.say("owner", f"of {entry.number}: {'it is there' if there else 'send it again'}")
        reason = "it_is_there" if there else "send_again"
        word = ExportRequest(connection=entry.connection, entry=entry.id, reason=reason, vendor_id=there)
        now = await _insist(self._hub.store.now)
        await self._publish([request_message(entry, word, "console", now)])

    async def _found(self, entry: Entry) -> str | None:
        """The package's id of what is in doubt: the document itself, or the customer it needs."""
        await self._sandbox.arrive()
        *_, kind, key = ("", *(entry.doubted_step or "").split("|"))
        needed = [
            one.id
            for one in self._known.records(self._sandbox)
            if (one.administration, one.kind, one.key) == (entry.administration, kind, key)
        ]
        return await self._document(entry) if key == "document" else next(iter(needed), None)

    async def _document(self, entry: Entry) -> str | None:
        """The package's id of a document, if it is in its books: a write that is late arrives first, by its moment."""
        await self._sandbox.arrive()
        wanted = (entry.administration, entry.number)
        made = self._known.documents(self._sandbox)
        return next((one.id for one in made if (one.administration, one.reference) == wanted), None)

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
