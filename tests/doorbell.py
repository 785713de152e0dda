"""The gateway between a sandbox and a world: what the package calls back reaches the importer, step by step."""

import json
from collections.abc import Sequence

import httpx

from services.webhooks.gateway import Gateway
from shared import connectors, envelope, topics
from shared.doors import Door
from shared.envelope import Message
from shared.schemas.connections import Connection
from shared.schemas.messages import EntityChanged
from shared.webhooks import Hook, Webhooks
from tests.fakes import received
from tests.world import World

PUBLIC = "https://127.0.0.1:8443"
"""Where the gateway is reached: on the host that a sandbox's app may be called back at."""


class Doorbell:
    """The gateway of one world; the sandbox calls it from the start."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gateway = Gateway(world.hub, world.bus)
        self.transport = httpx.ASGITransport(app=self.gateway)
        self._taken_in = 0
        world.sandbox.bells.reach_out(self.transport)

    @property
    def how(self) -> Webhooks:
        """What the connector says of its webhooks."""
        found = connectors.get(self.world.connector).webhooks
        assert found is not None
        return found

    @property
    def callbacks(self) -> list[Message]:
        """What the gateway wrote down so far."""
        return self.world.bus.of(topics.callbacks(self.world.connector))

    async def heard(self) -> int:
        """What was called back is written down, and the importer takes it in; how many callbacks that were."""
        await self.world.sandbox.bells.rung()
        new = self.callbacks[self._taken_in :]
        self._taken_in += len(new)
        await self.world.importing([received(message, offset) for offset, message in enumerate(new)])
        return len(new)

    async def rings(self, connection: Connection, kind: str, *vendor_ids: str) -> None:
        """Callbacks reach the importer, whoever made them."""
        await self.world.importing([received(called(connection, kind, id), n) for n, id in enumerate(vendor_ids)])

    async def door(self, connection: Connection) -> Door:
        """The connection's door; it must have one."""
        found = await self.world.hub.doors.get(connection.id)
        assert found is not None
        return found

    async def address(self, connection: Connection) -> str:
        """Where this connection is called back."""
        return self.world.hub.doors.address(await self.door(connection), connectors.get(self.world.connector))

    async def hooks(self, connection: Connection) -> list[Hook]:
        """All hooks at the package, whoever made them."""
        async with self.world.hub.connect(connection, "import") as client:
            return list(await self.how.listed(client))

    async def remove(self, connection: Connection, *hooks: Hook) -> None:
        """Another program deletes hooks."""
        async with self.world.hub.connect(connection, "import") as client:
            for hook in hooks:
                await self.how.remove(client, hook)

    async def make(self, connection: Connection, topic: str, address: str) -> Hook:
        """Another program makes a hook of its own."""
        async with self.world.hub.connect(connection, "import") as client:
            return await self.how.register(client, self.how.map(topic, address))

    async def post(
        self, url: str, body: bytes = b"{}", headers: dict[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        """Anybody calls."""
        async with httpx.AsyncClient(transport=self.transport) as line:
            return await line.request(
                method, url, content=body, headers=headers or {"content-type": "application/json"}
            )


def called(connection: Connection, kind: str, vendor_id: str) -> Message:
    """The event that the gateway makes of a callback."""
    return envelope.message(
        topics.callbacks(connection.connector),
        f"{connection.id}|{kind}|{vendor_id}",
        EntityChanged(connection=connection.id, kind=kind, vendor_id=vendor_id),
        type=envelope.ENTITY_CHANGED,
        source="test",
        tenant=connection.tenant,
    )


def bodies(messages: Sequence[Message]) -> list[dict[str, str]]:
    """What the messages say."""
    return [json.loads(message.body or b"null") for message in messages]
