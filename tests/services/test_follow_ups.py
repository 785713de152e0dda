"""What comes behind a document: done once, whatever happens, and never at the document's expense."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.errors import StoreUnavailable
from shared.login import disconnect
from shared.store.collections import LEDGER, STEPS
from tests.trial import PDF_URL, Files, Trial, an_order, trying
from tests.trial_connector import ATTACHING, CLOSING, MARKING, NOTES, ORDERS

WITH_PDF = {"pdf_url": PDF_URL}


@pytest.fixture
async def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    async with trying(tmp_path, monkeypatch, CLOSING, ATTACHING, pdf_hosts=("https://files.example.com",)) as made:
        made.files = Files()
        await made.connected(status_after_success="Gefactureerd", status_after_failure="Fout")
        yield made


async def test_they_come_behind_the_document_in_their_order(trial: Trial) -> None:
    await trial.publish(an_order(**WITH_PDF))
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1", "pdf WO-1"])
    assert trial.files.asked == [PDF_URL]
    assert trial.results() == ["exported"]
    assert ((await trial.entry()).due, (await trial.entry()).follow_ups_due) == (None, False)


async def test_an_optional_one_that_a_document_does_not_want_is_not_done(trial: Trial) -> None:
    await trial.take_in(an_order())
    await trial.one_turn()
    assert ((await trial.entry()).due, trial.notes, trial.files.asked) == (None, ["closed WO-1"], [])


async def test_a_required_one_that_a_document_does_not_want_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_with_pdf = replace(CLOSING, wanted=ATTACHING.wanted)
    async with trying(tmp_path, monkeypatch, only_with_pdf) as trial:
        await trial.connected()
        await trial.publish(an_order(), an_order("WO-2", **WITH_PDF))
        assert trial.notes == ["closed WO-2"]


async def test_a_refused_required_one_refuses_the_document_and_says_that_it_is_in_the_package(trial: Trial) -> None:
    trial.refuse(NOTES)
    await trial.publish(an_order())
    assert (trial.orders, trial.notes) == (["WO-1"], [])
    (outcome,) = trial.outcomes("WO-1")
    assert (outcome.result, outcome.vendor_says, outcome.work_status) == ("refused", "Periode afgesloten", "Fout")
    assert (outcome.reason or "").startswith("it is in the package, but closing it failed: ")
    assert (await trial.told())[-1].startswith("Work order WO-1: it is in the package, but closing it failed: ")


async def test_send_again_repeats_only_the_follow_up(trial: Trial) -> None:
    trial.refuse(NOTES)
    await trial.publish(an_order())
    await trial.say(await trial.entry())
    await trial.settled()
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1"])
    assert trial.calls("POST", ORDERS) == 1
    assert trial.results() == ["refused", "exported"]


async def test_a_document_is_reported_before_what_may_follow_is_tried(trial: Trial) -> None:
    await trial.take_in(an_order(**WITH_PDF))
    await trial.one_turn()
    assert (trial.results(), trial.files.asked) == (["exported"], [])
    await trial.settled()
    assert trial.notes == ["closed WO-1", "pdf WO-1"]


async def test_an_optional_one_that_is_refused_is_a_warning_and_nothing_else(trial: Trial) -> None:
    trial.refuse(NOTES, skip=1)
    await trial.publish(an_order(**WITH_PDF))
    await trial.publish(an_order("WO-2"))
    assert (trial.orders, trial.notes) == (["WO-1", "WO-2"], ["closed WO-1", "closed WO-2"])
    entry = await trial.entry()
    assert (entry.state, entry.due, entry.reason) == ("confirmed", None, None)
    assert (trial.results(), trial.dead) == (["exported"], [])
    (line,) = await warnings(trial, "attaching")
    assert line["text"].startswith("Work order WO-1: it is in the package, but attaching its PDF failed: ")
    assert line["vendor_says"] == "Periode afgesloten"


async def test_an_optional_one_that_the_login_may_not_do_is_a_warning_and_the_lane_goes_on(trial: Trial) -> None:
    """The scope for documents is missing, say: the orders behind it must not wait for that."""
    trial.sandbox.fail_next(403, match=NOTES, method="POST", skip=1)
    await trial.publish(an_order(**WITH_PDF))
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    assert lane.rest is None
    await trial.publish(an_order("WO-2"))
    assert trial.orders == ["WO-1", "WO-2"]
    (line,) = await warnings(trial, "attaching")
    assert "Exact Online does not allow this" in line["text"]
    assert (await trial.entry()).due is None


async def two_optional_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    marking = replace(MARKING, optional=True)
    async with trying(tmp_path, monkeypatch, ATTACHING, marking, pdf_hosts=("https://files.example.com",)) as trial:
        trial.files = Files()
        await trial.connected()
        yield trial


async def test_one_optional_one_that_fails_for_good_keeps_the_next_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for trial in two_optional_ones(tmp_path, monkeypatch):
        trial.refuse(NOTES)
        await trial.publish(an_order(**WITH_PDF))
        (order,) = trial.sandbox.memory()["sales_orders"]
        assert (order["Description"], trial.notes) == ("closed", [])
        entry = await trial.entry()
        assert (entry.given_up, entry.follow_ups_due, entry.due) == (("attachment",), False, None)
        assert len(await warnings(trial, "attaching")) == 1


async def test_one_that_needs_another_is_not_tried_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marking = replace(MARKING, optional=True, needs=ATTACHING.name)
    async with trying(tmp_path, monkeypatch, ATTACHING, marking, pdf_hosts=("https://files.example.com",)) as trial:
        trial.files = Files()
        await trial.connected()
        trial.refuse(NOTES)
        await trial.publish(an_order(**WITH_PDF))
        assert trial.calls("PUT", ORDERS) == 0
        await trial.say(await trial.entry())
        await trial.settled()
        (order,) = trial.sandbox.memory()["sales_orders"]
        assert (order["Description"], trial.notes) == ("closed", ["pdf WO-1"])


async def test_send_again_tries_what_was_given_up_behind_a_document_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for trial in two_optional_ones(tmp_path, monkeypatch):
        trial.refuse(NOTES)
        await trial.publish(an_order(**WITH_PDF))
        await trial.say(await trial.entry(), reason="replay")
        await trial.settled()
        assert trial.notes == [], "a replay is no person's word"
        await trial.say(await trial.entry())
        await trial.settled()
        assert (trial.notes, trial.orders, trial.calls("POST", ORDERS)) == (["pdf WO-1"], ["WO-1"], 1)
        assert ((await trial.entry()).given_up, trial.results()) == ((), ["exported"])


async def test_a_pdf_that_is_gone_is_a_warning_and_nothing_is_sent(trial: Trial) -> None:
    trial.files.answers = [httpx.Response(404)]
    await trial.publish(an_order(**WITH_PDF))
    assert trial.notes == ["closed WO-1"]
    (line,) = await warnings(trial, "attaching")
    assert line["text"].endswith("the PDF could not be fetched: its host answered 404")
    await trial.publish(an_order(**WITH_PDF))
    assert trial.files.asked == [PDF_URL], "it is not tried again by itself"


@pytest.mark.parametrize("away", [httpx.Response(503), httpx.ConnectError("refused")], ids=["503", "no line"])
async def test_a_pdf_host_that_is_away_is_asked_again_later(trial: Trial, away: Any) -> None:
    trial.files.answers = [away, away]
    await trial.publish(an_order(**WITH_PDF))
    assert trial.notes == ["closed WO-1", "pdf WO-1"]
    assert len(trial.files.asked) == 3
    assert await warnings(trial, "attaching") == []


async def test_a_pdf_host_that_stays_away_is_given_up_with_a_warning(trial: Trial) -> None:
    trial.files.answers = [httpx.Response(503)] * 20
    await trial.publish(an_order(**WITH_PDF))
    assert len(trial.files.asked) == trial.hub.settings.max_attempts
    (line,) = await warnings(trial, "attaching")
    assert "attaching its PDF failed: given up after 8 tries" in line["text"]
    assert (trial.results(), (await trial.entry()).due) == (["exported"], None)


@pytest.mark.parametrize("skip", [0, 1], ids=["required", "optional"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_is_looked_up_and_it_is_done_once(trial: Trial, skip: int, when: Any) -> None:
    trial.sandbox.fail_next(match=NOTES, method="POST", kind="cut", when=when, skip=skip)
    await trial.publish(an_order(**WITH_PDF))
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1", "pdf WO-1"])
    assert trial.results() == ["exported"]
    assert trial.calls("GET", NOTES) > 0


@pytest.mark.parametrize("skip", [0, 1], ids=["required", "optional"])
async def test_a_limit_pauses_the_lane_and_costs_no_attempt(trial: Trial, skip: int) -> None:
    until = trial.hub.now().replace(microsecond=0) + timedelta(minutes=5)
    limited = trial.world.scenario.limited(until)
    trial.sandbox.script(limited.model_copy(update={"match": NOTES, "method": "POST", "skip": skip}))
    await trial.take_in(an_order(**WITH_PDF))
    for _ in range(1 + skip):
        await trial.one_turn()
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    assert lane.export.due is not None
    assert (lane.export.due, (await trial.entry()).attempts) == (until, 0)
    await trial.settled()
    assert trial.notes == ["closed WO-1", "pdf WO-1"]


@pytest.mark.parametrize("moment", range(12))
@pytest.mark.parametrize("done", [True, False], ids=["answer lost", "write lost"])
async def test_a_store_that_fails_at_any_write_makes_everything_once(trial: Trial, moment: int, done: bool) -> None:
    """Each write to the ledger once gets no answer, from the document's claim to the end of what follows it."""
    await trial.take_in(an_order(**WITH_PDF))
    fails_at(trial, moment, done)
    for _ in range(3):
        await trial.settled()
        await trial.hub.lanes.wake(trial.connection.id, "export")
    assert (trial.orders, sorted(trial.notes)) == (["WO-1"], ["closed WO-1", "pdf WO-1"])
    await trial.sweep()
    assert set(trial.results()) == {"exported"}


def fails_at(trial: Trial, moment: int, done: bool) -> None:
    update = trial.hub.store.update
    writes: list[str] = []

    async def failing(collection: str, id: str, **changes: Any) -> Any:
        if collection in (STEPS, LEDGER):
            writes.append(id)
            if len(writes) == moment + 1:
                if done:
                    await update(collection, id, **changes)
                raise StoreUnavailable("no answer")
        return await update(collection, id, **changes)

    trial.hub.store.update = failing  # type: ignore[method-assign]


async def test_work_that_stops_its_worker_behind_a_document_is_given_up_without_harm_to_it(trial: Trial) -> None:
    await trial.take_in(an_order(**WITH_PDF))
    await trial.one_turn()
    await trial.hub.entries.change((await trial.entry()).id, lambda now: now.model_copy(update={"crashes": 3}))
    await trial.settled()
    assert ((await trial.entry()).state, trial.results(), trial.dead) == ("confirmed", ["exported"], [])
    (line,) = await warnings(trial, "stopped its worker")
    assert line["text"].startswith("Work order WO-1: it is in the package, but what follows it failed: ")


async def test_access_that_expires_behind_a_document_rests_the_lane_and_goes_on_after_a_new_login(
    trial: Trial,
) -> None:
    await trial.take_in(an_order(**WITH_PDF))
    await trial.one_turn()
    trial.world.scenario.revoke(trial.sandbox)
    trial.sandbox.clock.advance(timedelta(minutes=11))
    await trial.settled()
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    assert (lane.rest is not None, trial.notes) == (True, ["closed WO-1"])
    await trial.world.log_in()
    await trial.settled()
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1", "pdf WO-1"])


async def test_after_a_persons_disconnect_nothing_more_is_written_behind_the_document(trial: Trial) -> None:
    """The disconnect comes while the PDF is being fetched, so the turn is already under way."""
    await trial.take_in(an_order(**WITH_PDF))
    await trial.one_turn()
    fetch = trial.hub.fetch_pdf

    async def and_meanwhile(url: str) -> bytes:
        await disconnect(trial.hub, trial.connection.id)
        return await fetch(url)

    trial.hub.fetch_pdf = and_meanwhile  # type: ignore[method-assign]
    await trial.settled()
    assert trial.notes == ["closed WO-1"]


async def test_after_a_persons_disconnect_no_customer_is_made_either(trial: Trial) -> None:
    await trial.take_in(an_order())
    connections, seen = trial.hub.connections.get, []

    async def and_then(id: str) -> Any:
        found = await connections(id)
        if not seen:
            seen.append(id)
            await disconnect(trial.hub, id)
        return found

    trial.hub.connections.get = and_then  # type: ignore[method-assign]
    await trial.settled()
    assert trial.sandbox.memory()["accounts"] == []
    assert trial.orders == []


async def test_a_revision_that_comes_before_what_may_follow_leaves_the_first_ones_pdf_out(trial: Trial) -> None:
    await trial.take_in(an_order(**WITH_PDF))
    await trial.one_turn()
    await trial.publish(an_order(revision=2, **WITH_PDF))
    assert (trial.orders, trial.notes) == (["WO-1"], ["closed WO-1"])
    assert trial.results() == ["exported", "refused"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_to_a_change_of_the_document_itself_is_looked_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: Any
) -> None:
    async with trying(tmp_path, monkeypatch, MARKING) as trial:
        await trial.connected()
        trial.sandbox.fail_next(match=ORDERS, method="PUT", kind="cut", when=when)
        await trial.publish(an_order())
        (order,) = trial.sandbox.memory()["sales_orders"]
        assert (order["Description"], trial.results()) == ("closed", ["exported"])
        assert len([call for call in trial.sandbox.calls if call.method == "PUT"]) == {"before": 2, "after": 1}[when]


async def warnings(trial: Trial, words: str) -> list[dict[str, Any]]:
    lines = await trial.hub.journal.read(trial.connection.id, limit=100)
    return [line for line in lines if line["level"] == "warning" and words in line["text"]]
