"""The barest HTTP/1.1 server: what a measured client talks to must not be what is measured.

One request at a time on each connection, bodies by Content-Length; all that httpx needs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Call:
    """One request. `target` is path and query as they came."""

    method: str
    target: str
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer. `headers` are ready to be sent: lines that end with CRLF, without Content-Length."""

    status: int
    headers: bytes
    body: bytes

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        line = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\ncontent-length: {len(self.body)}\r\n"
        return b"".join((line.encode(), self.headers, b"\r\n", self.body))


Answer = Callable[[Call], Awaitable[Reply]]


def parse(buffer: bytes) -> tuple[Call, bytes] | None:
    """The first call in the buffer and what is behind it; None while it is not all there."""
    head, found, rest = buffer.partition(_END_OF_HEAD)
    if not found:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    length = _content_length(lines)
    if len(rest) < length:
        return None
    method, target, _ = first.split(" ")
    return Call(method, target, rest[:length]), rest[length:]


def _content_length(lines: list[str]) -> int:
    named = (line.partition(":") for line in lines)
    return next((int(value) for name, _, value in named if name.lower() == "content-length"), 0)


class Line(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = b""
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        found = parse(self._buffer)
        if found is not None:
            call, self._buffer = found
            self._answering = asyncio.create_task(self._reply(call))

    async def _reply(self, call: Call) -> None:
        reply = await self._answer(call)
        if not self._transport.is_closing():
            self._transport.write(reply.encoded())


async def listen(answer: Answer) -> tuple[asyncio.Server, str]:
    """Serve on a free port of this machine; the server and its URL."""
    server = await asyncio.get_running_loop().create_server(lambda: Line(answer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}"
