"""What Multivers' refusals mean (Multivers fact sheet, sections 2 and 3).

Words come in the language of the user, so nothing is decided by them, only by status and type.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from shared.access import Answer, TokenRefusal
from shared.errors import EXPIRED, MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, WorkError

"""Word for word what users know from the platform (and what a dead grant says)."""

PAUSE = timedelta(minutes=1)
"""Where a 429 does not say for how long: no limit is documented (section 3)."""


class NotHere(Rejected):
    """What was asked for by its id is not in this administration (any more)."""


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success. A business error may come with status 200."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return _problem(answer, write=write)
    return _refused_in_a_success(answer) if write else None


def _refused_in_a_success(answer: Answer) -> Rejected | None:
    """A command says `error`, an object has messages; warnings are none (section 3, Commands and Warnings).

    Whether an object with an error among its messages was stored is not documented, so it is looked up once.
    """
    body = _json(answer)
    words = str(body.get("error") or "") or "; ".join(_errors(body))
    if not words:
        return None
    refused = Rejected(f"Multivers refused: {words}", vendor_says=words)
    refused.look_up_first = True
    return refused


def _problem(answer: Answer, *, write: bool) -> WorkError:
    words = _words(answer)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return NeedsOwner(EXPIRED, vendor_says=words)
        case HTTPStatus.FORBIDDEN:
            return MissingRight(_MISSING_RIGHT, vendor_says=words)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("Multivers asks for a pause: a call limit is reached.", until=answer.retry_at(PAUSE))
        case HTTPStatus.NOT_FOUND:
            return NotHere(f"Multivers refused: {words or 'it is not there (any more)'}", vendor_says=words)
        case status if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = Uncertain if write else TryLater
            return kind(f"Multivers is not available at the moment ({status}).", vendor_says=words)
    return Rejected(f"Multivers refused: {words or answer.status}", vendor_says=words)


_MISSING_RIGHT = (
    "Multivers does not allow this. Give the user of this connection the rights to the program and the administration "
    "in Multivers."
)


def refusal(answer: Answer) -> TokenRefusal:
    """Why the token endpoint said no. Its bodies are not documented; RFC 6749 is assumed (section 2, Token errors)."""
    code = str(_json(answer).get("error") or "")
    reason = f"Multivers' login service answered {answer.status}: {code or 'no reason given'}"
    # The app's own credentials are wrong: the operator mends those, the login is not dead.
    dead = answer.status in {400, 401, 403} and code and "client" not in code
    return TokenRefusal("dead" if dead else "later", reason)


def _words(answer: Answer) -> str | None:
    """Multivers' own words, wherever this version has them; else a page without its tags; None when there are none."""
    body = _json(answer)
    told = [text for _, text in _messages(body)] or [str(_any_case(body, "message") or "")]
    if words := "; ".join(filter(None, told)):
        return words
    if _parsed(answer) is not None:
        return None
    return answer.page


def _errors(body: Mapping[str, Any]) -> Iterator[str]:
    """The messages of a success that are errors: their types are not documented beyond the word (section 3)."""
    return (text for kind, text in _messages(body) if kind.casefold() == "error" and text)


def _messages(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Type and text. One client spells the text with a capital (section 3, Error body)."""
    found = _any_case(body, "messages")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [(str(_any_case(one, "messageType") or ""), str(_any_case(one, "message") or "")) for one in rows]


def _any_case(body: Mapping[str, Any], name: str) -> Any:
    return body.get(name, body.get(name[0].upper() + name[1:]))


def _json(answer: Answer) -> Mapping[str, Any]:
    body = _parsed(answer)
    return body if isinstance(body, dict) else {}


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError:
        return None
