"""Comparisons on a page: asked for, followed, read; an office worker's own ones only."""

import httpx
import pytest

from services.console.operate.background import WORK
from shared.schemas.connections import Connection
from shared.store.collections import RECONCILIATIONS, SHEETS
from tests.books import Hands
from tests.console.desk import Desk
from tests.console.operate.test_replays import sent
from tests.factories import completed
from tests.services.test_exporter import VAT, an_order

NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture
async def connection(desk: Desk) -> Connection:
    """Two work orders in the books."""
    made = await desk.world.connected(vat_codes=VAT, vat_default="4", fallback_item=Hands(desk.world).an_item)
    events = [completed(an_order(number)) for number in ("WO-1", "WO-2")]
    await desk.hub.bus.publish(events)
    await desk.world.publish(*events)
    await desk.world.quiet("export")
    return made


async def compared(desk: Desk, client: httpx.AsyncClient, place: str) -> str:
    """Asked for on the page, and done by an exporter; its id."""
    answer = await client.post(place, data=NOVEMBER)
    assert answer.status_code == 303, answer.text
    await desk.world.exporting(await sent(desk))
    await desk.world.quiet("export", patience=0.05)
    return answer.headers["location"].partition("asked=")[2]


async def test_an_office_worker_compares_and_reads_what_differs_and_what_to_do(
    desk: Desk, olivia: httpx.AsyncClient, connection: Connection
) -> None:
    Hands(desk.world).delete("WO-1")
    Hands(desk.world).change("WO-2", AmountFCExclVat="99.00")
    place = f"/connections/{connection.id}/reconciliation"
    id = await compared(desk, olivia, place)
    assert f"{place}/{id}" in (await olivia.get(place)).text
    report = (await olivia.get(f"/api/v1{place}/{id}")).json()
    assert report["kinds"] == {"missing": 1, "different": 1}
    page = (await olivia.get(f"{place}/{id}")).text
    assert "total excl. VAT 99.00" in page
    assert "somebody deleted it" in page
    assert "fieldledger " not in page, "commands are for the command line"


async def test_until_an_exporter_takes_it_up_the_page_says_so_and_asks_again(
    desk: Desk, olivia: httpx.AsyncClient, connection: Connection
) -> None:
    place = f"/connections/{connection.id}/reconciliation"
    there = (await olivia.post(place, data=NOVEMBER)).headers["location"]
    assert "It was asked for" in (await olivia.get(there)).text
    await desk.world.exporting(await sent(desk))
    await desk.world.quiet("export", patience=0.05)
    assert "It was asked for" not in (await olivia.get(there)).text


async def test_what_was_published_and_never_taken_in_is_added_when_asked_for(
    desk: Desk, oscar: httpx.AsyncClient, connection: Connection
) -> None:
    id = await compared(desk, oscar, f"/operate/connections/{connection.id}/reconciliations")
    await desk.hub.bus.publish([completed(an_order("WO-3"))])
    answer = await oscar.post(f"/operate/reconciliations/{id}/published")
    assert answer.headers["location"] == f"/operate/reconciliations/{id}"
    await WORK.ended()
    report = (await oscar.get(f"/api/v1/operate/reconciliations/{id}")).json()
    assert (report["published"], [one["number"] for one in report["findings"]]) == ("done", ["WO-3"])


async def test_kafka_that_is_away_is_said_in_the_report_and_it_can_be_asked_again(
    desk: Desk, oscar: httpx.AsyncClient, connection: Connection
) -> None:
    id = await compared(desk, oscar, f"/operate/connections/{connection.id}/reconciliations")
    desk.hub.settings.kafka = "127.0.0.1:1"
    await oscar.post(f"/operate/reconciliations/{id}/published")
    await WORK.ended()
    page = (await oscar.get(f"/operate/reconciliations/{id}")).text
    assert "does not answer" in page
    assert f'action="/operate/reconciliations/{id}/published"' in page


async def test_comparisons_of_another_tenant_are_not_found(
    desk: Desk, olivia: httpx.AsyncClient, connection: Connection
) -> None:
    theirs = await desk.world.connected("bakker")
    id = await compared(desk, await desk.signed_in(tenant="bakker"), f"/connections/{theirs.id}/reconciliation")
    for base in ("", "/api/v1"):
        for whose in (theirs.id, connection.id):
            place = f"{base}/connections/{whose}/reconciliation/{id}"
            assert (await olivia.get(place)).status_code == 404
            assert (await olivia.post(f"{place}/published", json={})).status_code == 404
        assert (await olivia.get(f"{base}/connections/{theirs.id}/reconciliation")).status_code == 404
        assert (await olivia.post(f"{base}/connections/{theirs.id}/reconciliation", json={})).status_code == 404
    mine = (await olivia.get(f"/api/v1/connections/{connection.id}/reconciliation")).json()
    assert mine["runs"] == []


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "lies behind the last"),
        ({"first": "no day"}, "Choose a day."),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "At most 400 days"),
    ],
)
async def test_days_that_cannot_be_are_said_beside_the_field(
    desk: Desk, olivia: httpx.AsyncClient, days: dict[str, str], says: str
) -> None:
    made = await desk.world.connected()
    answer = await olivia.post(f"/connections/{made.id}/reconciliation", data=days)
    assert answer.status_code == 422
    assert says in answer.text
    assert await sent(desk) == []


async def test_an_address_of_the_package_that_is_none_of_the_web_is_no_link(
    desk: Desk, oscar: httpx.AsyncClient, connection: Connection
) -> None:
    Hands(desk.world).delete("WO-1")
    id = await compared(desk, oscar, f"/operate/connections/{connection.id}/reconciliations")
    (sheet,) = await desk.hub.store.find(SHEETS, {"run": id})
    sheet["findings"][0]["url"] = "javascript:alert(1)"
    await desk.hub.store.put_many(SHEETS, [sheet])
    assert "javascript:" not in (await oscar.get(f"/operate/reconciliations/{id}")).text


async def test_a_long_list_is_paged_also_where_many_were_asked_for_at_one_moment(
    desk: Desk, oscar: httpx.AsyncClient, connection: Connection
) -> None:
    id = await compared(desk, oscar, f"/operate/connections/{connection.id}/reconciliations")
    one = await desk.hub.store.get(RECONCILIATIONS, id)
    assert one is not None
    await desk.hub.store.put_many(RECONCILIATIONS, [{**one, "id": f"night-{n:03d}"} for n in range(120)])
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await oscar.get("/api/v1/operate/reconciliations", params={"after": after} if after else {})).json()
        found += [run["run"]["id"] for run in page["runs"]]
        after = page["older"]
    assert sorted(found) == sorted([id, *(f"night-{n:03d}" for n in range(120))])
