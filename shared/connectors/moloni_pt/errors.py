"""What Moloni's refusals mean (Moloni PT fact sheet, sections 1.1, 2 and 2.1)."""

import json
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from shared.access import Answer, TokenRefusal
from shared.errors import EXPIRED, MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, WorkError

from .problems import Problem, problems_in

CLOSED = "Moloni does not let this login work for the company (any more). Grant access in Moloni, or log in anew."

PAUSE = timedelta(minutes=1)
"""Where a 429 does not say for how long: the limit is not published (section 2, Rate limit)."""

_STALE = ("token is no longer valid", "access token was not found")
_WRONG_APP = {"invalid_client", "unauthorized_client"}


class DataError(Rejected):
    """Moloni refused the data. `problems` say what is wrong with them."""

    def __init__(self, found: Sequence[Problem], lines: Sequence[str] = ()) -> None:
        """`lines` are the names of the lines that were sent."""
        told = dict.fromkeys(problem.sentence(lines) for problem in found)
        says = dict.fromkeys(problem.words for problem in found)
        super().__init__(f"Moloni refused: {'; '.join(told)}.", vendor_says="; ".join(says))
        self.problems = tuple(found)


class SaidNothing(Rejected):
    """Moloni refused without a reason: looked up once before that is believed."""

    look_up_first = True


def stale(answer: Answer) -> bool:
    """Whether a newer token helps (section 1.1, Decision rule). Moloni says so with 400; one client also met 401."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return True
    told = _auth_error(answer)[1].lower()
    return answer.status == HTTPStatus.BAD_REQUEST and any(words in told for words in _STALE)


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success. Refused data come with 200, as a list (section 5, trap 1)."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return _trouble(answer, write=write)
    if found := problems_in(answer.text):
        return _refused(found)
    return _not_written(answer) if write else None


def _trouble(answer: Answer, *, write: bool) -> WorkError:
    words = _words(answer)
    if stale(answer):
        return NeedsOwner(EXPIRED, vendor_says=words)
    match answer.status:
        case HTTPStatus.FORBIDDEN:
            return MissingRight(_MISSING_RIGHT, vendor_says=words)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("Moloni asks for a pause: a call limit is reached.", until=answer.retry_at(PAUSE))
        case status if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = Uncertain if write else TryLater
            return kind(f"Moloni is not available at the moment ({status}).", vendor_says=words)
    if _auth_error(answer)[0] in _WRONG_APP:
        return TryLater("Moloni does not know this installation. Its operator must check the access to Moloni.")
    found = problems_in(answer.text)
    return _refused(found) if found else Rejected(f"Moloni refused: {words or answer.status}", vendor_says=words)


_MISSING_RIGHT = "Moloni does not allow this. Give the user of this connection the rights in Moloni."


def _refused(found: Sequence[Problem]) -> WorkError:
    if any(problem.field == "company_id" for problem in found):
        return NeedsOwner(CLOSED, vendor_says="; ".join(problem.words for problem in found))
    return DataError(found)


def _not_written(answer: Answer) -> WorkError | None:
    """None for a success, which is `{"valid": 1, ...}`; what cannot be read may have been written all the same."""
    body = _json(answer)
    if isinstance(body, dict) and str(body.get("valid")) == "1":
        return None
    if isinstance(body, dict) and str(body.get("valid")) == "0":
        return Rejected("Moloni refused, and did not say why. Look at the document in Moloni.", vendor_says=answer.text)
    if body == []:
        return SaidNothing("Moloni refused, and did not say why. Try it by hand in Moloni.", vendor_says="[]")
    return Uncertain("Moloni answered in an unknown form.")


def refusal(answer: Answer) -> TokenRefusal:
    """Why the token endpoint said no. Wrong app credentials are the operator's to mend: the chain is not dead."""
    error, told = _auth_error(answer)
    reason = f"Moloni's login service answered {answer.status}: {told or error or 'no reason given'}"
    return TokenRefusal("dead" if error == "invalid_grant" else "later", reason)


def _auth_error(answer: Answer) -> tuple[str, str]:
    """`error` and `error_description` of a refusal of the login."""
    body = _json(answer)
    return (str(body.get("error", "")), str(body.get("error_description", ""))) if isinstance(body, dict) else ("", "")


def _words(answer: Answer) -> str | None:
    """Moloni's own words, else a page without its tags; None when there are none."""
    if told := _auth_error(answer)[1]:
        return told
    return answer.page


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError:
        return None
