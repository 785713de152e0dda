"""The importer of one connector: ticks start runs, callbacks fetches; lanes do them, what changed is published."""

from services.importer.intake import SERVICE, ImportIntake
from services.importer.rings import Rings
from services.importer.turn import turn
from shared import connectors, topics
from shared.hub import Hub
from shared.runs import Runs
from shared.service import LaneService


async def sweep(hub: Hub, connector: str) -> None:
    """Wake the lanes with work whose wake-up was lost: runs that go on, callbacks, and connections to take back."""
    ended = await hub.connections.to_take_back(connector)
    called = await Rings(hub.store).waiting(connector)
    for connection in {*ended, *called, *await Runs(hub.store).all_active()}:
        lane = await hub.lanes.get(connection)
        if lane is not None and lane.connector == connector and lane.import_.due is None:
            await hub.lanes.wake(connection, "import")


def _topics(connector: str) -> list[str]:
    calls_back = connectors.get(connector).webhooks is not None
    return [topics.ticks(connector), *([topics.callbacks(connector)] if calls_back else [])]


def importer(hub: Hub, connector: str) -> LaneService:
    """The service, ready to run."""
    return LaneService(
        hub,
        name=SERVICE,
        connector=connector,
        kind="import",
        topics=_topics(connector),
        turn=lambda held: turn(held, hub),
        intake=lambda nudge: ImportIntake(hub, connector, nudge),
        sweep=lambda: sweep(hub, connector),
    )
