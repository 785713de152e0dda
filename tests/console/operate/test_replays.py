"""A replay on the page does what the command does: first counted, then for real, and twice is once."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from services.console.operate import replays
from services.console.operate.background import WORK
from shared import topics
from shared.bus import Record, read_all
from shared.clock import stamp
from shared.store.collections import AUDIT, REPLAYS
from tests.console.desk import Desk
from tests.services.cli.replays import documents, order
from tests.services.cli.support import in_state

REQUESTS = topics.export_requests("exact_online")
MARCH = {"connector": "exact_online", "what": "period", "first": "2026-03-01", "last": "2026-03-31"}


async def sent(desk: Desk) -> list[Record]:
    return [record async for record in read_all(desk.hub.settings.kafka, REQUESTS)]


async def previewed(oscar: httpx.AsyncClient, **wish: object) -> replays.Job:
    """A preview, done."""
    answer = await oscar.post("/api/v1/operate/replays", json=wish)
    assert answer.status_code == 202, answer.text
    await WORK.ended()
    return replays.Job.of((await oscar.get(f"/api/v1/operate/replays/{answer.json()['id']}")).json())


@pytest.fixture
async def published(desk: Desk) -> None:
    """Two work orders of March; the second is in the books."""
    await desk.world.connected()
    await desk.hub.bus.publish([order("WO-1"), order("WO-2")])
    await in_state(desk.world, "WO-2", state="confirmed")


@pytest.mark.usefixtures("published")
async def test_a_preview_counts_and_sends_nothing(desk: Desk, oscar: httpx.AsyncClient) -> None:
    seen = await previewed(oscar, **MARCH)
    assert (seen.state, seen.preview, seen.published, seen.read) == ("done", True, 2, 2)
    assert seen.counts == {"new": 1, "in the books already": 1}
    assert await sent(desk) == []


@pytest.mark.usefixtures("published")
async def test_started_it_sends_on_what_the_preview_showed_once_however_often_it_is_pressed(
    desk: Desk, oscar: httpx.AsyncClient
) -> None:
    seen = await previewed(oscar, **MARCH)
    pressed = await asyncio.gather(*(oscar.post(f"/operate/replays/{seen.id}/start") for _ in range(3)))
    assert len({answer.headers["location"] for answer in pressed}) == 1
    await WORK.ended()
    late = await oscar.post(f"/operate/replays/{seen.id}/start")
    await WORK.ended()
    assert late.headers["location"] == pressed[0].headers["location"]
    assert sorted(documents(await sent(desk))) == ["WO-1@1", "WO-2@1"]
    page = (await oscar.get(pressed[0].headers["location"])).text
    assert "Sent on" in page
    assert 'role="status"' in page


@pytest.mark.usefixtures("published")
async def test_nothing_starts_before_its_preview_is_done(desk: Desk, oscar: httpx.AsyncClient) -> None:
    seen = await previewed(oscar, **MARCH)
    await desk.hub.store.update(REPLAYS, seen.id, set={"state": "failed"})
    answer = await oscar.post(f"/api/v1/operate/replays/{seen.id}/start")
    assert answer.status_code == 422
    assert await sent(desk) == []


@pytest.mark.usefixtures("published")
async def test_one_whose_process_ended_says_so_and_can_be_started_once_more(
    desk: Desk, oscar: httpx.AsyncClient
) -> None:
    seen = await previewed(oscar, **MARCH)
    begun = (await oscar.post(f"/api/v1/operate/replays/{seen.id}/start")).json()["id"]
    await WORK.stop()
    long_ago = stamp(await desk.hub.store.now() - replays.SILENT - timedelta(seconds=1))
    await desk.hub.store.update(REPLAYS, begun, set={"state": "running", "beat": long_ago})
    page = (await oscar.get(f"/operate/replays/{begun}")).text
    assert "The process that did it was stopped" in page
    again = (await oscar.post(f"/api/v1/operate/replays/{begun}/start")).json()["id"]
    await WORK.ended()
    assert again != begun
    assert set(documents(await sent(desk))) == {"WO-1@1", "WO-2@1"}


@pytest.mark.usefixtures("published")
async def test_the_page_follows_a_running_one_and_stops_asking_when_it_is_done(
    desk: Desk, oscar: httpx.AsyncClient
) -> None:
    seen = await previewed(oscar, **MARCH)
    await desk.hub.store.update(REPLAYS, seen.id, set={"state": "running", "size": 8})
    asks = f'hx-get="/operate/replays/{seen.id}/progress"'
    running = (await oscar.get(f"/operate/replays/{seen.id}")).text
    assert asks in running
    assert 'value="25"' in running
    await desk.hub.store.update(REPLAYS, seen.id, set={"state": "done"})
    assert asks not in (await oscar.get(f"/operate/replays/{seen.id}/progress")).text


async def test_kafka_that_is_away_is_said_on_the_page(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    desk.hub.settings.kafka = "127.0.0.1:1"
    seen = await previewed(oscar, **MARCH)
    assert seen.state == "failed"
    assert "does not answer" in (await oscar.get(f"/operate/replays/{seen.id}")).text


@pytest.mark.parametrize(
    ("fields", "beside", "says"),
    [
        ({"what": "period"}, "first", "Choose the first day."),
        ({"what": "period", "first": "2026-03-02", "last": "2026-03-01"}, "first", "lies behind the last"),
        ({"what": "period", "first": "no day"}, "first", "This cannot be understood."),
        ({"what": "documents"}, "documents", "Name at least one document"),
        ({"what": "dead", "tenant": "nobody"}, "connector", "has no live connection"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    desk: Desk, oscar: httpx.AsyncClient, fields: dict[str, str], beside: str, says: str
) -> None:
    await desk.world.connected()
    answer = await oscar.post("/operate/replays", data={"connector": "exact_online", "tenant": "", **fields})
    assert answer.status_code == 422
    _, _, behind = answer.text.partition(f'id="{beside}-error"')
    assert says in behind[:400]
    assert await desk.hub.store.find(REPLAYS, {}) == []


async def test_a_start_date_that_leaves_documents_out_is_said_first(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected(exports_from=None)
    seen = await previewed(oscar, **MARCH)
    assert "Exports of tenant acme are on hold" in (await oscar.get(f"/operate/replays/{seen.id}")).text


async def test_who_asked_is_written_down(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    seen = await previewed(oscar, connector="exact_online", what="dead")
    (line,) = await desk.hub.store.find(AUDIT, {"what": "replay.previewed"})
    assert (line["name"], line["details"]["replay"], seen.by) == ("Oscar Operator", seen.id, "Oscar Operator")
