"""The people of one installation: they log in, choose settings, disconnect, and mend what only they can mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from random import Random
from typing import Any, TypeVar

from shared.connectors.exact_online.sandbox import ExactSandbox
from shared.errors import Unavailable, WorkError
from shared.exporting import request_message
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.login import connect, disconnect, finish_login
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest
from tests.faults.simulation.documents import Platform
from tests.faults.simulation.story import Story
from tests.world import REDIRECT

T = TypeVar("T")
CONNECTOR = "exact_online"
PLACES = {"a": ("Anouk de Vries", "900001"), "b": ("Sanne van Dam", "900003")}
"""Tenant -> the user of the package who logs in, and the administration."""
SETTINGS: dict[str, Any] = {
    "vat_codes": {"21": "4"},
    "journal": "70",
    "invoice_document": "sales_entry",
    "import_kinds": ["relation"],
}
REFUSED = ("Exact Online refused", "it stopped its worker")
"""How a refusal begins that is no last word: after a while a person tries such a document once more."""
FIRST_DAY = date(2026, 1, 1)


def unanswered(entry: Entry) -> bool:
    """Whether it waits for a word of the owner, who gives it sooner or later."""
    return entry.state == "unsure" or (entry.state == "refused" and (entry.reason or "").startswith(REFUSED))


async def _insist(act: Callable[[], Awaitable[T]]) -> T:
    """As people do: what did not work is tried again until it does."""
    while True:
        try:
            return await act()
        except (Unavailable, WorkError):
            await asyncio.sleep(5)


class Owner:
    """Acts for all tenants, over a hub of its own. `publish` is the platform's way to replay events."""

    def __init__(
        self, hub: Hub, sandbox: ExactSandbox, story: Story, random: Random, platforms: Sequence[Platform], publish: Any
    ) -> None:
        self._hub = hub
        self._sandbox = sandbox
        self._story = story
        self._random = random
        self._platforms = {platform.tenant: platform for platform in platforms}
        self._publish = publish

    async def connect(self, tenant: str) -> Connection:
        """Log in, choose the administration, start the exports."""
        return await _insist(lambda: self._connect(tenant))

    async def _connect(self, tenant: str) -> Connection:
        user, administration = PLACES[tenant]
        known = next(one for one in self._sandbox.oauth.users.values() if one.name == user)
        code = self._sandbox.oauth.authorize(known.id, frozenset(known.scopes), REDIRECT)
        login = await finish_login(self._hub, CONNECTOR, "nl", code)
        connection = await connect(self._hub, tenant, login, administration, SETTINGS)
        return await self._hub.connections.start_exports(connection.id, FIRST_DAY)

    async def connections(self) -> Sequence[Connection]:
        """The live ones."""
        return await _insist(lambda: self._hub.connections.connected(CONNECTOR))

    async def choose(self, **settings: Any) -> None:
        """Save settings, for every connection."""
        for connection in await self.connections():
            await _insist(lambda id=connection.id: self._hub.connections.change_settings(id, settings))

    def withdraw(self) -> None:
        """One user ends our access in the package."""
        user, _ = PLACES[self._random.choice(list(self._platforms))]
        self._sandbox.oauth.revoke(next(one.id for one in self._sandbox.oauth.users.values() if one.name == user))

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
        for entry in await _insist(lambda: self._hub.entries.list({"connector": CONNECTOR})):
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
        memory, (*_, kind, key) = self._sandbox.memory(), (entry.doubted_step or "").split("|")
        if kind == "relation":
            made = [
                row["ID"]
                for row in memory["accounts"]
                if (str(row["Division"]), row["SearchCode"]) == (entry.administration, key)
            ]
        else:
            made = [row["OrderID"] for row in memory["sales_orders"] if row["YourRef"] == entry.number]
            made += [row["EntryID"] for row in memory["sales_entries"] if row["YourRef"] == entry.number]
        return made[0] if made else None

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
