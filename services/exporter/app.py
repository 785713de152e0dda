"""The exporter of one connector: Kafka takes documents in, lanes turn them into documents in the books."""

from datetime import timedelta

from services.exporter import outbox
from services.exporter.intake import SERVICE, ExportIntake, topics_of
from services.exporter.turn import turn
from shared.hub import Hub
from shared.reconcile.runs import Reconciliations
from shared.service import LaneService
from shared.telling import tell_leftovers

LEFT_BEHIND = timedelta(seconds=5)
"""An outcome that is due for longer was left behind by a crash; a younger one is being published by its own turn."""


def exporter(hub: Hub, connector: str) -> LaneService:
    """The service, ready to run."""

    async def sweep() -> None:
        await outbox.publish_leftovers(hub, connector, LEFT_BEHIND)
        await tell_leftovers(hub, connector)
        reconciling = await Reconciliations(hub.store).all_active(connector)
        for lane in await hub.lanes.idle(connector, "export"):
            if lane.id in reconciling or await hub.entries.next_due(lane.id) is not None:
                await hub.lanes.wake(lane.id, "export")
        after = ""
        while connections := await hub.connections.connected(connector, after=after):
            after = connections[-1].id
            for one in connections:
                if one.exports_from is not None and await hub.entries.held(one.id, limit=1):
                    await hub.lanes.wake(one.id, "export")

    return LaneService(
        hub,
        name=SERVICE,
        connector=connector,
        kind="export",
        topics=topics_of(connector),
        turn=lambda held: turn(held, hub),
        intake=lambda nudge: ExportIntake(hub, connector, nudge),
        sweep=sweep,
    )
