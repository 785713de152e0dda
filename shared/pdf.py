"""Fetches the platform's PDFs, from the hosts the operator named and nowhere else.

An address in an event is foreign input: fetching whatever it names would let whoever writes events read our network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from shared.errors import Rejected, TryLater

_SIGNATURE = b"%PDF-"


@dataclass(frozen=True)
class PdfSource:
    """`hosts` are origins (`https://files.example.com`); `max_bytes` the largest file taken."""

    hosts: Sequence[str]
    max_bytes: int
    timeout: float = 30.0
    transport: httpx.AsyncBaseTransport | None = None

    async def fetch(self, url: str) -> bytes:
        """The file. `Rejected` when it may not or cannot be fetched, `TryLater` when its host is away.

        Redirects are not followed: they would lead away from the named hosts.
        """
        if not self.allows(url):
            raise Rejected(f"the PDF is at {_origin(url)}, which this installation does not fetch files from")
        try:
            async with (
                httpx.AsyncClient(transport=self.transport, timeout=self.timeout, follow_redirects=False) as client,
                client.stream("GET", url) as answer,
            ):
                return await self._body(answer)
        except httpx.TransportError as error:
            raise TryLater(f"the PDF could not be fetched from {_origin(url)} ({type(error).__name__})") from None

    def allows(self, url: str) -> bool:
        """Whether the address is on one of the named hosts: same scheme, host and port."""
        return _origin(url) in {_origin(host) for host in self.hosts}

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code in {408, 429}:
            raise TryLater(f"the PDF could not be fetched: its host answered {answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise Rejected(f"the PDF could not be fetched: its host answered {answer.status_code}")
        body = b""
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > self.max_bytes:
                raise Rejected(f"the PDF is larger than {self.max_bytes:,} bytes")
        if not body.startswith(_SIGNATURE):
            raise Rejected("what is at the PDF's address is not a PDF")
        return body


def _origin(url: str) -> str:
    """Scheme, host and port, without the path, which may hold a signature. With a password it is no host of ours."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "an unreadable address"
    if parsed.userinfo:
        return f"an address with a password on {parsed.host}"
    port = "" if parsed.port is None else f":{parsed.port}"
    return f"{parsed.scheme}://{parsed.host}{port}"
