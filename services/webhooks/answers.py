"""What a caller is answered: a status, and for us the reason. The body is always empty: nobody learns anything."""

from dataclasses import dataclass, field

from starlette.types import Send

RETRY_AFTER = "10"
"""Seconds after which a caller may try again."""


@dataclass(frozen=True)
class Answer:
    """`result` is the label of the metric. `closes`: the rest of the request is not read."""

    status: int
    result: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    closes: bool = False

    async def send(self, send: Send) -> None:
        """As an ASGI response."""
        headers = [(b"content-length", b"0"), *self.headers]
        if self.closes:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Refused(Exception):  # an answer, not an error of ours
    """The callback is not taken in."""

    answer: Answer = field()


def _later(status: int, result: str) -> Answer:
    return Answer(status, result, ((b"retry-after", RETRY_AFTER.encode()),), closes=True)


ACCEPTED = Answer(200, "accepted")
NOTHING = Answer(200, "nothing")
PROBED = Answer(200, "probed")
UNKNOWN = Answer(404, "unknown", closes=True)
METHOD = Answer(405, "method", ((b"allow", b"POST"),), closes=True)
TYPE = Answer(415, "content_type", closes=True)
LARGE = Answer(413, "too_large", closes=True)
SLOW = Answer(408, "slow", closes=True)
UNREADABLE = Answer(400, "unreadable")
UNSIGNED = Answer(401, "unsigned")
LIMITED = _later(429, "limited")
BUSY = _later(503, "busy")
AWAY = _later(503, "away")
