"""Takes sync ticks and callbacks in, then wakes the lane.

A tick becomes a run, at most one per connection at a time; a callback a count for the record that it names. A
keep-alive tick reads nothing: it renews the login.
"""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from services.importer import callbacks
from services.importer.callbacks import Called
from services.importer.keep_alive import keep_alive
from shared import connectors, envelope, licences, topics
from shared.bus import Record
from shared.errors import BadEvent
from shared.hub import Hub
from shared.intake import Letters, Received, for_live_connections, readable
from shared.runs import Runs, automatic_kinds
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick

SERVICE = "importer"


class ImportIntake:
    """The handler of one connector's ticks and callbacks."""

    def __init__(self, hub: Hub, connector: str, nudge: Callable[[], None]) -> None:
        self._hub = hub
        self._connector = connectors.get(connector)
        self._runs = Runs(hub.store)
        self._nudge = nudge

    async def __call__(self, records: Sequence[Record]) -> None:
        """Take a batch in; a tick met again starts nothing twice, a callback met again is fetched once more."""
        letters, unused, called = Letters(self._hub), list[Connection](), list[Called]()
        received = list(readable(records, _TYPES.__contains__, letters, SERVICE))
        for one, connection in await for_live_connections(self._hub, self._connector.name, received, SERVICE):
            try:
                if one.envelope.type == envelope.ENTITY_CHANGED:
                    called += callbacks.read(self._connector, connection, one)
                else:
                    unused += await self._ticked(connection, _tick(one))
            except BadEvent as error:
                letters.add(one.record, topics.imports_dead(self._connector.name), error)
        await callbacks.count(self._hub, called)
        await letters.publish()
        self._nudge()
        await keep_alive(self._hub, unused)  # last: a login service that hangs delays nothing of this batch

    async def _ticked(self, connection: Connection, tick: SyncTick) -> list[Connection]:
        """Start what the tick asks for; the connection, if it is only its login that is to be kept alive."""
        if tick.reason == "keep_alive":
            return [connection] if tick.connection == connection.id else []
        await self._start(connection, tick)
        await self._hub.lanes.wake(connection.id, "import")
        return []

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


_TYPES = {envelope.SYNC_TICK, envelope.ENTITY_CHANGED}


def _tick(one: Received) -> SyncTick:
    try:
        return SyncTick.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable sync tick: {error.error_count()} problems") from None
