"""Takes sync ticks in: a tick becomes a run (at most one per connection at a time), then the lane is woken.

A keep-alive tick reads nothing: it renews the login.
"""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from services.importer.keep_alive import keep_alive
from services.importer.runs import Runs, automatic_kinds
from shared import connectors, envelope, licences, topics
from shared.bus import Record
from shared.errors import BadEvent
from shared.hub import Hub
from shared.intake import Letters, Received, for_live_connections, readable
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick

SERVICE = "importer"


class ImportIntake:
    """The handler of one connector's ticks."""

    def __init__(self, hub: Hub, connector: str, nudge: Callable[[], None]) -> None:
        self._hub = hub
        self._connector = connectors.get(connector)
        self._runs = Runs(hub.store)
        self._nudge = nudge

    async def __call__(self, records: Sequence[Record]) -> None:
        """Take a batch in; a tick met again starts nothing twice."""
        letters, unused = Letters(self._hub), list[Connection]()
        received = list(readable(records, lambda type: type == envelope.SYNC_TICK, letters, SERVICE))
        for one, connection in await for_live_connections(self._hub, self._connector.name, received, SERVICE):
            try:
                tick = _tick(one)
                if tick.reason == "keep_alive":
                    unused += [connection] if tick.connection == connection.id else []
                    continue
                await self._start(connection, tick)
            except BadEvent as error:
                letters.add(one.record, topics.imports_dead(self._connector.name), error)
                continue
            await self._hub.lanes.wake(connection.id, "import")
        await letters.publish()
        self._nudge()
        await keep_alive(self._hub, unused)  # last: a login service that hangs delays nothing of this batch

    async def _start(self, connection: Connection, tick: SyncTick) -> None:
        if tick.connection != connection.id or connection.state != "connected":
            return
        unknown = [kind for kind in tick.kinds if kind not in self._connector.kinds]
        if unknown:
            known = ", ".join(self._connector.kinds)
            raise BadEvent(f"{self._connector.title} has no {', '.join(unknown)} to import; it has {known}")
        kinds = await self._licensed(connection, tick.kinds) if tick.kinds else automatic_kinds(connection)
        if not kinds or await self._runs.start(connection, tick, kinds) or tick.reason != "manual":
            return
        # Somebody waits for this one: it joins the run that is going, or starts when that one has just ended.
        while not await self._runs.known(connection.id, tick):
            if await self._runs.join(connection.id, tick, kinds) or await self._runs.start(connection, tick, kinds):
                return

    async def _licensed(self, connection: Connection, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Of the kinds that somebody asked for, those that the licence has; the others are told."""
        kinds = licences.kinds_of(connection, asked)
        if left_out := [kind for kind in asked if kind not in kinds]:
            text = licences.not_read(connection, left_out)
            await self._hub.journal.write(connection.id, "sync.not_licensed", text, level="warning")
        return kinds


def _tick(one: Received) -> SyncTick:
    try:
        return SyncTick.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable sync tick: {error.error_count()} problems") from None
