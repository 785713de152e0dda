"""Dead letters: readable, masked, newest first, and those that are chosen can be tried once more."""

import json

import httpx
import pytest

from services.console.operate.background import WORK
from services.exporter.outbox import publish
from shared import topics
from shared.bus import dead_letter, read_all, read_newest
from shared.envelope import Message
from tests.console.desk import Desk
from tests.console.operate.test_replays import REQUESTS
from tests.fakes import received
from tests.services.cli.replays import asked, order
from tests.services.cli.support import in_state

DEAD = topics.exports_dead("exact_online")
LIST = "/api/v1/operate/dead/exports?connector=exact_online"


def unusable(number: str, body: bytes = b'{"password": "geheim", "note": "<script>alert(1)</script>"}') -> Message:
    good = order(number)
    record = received(Message(good.topic, good.key, good.headers, body))
    return dead_letter(record, topic=DEAD, reason=f"{number}: field required", error="BadEvent")


async def refused(desk: Desk, *numbers: str) -> list[str]:
    """Documents that the package refused, with their dead letters; their ids in the ledger."""
    due = await desk.hub.store.now()
    ids = []
    for number in numbers:
        why = {"reason": f"{number}: no such code", "outcome_due": due}
        entry = await in_state(desk.world, number, state="refused", **why)
        await publish(desk.hub, entry)
        ids.append(entry.id)
    return ids


async def test_they_are_listed_newest_first_with_the_reason(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    await desk.hub.bus.publish([unusable("WO-1")])
    await refused(desk, "WO-2")
    body = (await oscar.get(LIST)).json()
    assert {(one["key"], one["refused"], one["reason"]) for one in body["letters"]} == {
        ("row-WO-2", True, "WO-2: no such code"),
        ("row-WO-1", False, "WO-1: field required"),
    }
    assert (body["total"], body["older"]) == (2, None)


async def test_a_long_list_is_paged_and_none_is_shown_twice_or_left_out(desk: Desk, oscar: httpx.AsyncClient) -> None:
    numbers = [f"WO-{n}" for n in range(70)]
    await desk.hub.bus.publish([unusable(number) for number in numbers])
    found: list[str] = []
    before = ""
    while before is not None:
        body = (await oscar.get(LIST + (f"&before={before}" if before else ""))).json()
        found += [one["key"] for one in body["letters"]]
        assert len(body["letters"]) <= 30
        before = body["older"]
    assert sorted(found) == sorted(f"row-{number}" for number in numbers)


async def test_the_payload_is_readable_and_secrets_and_scripts_are_not(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.hub.bus.publish([unusable("WO-1")])
    (one,) = (await oscar.get(LIST)).json()["letters"]
    place = f"/operate/dead/exports/{one['partition']}/{one['offset']}?connector=exact_online"
    shown = (await oscar.get(f"/api/v1{place}")).json()
    assert json.loads(shown["payload"]) == {"password": "***", "note": "<script>alert(1)</script>"}
    assert dict(shown["headers"])["ce_tenant"] == "acme"
    page = (await oscar.get(place)).text
    assert "geheim" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_a_refused_document_is_shown_as_the_ledger_has_it(desk: Desk, oscar: httpx.AsyncClient) -> None:
    connection = await desk.world.connected()
    await refused(desk, "WO-1")
    (one,) = (await oscar.get(LIST)).json()["letters"]
    place = f"/operate/dead/exports/{one['partition']}/{one['offset']}?connector=exact_online"
    shown = (await oscar.get(f"/api/v1{place}")).json()
    assert (shown["connection"], shown["state"]) == (connection.id, "refused")
    assert json.loads(shown["payload"])["number"] == "WO-1"


async def test_only_the_chosen_ones_are_tried_once_more(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    ids = await refused(desk, "WO-1", "WO-2", "WO-3")
    letters = {one["key"]: one["place"] for one in (await oscar.get(LIST)).json()["letters"]}
    form = {"connector": "exact_online", "what": "dead", "letters": [letters["row-WO-1"], letters["row-WO-3"]]}
    preview = (await oscar.post("/operate/replays", data=form)).headers["location"]
    await WORK.ended()
    assert "Send 2 documents on" in (await oscar.get(preview)).text
    await oscar.post(f"{preview}/start")
    await WORK.ended()
    found = [record async for record in read_all(desk.hub.settings.kafka, REQUESTS)]
    assert sorted(entry for entry, _ in asked(found)) == sorted([ids[0], ids[2]])


async def test_kafka_that_is_away_is_a_sentence(desk: Desk, oscar: httpx.AsyncClient) -> None:
    desk.hub.settings.kafka = "127.0.0.1:1"
    answer = await oscar.get("/operate/dead/exports?connector=exact_online")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


@pytest.mark.parametrize("before", ["x", "0", "0-", "1-2-3", "0-1|", "9" * 200])
async def test_a_cursor_that_is_none_is_said(oscar: httpx.AsyncClient, before: str) -> None:
    assert (await oscar.get(LIST, params={"connector": "exact_online", "before": before})).status_code == 422


async def test_the_newest_of_a_topic_that_is_not_there_are_none(desk: Desk) -> None:
    found = await read_newest(desk.hub.settings.kafka, "no.such.topic", 10)
    assert (list(found.records), found.older, found.total) == ([], None, 0)
