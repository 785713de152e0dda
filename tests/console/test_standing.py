"""What holds a connection up, and what waits for which reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.console.log.standing import LOOKED_AT
from shared import connectors, pausing
from shared.errors import EXPIRED
from shared.lanes import Rest
from shared.schemas.connections import Connection
from tests.console.desk import Desk
from tests.services.cli.support import in_state, waits

SOON = datetime(2099, 1, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected()


async def banners(office: httpx.AsyncClient, connection: Connection) -> list[dict[str, Any]]:
    """Also that the page can say them."""
    assert (await office.get(f"/connections/{connection.id}/standing")).status_code == 200
    found = (await office.get(f"/api/v1/connections/{connection.id}/standing")).json()["banners"]
    return list(found)


class TestBanners:
    async def test_nothing_holds_up_what_works(self, office: httpx.AsyncClient, connection: Connection) -> None:
        assert await banners(office, connection) == []

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("en", "Authentication expired. Reconnect the integration to sync data."),
            ("nl", "Authenticatie verlopen. Verbind de integratie opnieuw om gegevens te synchroniseren."),
        ],
    )
    async def test_expired_access_is_said_in_the_words_that_users_know_with_the_way_to_reconnect(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, language: str, sentence: str
    ) -> None:
        await console.hub.store.update("grants", connection.grant, set={"state": "dead", "reason": EXPIRED})
        page = (await office.get(f"/connections/{connection.id}/log", headers={"Accept-Language": language})).text
        assert f"<p>{sentence}</p>" in page
        assert 'href="/connect/exact_online"' in page
        assert [one["kind"] for one in await banners(office, connection)] == ["expired"]

    async def test_it_is_said_also_while_only_the_lane_knows(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason=EXPIRED), SOON)
        assert [one["kind"] for one in await banners(office, connection)] == ["expired"]

    async def test_another_reason_for_the_owner_is_said_with_when_it_is_looked_at_again(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason="The books are blocked."), SOON)
        (one,) = await banners(office, connection)
        assert (one["kind"], one["text"], one["until"][:4]) == ("owner", "The books are blocked.", "2099")
        assert "I mended it" in (await office.get(f"/connections/{connection.id}/standing")).text

    async def test_a_rest_that_is_over_is_said_no_more(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        over = console.hub.now() - timedelta(minutes=1)
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason="It was blocked."), over)
        assert await banners(office, connection) == []

    async def test_an_ended_licence_is_said_before_all_else(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.store.update("connections", connection.id, set={"licensed": False})
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason="x"), SOON)
        (one,) = await banners(office, connection)
        assert (one["kind"], one["text"][:39]) == ("licence", "The licence for Exact Online has ended.")

    async def test_a_used_up_limit_is_said_with_its_end(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        budget = await _budget(console, connection)
        budget.pause(SOON)
        await console.hub.budgets.save(budget)
        (one,) = await banners(office, connection)
        assert (one["kind"], one["until"][:4]) == ("limit", "2099")

    async def test_a_package_that_is_down_is_said_with_the_next_try(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        down = {"reason": "Exact Online is not available at the moment (503).", "attempts": 2, "due": SOON}
        await in_state(console.world, "WO-1", state="waiting", **down)
        (one,) = await banners(office, connection)
        assert (one["kind"], one["text"], one["until"][:4]) == ("down", down["reason"], "2099")

    async def test_a_sync_that_stands_still_is_said_too(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.world.tick(connection, kinds=["relation"])
        await console.hub.store.update("runs", f"{connection.id}@slot-1", set={"attempts": 1})
        assert [one["kind"] for one in await banners(office, connection)] == ["down"]

    async def test_a_pause_and_an_end_are_said(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await pausing.pause(console.hub, connection)
        assert [one["kind"] for one in await banners(office, connection)] == ["paused"]
        await console.hub.connections.disconnect(connection.id)
        assert [one["kind"] for one in await banners(office, connection)] == ["ended"]


async def _budget(console: Desk, connection: Connection) -> Any:

    limit = connectors.get(connection.connector).limit
    return await console.hub.budgets.load(limit, console.hub.budget_scope(connection), "export")


class TestWaiting:
    async def test_what_waits_is_counted_by_its_reason_with_the_way_to_mend_it(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        for number in ("WO-1", "WO-2"):
            await waits(console.world, number, "vat_codes", "21")
        await waits(console.world, "WO-3", "vat_codes", "9")
        await in_state(console.world, "WO-4", state="waiting", reason="down", attempts=2, due=SOON)
        await in_state(console.world, "WO-5", state="refused", reason="no lines")
        await in_state(console.world, "WO-6", state="held")
        found = (await office.get(f"/api/v1/connections/{connection.id}/standing")).json()["waiting"]
        told = [(one["state"], one["documents"], one["number"], (one["mend"] or {}).get("key")) for one in found]
        assert told == [
            ("waiting", 2, "WO-1", "21"),
            ("waiting", 1, "WO-3", "9"),
            ("refused", 1, "WO-5", None),
            ("waiting", 1, "WO-4", None),
            ("held", 1, "WO-6", None),
        ]
        assert found[0]["mend"]["href"] == f"/connections/{connection.id}/settings#set-vat_codes"
        assert found[4]["mend"]["href"] == f"/connections/{connection.id}/preview"
        assert (found[3]["attempts"], found[3]["next"][:4]) == (2, "2099")
        page = (await office.get(f"/connections/{connection.id}/standing")).text
        assert "2 documents" in page
        assert "Choose a code for 21" in page

    async def test_credit_notes_lead_to_their_invoice(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await waits(console.world, "WO-1", "invoice:row-I-1")
        (one,) = (await office.get(f"/api/v1/connections/{connection.id}/standing")).json()["waiting"]
        assert (one["mend"]["kind"], one["mend"]["title"], one["mend"]["href"]) == ("invoice", "row-I-1", None)

    @pytest.mark.parametrize(("state", "count", "more"), [("refused", LOOKED_AT, True), ("collected", 151, False)])
    async def test_of_many_the_oldest_are_looked_at_and_it_is_said_that_there_are_more(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, state: str, count: int, more: bool
    ) -> None:
        entry = await in_state(console.world, "WO-1", state=state, reason="for one reason")
        rows = [{**entry.stored(), "id": f"{entry.id}{n}"} for n in range(150)]
        await console.hub.store.insert_many("ledger", rows)
        (one,) = (await office.get(f"/api/v1/connections/{connection.id}/standing")).json()["waiting"]
        assert (one["documents"], one["more"]) == (count, more)
        page = (await office.get(f"/connections/{connection.id}/standing")).text
        assert ("or more" in page) == more
