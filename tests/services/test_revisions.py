"""A work order that was opened again: wherever its first revision is by then, there is one document, and no silence."""

from decimal import Decimal
from typing import Any

from shared import topics
from shared.schemas.documents import MaterialLine, WorkOrder
from tests.trial import Trial, an_order
from tests.trial_connector import ITEM, ORDERS


def again(revision: int = 2, **changes: Any) -> WorkOrder:
    lines = (MaterialLine(code=ITEM, quantity=Decimal(3), unit_price=Decimal("42.50")),)
    return an_order(revision=revision, **{"materials": lines, **changes})


async def by_hand(trial: Trial) -> str:
    number = (await trial.entry()).vendor_number
    return (
        f"it was completed again (revision 2) after it had been sent as sales order {number}; "
        "change that one in Exact Online by hand"
    )


async def test_one_that_waits_is_replaced(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(503, match="logistics/Items", method="GET")
    await trial.take_in(an_order())
    await trial.one_turn()
    assert (await trial.entry()).attempts == 1
    await trial.publish(again())
    entry = await trial.entry()
    assert (trial.orders, entry.sent_revision, entry.total_excl) == (["WO-1"], 2, Decimal("127.50"))


async def test_one_that_may_have_been_sent_is_settled_before_the_newer_is_told_to_be_changed_by_hand(
    trial: Trial,
) -> None:
    await trial.connected()
    trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await trial.take_in(an_order())
    await trial.one_turn()
    await trial.publish(again())
    entry = await trial.entry()
    assert (trial.orders, entry.sent_revision, entry.revision, entry.state) == (["WO-1"], 1, 2, "refused")
    (outcome,) = trial.outcomes("WO-1")
    assert (outcome.result, outcome.reason) == ("refused", await by_hand(trial))
    assert (outcome.vendor_id, outcome.total_excl) == (entry.vendor_id, Decimal("85.00"))
    assert not any("None" in line for line in await trial.told())


async def test_one_in_the_books_stays_as_it_is_and_the_user_reads_what_to_do(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_order())
    await trial.publish(again())
    assert trial.orders == ["WO-1"]
    assert trial.results() == ["exported", "refused"]
    assert (await trial.told())[-1] == f"Work order WO-1 was not sent: {await by_hand(trial)}"


async def test_a_revision_that_arrives_with_the_answer_of_the_first_is_not_lost(trial: Trial) -> None:
    """It is taken in between the document's own confirmation and the entry's."""
    await trial.connected()
    await trial.take_in(an_order())
    change = trial.hub.entries.change

    async def and_meanwhile(id: str, how: Any) -> Any:
        trial.hub.entries.change = change  # type: ignore[method-assign]
        await trial.take_in(again())
        return await change(id, how)

    trial.hub.entries.change = and_meanwhile  # type: ignore[method-assign]
    await trial.settled()
    entry = await trial.entry()
    assert (trial.orders, entry.sent_revision, entry.state) == (["WO-1"], 1, "refused")
    assert not any("None" in line for line in await trial.told())
    assert await trial.sweep() == 0


async def test_a_failure_of_the_first_says_nothing_of_a_revision_that_came_meanwhile(trial: Trial) -> None:
    await trial.connected()
    trial.sandbox.fail_next(503, match="logistics/Items", method="GET")
    await trial.take_in(an_order())
    await trial.one_turn()
    assert (await trial.entry()).reason
    trial.refuse(ORDERS)
    end = trial.hub.entries.change

    async def and_meanwhile(id: str, how: Any) -> Any:
        trial.hub.entries.change = end  # type: ignore[method-assign]
        await trial.take_in(again())
        return await end(id, how)

    trial.hub.entries.change = and_meanwhile  # type: ignore[method-assign]
    await trial.settled()
    assert (trial.orders, trial.results(), trial.dead) == (["WO-1"], ["exported"], [])
    assert (await trial.entry()).sent_revision == 2
    assert not any("None" in line for line in await trial.told())


async def test_a_lower_revision_is_ignored(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(again(3))
    await trial.publish(again(2, remark="late"))
    assert (trial.results(), trial.dead) == (["exported"], [])


async def test_an_equal_revision_with_other_content_is_a_dead_letter(trial: Trial) -> None:
    await trial.connected()
    await trial.publish(an_order())
    await trial.publish(an_order(remark="changed behind our back"))
    assert (trial.results(), len(trial.dead)) == (["exported"], 1)
    assert b"came twice with different content" in (trial.dead[0].body or b"")


async def test_a_newer_revision_with_a_status_that_is_not_sent_is_left_out(trial: Trial) -> None:
    await trial.connected(trigger_statuses=("Compleet",))
    await trial.take_in(an_order())
    await trial.publish(again(work_status="Geannuleerd"))
    assert (trial.orders, trial.results()) == ([], ["skipped"])


async def test_of_two_outcomes_of_a_document_the_newer_has_the_higher_sequence(trial: Trial) -> None:
    await trial.connected()
    trial.refuse(ORDERS, times=2)
    await trial.publish(an_order())
    await trial.say(await trial.entry())
    await trial.settled()
    sequences = [one.headers["ce_sequence"] for one in trial.world.bus.of(topics.EXPORT_OUTCOMES)]
    assert len(sequences) == 2
    assert sequences == sorted(set(sequences))
