"""What the user decided about new documents, before anything is done for them. Pure."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from shared.schemas.documents import Flow
from shared.words import FLOWS, plural


@dataclass(frozen=True)
class Gate:
    """`exports_from` None: everything is on hold. `flows` are those that become documents at all.

    `statuses` are the work statuses that trigger (empty: all); `manual`: documents collect until the user sends them.
    """

    exports_from: date | None
    exports_until: date | None = None
    flows: frozenset[Flow] = frozenset({"workorder", "invoice", "relation"})
    statuses: tuple[str, ...] = ()
    manual: bool = False

    @property
    def of_any_day(self) -> "Gate":
        """For what the user sent here by name: its day does not count. What is on hold stays on hold."""
        first = None if self.exports_from is None else date.min
        return replace(self, exports_from=first, exports_until=None)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a document at the gate, and why, in the user's words."""

    event: Literal["hold", "skip", "collect", "release"]
    reason: str | None = None


def verdict(gate: Gate, flow: Flow, day: date, status: str | None) -> Verdict:
    """Whether a document of that day goes on. `status` is the work order's own."""
    if gate.exports_from is None:
        return Verdict("hold", "exports of this connection are on hold until you start them")
    if why := _left_out(gate, gate.exports_from, flow, day, status):
        return Verdict("skip", why)
    if gate.manual:
        return Verdict("collect", "collected: it is sent when you say so")
    return Verdict("release")


def switched_off(gate: Gate, flow: Flow) -> str | None:
    """Why no document of that flow is exported; None when they are."""
    return None if flow in gate.flows else f"{plural(FLOWS[flow])} are not exported, by your settings"


def _left_out(gate: Gate, first_day: date, flow: Flow, day: date, status: str | None) -> str | None:
    if why := switched_off(gate, flow):
        return why
    if day < first_day:
        return f"from before the start date {first_day}"
    if gate.exports_until is not None and day > gate.exports_until:
        return f"from after {gate.exports_until}, the last day that this connection exports"
    if flow == "workorder" and gate.statuses and status not in gate.statuses:
        return f"its status {status or '(none)'} is not one of those that you chose for sending"
    return None
