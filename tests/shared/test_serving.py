"""Serving an app on a port of this process."""

import socket
from typing import Any

import httpx

from shared.serving import Impatient, serving


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_the_body_of_an_answer_never_waits_for_its_headers_to_be_acknowledged() -> None:
    """Nagle's algorithm and delayed acknowledgements together cost 40 ms for each answer."""
    nodelay: list[int] = []

    class Watched(Impatient):
        def connection_made(self, transport: Any) -> None:
            line = transport.get_extra_info("socket")
            nodelay.append(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().connection_made(transport)

    async with serving(answer, "127.0.0.1", 0, http=Watched) as url, httpx.AsyncClient() as client:
        assert (await client.get(url)).text == "ok"
    assert nodelay == [1]
