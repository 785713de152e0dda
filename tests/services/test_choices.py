"""What the user chose decides what is sent: flows, days and statuses; and it can be chosen anew."""

from datetime import date, timedelta

import pytest

from shared.errors import Unavailable
from shared.store.collections import CONNECTIONS
from tests.factories import completed
from tests.trial import Trial, an_invoice, an_order, word_on
from tests.trial_connector import ORDERS


async def test_a_flow_that_is_switched_off_is_left_out_with_a_sentence_and_without_a_dead_letter(trial: Trial) -> None:
    await trial.connected(work_order_document=None)
    await trial.publish(an_order(), an_invoice())
    assert trial.orders == ["I-1"]
    (outcome,) = trial.outcomes("WO-1")
    assert (outcome.result, outcome.reason) == ("skipped", "work orders are not exported, by your settings")
    assert trial.dead == []


async def test_a_document_met_again_that_is_still_left_out_is_not_told_again(trial: Trial) -> None:
    await trial.connected(work_order_document=None)
    for _ in range(3):
        await trial.publish(an_order())
    assert trial.results() == ["skipped"]


async def test_an_outcome_lost_with_kafka_is_told_when_the_batch_comes_again(trial: Trial) -> None:
    await trial.connected(work_order_document=None)
    trial.world.bus.fail_next(1)
    with pytest.raises(Unavailable):
        await trial.take_in(an_order())
    assert trial.results() == []
    await trial.publish(an_order())
    assert trial.results() == ["skipped"]


async def test_a_replay_exports_what_the_user_wants_by_now(trial: Trial) -> None:
    await trial.connected(exports_from=date(2026, 12, 1), trigger_statuses=("Afgerond",))
    await trial.publish(an_order())
    await trial.hub.connections.start_exports(trial.connection.id, date(2026, 11, 1))
    await trial.publish(an_order())
    assert trial.orders == []
    await trial.choose(trigger_statuses=("Compleet",))
    await trial.publish(an_order())
    assert trial.orders == ["WO-1"]
    assert [(one.result, one.reason) for one in trial.outcomes("WO-1")] == [
        ("skipped", "from before the start date 2026-12-01"),
        ("skipped", "its status Compleet is not one of those that you chose for sending"),
        ("exported", None),
    ]


async def test_a_replay_of_requests_does_not_bring_back_what_the_user_left_out(trial: Trial) -> None:
    await trial.connected(exports_from=date(2026, 12, 1))
    await trial.publish(an_order())
    await trial.say(await trial.entry(), reason="replay")
    await trial.settled()
    assert trial.orders == []
    await trial.hub.connections.start_exports(trial.connection.id, date(2026, 11, 1))
    await trial.say(await trial.entry(), reason="replay")
    await trial.settled()
    assert trial.orders == ["WO-1"]


async def test_a_person_may_send_one_from_before_the_start_date(trial: Trial) -> None:
    await trial.connected(exports_from=date(2026, 12, 1))
    await trial.publish(an_order())
    await trial.say(await trial.entry())
    await trial.settled()
    assert trial.orders == ["WO-1"]


async def test_a_person_cannot_send_what_has_no_kind_of_document(trial: Trial) -> None:
    await trial.connected(work_order_document=None)
    await trial.publish(an_order())
    await trial.say(await trial.entry())
    await trial.settled()
    assert (await trial.entry()).state == "skipped"
    assert trial.dead == []


async def test_switching_a_flow_off_leaves_out_what_waits_and_on_again_a_replay_sends_it(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order())
    await trial.choose(work_order_document=None)
    await trial.settled()
    assert (trial.orders, trial.results(), trial.dead) == ([], ["skipped"], [])
    await trial.choose(work_order_document="sales_order")
    await trial.publish(an_order())
    assert trial.orders == ["WO-1"]


async def test_switching_a_flow_off_leaves_out_what_was_tried_and_surely_did_not_arrive(trial: Trial) -> None:
    await trial.connected()
    limited = trial.world.scenario.limited(trial.hub.now() + timedelta(minutes=5))
    trial.sandbox.script(limited.model_copy(update={"match": ORDERS, "method": "POST"}))
    await trial.take_in(an_order())
    await trial.one_turn()
    assert (await trial.entry()).document_type == "sales_order"
    await trial.choose(work_order_document=None)
    await trial.settled()
    assert (trial.orders, trial.results()) == ([], ["skipped"])
    await trial.choose(work_order_document="sales_invoice")
    await trial.publish(an_order())
    assert (trial.orders, (await trial.entry()).document_type) == (["WO-1"], "sales_invoice")


async def test_switching_a_flow_off_still_settles_what_may_have_been_sent(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(an_order())
    await trial.one_turn()
    await trial.choose(work_order_document=None)
    await trial.settled()
    assert (trial.orders, trial.results()) == (["WO-1"], ["exported"])


async def test_another_kind_of_document_is_chosen_for_the_next_not_for_one_that_may_have_been_sent(
    trial: Trial,
) -> None:
    await trial.connected()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await trial.take_in(an_order())
    await trial.one_turn()
    await trial.choose(work_order_document="sales_invoice")
    await trial.publish(an_order("WO-2"))
    assert [(await trial.entry(number)).document_type for number in ("WO-1", "WO-2")] == [
        "sales_order",
        "sales_invoice",
    ]


async def test_a_work_order_gets_the_status_the_user_chose_for_success(trial: Trial) -> None:
    await trial.connected(status_after_success="Gefactureerd", status_after_failure="Fout")
    await trial.publish(an_order(), an_invoice(work_order=None))
    assert trial.outcomes("WO-1")[-1].work_status == "Gefactureerd"
    assert trial.outcomes("I-1")[-1].work_status is None


async def test_a_work_order_gets_the_status_the_user_chose_for_a_refusal(trial: Trial) -> None:
    await trial.connected(status_after_success="Gefactureerd", status_after_failure="Fout")
    trial.refuse(ORDERS, times=2)
    await trial.publish(an_order(), an_invoice())
    assert [(one.result, one.work_status) for one in trial.outcomes("WO-1")] == [("refused", "Fout")]
    assert [(one.result, one.work_status) for one in trial.outcomes("I-1")] == [("refused", None)]


async def test_a_work_order_that_waits_or_is_left_out_keeps_its_status(trial: Trial) -> None:
    await trial.connected(status_after_success="Gefactureerd", status_after_failure="Fout", work_order_document=None)
    await trial.publish(an_order())
    assert [one.work_status for one in trial.outcomes("WO-1")] == [None]


async def test_a_persons_word_that_is_met_again_is_neither_a_dead_letter_nor_taken_twice(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before", times=3)
    await trial.publish(an_order())
    unsure = await trial.entry()
    word = word_on(unsure, reason="it_is_there", vendor_id="guid-1", vendor_number="99")
    for _ in range(2):
        await trial.world.publish(word)
        await trial.settled()
    assert trial.results() == ["unsure", "exported"]
    assert trial.dead == []


async def test_settings_that_cannot_be_read_hold_the_documents_of_this_tenant_and_stop_no_other(trial: Trial) -> None:
    broken = await trial.connected(tenant="globex")
    await trial.connected()
    await trial.hub.store.update(CONNECTIONS, broken.id, set={"settings": {"of_another_version": 1}})
    await trial.world.publish(completed(an_order("WO-A"), tenant="globex"), completed(an_order()))
    assert [(await trial.entry(number)).state for number in ("WO-A", "WO-1")] == ["held", "ready"]
    await trial.hub.store.update(CONNECTIONS, broken.id, set={"settings": broken.settings})
    await trial.settled()
    assert sorted(trial.orders) == ["WO-1", "WO-A"]


async def test_a_request_is_heard_once_however_often_its_topic_is_rewound(trial: Trial) -> None:
    await trial.connected()
    trial.refuse(ORDERS, times=5)
    await trial.publish(an_order())
    word = word_on(await trial.entry())
    for _ in range(3):
        await trial.world.publish(word)
        await trial.settled()
    assert trial.results() == ["refused", "refused"], "as published, and as asked once"
    await trial.say(await trial.entry())
    await trial.settled()
    assert trial.results() == ["refused"] * 3
