"""What Moloni's answers mean (Moloni Spain fact sheet, section 2).

A refusal comes with 200: the data of the operation is null, its errors name fields. Data beside errors was written.
Texts may be translated, so decisions are made by field and code; the sentences known below only choose better words.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from shared.access import Answer
from shared.errors import EXPIRED, MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, WorkError

from . import queries

"""Word for word what users know from the platform (and what a dead grant says)."""

PAUSE = timedelta(minutes=1)
"""Where a 429 does not say for how long: no limit is published (section 2, Rate limit)."""

_ERRORS = re.compile(r'"errors"\s*:\s*\[\s*\{')
_UNIQUE = frozenset({"vat", "number"})
_NOT_READ = frozenset({"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "BAD_REQUEST"})


@dataclass(frozen=True)
class Said:
    """One error: a field (`*`: none), Moloni's words; a `code` where the whole request is meant."""

    words: str
    field: str = "*"
    code: str = ""


class Refused(Rejected):
    """Moloni refused; `fields` are what it is about."""

    fields: frozenset[str] = frozenset()


class NotHere(Refused):
    """What was asked for by its id is not in this company's books."""


class NotUnderstood(Rejected):
    """The request does not fit this Moloni's schema; nothing was done."""


def stale(answer: Answer) -> bool:
    """Whether a newer token helps."""
    return answer.status == HTTPStatus.UNAUTHORIZED or any(one.code == "UNAUTHENTICATED" for one in _whole(answer))


def classify(answer: Answer, write: bool) -> WorkError | None:  # noqa: FBT001  # the shape every connector's classify has
    """The error an answer means, or None for a success.

    Long lists are not read twice: an answer of 200 that has no error in it is a success, if it was a read.
    """
    if answer.status == HTTPStatus.OK and not write and not _ERRORS.search(answer.text):
        return None
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited("Moloni asks for a pause: a call limit is reached.", until=answer.retry_at(PAUSE))
    if answer.status == HTTPStatus.REQUEST_TIMEOUT or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _trouble(f"Moloni is not available at the moment ({answer.status}).", write=write)
    if whole := _whole(answer):
        return _request_failed(whole, answer, write=write)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return _refused_by_status(answer)
    return _written(answer) if write else _read(answer)


def _request_failed(whole: Sequence[Said], answer: Answer, *, write: bool) -> WorkError | None:
    """Errors about the request as a whole (section 2, GraphQL errors)."""
    words, codes = _words(whole), {one.code for one in whole}
    if answer.status == HTTPStatus.UNAUTHORIZED or "UNAUTHENTICATED" in codes:
        return NeedsOwner(EXPIRED, vendor_says=words)
    if write and _is_there(answer):
        return None
    if answer.status == HTTPStatus.FORBIDDEN or "FORBIDDEN" in codes:
        return MissingRight(_MISSING_RIGHT, vendor_says=words)
    if codes & _NOT_READ or answer.status >= HTTPStatus.BAD_REQUEST:
        return NotUnderstood(f"Moloni did not understand the request: {words}", vendor_says=words)
    return _trouble("Something went wrong inside Moloni.", write=write, words=words)


def _refused_by_status(answer: Answer) -> WorkError:
    words = answer.page
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return NeedsOwner(EXPIRED, vendor_says=words)
    if answer.status == HTTPStatus.FORBIDDEN:
        return MissingRight(_MISSING_RIGHT, vendor_says=words)
    return Rejected(f"Moloni refused: {words or answer.status}", vendor_says=words)


def _written(answer: Answer) -> WorkError | None:
    """Whether a write was made: with data it was, whatever errors stand beside it (section 2, Errors AND data)."""
    if _is_there(answer):
        return None
    errors = _business(answer)
    return _refusal(errors) if errors else Uncertain("Moloni did not say what it made.")


def _read(answer: Answer) -> WorkError | None:
    errors = _business(answer)
    if not errors:
        return None
    if _is_there(answer):
        # Half an answer must not look like a whole one: what is missing from it would count as deleted.
        return TryLater(f"Moloni answered, but not without an error: {_words(errors)}", vendor_says=_words(errors))
    return _refusal(errors)


def _refusal(errors: Sequence[Said]) -> WorkError:
    words, fields = _words(errors), frozenset(one.field for one in errors)
    for sentence, (kind, reason) in _KNOWN.items():
        if any(sentence in one.words for one in errors):
            return kind(reason, vendor_says=words)
    by_id = all(one.endswith("Id") and one != "companyId" for one in fields)
    told = "; ".join(f"{one.words} ({_named(one.field)})" if one.field != "*" else one.words for one in errors)
    refused = (NotHere if by_id else Refused)(f"Moloni refused: {told}. {_advice(fields)}", vendor_says=words)
    refused.fields = fields
    # Somebody has this number or VAT number: perhaps it is our own customer, of a write whose answer was lost.
    refused.look_up_first = bool(fields & _UNIQUE)
    return refused


def _named(field: str) -> str:
    """`products[2].taxes` as an office worker reads it."""
    found = re.fullmatch(r"products?\W*(\d+)\W*(\w*)", field)
    return f"line {int(found[1]) + 1}, {found[2]}" if found else field


def _advice(fields: frozenset[str]) -> str:
    if "vat" in fields:
        return "Check the customer's VAT number on the platform and in Moloni, and send the document again."
    return "Correct it, and send the document again."


_MISSING_RIGHT = "Moloni does not allow this. Give the user of this connection the rights in Moloni."

_KNOWN: Mapping[str, tuple[type[NeedsOwner], str]] = {
    "Expired subscription": (NeedsOwner, "The company's Moloni subscription has ended. Renew it in Moloni."),
    "have access to this company": (
        NeedsOwner,
        "Moloni does not let this login work for the company (any more). Grant access, or log in as another user.",
    ),
    "have permissions to execute": (MissingRight, _MISSING_RIGHT),
}
"""Sentences seen with Moloni ON."""


def _trouble(reason: str, *, write: bool, words: str | None = None) -> WorkError:
    return (Uncertain if write else TryLater)(reason, vendor_says=words)


def _is_there(answer: Answer) -> bool:
    """Whether each operation gave data; a deletion says how many are gone instead."""
    found = _results(answer)
    return bool(found) and all(one.get("data") or one.get("deletedCount") for one in found)


def _business(answer: Answer) -> list[Said]:
    errors = [one for each in _results(answer) for one in _dicts(each.get("errors"))]
    return [Said(str(one.get("msg") or ""), str(one.get("field") or "*")) for one in errors]


def _results(answer: Answer) -> list[Mapping[str, Any]]:
    try:
        return list(queries.results(_body(answer)).values())
    except ValueError:
        return []


def _whole(answer: Answer) -> list[Said]:
    if '"errors"' not in answer.text:
        return []
    errors = _dicts(_body(answer).get("errors"))
    return [Said(str(one.get("message") or ""), code=str(_code(one))) for one in errors]


def _code(error: Mapping[str, Any]) -> object:
    extensions = error.get("extensions")
    return extensions.get("code") if isinstance(extensions, dict) else None


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(errors: Sequence[Said]) -> str:
    return "; ".join(one.words for one in errors if one.words)
