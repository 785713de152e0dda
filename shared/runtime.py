"""Plugs the parts of one process together from its settings: the one place that chooses adapters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from shared.bus import Bus
from shared.hub import Hub
from shared.keys import KeyRing
from shared.settings import Settings
from shared.store import Store
from shared.store.sqlite import SqliteStore


def make_store(settings: Settings) -> Store:
    """The store named by `FIELDLEDGER_STORE`; `Misconfigured` for an unknown scheme."""
    if settings.on_mongodb:
        # Whoever runs on SQLite does not wait for the driver to be imported.
        from shared.store.mongo import MongoStore  # noqa: PLC0415

        return MongoStore(settings.store)
    return SqliteStore(settings.sqlite_path)


@asynccontextmanager
async def open_hub(
    settings: Settings, *, client_id: str, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
) -> AsyncIterator[Hub]:
    """Everything a service or command needs, opened and closed again. Kafka is connected on first use."""
    bus = Bus(settings, client_id=client_id)
    hub = Hub(settings, make_store(settings), KeyRing.from_settings(settings), bus, transports=transports or {})
    await hub.open()
    try:
        yield hub
    finally:
        await bus.stop()
        await hub.close()
