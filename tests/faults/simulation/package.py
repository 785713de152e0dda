"""The pretend package as a process meets it: calls take time, go on when their caller dies, and are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from random import Random

import httpx

from tests.faults.simulation.process import Process

UNAVAILABLE = "<html><body>Wegens onderhoud gesloten.</body></html>"
SLOW = 0.4
"""The longest an ordinary call is under way, in seconds."""


class Package(httpx.AsyncBaseTransport):
    """The way to the sandbox. `looks` is told of every call in the moment it arrives; `closed`: for maintenance."""

    def __init__(
        self,
        sandbox: httpx.AsyncBaseTransport,
        process: Process,
        world: Context,
        random: Random,
        looks: Callable[[Process, httpx.Request], None],
        closed: Callable[[], bool],
    ) -> None:
        self._sandbox = sandbox
        self._process = process
        self._world = world
        self._random = random
        self._looks = looks
        self._closed = closed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. What has arrived is done, whatever becomes of the caller."""
        began = asyncio.get_running_loop().time()
        await self._process.reach()
        await asyncio.sleep(self._random.random() * SLOW)
        await self._process.reach()
        self._looks(self._process, request)
        if self._closed():
            return httpx.Response(503, html=UNAVAILABLE, request=request)
        # Not a task of the process: the package knows nothing of its death.
        served = self._world.run(asyncio.ensure_future, self._sandbox.handle_async_request(request))
        try:
            response = await asyncio.shield(served)
        except httpx.ReadTimeout:
            await asyncio.sleep(self._patience(request) - (asyncio.get_running_loop().time() - began))
            raise
        finally:
            await self._process.reach()
        await asyncio.sleep(self._random.random() * SLOW)
        await self._process.reach()
        return response

    @staticmethod
    def _patience(request: httpx.Request) -> float:
        return float(request.extensions["timeout"]["read"])
