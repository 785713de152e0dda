"""Where a run happens: one sandbox at a time behind a socket, and a fork server for its victims."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from starlette.types import Receive, Scope, Send

from shared import clock
from shared.oauth import REFRESH_LEASE
from shared.sandbox import Sandbox, create
from shared.sandbox.scenario import scenario
from shared.settings import Settings
from shared.store.sqlite import SqliteStore
from tests.faults.matrix.forks import ForkServer, fork_server
from tests.faults.matrix.line import on_line
from tests.world import World, access_to

AWAKE_AGAIN = REFRESH_LEASE + timedelta(seconds=1)
"""A killed process is started again so much later: its leases are over, that of a token renewal too."""
_MEMORY = Path("/dev/shm")  # a place in memory, where it exists: what is killed here is a process


class Stage:
    """`url` is where the package of the run under way is reached. One run at a time."""

    def __init__(self, forks: ForkServer) -> None:
        self.forks = forks
        self.url = ""
        self._sandbox: Sandbox | None = None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app behind the socket: the sandbox of the run."""
        assert self._sandbox is not None
        await on_line(self._sandbox.app)(scope, receive, send)

    @asynccontextmanager
    async def world(
        self, connector: str, size: str = "least", public: str | None = None
    ) -> AsyncIterator[tuple[World, Path]]:
        """A fresh package of that connector and size, and the folder of a fresh installation, reached at `public`."""
        with TemporaryDirectory(prefix="faults-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            known = scenario(connector)
            # With the demo's limits: a story is not to wait for a minute because the one before it was read so fast.
            self._sandbox = create(connector, base_url=self.url, **{**known.options, **getattr(known, size)})
            self._sandbox.clock.advance(_to_full_minute(self._sandbox.clock.now()))
            store = SqliteStore(Path(folder) / "store.db", clock=self._sandbox.clock)
            settings = Settings(_env_file=None, **access_to(connector, self.url), public_url=public)
            yield World(store, self._sandbox, connector, settings, own_time=True), Path(folder)


def _to_full_minute(now: datetime) -> timedelta:
    """How long it takes until a minute begins, with which every run begins.

    What is said of a document that waits names a minute, and is said again when another is named: where in a minute a
    run began would decide how many lines its log has, and so how many places there are to die at.
    """
    return timedelta(minutes=1) - timedelta(seconds=now.second, microseconds=now.microsecond)


def ahead(sandbox: Sandbox) -> float:
    """Seconds by which the sandbox's clock is ahead of this machine's."""
    return (sandbox.clock.now() - clock.now()).total_seconds()


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """A stage; its processes and sockets end with the block."""
    async with fork_server() as forks:
        stage = Stage(forks)
        config = uvicorn.Config(
            stage.app, port=0, log_config=None, log_level="error", lifespan="off", interface="asgi3"
        )
        server = uvicorn.Server(config)
        socket = config.bind_socket()
        stage.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        running = asyncio.create_task(server.serve(sockets=[socket]))
        try:
            yield stage
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await running
