"""Several services in one process: built, run, watched by one health page, and ended together."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

from services import health
from services.exporter.app import exporter
from services.importer.app import importer
from services.scheduler.app import Scheduler, scheduler
from services.webhooks.app import webhooks
from shared.bus import Bus
from shared.hub import Hub
from shared.log import get
from shared.serving import serving
from shared.store.collections import SLOTS
from shared.survey import page

_log = get(__name__)
PING_TIMEOUT = 5.0


class Service(Protocol):
    """What every service is."""

    name: str

    async def run(self) -> None:
        """Until cancelled."""

    async def health(self) -> bool:
        """Whether what it needs answers."""


def build(hub: Hub, names: Sequence[str], connectors: Sequence[str]) -> list[Service]:
    """The named services: one importer and exporter per connector, one scheduler, gateway and console for all.

    Along with everything else, gateway and console run only where a port is set for them.
    """
    of_connector: dict[str, Callable[[Hub, str], Service]] = {"importer": importer, "exporter": exporter}
    built: list[Service] = [scheduler(hub)] if "scheduler" in names else []
    if "webhooks" in names and (hub.settings.webhook_port or "all" not in names):
        built.append(webhooks(hub))
    if "console" in names and (hub.settings.console_port or "all" not in names):
        # Whoever runs another service does not wait for the web framework to be imported.
        from services.console.app import console  # noqa: PLC0415

        built.append(console(hub))
    for name, service in of_connector.items():
        if name in names:
            built += [service(hub, connector) for connector in connectors]
    return built


async def run_until_told(hub: Hub, services: Sequence[Service]) -> None:
    """Run all until SIGTERM or SIGINT, or until one of them fails: its error ends the others too."""
    async with AsyncExitStack() as stack:
        if hub.settings.health_port:
            await stack.enter_async_context(_health_page(hub, services))
        told = await stack.enter_async_context(_signals())
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(service.run(), name=service.name) for service in services]
            await told.wait()
            _log.info("stopping", services=[service.name for service in services])
            for task in running:
                task.cancel()
    _log.info("stopped")


@asynccontextmanager
async def _signals() -> AsyncIterator[asyncio.Event]:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _health_page(hub: Hub, services: Sequence[Service]) -> AsyncIterator[None]:
    checks = _parts(hub) | {service.name: service.health for service in services}
    names = [service.name for service in services]
    # One page is enough for what concerns all, and the scheduler's is there whoever else is dead.
    survey = partial(page, hub) if Scheduler.name in names else None
    app = health.health_app(names, checks, survey)
    async with serving(app, hub.settings.health_host, hub.settings.health_port) as url:
        _log.info("health page", url=f"{url}/health")
        yield


def _parts(hub: Hub) -> dict[str, health.Check]:
    async def store() -> bool:
        # A read, because the embedded store tells the time without touching its file.
        await hub.store.get(SLOTS, "health")
        return True

    async def kafka() -> bool:
        return isinstance(hub.bus, Bus) and await hub.bus.ping(PING_TIMEOUT)

    return {"store": store, "kafka": kafka}
