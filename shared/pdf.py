"""Fetches the platform's PDFs, from the hosts the operator named and nowhere else.

An address in an event is foreign input: fetching whatever it names would let whoever writes events read our network.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from shared.errors import Rejected, TryLater

_SIGNATURE = b"%PDF-"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PdfSource:
    """`hosts` are origins (`https://files.example.com`); `max_bytes` the largest file taken.

    `timeout` is that of the whole file in seconds: a host that answers a byte at a time holds up no lane.
    """

    hosts: Sequence[str]
    max_bytes: int
    timeout: float = 30.0
    transport: httpx.AsyncBaseTransport | None = None

    async def fetch(self, url: str) -> bytes:
        """The file. `Rejected` when it may not or cannot be fetched, `TryLater` when its host is away.

        Redirects are not followed: they would lead away from the named hosts. No text names more of the address than
        its host: the rest may hold a signature.
        """
        if not self.allows(url):
            raise Rejected(f"the PDF is at {_named(url)}, which this installation does not fetch files from")
        try:
            async with asyncio.timeout(self.timeout), self._client() as client, client.stream("GET", url) as answer:
                return await self._body(answer)
        except (httpx.RequestError, TimeoutError) as error:
            raise TryLater(f"the PDF could not be fetched from {_named(url)} ({type(error).__name__})") from None

    def allows(self, url: str) -> bool:
        """Whether the address is on one of the named hosts: same scheme, host and port."""
        origin = _origin(url)
        return origin is not None and origin in {_origin(host) for host in self.hosts}

    def _client(self) -> httpx.AsyncClient:
        # Asked for as it is: a small answer that unpacks to a huge file would fill our memory.
        plain = {"Accept-Encoding": "identity"}
        return httpx.AsyncClient(transport=self.transport, timeout=self.timeout, follow_redirects=False, headers=plain)

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code in {408, 429}:
            raise TryLater(f"the PDF could not be fetched: its host answered {answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise Rejected(f"the PDF could not be fetched: its host answered {answer.status_code}")
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > self.max_bytes:
                raise Rejected(f"the PDF is larger than {self.max_bytes:,} bytes")
        if not body.startswith(_SIGNATURE):
            raise Rejected("what is at the PDF's address is not a PDF")
        return bytes(body)


def _origin(url: str) -> str | None:
    """Scheme, host and port; None of what cannot be fetched, or names a user: such an address is no host of ours."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    if parsed.scheme not in _PORTS or not parsed.host or parsed.userinfo:
        return None
    port = parsed.port or _PORTS[parsed.scheme]
    return f"{parsed.scheme}://{parsed.host}" + ("" if port == _PORTS[parsed.scheme] else f":{port}")


def _named(url: str) -> str:
    return _origin(url) or "an address that cannot be read"
