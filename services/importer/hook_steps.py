"""The writes by which a package is asked to call back, and no longer to: each a step with `sending` and `find`.

`find` lists the hooks and knows ours by their exact address: others may have made theirs.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared import connectors
from shared.doors import Door, Known
from shared.errors import Settling
from shared.hub import Hub
from shared.ledger.writes import Write
from shared.mapping import Draft, Receipt, Request
from shared.schemas.connections import Connection
from shared.store.collections import CONNECTIONS
from shared.turns import Held
from shared.webhooks import Hook, Webhooks


class HookSteps:
    """The hooks that lead to one door. Lives only as long as the turn; `door` is the door as it is stored by now."""

    def __init__(self, hub: Hub, connection: Connection, door: Door, held: Held, client: Any) -> None:
        self._hub = hub
        self._connection = connection
        self._connector = connectors.get(connection.connector)
        self._held = held
        self._client = client
        self._address = hub.doors.address(door, self._connector)
        self.door = door

    @property
    def _how(self) -> Webhooks:
        assert self._connector.webhooks is not None, f"{self._connector.title} does not call back"
        return self._connector.webhooks

    @property
    def _entry(self) -> str:
        return f"{self._connection.scope}|hooks"

    async def mine(self) -> list[Hook]:
        """Those that lead here, and nowhere else."""
        return [hook for hook in await self._how.listed(self._client) if hook.address == self._address]

    async def ensure(self, wanted: Sequence[str]) -> tuple[Known, ...]:
        """One hook for each topic that is wanted, none for others; what is known of them."""
        there: defaultdict[str, list[Hook]] = defaultdict(list)
        for hook in await self.mine():
            there[hook.topic].append(hook)
        for topic, hooks in there.items():
            for hook in hooks[1:] if topic in wanted else hooks:
                await self._remove(hook)
        offered = await self._offered(wanted)
        unsettled = {step.id for step in await self._hub.steps.under_way(self._entry)}
        for topic in offered:
            if topic not in there or self._step_of(topic) in unsettled:
                there[topic] = [await self._register(topic)]
        return tuple([await self._known(there[topic][0]) for topic in offered])

    async def _offered(self, wanted: Sequence[str]) -> Sequence[str]:
        """Those of the topics that the package has."""
        if self._how.offered is None:
            return wanted
        offered = await self._how.offered(self._client)
        return [topic for topic in wanted if topic in offered]

    async def remove_all(self) -> None:
        """Take back whatever leads here, unless another connection is called back at the same address."""
        if not await self._shared():
            await self._settled()
            for hook in await self.mine():
                await self._remove(hook)

    async def _register(self, topic: str) -> Hook:
        id = self._step_of(topic)
        await self._hub.steps.make_again(id)
        receipt = await self._hub.steps.once(self._registration(id, topic), self._held)
        return Hook(receipt.vendor_id, topic, self._address)

    def _step_of(self, topic: str) -> str:
        return f"{self._connection.scope}|{self.door.generation}|hook|{topic}"

    def _registration(self, id: str, topic: str) -> Write:
        async def find() -> Sequence[Receipt]:
            return [Receipt(hook.id) for hook in await self.mine() if hook.topic == topic]

        async def send(request: Request) -> Receipt:
            hook = await self._how.register(self._client, request)
            # The secret stands in this answer alone, so it is kept before the answer is.
            await self._keep(Hook(hook.id, topic, self._address, hook.secret))
            return Receipt(hook.id)

        async def prepare() -> Draft:
            return Draft(self._how.map(topic, self._address))

        return self._write(id, f"webhook {topic}", find, prepare, send)

    async def _remove(self, hook: Hook) -> None:
        async def find() -> Sequence[Receipt]:
            there = {one.id for one in await self.mine()}
            return [] if hook.id in there else [Receipt(hook.id)]

        async def send(_request: Request) -> Receipt:
            await self._how.remove(self._client, hook)
            return Receipt(hook.id)

        async def prepare() -> Draft:
            return Draft(Request("DELETE", hook.id, {}))

        id = f"{self._connection.scope}|{self.door.generation}|unhook|{hook.id}"
        await self._hub.steps.make_again(id)
        await self._hub.steps.once(self._write(id, f"removal of webhook {hook.topic}", find, prepare, send), self._held)

    def _write(
        self,
        id: str,
        what: str,
        find: Callable[[], Awaitable[Sequence[Receipt]]],
        prepare: Callable[[], Awaitable[Draft]],
        send: Callable[[Request], Awaitable[Receipt]],
    ) -> Write:
        return Write(
            id=id,
            entry=self._entry,
            revision=0,
            what=what,
            scope=self._connection.scope,
            find=find,
            prepare=prepare,
            send=send,
            timeout=self._hub.request_timeout(self._connector),
            settle_after=self._hub.settle_after(self._connector),
            find_before_first_send=True,
            makes_record=False,
        )

    async def _known(self, hook: Hook) -> Known:
        """What is kept of a hook; one whose secret nobody kept gets a new one."""
        kept = next((one for one in self.door.hooks if one.id == hook.id), None)
        if kept is not None and (kept.sealed or not self._signs):
            return kept
        if self._signs and self._how.renew is not None:
            hook = Hook(hook.id, hook.topic, hook.address, await self._how.renew(self._client, hook))
        return await self._keep(hook)

    @property
    def _signs(self) -> bool:
        """Whether each hook is signed with a secret of its own."""
        return self._how.verify is not None and self._how.administration is None

    async def _keep(self, hook: Hook) -> Known:
        known = self._hub.doors.known(hook)
        others = [one for one in self.door.hooks if one.id != hook.id]
        self.door = await self._hub.doors.save(self.door, self.door.model_copy(update={"hooks": (*others, known)}))
        return known

    async def _settled(self) -> None:
        """What was asked for may still be on its way; a hook that comes into being afterwards would never be found."""
        steps = await self._hub.steps.under_way(self._entry)
        until = max((step.settle_at for step in steps), default=None)
        if until is not None and until > await self._hub.store.now():
            raise Settling("a webhook that was asked for may still come into being", until=until)

    async def _shared(self) -> bool:
        if self._how.administration is None:
            return False
        live = {
            "connector": self._connector.name,
            "state": "connected",
            "administration.code": self.door.administration,
        }
        found = await self._hub.store.find(CONNECTIONS, live, limit=2)
        return any(row["id"] != self._connection.id for row in found)
