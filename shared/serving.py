"""Serves an ASGI app in this process's own event loop, on a port that is checked first."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.errors import Misconfigured

_SHUTDOWN = 3


class Impatient(H11Protocol):
    """Closes a line on which no request begins in time: uvicorn itself waits for the headers for ever."""

    patience = 10.0
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A line was opened; its first request must come soon."""
        super().connection_made(transport)
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Also the next request must come whole."""
        super().data_received(data)
        if not self._busy:
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        if self._watch is not None:
            self._watch.cancel()

    @property
    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _hurry(self) -> None:
        if self._watch is None:
            self._watch = self.loop.call_later(self.patience, self._give_up)

    def _give_up(self) -> None:
        self._watch = None
        idle = self.timeout_keep_alive_task is not None  # uvicorn closes these itself
        if not self._busy and not idle:
            self.transport.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process that this server is only a part of."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, **options: Any) -> AsyncIterator[str]:
    """Serve `app` while the block runs (`port` 0: any free one); gives its base URL. `Misconfigured`: port is taken.

    `options` are uvicorn's. No address is ever logged: it may hold a secret.
    """
    bound = _bound(host, port)
    quiet = {"lifespan": "off", "log_config": None, "access_log": False}
    config = uvicorn.Config(app, **{**quiet, "timeout_graceful_shutdown": _SHUTDOWN, **options})
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn offers a flag, no event
            await asyncio.sleep(0.005)
        yield f"http://{host}:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


def _bound(host: str, port: int) -> socket.socket:
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # Lines that are accepted inherit it. asyncio sets it only where a socket names its protocol, and these do not:
        # then the body of an answer waits 40 ms for the caller to acknowledge the headers.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound  # noqa: TRY300  # the error is of any of these
    except OSError as error:
        raise Misconfigured(f"Port {port} of {host} cannot be used ({error.strerror}): choose another one.") from error
