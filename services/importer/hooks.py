"""Looks after the hooks of a connection: asked for after connecting, looked at regularly, taken back at the end.

Anybody may delete hooks (other plugins do), so they are asked for again when they have vanished. Callbacks are only
faster than the sync: trouble with hooks is told and stops nothing.
"""

from datetime import datetime, timedelta

from services.importer.hook_steps import HookSteps
from shared import connectors
from shared.connector import Connector
from shared.doors import Door
from shared.errors import LostLease, RateLimited, Unavailable, WorkError
from shared.fates import Fate, fate
from shared.hub import Hub
from shared.runs import automatic_kinds
from shared.schemas.connections import Connection
from shared.settings import Settings
from shared.turns import Held


def can_be_called_back(settings: Settings, connector: Connector) -> bool:
    """Whether this installation has what callbacks of this package need."""
    if connector.webhooks is None or settings.public_url is None:
        return False
    of_app = connector.webhooks.administration is not None
    return not of_app or bool(settings.access(connector.name).webhook_secret.get_secret_value())


class Hooks:
    """The hooks of one connection in one turn. `door` is the connection's as it is stored, if it has one."""

    def __init__(self, hub: Hub, connection: Connection, held: Held, door: Door | None) -> None:
        self._hub = hub
        self._connection = connection
        self._held = held
        self._connector = connectors.get(connection.connector)
        self._door = door

    @classmethod
    async def of(cls, hub: Hub, connection: Connection, held: Held) -> "Hooks":
        """With the door read once."""
        calls_back = connectors.get(connection.connector).webhooks is not None
        return cls(hub, connection, held, await hub.doors.get(connection.id) if calls_back else None)

    async def take_back(self) -> datetime | None:
        """Take back the hooks of an ended generation; when to go on, None when none are left."""
        door = self._door
        if door is None or self._current(door):
            return None
        now = await self._hub.store.now()
        if door.pending and door.look > now:
            return door.look
        try:
            await self._remove(door)
        except WorkError as error:
            return await self._not_taken_back(door, error, now)
        await self._close(door)
        return None

    async def _close(self, door: Door) -> None:
        await self._hub.doors.close(door)
        self._door = None

    def _current(self, door: Door) -> bool:
        return self._connection.state != "disconnected" and door.generation == self._connection.generation

    async def _remove(self, door: Door) -> None:
        async with self._hub.connect(self._connection, "import") as client:
            await HookSteps(self._hub, self._connection, door, self._held, client).remove_all()

    async def _not_taken_back(self, door: Door, error: WorkError, now: datetime) -> datetime | None:
        what_next = fate(error, door.tries, now, self._hub.patience)
        if what_next.kind == "later":
            return await self._wait(door, what_next)
        title = self._connector.title
        text = (
            f"The webhooks in {title} could not be taken back: {what_next.reason}. They lead nowhere any more; remove "
            f"those to {door.base} in {title} by hand."
        )
        await self._hub.journal.write(
            self._connection.id, "webhooks.left", text, level="warning", vendor_says=error.vendor_says
        )
        await self._close(door)
        return None

    async def look_after(self) -> bool:
        """Look whether the hooks are there, and ask for those that are not; False when it is not time to."""
        base = self._hub.settings.public_url
        possible = self._connection.licensed and can_be_called_back(self._hub.settings, self._connector)
        if base is None or not possible:
            return False
        door = self._door = self._door or await self._hub.doors.open(self._connection, base)
        now = await self._hub.store.now()
        if not self._current(door):
            return False  # those of the generation before are still to be taken back
        if door.look > now and (door.pending or (door.topics == self._wanted() and door.base == base)):
            return False
        try:
            await self._ensure(door, base)
        except (RateLimited, LostLease, Unavailable):
            raise
        except WorkError as error:
            await self._not_ensured(error, now)
        else:
            self._held.succeeded = True
        return True

    def _wanted(self) -> tuple[str, ...]:
        assert self._connector.webhooks is not None, f"{self._connector.title} does not call back"
        return self._connector.webhooks.wanted(automatic_kinds(self._connection))

    async def _ensure(self, door: Door, base: str) -> None:
        if door.base != base:  # the gateway has moved
            await self._remove(door)
            door = await self._hub.doors.save(door, door.model_copy(update={"base": base, "hooks": ()}))
        async with self._hub.connect(self._connection, "import") as client:
            steps = HookSteps(self._hub, self._connection, door, self._held, client)
            known = await steps.ensure(self._wanted())
        looked = {"hooks": known, "topics": self._wanted(), "look": await self._next_look()}
        calm = {"pending": False, "tries": 0}
        self._door = await self._hub.doors.save(steps.door, steps.door.model_copy(update=looked | calm))

    async def _next_look(self) -> datetime:
        return await self._hub.store.now() + timedelta(seconds=self._hub.settings.hook_interval)

    async def _not_ensured(self, error: WorkError, now: datetime) -> None:
        """Tried again soon, a few times, then at the next look; that is told once a day."""
        door = await self._hub.doors.get(self._connection.id)
        assert door is not None, "this turn opened it"
        what_next = fate(error, door.tries, now, self._hub.patience)
        if what_next.kind == "later":
            await self._wait(door, what_next)
            return
        tried = {"topics": self._wanted(), "look": await self._next_look(), "pending": False, "tries": 0}
        self._door = await self._hub.doors.save(door, door.model_copy(update=tried))
        why = what_next.reason
        text = f"{self._connector.title} could not be asked to call back, changes come with the sync: {why}"
        await self._hub.journal.write(
            self._connection.id,
            "webhooks.failed",
            text,
            level="warning",
            vendor_says=error.vendor_says,
            once=f"{self._connection.id}|webhooks|{now.date()}",
        )

    async def _wait(self, door: Door, what_next: Fate) -> datetime:
        assert what_next.at is not None, "later is a moment"
        waiting = {"look": what_next.at, "pending": True, "tries": door.tries + what_next.costs_attempt}
        self._door = await self._hub.doors.save(door, door.model_copy(update=waiting))
        return what_next.at

    def settles(self) -> datetime | None:
        """When something with the hooks is tried again, or looked up; None when nothing is."""
        return self._door.look if self._door is not None and self._door.pending else None
