"""The user's word that lets documents go, and what stands against it."""

from datetime import date

import httpx
import pytest

from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged
from shared.store.collections import AUDIT
from tests.console.desk import Desk
from tests.console.previewing import an_order, on_hold, page_of
from tests.factories import completed, finalized, make_invoice


class TestStarting:
    async def test_nothing_leaves_before_the_user_says_so_and_then_it_does(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        old = an_order("WO-0", work_date=date(2026, 10, 1))
        connection = await on_hold(console, completed(old), completed(an_order("WO-1")))
        await console.world.quiet("export")
        assert console.world.scenario.references(console.world.sandbox) == []
        answer = await office.post(f"{page_of(connection)}/start", data={"from": "2026-11-01"})
        assert "1 document that was on hold goes now" in answer.text
        assert "1 document is of an earlier day" in answer.text
        await console.world.quiet("export")
        assert list(console.world.scenario.references(console.world.sandbox)) == ["WO-1"]
        (line,) = await console.hub.store.find(AUDIT, {"what": "exports.started"})
        assert line["details"] == {"from_day": "2026-11-01"}

    @pytest.mark.parametrize("day", ["", "soon", "0001-01-01", "2199-01-01"])
    async def test_a_day_that_is_none_or_a_slip_starts_nothing(
        self, console: Desk, office: httpx.AsyncClient, day: str
    ) -> None:
        connection = await on_hold(console)
        answer = await office.post(f"{page_of(connection)}/start", data={"from": day})
        assert (answer.status_code, "Choose a day" in answer.text) == (422, True)
        assert (
            await console.program().post(f"/api/v1{page_of(connection)}/start", json={"from": day})
        ).status_code == 422
        assert (await console.hub.connections.get(connection.id)).exports_from is None

    async def test_an_ended_connection_starts_nothing(self, console: Desk, office: httpx.AsyncClient) -> None:
        connection = await on_hold(console)
        await console.hub.connections.disconnect(connection.id)
        answer = await office.post(f"{page_of(connection)}/start", data={"from": "2026-11-01"})
        assert answer.status_code == 422
        assert (await console.hub.connections.get(connection.id)).exports_from is None

    async def test_a_connection_that_bills_the_same_ends_only_when_the_user_agrees(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        bills = {"work_order_document": "sales_invoice"}
        other = await _another_package(console)
        connection = await on_hold(console, **bills)
        asked = await office.post(f"{page_of(connection)}/start", data={"from": "2026-11-01"})
        assert asked.status_code == 409
        assert "no document may be billed twice" in asked.text
        assert (await console.hub.connections.get(connection.id)).exports_from is None
        wish = {"from": "2026-11-01", "takes_over": True}
        program = console.program()
        refused = await program.post(f"/api/v1{page_of(connection)}/start", json={"from": "2026-11-01"})
        assert refused.status_code == 409
        assert (await program.post(f"/api/v1{page_of(connection)}/start", json=wish)).status_code == 200
        assert (await console.hub.connections.get(other.id)).exports_until == date(2026, 10, 31)

    async def test_a_day_before_the_other_one_begins_is_impossible_and_said(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        await _another_package(console)
        connection = await on_hold(console, work_order_document="sales_invoice")
        page = (await office.get(f"{page_of(connection)}?from=2025-01-01")).text
        assert "Choose that day or a later one" in page
        assert "/preview/start" not in page

    async def test_invoices_are_listed_with_their_own_total(self, console: Desk) -> None:
        connection = await on_hold(console, finalized(make_invoice("2026-0042")), invoice_document="sales_entry")
        shown = (await console.program().get(f"/api/v1{page_of(connection)}?from=2026-01-01")).json()
        assert [(one["number"], one["total"]) for one in shown["documents"]] == [("2026-0042", "29.40")]

    async def test_an_ended_licence_is_said_with_what_to_do(self, console: Desk, office: httpx.AsyncClient) -> None:
        connection = await on_hold(console)
        ended = LicenseChanged(connector=connection.connector, active=False, changed_at=console.hub.now())
        await console.hub.connections.note_licence(connection, ended)
        for path in (page_of(connection), "/connect/exact_online"):
            assert "Renew it in the License Manager" in (await office.get(path)).text


async def _another_package(console: Desk) -> Connection:
    """The same company bills its work orders by Billit since January."""
    one = await console.world.connected(exports_from=None)
    billit = one.model_copy(
        update={
            "id": "of-billit",
            "connector": "billit",
            "site": "be",
            "settings": {"work_order_document": "invoice"},
            "exports_from": date(2026, 1, 1),
        }
    )
    await console.hub.connections.disconnect(one.id)
    await console.hub.connections.add(billit)
    return billit
