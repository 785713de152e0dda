"""How Multivers says no: a list of messages (Multivers fact sheet, section 3, Error body)."""

from __future__ import annotations

from starlette.responses import Response

from shared.sandbox.payload import encode


class Refusal(Exception):  # the answer to a caller, not an error of ours
    """The answer is this status with these words; status and type are inferred (section 3)."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status, words)
        self.status = status
        self.words = words

    @property
    def response(self) -> Response:
        """As it goes out; some answers have no body at all."""
        if not self.words:
            return Response(status_code=self.status)
        return Response(encode(messages(self.words)), self.status, media_type="application/json")


def messages(words: str, kind: str = "Error") -> dict[str, object]:
    """Words as they travel."""
    return {"messages": [{"message": words, "messageType": kind, "path": "", "exceptionId": None}]}


def refused(words: str) -> Refusal:
    """A rule of the package was broken."""
    return Refusal(400, words)


def missing(what: str, id: object) -> Refusal:
    """There is no such record."""
    return Refusal(404, f"{what} {id} bestaat niet.")
