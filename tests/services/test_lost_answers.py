"""The answer to a document is lost, and then the package cannot be asked: nobody reads that it was not sent."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from shared import asking, moving, topics
from shared.errors import StoreUnavailable
from shared.ledger.entry import Entry, document_step
from shared.ledger.states import MAX_CRASHES, StepState
from shared.login import disconnect
from shared.schemas.messages import ExportOutcome
from shared.store.collections import STEPS
from tests.factories import make_customer
from tests.trial import PDF_URL, Files, Trial, an_invoice, an_order, trying
from tests.trial_connector import ACCOUNTS, ATTACHING, CLOSING, NOTES, ORDERS

OUTAGE = 11
"""Look-ups without an answer: eight within some 65 minutes, then one each hour."""


@pytest.fixture
async def trial(trial: Trial) -> Trial:
    """An order is in the package, and its answer was lost."""
    await trial.connected(status_after_success="Billed", status_after_failure="Export failed")
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(an_order())
    await trial.world.quiet("export", patience=0.0)
    assert await step_state(trial) == "uncertain"
    return trial


async def step_state(trial: Trial) -> StepState:
    step = await trial.hub.steps.get(document_step((await trial.entry()).id))
    assert step is not None
    return step.state


async def crashed(trial: Trial, times: int) -> None:
    """As if the worker had stopped that often with this order."""
    id = (await trial.entry()).id
    await trial.hub.entries.change(id, lambda now: now.model_copy(update={"crashes": times}))


def wished(outcomes: list[ExportOutcome]) -> list[str | None]:
    return [one.work_status for one in outcomes if one.work_status]


@pytest.mark.parametrize("outage", [{"status": 503}, {"kind": "cut", "when": "before"}], ids=["503", "no answer"])
async def test_an_outage_behind_a_lost_answer_is_waited_out_however_long(trial: Trial, outage: dict[str, Any]) -> None:
    begun = trial.hub.now()
    trial.sandbox.fail_next(**outage, match=ORDERS, method="GET", times=OUTAGE)
    await trial.settled()
    assert trial.hub.now() - begun > timedelta(hours=3)
    assert ((await trial.entry()).state, trial.orders, trial.dead) == ("confirmed", ["WO-1"], [])
    assert set(trial.results()) <= {"waiting", "exported"}
    assert wished(trial.outcomes("WO-1")) == ["Billed"]
    assert not any("was not sent" in line for line in await trial.told())


async def test_the_look_ups_of_a_long_outage_are_an_hour_apart_and_told_once(trial: Trial) -> None:
    trial.sandbox.fail_next(503, match=ORDERS, method="GET", times=OUTAGE)
    before = len(trial.sandbox.calls)
    await trial.settled()
    asked = [one.at for one in trial.sandbox.calls[before:] if one.path.endswith(ORDERS)]
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert pauses[6] < timedelta(hours=1) <= min(pauses[7:])
    assert len(asked) == OUTAGE + 1
    (line,) = [line for line in await trial.told() if "not known yet" in line]
    assert line == (
        "Work order WO-1 waits: Exact Online is not available at the moment (503); it is not known yet whether the "
        "sales order is in the package, so do not enter it there by hand. It goes on by itself."
    )


async def test_another_document_of_the_same_work_is_left_out_when_the_outage_is_over(trial: Trial) -> None:
    trial.sandbox.fail_next(503, match=ORDERS, method="GET", times=OUTAGE)
    await trial.publish(an_invoice(work_order="row-WO-1"))
    assert ((await trial.entry("I-1")).state, trial.orders) == ("skipped", ["WO-1"])


CANNOT_TELL = pytest.mark.parametrize("ending", ["the look-up is refused", "its worker stopped three times"])
"""The ways in which nothing more is looked up."""


async def unsure(trial: Trial, ending: str) -> Entry:
    """The order once it ended like that."""
    if ending == "the look-up is refused":
        trial.sandbox.fail_next(400, match=ORDERS, method="GET", times=10)
    else:
        await crashed(trial, MAX_CRASHES)
    await trial.settled()
    return await trial.entry()


@CANNOT_TELL
async def test_when_it_cannot_be_told_the_owner_is_asked(trial: Trial, ending: str) -> None:
    entry = await unsure(trial, ending)
    assert (entry.state, await step_state(trial)) == ("unsure", "unsure")
    assert (trial.results()[-1], "refused" in trial.results(), trial.dead) == ("unsure", False, [])
    line = (await trial.told())[-1]
    assert line.startswith("Work order WO-1: it is not clear whether the sales order is in the package: ")
    assert line.endswith("Look in Exact Online: if it is there, say so; if not, send it again.")


@CANNOT_TELL
async def test_the_owner_can_say_that_it_is_there(trial: Trial, ending: str) -> None:
    entry = await unsure(trial, ending)
    await trial.say(entry, reason="it_is_there", vendor_id=trial.sandbox.memory()["sales_orders"][0]["OrderID"])
    await trial.settled()
    assert ((await trial.entry()).state, trial.orders, trial.results()[-1]) == ("confirmed", ["WO-1"], "exported")


@CANNOT_TELL
async def test_the_owner_can_have_it_sent_again(trial: Trial, ending: str) -> None:
    entry = await unsure(trial, ending)
    trial.world.scenario.discard(trial.sandbox, "WO-1")
    await asking.send_again(trial.hub, entry, "test")
    await trial.world.publish(trial.world.bus.of(topics.export_requests("exact_online"))[-1])
    await trial.settled()
    assert ((await trial.entry()).state, trial.orders, trial.results()[-1]) == ("confirmed", ["WO-1"], "exported")


@CANNOT_TELL
async def test_of_an_ended_connection_the_owner_can_say_so_too(trial: Trial, ending: str) -> None:
    entry = await unsure(trial, ending)
    await disconnect(trial.hub, trial.connection.id)
    ended = await trial.hub.connections.get(trial.connection.id)
    (left,) = await moving.left_behind(trial.hub, ended)
    assert left.doubtful
    await asking.it_is_there(trial.hub, entry, "test", vendor_id="v-1", number=None)
    assert ((await trial.entry()).state, await step_state(trial)) == ("confirmed", "confirmed")


@pytest.mark.parametrize("left", ["sending", "unsure"])
async def test_whatever_state_a_stopped_worker_leaves_the_write_in_the_owner_is_asked(trial: Trial, left: str) -> None:
    """In the middle of the call, or once nobody could tell and the document had still to say so."""
    await trial.hub.store.update(STEPS, document_step((await trial.entry()).id), set={"state": left})
    entry = await unsure(trial, "its worker stopped three times")
    assert (entry.state, await step_state(trial)) == ("unsure", "unsure")


async def test_a_crash_while_the_owner_is_being_asked_asks_once_more(trial: Trial) -> None:
    """The entry is written and its step is not: a person's word is then checked by a look-up."""
    trial.sandbox.fail_next(400, match=ORDERS, method="GET")
    update = trial.hub.store.update

    async def stops(collection: str, id: str, **changes: Any) -> Any:
        if collection == STEPS and changes["set"].get("state") == "unsure":
            raise StoreUnavailable("no answer")
        return await update(collection, id, **changes)

    trial.hub.store.update = stops  # type: ignore[method-assign]
    await trial.settled()
    assert ((await trial.entry()).state, await step_state(trial)) == ("unsure", "uncertain")
    trial.hub.store.update = update  # type: ignore[method-assign]
    await trial.say(await trial.entry(), reason="send_again")
    await trial.settled()
    assert ((await trial.entry()).state, trial.orders) == ("confirmed", ["WO-1"])


async def test_a_relation_whose_answer_was_lost_makes_no_doubtful_document_of_one_that_was_not_sent(
    trial: Trial,
) -> None:
    other = make_customer(debtor_number="777")
    trial.sandbox.fail_next(match=ACCOUNTS, method="POST", kind="cut", when="after")
    await trial.take_in(an_order("WO-2", customer=other))
    await trial.world.quiet("export", patience=0.0)
    trial.sandbox.fail_next(400, match=ACCOUNTS, method="GET")
    await trial.settled()
    assert (await trial.entry("WO-2")).state == "refused"
    assert any("Work order WO-2 was not sent" in line for line in await trial.told())


async def test_an_outage_behind_a_lost_required_part_is_waited_out_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trying(tmp_path, monkeypatch, CLOSING) as trial:
        await trial.connected()
        trial.sandbox.fail_next(match=NOTES, method="POST", kind="cut", when="after")
        trial.sandbox.fail_next(503, match=NOTES, method="GET", times=OUTAGE)
        await trial.publish(an_order())
        assert ((await trial.entry()).state, trial.notes) == ("confirmed", ["closed WO-1"])
        assert "refused" not in trial.results()


async def test_a_doubtful_pdf_makes_no_doubtful_document_of_one_that_is_in_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trying(tmp_path, monkeypatch, ATTACHING, pdf_hosts=("https://files.example.com",)) as trial:
        await trial.connected()
        trial.files = Files()
        trial.sandbox.fail_next(match=NOTES, method="POST", kind="cut", when="after")
        await trial.take_in(an_order(pdf_url=PDF_URL))
        await trial.world.quiet("export", patience=0.0)
        trial.sandbox.fail_next(503, match=NOTES, method="GET", times=OUTAGE)
        await trial.settled()
        assert "attaching its PDF failed: given up after 8 tries" in (await trial.told())[-1]
        await trial.publish(an_order(revision=2, pdf_url=PDF_URL))
        assert ((await trial.entry()).state, trial.results()[-1]) == ("refused", "refused")
        assert "not clear" not in (await trial.told())[-1]
