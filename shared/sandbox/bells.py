"""The calls that a pretend package makes to those who asked to be called back."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

PATIENCE = 10.0
"""Seconds that a caller waits for an answer."""


def safe(url: str) -> bool:
    """Whether packages call there: by https, or on this very machine, so that everything can be tried without."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Ring(NamedTuple):
    """A call as the package makes it; its headers have the signature, if there is one."""

    url: str
    headers: dict[str, str]
    body: bytes


class Bells:
    """Keeps every call in `calls`, and makes it too once the sandbox reaches out; `answers` are the statuses."""

    def __init__(self) -> None:
        self.calls: list[Ring] = []
        self.answers: list[int] = []
        self._line: httpx.AsyncClient | None = None
        self._lost = 0
        self._under_way: set[asyncio.Task[int | None]] = set()

    def reach_out(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Make calls for real from now on; `transport` in place of the network."""
        self._line = httpx.AsyncClient(transport=transport, timeout=PATIENCE)

    def lose(self, times: int = 1) -> None:
        """The next calls are lost on their way."""
        self._lost += times

    def ring(self, call: Ring) -> None:
        """Call, without waiting for an answer."""
        self.calls.append(call)
        if self._lost:
            self._lost -= 1
        elif self._line is not None:
            task = asyncio.get_running_loop().create_task(self.call(call))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def call(self, call: Ring) -> int | None:
        """Call and wait for the status; None when nobody answers, or the sandbox does not reach out."""
        if self._line is None:
            return None
        try:
            answer = await self._line.post(call.url, content=call.body, headers=call.headers)
        except httpx.HTTPError:
            return None
        self.answers.append(answer.status_code)
        return answer.status_code

    async def rung(self) -> None:
        """Wait until nothing is under way any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def close(self) -> None:
        """Hang up."""
        await self.rung()
        line, self._line = self._line, None
        if line is not None:
            await line.aclose()
