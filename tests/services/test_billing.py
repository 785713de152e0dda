"""Of one source work order at most one billing document is sent, whichever comes first, whatever goes wrong."""

from datetime import timedelta

import pytest

from services.exporter import claims
from shared.errors import Settling
from shared.ledger.entry import Entry
from shared.login import connect, disconnect
from shared.schemas.documents import Invoice, WorkOrder
from shared.store.collections import CLAIMS
from tests.trial import Trial, a_credit_note, an_invoice, an_order
from tests.trial_connector import ORDERS


def of_the_same_work() -> tuple[WorkOrder, Invoice]:
    return an_order(), an_invoice(work_order="row-WO-1")


ORDERS_OF_ARRIVAL = pytest.mark.parametrize("first", [0, 1], ids=["work order first", "invoice first"])


@ORDERS_OF_ARRIVAL
@pytest.mark.parametrize("resting", [True, False], ids=["both while the lane rests", "one after the other"])
async def test_of_a_work_order_and_its_invoice_one_is_sent_and_the_other_says_which(
    trial: Trial, first: int, resting: bool
) -> None:
    await trial.connected()
    both = of_the_same_work()
    one, other = both[first], both[1 - first]
    await trial.take_in(one)
    if not resting:
        await trial.settled()
    await trial.publish(other)
    assert trial.orders == [one.number]
    number = (await trial.entry(one.number)).vendor_number
    (outcome,) = trial.outcomes(other.number)
    assert outcome.result == "skipped"
    what = ("work order WO-1 is in Exact Online as sales order", "invoice I-1 is in Exact Online as sales entry")[first]
    assert outcome.reason == f"the same work is billed already: {what} {number}"
    assert trial.dead == []


@ORDERS_OF_ARRIVAL
async def test_a_refused_document_frees_the_work_for_the_other(trial: Trial, first: int) -> None:
    await trial.connected()
    one, other = of_the_same_work()[first], of_the_same_work()[1 - first]
    trial.refuse(ORDERS)
    await trial.publish(one)
    await trial.publish(other)
    assert trial.orders == [other.number]
    await trial.say(await trial.entry(one.number))
    await trial.settled()
    assert trial.orders == [other.number]
    assert (await trial.entry(one.number)).state == "skipped"


async def test_a_document_left_out_before_it_was_sent_frees_the_work_for_the_other(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    await trial.take_in(order)
    await claim(trial, order)
    await trial.choose(work_order_document=None)
    await trial.publish(invoice)
    assert (await trial.entry()).state == "skipped"
    assert trial.orders == ["I-1"]


async def test_a_document_that_collects_again_after_it_was_left_out_does_not_keep_the_work(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    await trial.take_in(order)
    await claim(trial, order)
    await trial.choose(work_order_document=None)
    await trial.settled()
    await trial.choose(work_order_document="sales_order", manual_exports=True)
    await trial.publish(order, invoice)
    assert (await trial.entry()).state == "collected"
    await trial.say(await trial.entry("I-1"))
    await trial.settled()
    assert trial.orders == ["I-1"]


async def test_while_the_fate_of_the_first_is_open_the_other_waits_and_then_it_is_decided(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(order)
    await trial.one_turn()
    await trial.take_in(invoice)
    await trial.one_turn()
    waiting = await trial.entry("I-1")
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
    assert waiting.reason == "the same work may be billed by work order WO-1, which is not settled yet"
    await trial.settled()
    assert trial.orders == ["WO-1"]
    assert (await trial.entry("I-1")).state == "skipped"


async def test_the_other_is_sent_once_the_first_turned_out_to_be_refused(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await trial.take_in(order)
    await trial.one_turn()
    trial.refuse(ORDERS)
    await trial.publish(invoice)
    assert (await trial.entry()).state == "refused"
    assert trial.orders == ["I-1"]


async def test_while_nobody_is_sure_of_the_first_the_other_waits_for_a_persons_word(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before", times=3)
    await trial.publish(order)
    assert (await trial.entry()).state == "unsure"
    await trial.take_in(invoice)
    for _ in range(3):
        await trial.one_turn()
        await trial.world.wait(claims.LOOK_AGAIN)
    assert ((await trial.entry("I-1")).state, trial.orders) == ("waiting", [])
    await trial.say(await trial.entry(), reason="it_is_there", vendor_id="guid-1", vendor_number="99")
    await trial.settled()
    assert (await trial.entry("I-1")).reason == (
        "the same work is billed already: work order WO-1 is in Exact Online as sales order 99"
    )


async def test_a_document_that_only_records_the_work_hinders_nobody(trial: Trial) -> None:
    await trial.connected(work_order_document="sales_invoice")
    await trial.publish(*of_the_same_work())
    assert sorted(trial.orders) == ["I-1", "WO-1"]


async def test_an_invoice_without_a_work_order_and_a_credit_note_are_not_hindered(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    alone = an_invoice("I-2")
    await trial.publish(order, alone, a_credit_note("I-2", work_order="row-WO-1"), invoice)
    assert trial.orders == ["WO-1", "I-2", "C-1"]


async def test_two_invoices_of_one_work_order_bill_it_once(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(work_order="w"), an_invoice("I-2", work_order="w"))
    assert trial.orders == ["I-1"]


async def test_work_of_another_tenant_is_other_work(trial: Trial) -> None:
    await trial.connected()
    login = await trial.world.log_in()
    other = await connect(trial.hub, "globex", login, "900002", {"invoice_document": "sales_entry"})
    await trial.hub.connections.start_exports(other.id, trial.connection.exports_from)
    await trial.take_in(an_order())
    await trial.take_in(an_order(), tenant="globex")
    await trial.settled()
    assert trial.orders == ["WO-1", "WO-1"]


async def claim(trial: Trial, document: WorkOrder | Invoice) -> None:
    """As if its worker had died between the claim and the write."""
    await claims.take(trial.hub, await trial.entry(document.number), document)


async def test_a_worker_that_died_between_claim_and_write_hinders_its_own_document_least(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    await trial.take_in(order, invoice)
    await claim(trial, order)
    await claim(trial, order)
    with pytest.raises(Settling, match="may be billed by work order WO-1, which is not settled yet"):
        await claim(trial, invoice)
    await trial.settled()
    assert trial.orders == ["WO-1"]


async def test_a_document_of_an_ended_connection_that_was_never_sent_frees_the_work(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    await trial.take_in(order)
    await claim(trial, order)
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.publish(invoice)
    assert trial.orders == ["I-1"]


async def test_a_turn_under_way_on_an_ended_connection_does_not_free_the_work_yet(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    await trial.take_in(order)
    await claim(trial, order)
    lane = await trial.hub.lanes.claim("exact_online", "export")
    assert lane is not None
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.take_in(invoice)
    with pytest.raises(Settling):
        await claim(trial, invoice)
    await trial.hub.lanes.release(lane, "export", None)
    await claim(trial, invoice)


async def test_what_an_ended_connection_may_have_sent_keeps_the_work(trial: Trial) -> None:
    await trial.connected()
    order, invoice = of_the_same_work()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(order)
    await trial.one_turn()
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.take_in(invoice)
    with pytest.raises(Settling):
        await claim(trial, invoice)


async def test_work_billed_over_an_ended_connection_is_not_billed_again_over_a_new_one(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_order())
    await disconnect(trial.hub, trial.connection.id)
    await trial.over_a_new_connection()
    await trial.publish(an_order())
    assert trial.orders == ["WO-1"]


async def test_what_was_claimed_anew_at_the_same_moment_is_not_taken_over(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look at the first and our claim somebody asks for the first again: it claims, and is sent."""
    await trial.connected()
    order, invoice = of_the_same_work()
    trial.refuse(ORDERS)
    await trial.publish(order)
    await trial.take_in(invoice)
    look = claims._must_be_free

    async def and_meanwhile(hub: object, holder: str, entry: Entry) -> None:
        await look(trial.hub, holder, entry)
        monkeypatch.setattr(claims, "_must_be_free", look)
        await claim(trial, order)

    monkeypatch.setattr(claims, "_must_be_free", and_meanwhile)
    with pytest.raises(Settling, match="was being sent at this moment") as caught:
        await claim(trial, invoice)
    assert caught.value.until - await trial.hub.store.now() < timedelta(seconds=1)
    found = await trial.hub.store.get(CLAIMS, "acme|row-WO-1")
    assert found is not None
    assert found["holder"] == (await trial.entry()).id
