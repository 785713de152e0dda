"""A credit note comes behind its invoice, is held with a sentence while that is not there, and is never forgotten."""

from typing import Any

import pytest

from shared.errors import StoreUnavailable
from shared.store.collections import CONNECTIONS, LEDGER
from tests.trial import Trial, a_credit_note, an_invoice, an_order
from tests.trial_connector import ORDERS


async def remarks(trial: Trial) -> list[str | None]:
    return [row.get("Remarks") for row in trial.sandbox.memory()["sales_orders"]]


async def test_a_credit_note_names_the_invoice_it_takes_back(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice(), a_credit_note())
    assert trial.orders == ["I-1", "C-1"]
    assert await remarks(trial) == [None, f"credits {(await trial.entry('I-1')).vendor_number}"]


async def test_a_credit_note_that_comes_first_waits_with_a_sentence_and_goes_when_its_invoice_is_in_the_books(
    trial: Trial,
) -> None:
    await trial.connected()
    await trial.publish(a_credit_note())
    waiting = await trial.entry("C-1")
    assert (waiting.state, waiting.waits_for, waiting.due) == ("waiting", "invoice:row-I-1", None)
    sentence = (
        "the invoice it belongs to (row-I-1) was never sent to Exact Online; send that one first, or send the credit "
        "note without it"
    )
    assert trial.outcomes("C-1")[-1].reason == sentence
    assert (await trial.told())[-1] == f"Invoice C-1 waits: {sentence}"
    await trial.publish(an_invoice())
    assert trial.orders == ["I-1", "C-1"]
    assert trial.results("C-1") == ["waiting", "exported"]


async def test_a_credit_note_is_not_woken_by_another_invoice(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(a_credit_note())
    await trial.publish(an_invoice("I-2"))
    assert (await trial.entry("C-1")).state == "waiting"


async def test_a_credit_note_of_a_refused_invoice_stays_held_until_that_one_is_sent(trial: Trial) -> None:
    await trial.connected()
    trial.refuse(ORDERS)
    await trial.publish(an_invoice(), a_credit_note())
    held = await trial.entry("C-1")
    assert (held.state, trial.orders) == ("waiting", [])
    assert "invoice I-1, which it belongs to, is not in Exact Online (refused)" in (held.reason or "")
    await trial.say(await trial.entry("I-1"))
    await trial.settled()
    assert trial.orders == ["I-1", "C-1"]


async def test_a_credit_note_waits_while_nobody_knows_whether_its_invoice_arrived(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.publish(an_invoice(), a_credit_note())
    assert trial.orders == ["I-1", "C-1"]


async def test_send_alone_sends_a_credit_note_without_its_invoice(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(a_credit_note())
    await trial.say(await trial.entry("C-1"))
    await trial.settled()
    assert trial.orders == [], "asked again it still needs its invoice"
    await trial.say(await trial.entry("C-1"), reason="send_alone")
    await trial.settled()
    assert trial.orders == ["C-1"]
    assert await remarks(trial) == [None]


async def test_what_could_not_be_told_before_it_went_on_stands_in_nobodys_way(trial: Trial) -> None:
    """Kafka was away when the note began to wait. By now it is ready: there is nothing to tell, until it has ended."""
    await trial.connected()
    await trial.take_in(a_credit_note())
    trial.world.bus.fail_next(1)
    await trial.one_turn()
    await trial.say(await trial.entry("C-1"), reason="send_alone")
    assert len(await trial.hub.entries.unpublished("exact_online")) == 1
    await trial.sweep()
    assert await trial.hub.entries.unpublished("exact_online") == []
    await trial.settled()
    assert trial.results("C-1") == ["exported"]


async def test_settings_that_cannot_be_read_keep_no_outcome_back(trial: Trial) -> None:
    """They are of another version, say. Nor do they stop the sweep, which is there for all tenants."""
    await trial.connected(status_after_success="Gefactureerd")
    await trial.publish(an_order())
    (entry,) = await trial.hub.entries.list({})
    await trial.hub.entries.change(entry.id, lambda now: now.model_copy(update={"outcome_due": now.planned}))
    spoilt = {"status_after_success": "Gefactureerd", "no_such_setting": 1}
    await trial.hub.store.update(CONNECTIONS, trial.connection.id, set={"settings": spoilt})
    assert await trial.sweep() == 1
    assert [one.work_status for one in trial.outcomes("WO-1")] == ["Gefactureerd"] * 2


async def test_a_lone_credit_note_that_meets_an_outage_is_still_sent_alone(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(a_credit_note())
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await trial.say(await trial.entry("C-1"), reason="send_alone")
    await trial.settled()
    assert trial.orders == ["C-1"]


async def test_a_credit_note_that_belongs_to_no_invoice_goes_by_itself(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_invoice("C-9", type="credit"))
    assert trial.orders == ["C-9"]


async def test_the_work_order_of_the_same_id_is_not_the_invoice(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_order(id="row-I-1"), a_credit_note())
    assert trial.orders == ["WO-1"]


@pytest.mark.parametrize("lost", [True, False], ids=["before the write", "after the write"])
async def test_a_credit_note_is_woken_though_the_worker_dies_around_the_confirmation(trial: Trial, lost: bool) -> None:
    await trial.connected()
    await trial.publish(a_credit_note())
    await trial.take_in(an_invoice())
    dies_at_confirmation(trial, lost)
    await trial.one_turn()
    await trial.settled()
    assert trial.orders == ["I-1", "C-1"]


def dies_at_confirmation(trial: Trial, lost: bool) -> None:
    """The store goes away at the write that says `confirmed`, before or after it is done."""
    update = trial.hub.store.update

    async def dying(collection: str, id: str, **changes: Any) -> Any:
        if collection != LEDGER or changes.get("set", {}).get("state") != "confirmed":
            return await update(collection, id, **changes)
        trial.hub.store.update = update  # type: ignore[method-assign]
        if not lost:
            await update(collection, id, **changes)
        raise StoreUnavailable("no answer")

    trial.hub.store.update = dying  # type: ignore[method-assign]
