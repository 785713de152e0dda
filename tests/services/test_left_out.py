"""A person leaves a document out, because it was booked by hand, say: it stays out, whatever comes again."""

from typing import Any

import pytest

from shared import asking
from shared.errors import Misconfigured
from tests.trial import Trial, a_credit_note, an_invoice, an_order


async def left_out(trial: Trial, **settings: Any) -> None:
    """WO-1 was collected, and somebody left it out."""
    await trial.connected(manual_exports=True, **settings)
    await trial.publish(an_order())
    await asking.leave_out(trial.hub, await trial.entry())
    await trial.settled()


async def test_it_is_not_sent_and_the_platform_is_told(trial: Trial) -> None:
    await left_out(trial)
    await trial.sweep()
    assert (trial.orders, trial.results(), (await trial.entry()).state) == ([], ["skipped"], "skipped")
    assert "Work order WO-1 is left out: you left it out" in await trial.told()


async def test_a_replay_sends_it_as_little_as_before(trial: Trial) -> None:
    await left_out(trial)
    await trial.say(await trial.entry(), reason="replay")
    await trial.publish(an_order())
    assert trial.orders == []


async def test_a_newer_revision_stays_out_too(trial: Trial) -> None:
    await left_out(trial)
    await trial.choose(manual_exports=False)
    await trial.publish(an_order(revision=2))
    entry = await trial.entry()
    assert (trial.orders, entry.state, entry.revision) == ([], "skipped", 2)
    assert trial.outcomes("WO-1")[-1].revision == 2


async def test_it_is_sent_once_somebody_asks_for_it(trial: Trial) -> None:
    await left_out(trial)
    await trial.say(await trial.entry())
    await trial.settled()
    assert trial.orders == ["WO-1"]
    await trial.choose(manual_exports=False)
    assert not (await trial.entry()).unwanted


async def test_a_credit_note_that_frees_its_work_does_not_send_it(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"))
    await trial.choose(manual_exports=True)
    await trial.publish(an_invoice("I-2", work_order="w"))
    await asking.leave_out(trial.hub, await trial.entry("I-2"))
    await trial.choose(manual_exports=False)
    await trial.publish(a_credit_note())
    second = await trial.entry("I-2")
    assert (trial.orders, second.state, second.unwanted) == (["I-1", "C-1"], "skipped", True)


async def test_one_that_the_package_refused_can_be_left_out(trial: Trial) -> None:
    await trial.connected()
    trial.refuse("SalesOrders")
    await trial.publish(an_order())
    assert (await trial.entry()).state == "refused"
    await asking.leave_out(trial.hub, await trial.entry())
    assert (await trial.entry()).state == "skipped"


async def test_one_that_waits_for_a_setting_can_be_left_out_and_the_setting_does_not_wake_it(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order())
    waits = {"state": "waiting", "waits_for": "vat_codes", "waits_key": "21", "due": None}
    entry = await trial.entry()
    await trial.hub.entries.change(entry.id, lambda one: one.model_copy(update=waits))
    await asking.leave_out(trial.hub, await trial.entry())
    await trial.hub.connections.try_again(trial.connection.id, {"vat_codes": None})
    await trial.settled()
    assert ((await trial.entry()).state, trial.orders) == ("skipped", [])


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"state": "skipped"}, "left out already"),
        ({"state": "confirmed", "vendor_number": "26001"}, r"in the books already \(26001\)"),
        ({"state": "ready", "sent_revision": 1, "vendor_id": "x"}, "in the books already"),
        ({"state": "unsure"}, "may be in the package"),
        ({"state": "waiting", "in_package": True}, "may be in the package"),
        ({"state": "ready", "crashes": 1}, "being worked on at this moment"),
    ],
)
async def test_what_may_be_in_the_package_or_is_under_way_is_not_left_out(
    trial: Trial, state: dict[str, Any], why: str
) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order())
    entry = await trial.entry()
    await trial.hub.entries.change(entry.id, lambda one: one.model_copy(update=state))
    with pytest.raises(Misconfigured, match=why):
        await asking.leave_out(trial.hub, await trial.entry())


async def test_one_whose_answer_was_lost_is_not_left_out(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(502, body="Bad gateway", match="SalesOrders", method="POST")
    await trial.take_in(an_order())
    await trial.one_turn()
    with pytest.raises(Misconfigured, match="may be in the package"):
        await asking.leave_out(trial.hub, await trial.entry())


async def test_a_turn_that_takes_it_at_that_moment_wins(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order())
    seen = await trial.entry()
    await trial.hub.entries.change(seen.id, lambda one: one.moved("release", due=one.planned))
    with pytest.raises(Misconfigured, match="changed at this moment"):
        await asking.leave_out(trial.hub, seen)
