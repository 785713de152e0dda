"""What somebody does by hand in the pretend Exact Online, and how a comparison of it is asked for."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from shared import topics
from shared.connectors.exact_online.sandbox import ExactSandbox
from shared.envelope import Message
from shared.reconcile.runs import Reconciliation, Reconciliations, Sheet, request
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationFinished, ReconciliationRequest
from tests.world import World

DIVISION = 900001
ORDERS, INVOICES, ENTRIES = "salesorder/SalesOrders", "salesinvoice/SalesInvoices", "salesentry/SalesEntries"
KEYS = {ORDERS: "OrderID", INVOICES: "InvoiceID", ENTRIES: "EntryID"}
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


class Hands:
    """Somebody at work in the package."""

    def __init__(self, world: World) -> None:
        assert isinstance(world.sandbox, ExactSandbox)
        self._sandbox = world.sandbox
        self._division = world.sandbox.division(DIVISION)

    @property
    def an_item(self) -> str:
        """The code of some item."""
        return next(str(row["Code"]) for row in self._division.tables["logistics/Items"].after())

    def id_of(self, reference: str, table: str = ORDERS) -> str:
        rows = self._division.tables[table].rows
        (id,) = [id for id, row in rows.items() if row.get("YourRef") == reference]
        return str(id)

    def delete(self, reference: str, table: str = ORDERS) -> None:
        self._sandbox.remove(DIVISION, table, self.id_of(reference, table))

    def change(self, reference: str, table: str = ORDERS, **values: Any) -> None:
        self._sandbox.change(DIVISION, table, self.id_of(reference, table), **values)

    def copy(self, reference: str, table: str = ORDERS, **values: Any) -> str:
        """A second document like it; its id."""
        return self._save(table, self._division.tables[table].rows[self.id_of(reference, table)], values)

    def copies(self, reference: str, many: int, **values: Any) -> None:
        """So many more like it."""
        row = self._division.tables[ORDERS].rows[self.id_of(reference)]
        for _ in range(many):
            self._save(ORDERS, row, values)

    def _save(self, table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        id = str(uuid4())
        self._division.save(table, {**row, KEYS[table]: id, **values})
        return id


def asked(connection: Connection, id: str, first: date = FIRST, last: date = LAST, reason: Any = "manual") -> Message:
    body = ReconciliationRequest(connection=connection.id, first=first, last=last, reason=reason)
    return request(connection, id, body, "test")


async def reconciled(world: World, connection: Connection, id: str = "r-1", **more: Any) -> Reconciliation:
    """A comparison, from the request to its end."""
    await world.publish(asked(connection, id, **more))
    await world.quiet("export")
    run = await Reconciliations(world.store).get(id)
    assert run is not None
    return run


async def sheets(world: World, id: str = "r-1") -> list[Sheet]:
    return await Reconciliations(world.store).sheets(id)


async def findings(world: World, id: str = "r-1") -> list[Finding]:
    return [finding for sheet in await sheets(world, id) for finding in sheet.findings]


def told(world: World) -> list[ReconciliationFinished]:
    return [ReconciliationFinished.model_validate_json(one.body or b"") for one in world.bus.of(topics.RECONCILIATIONS)]
