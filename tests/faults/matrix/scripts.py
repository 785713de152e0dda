"""The package's bad days: what the sandbox does to the calls a story is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Calls, Scenario
from tests.faults.matrix.line import MARK, TIMEOUT

LATE = TIMEOUT + 20
"""Seconds until a write is carried out whose caller has given up; below the package's longest processing time."""


BUSINESS, TAKEN = "Dagboek is geblokkeerd.", "Gegeven bestaat reeds."
Faults = Callable[[Scenario, datetime], Sequence[Fault]]


@dataclass(frozen=True)
class Script:
    """`faults(known, now)` are the mishaps of the calls that a story is about. `may_refuse`: the package may say no
    for good, in its own words; then the document must wait visibly instead of being in the books. `wasted`: tries that
    it leaves in doubt without carrying them out. `loses_login`: the owner must log in again, whenever we crash, where
    logins can be lost. `lags`: a search does not show at once what is new.
    """

    name: str
    faults: Faults
    may_refuse: bool = False
    wasted: int = 0
    loses_login: bool = False
    lags: bool = False

    def play(self, sandbox: Sandbox, known: Scenario, calls: Calls) -> None:
        """Arrange it all."""
        if self.lags:
            sandbox.lag(queries=1)
        where = {"match": calls.match, "method": calls.method, "skip": calls.skip}
        for fault in self.faults(known, sandbox.clock.now()):
            sandbox.script(fault.model_copy(update=where))


def _of(*faults: dict[str, Any]) -> Faults:
    """The same in every package."""
    return lambda _known, _now: [Fault(**fault) for fault in faults]


def _reason(words: str, **how: Any) -> Faults:
    """A 500 whose body is a refusal in the package's own words."""
    return lambda known, _now: [Fault(status=500, body=known.refusal(words).body, **how)]


def _refusal(known: Scenario, _now: datetime) -> Sequence[Fault]:
    return [known.refusal(BUSINESS)]


def _limited(known: Scenario, now: datetime) -> Sequence[Fault]:
    return [known.limited(now + timedelta(minutes=1))]


_CUT_AFTER = {"kind": "cut", "when": "after"}
_CUT_BEFORE = {"kind": "cut", "when": "before"}

QUIET = Script("quiet day", _of())
LOST = Script("answer lost", _of(_CUT_AFTER))
LATE_COMMIT = Script("commits late", _of({"kind": "delay", "when": "before", "seconds": LATE}))

SCRIPTS: Sequence[Script] = (
    QUIET,
    LOST,
    Script("cut before commit", _of(_CUT_BEFORE), wasted=1),
    Script("500 after commit", _of({"status": 500, "when": "after"})),
    Script("500 before commit", _of({"status": 500}), wasted=1),
    Script("500 with a reason after commit", _reason(BUSINESS, when="after")),
    Script("500 with a reason", _reason(BUSINESS), may_refuse=True, wasted=1),
    Script("duplicate number", _reason(TAKEN), may_refuse=True, wasted=1),
    Script("refused", _refusal, may_refuse=True),
    Script("504 after commit", _of({"status": 504, "when": "after"})),
    LATE_COMMIT,
    Script("answers late", _of({"kind": "delay", "when": "after", "seconds": LATE})),
    Script("stalls", _of({"kind": "stall"}), wasted=1),
    Script("answer unreadable", _of({"status": 200, "body": "<html>", "when": "after"})),
    Script("answer lost, search lags", _of(_CUT_AFTER), lags=True),
    Script("limited", _limited),
    Script("429 without headers", _of({"status": 429})),
    Script("connection refused", _of({"status": 503, "headers": {MARK: "refused"}})),
    Script("maintenance page", _of({"status": 503, "body": "<html>Down</html>", "times": 2}), wasted=2),
    Script("cut twice, then lost", _of(_CUT_BEFORE, _CUT_BEFORE, _CUT_AFTER), wasted=2),
    Script("cut three times", _of(_CUT_BEFORE, _CUT_BEFORE, _CUT_BEFORE), wasted=3),
)


def named(scripts: Sequence[Script], *names: str) -> Sequence[Script]:
    """Those of the scripts; `KeyError` for a name that is none of them."""
    found = {script.name: script for script in scripts}
    return [found[name] for name in names]


UNLIKE = (
    "quiet day",
    "answer lost",
    "cut before commit",
    "500 with a reason after commit",
    "500 with a reason",
    "duplicate number",
    "refused",
    "commits late",
    "answer unreadable",
    "answer lost, search lags",
    "limited",
    "stalls",
)
"""Scripts of which no other is a variant."""
TELLING = ("quiet day", "answer lost", "commits late", "500 after commit")
"""Scripts that leave most in doubt."""

TOKEN_SCRIPTS: Sequence[Script] = (
    QUIET,
    Script("rotated, answer lost", _of(_CUT_AFTER), loses_login=True),
    Script("rotated, answer 500", _of({"status": 500, "when": "after"}), loses_login=True),
    Script("cut before rotation", _of(_CUT_BEFORE)),
    Script("500 before rotation", _of({"status": 500})),
    Script("connection refused", _of({"status": 503, "headers": {MARK: "refused"}})),
    Script("stalls", _of({"kind": "stall"})),
)

READ_SCRIPTS: Sequence[Script] = (
    QUIET,
    Script("answer cut", _of(_CUT_BEFORE)),
    Script("503", _of({"status": 503, "times": 2})),
    Script("limited", _limited),
    Script("answer unreadable", _of({"status": 200, "body": "<html>"})),
)
