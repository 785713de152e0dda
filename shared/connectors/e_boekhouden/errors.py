"""What e-Boekhouden's error codes mean, and what happens next (e-Boekhouden fact sheet, sections 1, 8 and 9).

A business error comes with status 200 and a code; only the code decides, texts are the package's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from http import HTTPStatus

from shared import clock
from shared.access import Answer
from shared.errors import (
    MissingRight,
    NeedsOwner,
    RateLimited,
    Rejected,
    TryLater,
    Uncertain,
    Unmappable,
    WorkError,
)

from .meanings import MEANINGS, SETTINGS

PAUSE = timedelta(minutes=10)
"""After E003.1. The package does not say for how long; a third party advises to wait and run again (section 5)."""

CLOSED_SESSIONS = frozenset({"E0021", "E0022", "E0023", "E0024"})
"""Without dots: one client has seen `E0023` (section 2)."""

_CODE = re.compile(r"<(?:\w+:)?LastErrorCode(?:\s[^>]*)?>([^<]+)<")
_WORDS = re.compile(r"<(?:\w+:)?LastErrorDescription(?:\s[^>]*)?>([^<]*)<")
_FAULT = re.compile(r"<faultcode[^>]*>\s*(?:\w+:)?(Client|Server)\b")
_FAULT_WORDS = re.compile(r"<faultstring[^>]*>([^<]*)<")
_ENVELOPE = re.compile(r"<(?:[\w-]+:)?Envelope\b")
_ALREADY_THERE = frozenset({"CFACT026", "CREL001"})
_HEAD = 20_000


@dataclass(frozen=True)
class Said:
    """An error code and the package's own words."""

    code: str
    words: str

    @property
    def plain(self) -> str:
        """The code without dots, as all comparisons need it."""
        return self.code.replace(".", "").upper()


def said(answer: Answer) -> Said | None:
    """The error that an answer carries; None for a success, whose ErrorMsg may be empty or absent (section 9)."""
    head = answer.text[:_HEAD]
    found, words = _CODE.search(head), _WORDS.search(head)
    if found is None or not found[1].strip():
        return None
    return Said(found[1].strip(), unescape(words[1]).strip() if words else "")


def meaning(code: str) -> str:
    """What a code means, in the user's words; a code nobody knows is named."""
    return MEANINGS.get(_plain(code)) or f"e-Boekhouden refused with code {code}."


def _plain(code: str) -> str:
    return code.replace(".", "").upper()


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success."""
    if problem := said(answer):
        return _business(problem, answer.status)
    if answer.status == HTTPStatus.OK and _ENVELOPE.search(answer.text[:_HEAD]):
        return None
    fault = _FAULT.search(answer.text[:_HEAD])
    if fault and fault[1] == "Client":
        # The package could not read the request, so it did nothing (section 1).
        words = _FAULT_WORDS.search(answer.text)
        said_so = unescape(words[1]).strip() if words else ""
        return Rejected(f"e-Boekhouden could not read the request: {said_so}", vendor_says=said_so or None)
    return _trouble(answer.status, write=write)


def _trouble(status: int, *, write: bool) -> WorkError:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited("")
    passing = status == HTTPStatus.OK or status == HTTPStatus.REQUEST_TIMEOUT or status >= 500  # noqa: PLR2004, PLR1714
    if not passing:
        return Rejected(f"e-Boekhouden refused the call ({status}).")
    kind = Uncertain if write else TryLater
    why = "answered with something that is not SOAP" if status == HTTPStatus.OK else f"is not available ({status})"
    return kind(f"e-Boekhouden {why}.")


def _business(problem: Said, status: int) -> WorkError:
    plain, words = problem.plain, problem.words or None
    reason = meaning(plain) if plain in MEANINGS else f"e-Boekhouden refused: {problem.words} ({problem.code})"
    if plain in CLOSED_SESSIONS:
        return TryLater(reason, after=timedelta(seconds=1), vendor_says=words)
    if plain == "E0031":
        return _limited(problem.words)
    if plain == "E0015":
        return MissingRight(reason, vendor_says=words)
    if plain.startswith(("E001", "E002")):
        return NeedsOwner(reason, vendor_says=words)
    if plain in SETTINGS:
        return Unmappable(SETTINGS[plain], reason)
    refused = Rejected(reason, vendor_says=words)
    # A number or code that is taken may be our own: from a write whose answer was lost (section 7, recipes). And a 5xx
    # is no proof that nothing was written, even with a code in it: business errors come with 200 (section 9).
    refused.look_up_first = plain in _ALREADY_THERE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return refused


def _limited(words: str) -> RateLimited:
    return RateLimited(MEANINGS["E0031"], until=clock.now() + PAUSE, vendor_says=words or None)
