"""Sending by hand: documents collect, a person sends the chosen ones, and nothing goes by itself."""

from datetime import date
from decimal import Decimal

from shared.schemas.documents import MaterialLine
from tests.trial import Trial, an_invoice, an_order
from tests.trial_connector import ITEM


async def test_documents_collect_and_nothing_is_sent(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order(), an_invoice())
    assert trial.orders == []
    assert {(await trial.entry(number)).state for number in ("WO-1", "I-1")} == {"collected"}
    assert (await trial.entry()).reason == "collected: it is sent when you say so"


async def test_what_was_on_hold_collects_after_the_first_ok(trial: Trial) -> None:
    connection = await trial.connected(manual_exports=True, exports_from=None)
    await trial.publish(an_order(), an_order("WO-OLD", work_date=date(2025, 12, 31)))
    assert (await trial.entry()).state == "held"
    await trial.hub.connections.start_exports(connection.id, date(2026, 1, 1))
    await trial.settled()
    assert trial.orders == []
    assert [(await trial.entry(number)).state for number in ("WO-1", "WO-OLD")] == ["collected", "skipped"]


async def test_a_person_sends_one_of_them(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order(), an_order("WO-2"))
    await trial.say(await trial.entry())
    await trial.settled()
    assert trial.orders == ["WO-1"]
    assert [(await trial.entry(number)).state for number in ("WO-1", "WO-2")] == ["confirmed", "collected"]
    assert (await trial.entry()).reason is None


async def test_a_replay_of_requests_sends_nothing_that_was_collected(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order())
    await trial.say(await trial.entry(), reason="replay")
    await trial.settled()
    assert trial.orders == []


async def test_a_newer_revision_replaces_a_collected_one(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    three = (MaterialLine(code=ITEM, quantity=Decimal(3), unit_price=Decimal("42.50")),)
    await trial.publish(an_order())
    await trial.publish(an_order(revision=2, materials=three))
    assert ((await trial.entry()).state, (await trial.entry()).revision) == ("collected", 2)
    await trial.say(await trial.entry())
    await trial.settled()
    assert (trial.orders, trial.outcomes("WO-1")[-1].total_excl) == (["WO-1"], Decimal("127.50"))


async def test_a_newer_revision_that_the_user_does_not_want_replaces_a_collected_one_too(trial: Trial) -> None:
    await trial.connected(manual_exports=True, trigger_statuses=("Compleet",))
    await trial.publish(an_order())
    await trial.publish(an_order(revision=2, work_status="Geannuleerd"))
    assert (await trial.entry()).state == "skipped"
    assert trial.results() == ["skipped"]


async def test_switched_off_it_leaves_what_was_collected_and_sends_what_comes(trial: Trial) -> None:
    await trial.connected(manual_exports=True)
    await trial.publish(an_order())
    await trial.choose(manual_exports=False)
    await trial.publish(an_order(), an_order("WO-2"))
    assert trial.orders == ["WO-2"]
    assert (await trial.entry()).state == "collected"
    await trial.say(await trial.entry())
    await trial.settled()
    assert trial.orders == ["WO-2", "WO-1"]


async def test_switched_on_it_holds_nothing_back_that_was_released_before(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order())
    await trial.choose(manual_exports=True)
    await trial.publish(an_order(revision=2))
    assert trial.orders == ["WO-1"]
