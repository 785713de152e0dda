"""What Billit's refusals mean (Billit fact sheet, sections 1 and 2).

Descriptions come in the language of the user, so nothing is decided by them, only by codes.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from shared.access import Answer, TokenRefusal
from shared.errors import EXPIRED, MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, WorkError

"""Word for word what users know from the platform (and what a dead grant says)."""

PAUSE = timedelta(minutes=1)
"""Where a 429 does not say for how long: the limits are not published (section 2, Rate limit)."""

_TOKEN_CODES = {"InvalidAccessToken", "AccessTokenExpired", "AccessTokenRevoked"}
_DUPLICATE = "Idempotent token already exists"

_MEANINGS = {
    "InvalidVAtPercentageForTaxCountry_0_": "the company's country does not have one of the VAT percentages. "
    "Correct it on the platform, or choose another VAT code in the settings",
    "TheCustomerDoesNotSupportPeppolForType_0_": "the customer cannot receive it by Peppol. "
    "Send it from Billit in another way, or choose another way in the settings",
}


class NotHere(Rejected):
    """What was asked for by its id is not in this company's books: unknown, deleted, or another company's."""


def stale(answer: Answer) -> bool:
    """Whether a newer token helps: not where Billit says that something belongs to another company (section 2, 401)."""
    codes = set(_codes(answer))
    return answer.status == HTTPStatus.UNAUTHORIZED and (not codes or bool(codes & _TOKEN_CODES))


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success. A 408 or 5xx on a write may have been executed."""
    return None if answer.status < HTTPStatus.BAD_REQUEST else _problem(answer, write=write)


def _problem(answer: Answer, *, write: bool) -> WorkError:
    words = _words(answer)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return _unauthorized(answer, words, write=write)
        case HTTPStatus.FORBIDDEN:
            return MissingRight(_MISSING_RIGHT, vendor_says=words)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("Billit asks for a pause: a call limit is reached.", until=answer.retry_at(PAUSE))
        case HTTPStatus.CONFLICT if write and _DUPLICATE in _codes(answer):
            # The key is kept after a success only, so the write was made; it is not said as what (section 2).
            return Uncertain("Billit has carried this out before.", vendor_says=words)
        case status if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = Uncertain if write else TryLater
            return kind(f"Billit is not available at the moment ({status}).", vendor_says=words)
    return _refused(answer, words)


_MISSING_RIGHT = "Billit does not allow this. Give the user of this connection the rights in Billit."


def _unauthorized(answer: Answer, words: str | None, *, write: bool) -> WorkError:
    """A token that is dead; else somebody else's record (a read), or a company that is closed to us (a write)."""
    if stale(answer):
        return NeedsOwner(EXPIRED, vendor_says=words)
    if write:
        return NeedsOwner(CLOSED, vendor_says=words)
    return NotHere("What Billit was asked for belongs to another company.", vendor_says=words)


CLOSED = (
    "Billit does not let this login work for the company (any more). Grant access in Billit, or log in as another user."
)


def _refused(answer: Answer, words: str | None) -> Rejected:
    if answer.status == HTTPStatus.NOT_FOUND:
        return NotHere("What Billit was asked for is not there (any more).", vendor_says=words)
    meaning = next((_MEANINGS[code] for code in _codes(answer) if code in _MEANINGS), None)
    return Rejected(f"Billit refused: {meaning or words or answer.status}", vendor_says=words)


def refusal(answer: Answer) -> TokenRefusal:
    """Why the token endpoint said no. Status and codes of its refusals are not documented (section 6)."""
    reason = f"Billit's login service answered {answer.status}: {_words(answer) or 'no reason given'}"
    busy = answer.status in {408, 429} or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    # The app's own credentials are wrong: the operator mends those, the chain is not dead.
    wrong_app = any("client" in code.lower() for code in _codes(answer))
    return TokenRefusal("later" if busy or wrong_app or not _is_json(answer) else "dead", reason)


def _words(answer: Answer) -> str | None:
    """Billit's own words: its descriptions, else its codes, else a page without its tags; None when there are none."""
    told = [str(one.get("Description") or one.get("Code") or "") for one in _errors(answer)]
    if words := "; ".join(filter(None, told)):
        return words
    return answer.page


def _codes(answer: Answer) -> list[str]:
    return [str(one["Code"]) for one in _errors(answer) if one.get("Code")]


def _errors(answer: Answer) -> list[Mapping[str, Any]]:
    try:
        body = json.loads(answer.text)
    except ValueError:
        return []
    found = body.get("errors") if isinstance(body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_json(answer: Answer) -> bool:
    try:
        return isinstance(json.loads(answer.text), dict)
    except ValueError:
        return False
