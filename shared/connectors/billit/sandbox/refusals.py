"""How Billit says no: a status and a list of errors (Billit fact sheet, section 2, Business error)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from shared.sandbox.payload import encode


class Refusal(Exception):  # the answer to a caller, not an error of ours
    """The answer is this status with these errors. `description` None leaves it out, as for tokens."""

    def __init__(self, status: int, code: str | None, description: str | None = None) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.description = description

    @property
    def response(self) -> Response:
        """As it goes out; a lone status has no body."""
        if self.code is None:
            return Response(status_code=self.status)
        error: dict[str, Any] = {"Code": self.code}
        if self.description is not None:
            error["Description"] = self.description
        return Response(encode({"errors": [error]}), self.status, media_type="application/json")


def generic(description: str) -> Refusal:
    """A business error that has no code of its own."""
    return Refusal(400, "GenericError", description)


def foreign(what: str, id: int) -> Refusal:
    """401 for what belongs to another company (section 2); the code is not documented, so this one is ours."""
    return Refusal(401, "Unauthorized", f"{what} {id} does not belong to this company")
