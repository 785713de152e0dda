"""The package's bad days: what the sandbox does to the calls a story is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.clock import EPOCH
from shared.sandbox import Fault, Sandbox
from tests.faults.matrix.line import MARK, TIMEOUT

LATE = TIMEOUT + 20
"""Seconds until a write is carried out whose caller has given up; below the package's longest processing time."""


def _reason(words: str) -> str:
    return json.dumps({"error": {"code": "", "message": {"lang": "", "value": words}}})


BUSINESS, TAKEN = _reason("Dagboek is geblokkeerd."), _reason("Gegeven bestaat reeds.")


@dataclass(frozen=True)
class Script:
    """`play(sandbox, method, match)` arranges the mishaps of the calls that fit. `may_refuse`: the package may say no
    for good, in its own words; then the document must wait visibly instead of being in the books. `wasted`: tries that
    it leaves in doubt without carrying them out. `loses_login`: the owner must log in again, whenever we crash.
    """

    name: str
    play: Callable[[Sandbox, str, str], None]
    may_refuse: bool = False
    wasted: int = 0
    loses_login: bool = False


def _faults(*faults: dict[str, Any]) -> Callable[[Sandbox, str, str], None]:
    def play(sandbox: Sandbox, method: str, match: str) -> None:
        for fault in faults:
            sandbox.script(Fault(**{"method": method, "match": match, **fault}))

    return play


def _lagging(*faults: dict[str, Any]) -> Callable[[Sandbox, str, str], None]:
    def play(sandbox: Sandbox, method: str, match: str) -> None:
        sandbox.lag(queries=1)
        _faults(*faults)(sandbox, method, match)

    return play


def _limited(sandbox: Sandbox, method: str, match: str) -> None:
    resets = str((sandbox.clock.now() + timedelta(minutes=1) - EPOCH) // timedelta(milliseconds=1))
    values = {"Limit": "60", "Remaining": "0", "Reset": resets}
    headers = {f"X-RateLimit-Minutely-{name}": value for name, value in values.items()}
    _faults({"status": 429, "headers": headers})(sandbox, method, match)


_CUT_AFTER = {"kind": "cut", "when": "after"}
_CUT_BEFORE = {"kind": "cut", "when": "before"}

QUIET = Script("quiet day", _faults())
LOST = Script("answer lost", _faults(_CUT_AFTER))
LATE_COMMIT = Script("commits late", _faults({"kind": "delay", "when": "before", "seconds": LATE}))

SCRIPTS: Sequence[Script] = (
    QUIET,
    LOST,
    Script("cut before commit", _faults(_CUT_BEFORE), wasted=1),
    Script("500 after commit", _faults({"status": 500, "when": "after"})),
    Script("500 before commit", _faults({"status": 500}), wasted=1),
    Script("500 with a reason after commit", _faults({"status": 500, "body": BUSINESS, "when": "after"})),
    Script("500 with a reason", _faults({"status": 500, "body": BUSINESS}), may_refuse=True),
    Script("duplicate number", _faults({"status": 500, "body": TAKEN}), may_refuse=True),
    Script("504 after commit", _faults({"status": 504, "when": "after"})),
    LATE_COMMIT,
    Script("answers late", _faults({"kind": "delay", "when": "after", "seconds": LATE})),
    Script("stalls", _faults({"kind": "stall"}), wasted=1),
    Script("answer unreadable", _faults({"status": 200, "body": "<html>", "when": "after"})),
    Script("answer lost, search lags", _lagging(_CUT_AFTER)),
    Script("429 with headers", _limited),
    Script("429 without headers", _faults({"status": 429})),
    Script("connection refused", _faults({"status": 503, "headers": {MARK: "refused"}})),
    Script("maintenance page", _faults({"status": 503, "body": "<html>Down</html>", "times": 2}), wasted=2),
    Script("cut twice, then lost", _faults(_CUT_BEFORE, _CUT_BEFORE, _CUT_AFTER), wasted=2),
    Script("cut three times", _faults(_CUT_BEFORE, _CUT_BEFORE, _CUT_BEFORE), wasted=3),
)

TOKEN_SCRIPTS: Sequence[Script] = (
    QUIET,
    Script("rotated, answer lost", _faults(_CUT_AFTER), loses_login=True),
    Script("rotated, answer 500", _faults({"status": 500, "when": "after"}), loses_login=True),
    Script("cut before rotation", _faults(_CUT_BEFORE)),
    Script("500 before rotation", _faults({"status": 500})),
    Script("connection refused", _faults({"status": 503, "headers": {MARK: "refused"}})),
    Script("stalls", _faults({"kind": "stall"})),
)

READ_SCRIPTS: Sequence[Script] = (
    QUIET,
    Script("answer cut", _faults(_CUT_BEFORE)),
    Script("503", _faults({"status": 503, "times": 2})),
    Script("429 with headers", _limited),
    Script("answer unreadable", _faults({"status": 200, "body": "<html>"})),
)
