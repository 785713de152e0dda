"""The first page: how each package does for a tenant."""

from datetime import UTC, datetime

import httpx
import pytest

from services.console.integrations.views import card, integrations
from shared import connectors, licences
from shared.errors import NeedsOwner
from shared.resting import rest
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged
from shared.store.collections import RUNS
from tests.console.desk import Desk
from tests.factories import completed, make_work_order


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected(exports_from=None)


async def test_every_package_has_a_card_and_those_that_are_connected_come_first(
    console: Desk, connection: Connection
) -> None:
    cards = (await integrations(console.hub, "acme")).cards
    assert {one.connector for one in cards} == set(connectors.names())
    assert cards[0].connection == connection.id
    assert cards[0].administration == connection.administration.name
    assert {one.state for one in cards[1:]} == {"not_connected"}


async def test_a_card_of_another_tenant_says_nothing_of_this_one(console: Desk, connection: Connection) -> None:
    assert {one.state for one in (await integrations(console.hub, "other")).cards} == {"not_connected"}


async def test_a_card_counts_what_waits_and_says_that_exports_are_on_hold(
    console: Desk, connection: Connection
) -> None:
    await console.world.publish(*(completed(make_work_order(f"WO-{n}")) for n in range(3)))
    shown = await card(console.hub, connection)
    assert (shown.waiting, shown.failed, shown.exports_on_hold) == (3, 0, True)


async def test_a_card_says_when_was_synced_last(console: Desk, connection: Connection) -> None:
    assert (await card(console.hub, connection)).last_sync is None
    await console.world.tick(connection)
    begun = await card(console.hub, connection)
    assert begun.last_sync is not None
    assert begun.last_sync.finished is None
    await console.world.quiet("import")
    over = await card(console.hub, connection)
    assert over.last_sync is not None
    assert over.last_sync.finished is not None


async def test_a_card_says_when_was_synced_last_though_that_run_is_forgotten(
    console: Desk, connection: Connection
) -> None:
    await console.world.tick(connection)
    await console.world.quiet("import")
    kept = (await card(console.hub, connection)).last_sync
    assert kept is not None
    runs = await console.hub.store.find(RUNS, {})
    await console.hub.store.delete_many(RUNS, [run["id"] for run in runs])
    found = (await card(console.hub, connection)).last_sync
    assert found is not None
    assert found.finished is not None
    assert kept.started < found.finished <= (kept.finished or kept.started)


async def test_a_card_says_that_the_owner_must_act_and_why(
    console: Desk, connection: Connection, office: httpx.AsyncClient
) -> None:
    lane = await console.hub.lanes.get(connection.id)
    assert lane is not None
    await rest(console.hub, lane, NeedsOwner("Authentication expired. <b>"))
    shown = await card(console.hub, connection)
    assert (shown.state, shown.reason) == ("needs_you", "Authentication expired. <b>")
    assert "Authentication expired. &lt;b&gt;" in (await office.get("/")).text


async def test_a_card_says_that_the_licence_ended_and_which_one_it_was(console: Desk, connection: Connection) -> None:
    ended = LicenseChanged(
        connector="exact_online", active=False, tier="pro", changed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    noted = await licences.change(console.hub, "acme", ended)
    assert noted is not None
    shown = await card(console.hub, noted)
    assert shown.state == "licence_ended"
    assert shown.licence is not None
    assert (shown.licence.active, shown.licence.tier) == (False, "pro")


async def test_pages_are_in_the_language_that_the_user_chose(console: Desk, office: httpx.AsyncClient) -> None:
    chosen = await office.post("/preferences", data={"language": "pt", "theme": "dark", "next": "/"})
    assert chosen.status_code == 303
    page = (await office.get("/")).text
    assert '<html lang="pt" data-theme="dark"' in page


@pytest.mark.parametrize("wish", ["xx", "", "<b>"])
async def test_a_language_that_there_is_not_changes_nothing(
    console: Desk, office: httpx.AsyncClient, wish: str
) -> None:
    answer = await office.post("/preferences", data={"language": wish, "theme": wish})
    assert "set-cookie" not in answer.headers


async def test_the_embedded_page_has_no_header_of_ours(office: httpx.AsyncClient, connection: Connection) -> None:
    assert 'class="top"' in (await office.get(f"/connections/{connection.id}")).text
    embedded = (await office.get(f"/embed/connections/{connection.id}")).text
    assert 'class="top"' not in embedded
    assert connection.administration.name in embedded
