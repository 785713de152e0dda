"""All services, a sandbox for each package and a store, in one process: what a small installation looks like."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cryptography.fernet import Fernet

from deploy.local.java import free_port
from services.cli.running import Service
from services.exporter.app import exporter
from services.importer.app import importer
from services.scheduler.app import scheduler
from services.webhooks.app import webhooks
from shared import topics
from shared.hub import Hub
from shared.runtime import open_hub
from shared.sandbox import Sandbox, create, serving
from shared.sandbox.scenario import Scenario, scenario
from shared.serving import serving as served
from shared.settings import CALLBACK, ConnectorAccess, Settings
from shared.topic_admin import ensure_topics

if TYPE_CHECKING:
    from demo.issuer import Issuer

_CLIENT = {
    "client_id": "fieldledger-demo",
    "client_secret": "demo-secret",
    "webhook_secret": "demo-webhook-secret",
}
_PORT = 8400
CONSOLE_PORT = 8470
ISSUER_PORT = 8471


def _port(wanted: int) -> int:
    """The one that the README names, unless somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
    return wanted


class Installation:
    """Use as `async with`. `sandboxes` by connector name; `hub` is what a service sees, `console` where people look.

    `issuer` signs people in.
    """

    hub: Hub
    env_file: Path
    console: str
    issuer: "Issuer"

    def __init__(
        self,
        bootstrap: str,
        folder: Path,
        names: Sequence[str],
        *,
        real_kafka: bool,
        console: bool = True,
        sized: Callable[[Scenario], Mapping[str, Any]] = lambda one: one.options,
        port: Callable[[int], int] = _port,
        **settings: Any,
    ) -> None:
        """Without `console` nobody can look at it, and it starts sooner.

        `sized`: options of each sandbox; `port`: which one is taken for the one wanted; `settings` win over ours.
        """
        self._sized = sized
        self._port = port
        self._more = settings
        self._bootstrap = bootstrap
        self._folder = folder
        self._names = names
        self._real_kafka = real_kafka
        self._with_console = console
        self._stack = AsyncExitStack()
        self._services: list[asyncio.Task[None]] = []
        self.sandboxes: dict[str, Sandbox] = {}

    async def __aenter__(self) -> Self:
        self._console, self._issuer = self._port(CONSOLE_PORT), self._port(ISSUER_PORT)
        urls = {name: await self._serve(name, self._port(_PORT + place)) for place, name in enumerate(self._names)}
        self._settings = self._make_settings(urls)
        self.console = f"http://127.0.0.1:{self._console}"
        self.env_file = self._write_env(urls)
        if self._real_kafka:
            await ensure_topics(self._bootstrap, topics.all_topics(list(self._names)), replication=1)
        self.hub = await self._stack.enter_async_context(open_hub(self._settings, client_id="demo"))
        running: list[Service] = [scheduler(self.hub), webhooks(self.hub)]
        if self._with_console:
            running.append(await self._open_console())
        running += [make(self.hub, name) for name in self._names for make in (importer, exporter)]
        self._services = [asyncio.create_task(service.run(), name=service.name) for service in running]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self._services:
            service.cancel()
        await asyncio.gather(*self._services, return_exceptions=True)
        await self._stack.aclose()

    async def _open_console(self) -> Service:
        """The console, and a platform that signs people in. Imported only here: the web framework takes a second."""
        from demo.issuer import Issuer  # noqa: PLC0415
        from services.console.app import console  # noqa: PLC0415

        self.issuer = Issuer(self._settings.platform_issuer, self.console, self._settings.platform_audience)
        await self._stack.enter_async_context(served(self.issuer.app, "127.0.0.1", self._issuer))
        return console(self.hub)

    async def _serve(self, name: str, port: int) -> str:
        known = (ConnectorAccess().redirect_uri, f"http://127.0.0.1:{self._console}{CALLBACK}")
        sandbox = create(name, **{**self._sized(scenario(name)), "redirect_uris": known})
        self.sandboxes[name] = sandbox
        return await self._stack.enter_async_context(serving(sandbox, port=port))

    def _make_settings(self, urls: dict[str, str]) -> Settings:
        gateway = free_port()
        fields: dict[str, Any] = {
            "webhook_port": gateway,
            "public_url": f"http://127.0.0.1:{gateway}",
            "kafka": self._bootstrap,
            "store": f"sqlite:///{self._folder / 'demo.db'}",
            "console_port": self._console,
            "platform_issuer": (issuer := f"http://127.0.0.1:{self._issuer}"),
            "platform_jwks": f"{issuer}/jwks",
            "platform_login": f"{issuer}/login",
            "keys": Fernet.generate_key().decode(),
            "connectors": {name: {**_CLIENT, "base_url": url} for name, url in urls.items()},
            # Short pauses, so that the bad luck in the story is mended while you watch.
            "poll": 0.2,
            "settle_after": 2.0,
            "retry_first": 1.0,
            "lease": 60.0,
        }
        return Settings(_env_file=None, **fields | self._more)

    def _write_env(self, urls: dict[str, str]) -> Path:
        """What another terminal needs to talk to this installation."""
        settings = self._settings
        assert settings.keys is not None
        lines = [
            f"FIELDLEDGER_KAFKA={settings.kafka}",
            f"FIELDLEDGER_STORE={settings.store}",
            f"FIELDLEDGER_KEYS={settings.keys.get_secret_value()}",
            f"FIELDLEDGER_PUBLIC_URL={settings.public_url}",
        ]
        for name, url in urls.items():
            prefix = f"FIELDLEDGER_CONNECTORS__{name.upper()}__"
            lines += [f"{prefix}BASE_URL={url}"]
            lines += [f"{prefix}{key.upper()}={value}" for key, value in _CLIENT.items()]
        path = self._folder / "demo.env"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path

    async def until_it_fails(self) -> None:
        """Keep running until a service fails. Being cancelled here ends no service: that is done once, at the end."""
        await asyncio.wait(self._services, return_when=asyncio.FIRST_COMPLETED)
        self.check()

    def check(self) -> None:
        """Raise what ended a service, if one ended."""
        for service in self._services:
            if service.done():
                service.result()
