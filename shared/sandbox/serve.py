"""Runs a sandbox over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from inspect import signature
from typing import Any

import uvicorn

from shared.errors import Misconfigured
from shared.sandbox.base import Sandbox


def create(name: str, **options: Any) -> Sandbox:
    """The sandbox of the connector `name`; `options` are those of its own `create`.

    `Misconfigured` if the connector has no sandbox, or the sandbox no such option.
    """
    path = f"shared.connectors.{name}.sandbox"
    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        if not path.startswith(error.name or "?"):
            raise
        raise Misconfigured(f"There is no sandbox for {name!r}.") from error
    known = signature(module.create).parameters
    if unknown := sorted(options.keys() - known.keys()):
        raise Misconfigured(f"The sandbox of {name} has no {', '.join(unknown)}; it has {', '.join(known)}.")
    sandbox = module.create(**options)
    assert isinstance(sandbox, Sandbox), f"{path}.create gave no Sandbox"
    return sandbox


def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 8400) -> None:
    """Serve a sandbox until interrupted. It calls back over the network."""
    sandbox.bells.reach_out()
    uvicorn.run(sandbox.app, host=host, port=port, log_config=None, log_level="warning", lifespan="off")


@asynccontextmanager
async def serving(sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve in this process, on a free port if `port` is 0; gives the base URL. It calls back over the network."""
    sandbox.bells.reach_out()
    config = uvicorn.Config(sandbox.app, host=host, port=port, log_config=None, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    running = asyncio.create_task(server.serve(sockets=[socket]))
    while not server.started:  # noqa: ASYNC110  # uvicorn offers a flag, no event
        await asyncio.sleep(0.005)
    try:
        yield f"http://{host}:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        await sandbox.bells.close()
