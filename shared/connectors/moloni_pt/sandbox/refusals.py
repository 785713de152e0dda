"""How Moloni says no: an object with 400 for the login, nested lists of codes with 200 for data (sections 1.1, 2.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from shared.sandbox.payload import encode

_WORDS = {
    1: "is required",
    2: "must be numeric",
    3: "must be a valid e-mail",
    4: "must be unique",
    5: "must be valid",
    7: "must be a valid postal code",
    8: "must be a valid Portuguese tax number",
    9: "must be a date",
    11: "cannot be sent to the tax authority",
    12: "must be a date {} {}",
    15: "has more than one VAT",
    16: "must be an identified customer",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code, a field, and what the code wants to add."""

    code: int
    field: str
    params: tuple[Any, ...] = ()

    def shown(self, *, human: bool) -> Any:
        """As it goes out: "2 qty 0 0", or that with a description."""
        text = " ".join(str(part) for part in (self.code, self.field, *self.params))
        words = _WORDS.get(self.code, "is wrong").format(*self.params)
        return {"code": text, "description": f"Field '{self.field}' {words}"} if human else text


def integer(field: str) -> Problem:
    """An id that is missing, no number, or nobody's."""
    return Problem(2, field, (1, 0))


Nested = Sequence[Any] | Mapping[int, Any]
"""Problems, and lists of problems by line and by tax."""


class Invalid(Exception):  # the answer to a caller, not an error of ours
    """The data are refused: 200, with what is wrong."""

    def __init__(self, problems: Nested) -> None:
        super().__init__(problems)
        self.problems = problems

    def response(self, *, human: bool) -> Response:
        """As it goes out."""
        return answer(shown(self.problems, human=human))


class AuthError(Exception):  # the answer to a caller, not an error of ours
    """The token does not open this: 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self._body = {"error": error, "error_description": description}

    @property
    def response(self) -> Response:
        """As it goes out."""
        return answer(self._body, 400)


def by_place(found: Mapping[int, Nested]) -> Nested:
    """Lists by place as PHP writes them: a list when the places are 0, 1, 2 ..., else an object."""
    places = [*found]
    return [*found.values()] if places == [*range(len(places))] else found


def shown(problems: Any, *, human: bool) -> Any:
    """Problems at any depth, as they go out."""
    if isinstance(problems, Problem):
        return problems.shown(human=human)
    if isinstance(problems, Mapping):
        return {str(place): shown(inner, human=human) for place, inner in problems.items()}
    return [shown(inner, human=human) for inner in problems]


def answer(body: Any, status: int = 200) -> Response:
    """JSON with exact numbers."""
    return Response(encode(body), status, media_type="application/json")


def plain(problem: Problem, words: str) -> str:
    """The body of a refusal with words of the caller's choice."""
    return json.dumps([{"code": f"{problem.code} {problem.field}", "description": words}])
