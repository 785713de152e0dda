"""A relation that two documents need, and nobody is sure about: a person's word on either of them settles it."""

import pytest

from tests.trial import Trial, an_order, word_on
from tests.trial_connector import ACCOUNTS


@pytest.fixture
async def in_doubt(trial: Trial) -> Trial:
    """Two work orders of a customer whose relation was sent three times without an answer, and never shows."""
    await trial.connected()
    trial.sandbox.fail_next(match=ACCOUNTS, method="POST", kind="cut", when="before", times=3)
    await trial.publish(an_order("WO-1"), an_order("WO-2"))
    assert [(await trial.entry(number)).state for number in ("WO-1", "WO-2")] == ["unsure", "unsure"]
    return trial


@pytest.mark.parametrize(("first", "second"), [("WO-1", "WO-2"), ("WO-2", "WO-1")])
async def test_send_again_said_of_either_sends_it_and_said_of_the_other_makes_no_second_relation(
    in_doubt: Trial, first: str, second: str
) -> None:
    for number in (first, second):
        await in_doubt.say(await in_doubt.entry(number))
        await in_doubt.settled()
    assert in_doubt.orders == [first, second]
    assert len(in_doubt.sandbox.memory()["accounts"]) == 1


async def test_the_id_that_a_person_found_is_used_by_both(in_doubt: Trial) -> None:
    there = next(iter(in_doubt.sandbox.division(900001).tables[ACCOUNTS].rows))  # type: ignore[attr-defined]
    await in_doubt.say(await in_doubt.entry("WO-2"), reason="it_is_there", vendor_id=there)
    await in_doubt.say(await in_doubt.entry("WO-1"))
    await in_doubt.settled()
    orders = in_doubt.sandbox.memory()["sales_orders"]
    assert {row["OrderedBy"] for row in orders} == {there}
    assert sorted(in_doubt.orders) == ["WO-1", "WO-2"]


async def test_two_words_on_one_doubt_taken_in_together_are_both_heard(in_doubt: Trial) -> None:
    words = [word_on(await in_doubt.entry(number)) for number in ("WO-1", "WO-2")]
    await in_doubt.world.publish(*words)
    await in_doubt.settled()
    assert sorted(in_doubt.orders) == ["WO-1", "WO-2"]
    assert len(in_doubt.sandbox.memory()["accounts"]) == 1
