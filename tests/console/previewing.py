"""What tests of the preview share: a new connection with documents on hold."""

from typing import Any

from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.documents import MaterialLine, WorkOrder
from tests.console.desk import Desk
from tests.factories import make_work_order


async def on_hold(desk: Desk, *messages: Any, **settings: Any) -> Connection:
    """A new connection, and documents that were completed since."""
    made = await desk.world.connected(exports_from=None, **{**desk.world.scenario.settings, **settings})
    await desk.world.publish(*messages)
    return made


def an_order(number: str, **changes: Any) -> WorkOrder:
    """A work order of what every sandbox of Exact Online sells."""
    hours = make_work_order().hours[0].model_copy(update={"hour_type": "UUR-MONT"})
    return make_work_order(number, **{"materials": of("ARB-VOORRIJ"), "hours": (hours,), **changes})


async def entry(desk: Desk, number: str = "WO-1") -> Entry:
    (found,) = [one for one in await desk.hub.entries.list({}) if one.number == number]
    return found


def page_of(connection: Connection) -> str:
    return f"/connections/{connection.id}/preview"


def of(code: str, **more: Any) -> tuple[MaterialLine, ...]:
    usual = {"description": "Koperbuis", "quantity": "2", "unit_price": "7.35", "vat_percentage": "21"}
    return (MaterialLine(code=code, **{**usual, **more}),)
