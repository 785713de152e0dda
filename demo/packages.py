"""`python -m demo.packages`: what is not ours of an installation in separate processes: the packages, and a platform.

The pretend packages answer where the settings say that the packages are. With `--once` the story is told on them, by
services that run elsewhere, and its exit code says whether every count was as promised.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx
from rich.console import Console

from demo.issuer import Issuer
from demo.result import summary
from demo.story import WORK_ORDERS, tell
from shared import connectors, log
from shared.errors import FieldledgerError, Misconfigured
from shared.hub import Hub
from shared.runtime import open_hub
from shared.sandbox import Sandbox, create, serving
from shared.sandbox.scenario import scenario
from shared.serving import serving as served
from shared.settings import Settings
from shared.stopping import until_stopped


@dataclass
class Elsewhere:
    """An installation whose services are processes of their own: what the story needs of it."""

    hub: Hub
    sandboxes: dict[str, Sandbox] = field(default_factory=dict)

    def check(self) -> None:
        """Whoever started the services watches over them."""


def main() -> None:
    """Parse the flags and run, until Ctrl-C or SIGTERM or the end of the story."""
    parser = argparse.ArgumentParser(prog="python -m demo.packages", description=__doc__)
    parser.add_argument("--once", action="store_true", help="tell the story, then end")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; the ports are those of the settings")
    parser.add_argument("--work-orders", type=int, default=WORK_ORDERS, help="how many work orders are completed")
    flags = parser.parse_args()
    log.configure("ERROR", as_json=False)
    with contextlib.suppress(asyncio.CancelledError):
        sys.exit(asyncio.run(until_stopped(_run(flags, Console()))))


async def _run(flags: argparse.Namespace, console: Console) -> int:
    try:
        async with _packages(Settings(), flags.host) as there:
            if flags.once:
                return await _tell(there, console, flags.work_orders)
            await asyncio.Event().wait()
    except FieldledgerError as error:
        console.print(f"[red]{error}[/red]")
    return 2


async def _tell(there: Elsewhere, console: Console, work_orders: int) -> int:
    began = monotonic()
    results = await tell(there, console, work_orders)
    print(json.dumps(summary(results, monotonic() - began)), flush=True)
    return 0 if all(result.as_promised for result in results.values()) else 1


@asynccontextmanager
async def _packages(settings: Settings, host: str) -> AsyncIterator[Elsewhere]:
    async with AsyncExitStack() as stack:
        there = Elsewhere(await stack.enter_async_context(open_hub(settings, client_id="platform")))
        for name in connectors.names():
            there.sandboxes[name] = _sandbox(settings, name)
            await stack.enter_async_context(serving(there.sandboxes[name], host=host, port=_port(settings, name)))
        if settings.platform_issuer:
            await stack.enter_async_context(_sign_in(settings, host))
        yield there


def _sign_in(settings: Settings, host: str) -> AbstractAsyncContextManager[str]:
    """The platform's login page, where the settings say that it is."""
    url = httpx.URL(settings.platform_issuer)
    issuer = Issuer(str(url), settings.console_url or "", settings.platform_audience)
    return served(issuer.app, host, url.port or 0)


def _sandbox(settings: Settings, name: str) -> Sandbox:
    access = settings.require_access(name)
    registered: dict[str, Any] = {
        "client_id": access.client_id,
        "client_secret": access.client_secret.get_secret_value(),
        "redirect_uris": tuple(filter(None, (access.redirect_uri, settings.console_callback))),
    }
    hooks = connectors.get(name).webhooks
    if hooks is not None and hooks.administration is not None:
        registered["webhook_secret"] = access.webhook_secret.get_secret_value()
    return create(name, **registered, **scenario(name).options)


def _port(settings: Settings, name: str) -> int:
    port = httpx.URL(settings.access(name).base_url or "").port
    if port is None:
        raise Misconfigured(
            f"FIELDLEDGER_CONNECTORS__{name.upper()}__BASE_URL names no port: set it to where the pretend package "
            "is to listen, like http://127.0.0.1:8400."
        )
    return port


if __name__ == "__main__":
    main()
