from typing import get_args

import pytest

from shared.ledger.states import (
    ALL_ENTRY_STATES,
    ALL_STEP_STATES,
    ENTRY_TRANSITIONS,
    STEP_TRANSITIONS,
    EntryEvent,
    EntryState,
    IllegalTransition,
    StepEvent,
    StepState,
    next_entry_state,
    next_step_state,
)


def test_a_confirmed_step_leaves_that_state_only_when_the_package_says_its_record_is_gone() -> None:
    assert [event for state, event in STEP_TRANSITIONS if state == "confirmed"] == ["gone"]


def test_nothing_is_sent_from_uncertain_without_passing_absent_or_a_person() -> None:
    ways_back = {
        event
        for (state, event), after in STEP_TRANSITIONS.items()
        if after == "planned" and state in ("uncertain", "unsure")
    }
    assert ways_back == {"absent", "again"}
    assert [state for (state, event), after in STEP_TRANSITIONS.items() if after == "sending"] == ["planned"]


def test_every_state_can_be_reached() -> None:
    assert {*STEP_TRANSITIONS.values(), "planned"} == set(ALL_STEP_STATES)
    assert {*ENTRY_TRANSITIONS.values(), "held"} == set(ALL_ENTRY_STATES)


def test_a_confirmed_entry_only_moves_for_a_newer_revision() -> None:
    assert {event for state, event in ENTRY_TRANSITIONS if state == "confirmed"} == {"newer"}


@pytest.mark.parametrize("state", ALL_STEP_STATES)
@pytest.mark.parametrize("event", get_args(StepEvent))
def test_a_step_moves_by_the_table_or_not_at_all(state: StepState, event: StepEvent) -> None:
    if (state, event) in STEP_TRANSITIONS:
        assert next_step_state(state, event) == STEP_TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalTransition):
            next_step_state(state, event)


@pytest.mark.parametrize("state", ALL_ENTRY_STATES)
@pytest.mark.parametrize("event", get_args(EntryEvent))
def test_an_entry_moves_by_the_table_or_not_at_all(state: EntryState, event: EntryEvent) -> None:
    if (state, event) in ENTRY_TRANSITIONS:
        assert next_entry_state(state, event) == ENTRY_TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalTransition):
            next_entry_state(state, event)


def test_an_illegal_move_is_an_error() -> None:
    with pytest.raises(IllegalTransition, match="confirmed cannot send"):
        next_step_state("confirmed", "send")
    with pytest.raises(IllegalTransition, match="confirmed cannot refuse"):
        next_entry_state("confirmed", "refuse")
