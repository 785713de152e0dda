"""What Exact's refusals mean (Exact fact sheet, sections 2, 4 and 5).

Texts come in the language of the API user, so nothing is decided by text except where the sheet lists it.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from shared import clock
from shared.access import Answer, TokenRefusal
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, WorkError

from . import limits

ERROR_BLOCK = timedelta(hours=1)
"""After ten errors in an hour Exact blocks an endpoint for an hour, probably with a 429 without rate headers."""

_GONE = HTTPStatus.NOT_FOUND

_EXPLAINED = (
    (
        re.compile(r"bestaat reeds|already exists", re.IGNORECASE),
        "Exact Online has this number or code already. If it is not this document, change it and send it again.",
    ),
    (
        re.compile(r"period.*(afgesloten|geblokkeerd|closed|blocked)", re.IGNORECASE),
        "The period of this date is closed in Exact Online. Open it there, or change the date, then send it again.",
    ),
)
"""Texts that refusals have in Dutch or English; in other languages the general words stand."""

_OTHER_USER = ", or log in as another user."

_FORBIDDEN = {
    "BlockedUser": f"The Exact Online user is blocked. Unblock this user in Exact Online{_OTHER_USER}",
    "InactiveUser": f"The Exact Online user is inactive. Activate this user in Exact Online{_OTHER_USER}",
    "BlockedCustomer": "The Exact Online account is blocked. Ask Exact to unblock it.",
    "LicenseExpired": "The Exact Online licence has expired. Renew it in Exact Online.",
    "DivisionBlocked": "The administration is blocked. Ask your accountant or Exact to unblock it.",
    "NoDivisionAccess": f"The user may not open this administration. Grant access in Exact Online{_OTHER_USER}",
}

_MISSING_RIGHT = (
    "Exact Online does not allow this. Give the user of this connection the rights in Exact Online, "
    "and check that the app may use this part of it."
)


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success. A 408 or 5xx on a write may have been executed."""
    return None if answer.status < HTTPStatus.BAD_REQUEST else _problem(answer, write=write)


def _problem(answer: Answer, *, write: bool) -> WorkError:
    words = _words(answer)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return NeedsOwner("Exact Online no longer accepts the login. Log in again.", vendor_says=words)
        case HTTPStatus.FORBIDDEN:
            return _forbidden(answer, words)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("Exact Online asks for a pause: a call limit is reached.", until=_pause_until(answer))
        case status if _is_trouble(status) and not (write and _is_business(answer)):
            kind = Uncertain if write else TryLater
            return kind(f"Exact Online is not available at the moment ({status}).", vendor_says=words)
    why = words or ("what it was asked for is not there any more (404)" if answer.status == _GONE else answer.status)
    error = Rejected(_advised(str(why)) if write else f"Exact Online refused: {why}", vendor_says=words)
    # A 500 is no proof that nothing was written, even with a reason in it.
    error.look_up_first = _is_trouble(answer.status)
    return error


def _advised(why: str) -> str:
    """A refused write in words that say what to do. Nothing is decided by a text; a known one is only explained."""
    for known, advice in _EXPLAINED:
        if known.search(why):
            return advice
    return f"Exact Online refused: {why.rstrip('.')}. Mend that in Exact Online or in the document, then send it again."


def _forbidden(answer: Answer, words: str | None) -> NeedsOwner:
    """A known reason closes the whole administration; without one it is a right or a scope for this resource."""
    known = _FORBIDDEN.get(_reason_header(answer))
    return NeedsOwner(known, vendor_says=words) if known else MissingRight(_MISSING_RIGHT, vendor_says=words)


def refusal(answer: Answer) -> TokenRefusal:
    """Why the token endpoint said no. Decided on `error` and its description, because 400 and 401 are both in use."""
    body = _json(answer)
    error, description = str(body.get("error", "")), str(body.get("error_description", ""))
    reason = f"Exact Online's login service answered {answer.status}: {description or error or 'no reason given'}"
    busy = _is_trouble(answer.status) or answer.status == HTTPStatus.TOO_MANY_REQUESTS
    if _reason_header(answer) == "TooEarlyToRefreshTokens" or (error == "access_denied" and not busy):
        return TokenRefusal("early", reason)
    # Without a description the app's own credentials are wrong: the operator mends those, the chain is not dead.
    wrong_app = error == "invalid_client" or (error == "invalid_request" and not description)
    if busy or wrong_app or not error:
        return TokenRefusal("later", reason)
    return TokenRefusal("dead", reason)


def _is_trouble(status: int) -> bool:
    return status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _reason_header(answer: Answer) -> str:
    return answer.headers.get("reason", "").partition(":")[0].strip()


def _pause_until(answer: Answer) -> datetime:
    # A clock of ours that runs ahead would see a reset in the past, and ask again at once, for ever.
    soonest = clock.now() + timedelta(seconds=1)
    windows = list(limits.read(answer.headers).values())
    exceeded = windows if len(windows) == 1 else [window for window in windows if window.remaining <= 0]
    if not exceeded:
        return clock.now() + ERROR_BLOCK
    return max(soonest, *(window.resets for window in exceeded))


def _is_business(answer: Answer) -> bool:
    """Whether this is a refusal with a reason: Exact answers those with 500 too, and real faults with one text (4)."""
    message = _message(answer)
    return (
        answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
        and message != ""
        and not message.startswith("A problem has occurred")
    )


def _words(answer: Answer) -> str | None:
    """The vendor's own words: the message as it is, a page without its tags and shortened, None when there are none."""
    message = _message(answer)
    if message:
        return message
    return answer.page or answer.headers.get("reason")


def _message(answer: Answer) -> str:
    try:
        return str(_json(answer)["error"]["message"]["value"]).strip()
    except (KeyError, TypeError):
        return ""


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
