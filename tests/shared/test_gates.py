"""What the user decided about new documents: pure, one claim per rule."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.ledger.entry import Conflict, Entry, Wanted, asked_again, first_entry, merged, replayed
from shared.ledger.gates import Gate, verdict
from shared.schemas.connections import Administration, Connection

DAY = date(2026, 11, 20)
NOW, LATER = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 21, 9, tzinfo=UTC)
OPEN = Gate(exports_from=date(2026, 1, 1))
CONNECTION = Connection(
    id="c", tenant="acme", connector="x", grant="g", administration=Administration(code="1", name="A"), created=NOW
)


def gate(**changes: Any) -> Gate:
    return Gate(**{"exports_from": date(2026, 1, 1), **changes})


def wanted(revision: int = 1, status: str = "Compleet", day: date = DAY, **body: Any) -> Wanted:
    return Wanted("workorder", "1", "WO-1", day, revision, {"work_status": status, **body})


def entry(how: Gate = OPEN, **changes: Any) -> Entry:
    return first_entry(CONNECTION, wanted(), how, NOW).model_copy(update=changes)


def newer(old: Entry, event: Wanted, how: Gate = OPEN) -> Entry:
    changed = merged(old, event, how, LATER)
    assert changed is not None
    return changed


@pytest.mark.parametrize(
    ("how", "event"),
    [
        (gate(), "release"),
        (gate(exports_from=None), "hold"),
        (gate(exports_from=DAY), "release"),
        (gate(exports_from=date(2026, 11, 21)), "skip"),
        (gate(exports_until=DAY), "release"),
        (gate(exports_until=date(2026, 11, 19)), "skip"),
        (gate(statuses=("Compleet", "Afgerond")), "release"),
        (gate(statuses=("Afgerond",)), "skip"),
        (gate(flows=frozenset({"invoice"})), "skip"),
        (gate(manual=True), "collect"),
        (gate(manual=True, statuses=("Afgerond",)), "skip"),
        (gate(manual=True, exports_from=None), "hold"),
    ],
)
def test_the_gate_lets_through_what_the_user_chose(how: Gate, event: str) -> None:
    assert verdict(how, "workorder", DAY, "Compleet").event == event


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (gate(exports_from=None), "exports of this connection are on hold until you start them"),
        (gate(exports_from=date(2026, 11, 21)), "from before the start date 2026-11-21"),
        (gate(exports_until=date(2026, 11, 19)), "from after 2026-11-19, the last day that this connection exports"),
        (gate(statuses=("Afgerond",)), "its status Compleet is not one of those that you chose for sending"),
        (gate(flows=frozenset()), "work orders are not exported, by your settings"),
        (gate(manual=True), "collected: it is sent when you say so"),
        (gate(), None),
    ],
)
def test_the_gate_says_why_in_words(how: Gate, sentence: str | None) -> None:
    assert verdict(how, "workorder", DAY, "Compleet").reason == sentence


def test_a_work_order_without_a_status_is_none_of_the_chosen_ones() -> None:
    decided = verdict(gate(statuses=("Afgerond",)), "workorder", DAY, None)
    assert decided.reason == "its status (none) is not one of those that you chose for sending"


@pytest.mark.parametrize("flow", ["invoice", "relation"])
def test_only_work_orders_have_a_status(flow: Any) -> None:
    assert verdict(gate(statuses=("Afgerond",)), flow, DAY, None).event == "release"


def test_what_is_left_out_is_told_once_and_never_due() -> None:
    skipped = entry(gate(exports_from=date(2026, 12, 1)))
    assert (skipped.state, skipped.gated, skipped.due, skipped.outcome_due) == ("skipped", True, None, NOW)
    assert merged(skipped, wanted(), gate(exports_from=date(2026, 12, 1)), LATER) is None


def test_the_same_revision_meets_the_gate_again_once_the_user_chose_anew() -> None:
    skipped = entry(gate(exports_from=date(2026, 12, 1)))
    assert newer(skipped, wanted()).state == "ready"
    assert newer(skipped, wanted(), gate(manual=True)).state == "collected"
    moved = newer(skipped, wanted(), gate(exports_from=date(2026, 12, 2)))
    assert (moved.state, moved.reason) == ("skipped", "from before the start date 2026-12-02")


def test_a_newer_revision_of_a_left_out_one_meets_the_gate_again() -> None:
    only = gate(statuses=("Afgerond",))
    skipped = entry(only)
    assert newer(skipped, wanted(2, "Afgerond"), only).state == "ready"
    still = newer(skipped, wanted(2), only)
    assert (still.state, still.revision, still.outcome_due) == ("skipped", 2, LATER)


def test_what_another_document_billed_does_not_go_on_with_a_replay() -> None:
    skipped = entry().moved("skip", reason="billed already", due=None)
    assert merged(skipped, wanted(), OPEN, LATER) is None


@pytest.mark.parametrize("state", ["ready", "waiting", "refused", "collected"])
def test_until_something_was_sent_a_newer_revision_is_sent_only_if_the_user_wants_it(state: Any) -> None:
    old = entry(state=state, attempts=3, waits_for="fallback_item")
    left = newer(old, wanted(2, "Geannuleerd"), gate(statuses=("Compleet",)))
    assert (left.state, left.gated, left.revision, left.waits_for, left.attempts) == ("skipped", True, 2, None, 0)
    assert "Geannuleerd" in (left.reason or "")


@pytest.mark.parametrize("state", ["ready", "waiting", "refused", "confirmed"])
def test_once_something_may_have_been_sent_a_newer_revision_is_never_left_out(state: Any) -> None:
    old = entry(state=state, document_type="sales_order", attempts=3)
    after = newer(old, wanted(2, "Geannuleerd"), gate(statuses=("Compleet",)))
    assert (after.state, after.due, after.attempts) == ("ready", LATER, 0)


def test_a_newer_revision_of_one_on_hold_or_unsure_stays_there() -> None:
    assert newer(entry(gate(exports_from=None)), wanted(2), gate(exports_from=None)).state == "held"
    unsure = newer(entry(state="unsure", due=None), wanted(2))
    assert (unsure.state, unsure.due, unsure.revision) == ("unsure", None, 2)


def test_attempts_of_a_skipped_revision_do_not_count_against_the_next() -> None:
    skipped = entry(attempts=7, crashes=1).moved("skip", reason="billed already", due=None)
    assert (newer(skipped, wanted(2)).attempts, newer(skipped, wanted(2)).crashes) == (0, 0)


def test_a_lower_revision_changes_nothing_and_an_equal_one_must_be_equal() -> None:
    assert merged(entry(revision=2), wanted(1), OPEN, LATER) is None
    assert merged(entry(), wanted(), OPEN, LATER) is None
    with pytest.raises(Conflict, match="revision 1 of workorder WO-1 came twice with different content"):
        merged(entry(), wanted(remark="changed"), OPEN, LATER)


@pytest.mark.parametrize("state", ["collected", "unsure", "skipped", "refused"])
def test_a_person_sends_what_was_left_out_collected_or_ended(state: Any) -> None:
    asked = asked_again(entry(state=state, gated=True, due=None, attempts=3), alone=False)
    assert asked is not None
    assert (asked.state, asked.due, asked.attempts) == ("ready", NOW, 3 if state == "collected" else 0)


@pytest.mark.parametrize("state", ["held", "ready", "confirmed"])
def test_nothing_is_asked_for_of_what_goes_on_or_has_ended_well(state: Any) -> None:
    assert asked_again(entry(state=state), alone=True) is None
    assert replayed(entry(state=state), OPEN, LATER) is None


@pytest.mark.parametrize("state", ["collected", "unsure"])
def test_a_replay_does_not_speak_for_a_person(state: Any) -> None:
    assert replayed(entry(state=state, due=None), OPEN, LATER) is None


def test_a_replay_tries_again_what_was_refused_or_billed_by_another() -> None:
    for old in (entry(state="refused", due=None), entry(state="skipped", due=None)):
        again = replayed(old, OPEN, LATER)
        assert again is not None
        assert again.state == "ready"


def test_a_replay_of_what_the_user_left_out_asks_what_the_user_wants_by_now() -> None:
    skipped = entry(gate(exports_from=date(2026, 12, 1)))
    assert replayed(skipped, gate(exports_from=date(2026, 12, 1)), LATER) is None
    again = replayed(skipped, OPEN, LATER)
    assert again is not None
    assert again.state == "ready"
