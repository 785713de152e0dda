"""Documents per hour: counted from outcomes, drawn as bars."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest

from services.console.operate import pace
from services.console.operate.beside import beside
from services.console.operate.chart import HEIGHT, chart
from services.console.operate.pace import Hour, last_day, take_in
from services.exporter.outbox import publish
from shared import topics
from shared.bus import Record, read_all
from shared.clock import stamp
from shared.envelope import Message
from shared.hub import Hub
from shared.store.collections import PACE
from tests.console.desk import Desk
from tests.fakes import received
from tests.services.cli.support import in_state


async def outcomes(desk: Desk, **states: str) -> list[Record]:
    """What the exporter publishes of documents in these states."""
    await desk.world.connected()
    due = await desk.hub.store.now()
    for number, state in states.items():
        await publish(desk.hub, await in_state(desk.world, number, state=state, outcome_due=due, vendor_id="1"))
    return [record async for record in read_all(desk.hub.settings.kafka, topics.EXPORT_OUTCOMES)]


async def today(desk: Desk) -> Hour:
    hours = await last_day(desk.hub.store, ["exact_online"], await desk.hub.store.now())
    assert len(hours["exact_online"]) == 24
    return hours["exact_online"][-1]


async def test_each_outcome_is_counted_in_its_hour(desk: Desk) -> None:
    records = await outcomes(desk, a="confirmed", b="confirmed", c="refused", d="unsure", e="skipped", f="waiting")
    await take_in(desk.hub, records[:3])
    await take_in(desk.hub, records[3:])
    counted = [await desk.hub.store.find(PACE, {})]
    found = {name: sum(row.get(name, 0) for row in counted[0]) for name in ("exported", "failed", "skipped", "waiting")}
    assert found == {"exported": 2, "failed": 2, "skipped": 1, "waiting": 1}


async def test_what_is_old_or_no_outcome_is_left_out(desk: Desk) -> None:
    (record,) = await outcomes(desk, a="confirmed")
    old = stamp(desk.hub.now() - timedelta(days=3))
    headers = {name: value.decode() for name, value in record.headers}
    messages = [
        Message(record.topic, "k", {**headers, "ce_time": old}, record.value),
        Message(record.topic, "k", {**headers, "ce_type": "other"}, record.value),
        Message(record.topic, "k", headers, b"[1]"),
        Message(record.topic, "k", headers, b'{"connector": "exact_online", "result": "nonsense"}'),
        Message(record.topic, "k", {}, record.value),
    ]
    await take_in(desk.hub, [received(message) for message in messages])
    assert await desk.hub.store.find(PACE, {}) == []


async def test_a_day_without_documents_is_a_sentence_and_no_empty_picture(desk: Desk, oscar: httpx.AsyncClient) -> None:
    page = (await oscar.get("/operate")).text
    assert "No document came to an end in the last 24 hours." in page
    assert '<svg class="bars"' not in page


async def test_the_chart_has_a_title_a_description_and_the_same_as_a_table(
    desk: Desk, oscar: httpx.AsyncClient
) -> None:
    await take_in(desk.hub, await outcomes(desk, a="confirmed", b="refused"))
    page = (await oscar.get("/operate/connectors/exact_online")).text
    assert '<title id="bars-exact_online-title">Documents per hour, the last 24 hours</title>' in page
    assert "1 exported, 1 failed" in page
    assert page.count('data-label="Hour, UTC"') == 24


def test_the_tallest_bar_fills_the_chart_and_what_failed_stands_on_what_was_exported() -> None:
    hour = Hour(hour="2026-11-20T10:00:00Z", exported=6, failed=2)
    half = Hour(hour="2026-11-20T11:00:00Z", exported=4)
    tall, low = chart([hour, half]).bars
    assert (tall.failed_y, tall.failed_height + tall.exported_height) == (0, HEIGHT)
    assert tall.failed_y + tall.failed_height == tall.exported_y
    assert (low.exported_y, low.failed_height) == (HEIGHT / 2, 0)
    assert low.x >= tall.x + tall.width


async def test_outcomes_are_counted_while_the_console_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await outcomes(desk, a="confirmed")
    counted = asyncio.Event()

    async def counting_once(hub: Hub, records: Sequence[Record]) -> None:
        await take_in(hub, records)
        counted.set()

    monkeypatch.setattr(pace, "take_in", counting_once)
    async with beside(desk.hub), asyncio.timeout(30):
        await counted.wait()
    (row,) = await desk.hub.store.find(PACE, {})
    assert (row["connector"], row["exported"]) == ("exact_online", 1)
