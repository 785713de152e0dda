"""Takes sync ticks and callbacks in, then wakes the lane.

A tick becomes a run, at most one per connection at a time; a callback a count for the record that it names.
"""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from services.importer import callbacks
from services.importer.callbacks import Called
from services.importer.runs import Runs, automatic_kinds
from shared import connectors, envelope, topics
from shared.bus import Record
from shared.errors import BadEvent
from shared.hub import Hub
from shared.intake import Letters, Received, for_live_connections, readable
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
        letters = Letters(self._hub)
        called: list[Called] = []
        received = list(readable(records, _TYPES.__contains__, letters, SERVICE))
        for one, connection in await for_live_connections(self._hub, self._connector.name, received, SERVICE):
            try:
                if one.envelope.type == envelope.ENTITY_CHANGED:
                    called += callbacks.read(self._connector, connection, one)
                else:
                    await self._start(connection, _tick(one))
                    await self._hub.lanes.wake(connection.id, "import")
            except BadEvent as error:
                letters.add(one.record, topics.imports_dead(self._connector.name), error)
        await callbacks.count(self._hub, called)
        await letters.publish()
        self._nudge()

    async def _start(self, connection: Connection, tick: SyncTick) -> None:
        if tick.connection != connection.id or connection.state != "connected":
            return
        unknown = [kind for kind in tick.kinds if kind not in self._connector.kinds]
        if unknown:
            known = ", ".join(self._connector.kinds)
            raise BadEvent(f"{self._connector.title} has no {', '.join(unknown)} to import; it has {known}")
        kinds = tick.kinds or automatic_kinds(connection)
        if not kinds or await self._runs.start(connection, tick, kinds) or tick.reason != "manual":
            return
        # Somebody waits for this one: it joins the run that is going, or starts when that one has just ended.
        while not await self._runs.known(connection.id, tick):
            if await self._runs.join(connection.id, tick, kinds) or await self._runs.start(connection, tick, kinds):
                return


_TYPES = {envelope.SYNC_TICK, envelope.ENTITY_CHANGED}


def _tick(one: Received) -> SyncTick:
    try:
        return SyncTick.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable sync tick: {error.error_count()} problems") from None
