"""Which state may follow which, for entries (documents) and steps (single writes to a package). Pure.

A step is `sending` from before the first byte leaves until the answer is stored. Whoever finds a step in `sending` that
it did not send itself knows: it may be there. From then on nothing is created without a look-up.
"""

from typing import Literal, get_args

StepState = Literal["planned", "sending", "uncertain", "confirmed", "rejected", "unsure"]
StepEvent = Literal[
    "send", "confirm", "refuse", "not_executed", "doubt", "absent", "several", "found", "there", "again", "gone"
]

STEP_TRANSITIONS: dict[tuple[StepState, StepEvent], StepState] = {
    ("planned", "send"): "sending",
    ("planned", "found"): "confirmed",
    ("planned", "several"): "unsure",
    ("sending", "confirm"): "confirmed",
    ("sending", "refuse"): "rejected",
    ("sending", "not_executed"): "planned",
    ("sending", "doubt"): "uncertain",
    ("uncertain", "confirm"): "confirmed",
    ("uncertain", "refuse"): "rejected",
    ("uncertain", "absent"): "planned",
    ("uncertain", "several"): "unsure",
    ("uncertain", "there"): "confirmed",
    ("uncertain", "again"): "planned",
    ("unsure", "there"): "confirmed",
    ("unsure", "again"): "planned",
    ("rejected", "again"): "planned",
    ("rejected", "confirm"): "confirmed",
    ("rejected", "several"): "unsure",
    ("confirmed", "gone"): "planned",
}
"""`absent` needs two spaced look-ups that found nothing; `there` and `again` are a person's words,
also on what an ended connection may have sent.
`found` and `several` without a send come from a look-up in a ledger that was restored from a backup.
`gone` is only said of what documents need (a relation), never of a document."""

EntryState = Literal["held", "collected", "ready", "waiting", "confirmed", "refused", "skipped", "unsure"]
EntryEvent = Literal[
    "release", "collect", "skip", "wait", "confirm", "refuse", "puzzle", "wake", "newer", "again", "reconsider"
]

ENTRY_TRANSITIONS: dict[tuple[EntryState, EntryEvent], EntryState] = {
    ("held", "release"): "ready",
    ("held", "skip"): "skipped",
    ("held", "collect"): "collected",
    ("held", "newer"): "held",
    ("collected", "release"): "ready",
    ("collected", "newer"): "collected",
    ("collected", "skip"): "skipped",
    ("ready", "wait"): "waiting",
    ("ready", "confirm"): "confirmed",
    ("ready", "refuse"): "refused",
    ("ready", "skip"): "skipped",
    ("ready", "puzzle"): "unsure",
    ("ready", "newer"): "ready",
    ("waiting", "wait"): "waiting",
    ("waiting", "wake"): "ready",
    ("waiting", "confirm"): "confirmed",
    ("waiting", "refuse"): "refused",
    ("waiting", "skip"): "skipped",
    ("waiting", "puzzle"): "unsure",
    ("waiting", "newer"): "ready",
    ("waiting", "again"): "ready",
    ("confirmed", "newer"): "ready",
    ("refused", "newer"): "ready",
    ("refused", "again"): "ready",
    ("refused", "skip"): "skipped",
    ("skipped", "newer"): "held",
    ("skipped", "reconsider"): "held",
    ("skipped", "again"): "ready",
    ("unsure", "newer"): "unsure",
    ("unsure", "again"): "ready",
    ("unsure", "confirm"): "confirmed",
}
"""A document that is `confirmed` is never made again; a newer revision becomes an update behind it. `held` waits for
the first OK of its connection, `collected` for the user's word (manual mode). What was left out is looked at from the
start when it comes anew (`newer`), or once more after the start date or the statuses changed (`reconsider`)."""

IN_DOUBT: frozenset[StepState] = frozenset({"sending", "uncertain", "unsure"})
"""What was written may be there; nobody knows yet."""

FINAL: frozenset[EntryState] = frozenset({"confirmed", "refused", "skipped", "unsure"})
MAX_RESENDS = 2
LOOKUPS_UNTIL_ABSENT = 2
MAX_CRASHES = 3


class IllegalTransition(Exception):  # it names what was attempted
    """Our own bug: nobody may go from that state by that event."""


def next_step_state(state: StepState, event: StepEvent) -> StepState:
    """The state after `event`; `IllegalTransition` when the table has no such row."""
    try:
        return STEP_TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(f"a step that is {state} cannot {event}") from None


def next_entry_state(state: EntryState, event: EntryEvent) -> EntryState:
    """The state after `event`; `IllegalTransition` when the table has no such row."""
    try:
        return ENTRY_TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(f"an entry that is {state} cannot {event}") from None


def transition_tables() -> str:
    """Both tables as Markdown; docs/exactly-once.md holds exactly this text."""
    return "\n\n".join(
        f"### {title}\n\n| from | event | to |\n|---|---|---|\n"
        + "\n".join(f"| {state} | {event} | {after} |" for (state, event), after in table.items())
        for title, table in (("Steps", STEP_TRANSITIONS), ("Entries", ENTRY_TRANSITIONS))
    )


ALL_STEP_STATES: tuple[StepState, ...] = get_args(StepState)
ALL_ENTRY_STATES: tuple[EntryState, ...] = get_args(EntryState)
