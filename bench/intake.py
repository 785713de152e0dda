"""Intake: work orders of all tenants, of which one in a hundred is of ours."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no types

from bench.installation import CONNECTOR, completed, connections, installed, tenant, work_order
from bench.sides import Measured
from services.exporter.intake import ExportIntake
from shared import envelope, topics
from shared.bus import Bus, Record, broker, subscribe
from shared.bus.intake import Intake
from shared.settings import Settings
from shared.store.collections import LEDGER

SHARE = 100
"""One work order in so many is of a tenant with a connection."""
OURS = 30
"""Tenants with a connection; the others are tenants of somebody else."""
_CHUNK = 2000
_BATCH = Intake().max_records


def tenant_of(n: int) -> str:
    """Whose work order number `n` is."""
    return tenant(n // SHARE % OURS) if n % SHARE == 0 else f"other-{n % 3000}"


async def fill(bootstrap: str, count: int) -> Measured:
    """Publish the work orders."""
    begun = perf_counter()
    async with Bus(Settings(_env_file=None, kafka=bootstrap), client_id="bench") as bus:
        for start in range(0, count, _CHUNK):
            numbers = range(start, min(start + _CHUNK, count))
            await bus.publish([completed(work_order(n), tenant_of(n)) for n in numbers])
    return Measured(count, perf_counter() - begun)


class Watch:
    """Counts what was taken in. Time begins behind the first batch, so that nobody's start-up is measured."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._counted = 0
        self._begun = self._ended = 0.0
        self.all_in = asyncio.Event()

    def batch(self, size: int) -> None:
        """A batch is done. An empty one begins nothing: the group is still forming."""
        if not size:
            return
        self._ended = perf_counter()
        if self._begun:
            self._counted += size
        else:
            self._begun = self._ended
        self._left -= size
        if self._left <= 0:
            self.all_in.set()

    @property
    def measured(self) -> Measured:
        """What was counted, and how long it took."""
        return Measured(self._counted, self._ended - self._begun)


async def ours(bootstrap: str, count: int) -> Measured:
    """The exporter's intake, as a service runs it."""
    watch = Watch(count)
    async with installed(bootstrap, "http://127.0.0.1:9") as hub:
        await connections(hub, OURS)
        consuming = broker(hub.settings, client_id="bench")
        intake = watched(ExportIntake(hub, CONNECTOR, lambda: None), watch)
        subscribe(consuming, [topics.WORKORDERS_COMPLETED], group=f"bench-{uuid4()}", handler=intake)
        await consuming.start()
        await watch.all_in.wait()
        await consuming.stop()
        entries = await hub.store.count(LEDGER, {})
    assert entries == count // SHARE, f"{entries} entries instead of {count // SHARE}"
    return watch.measured


def watched(
    handler: Callable[[Sequence[Record]], Awaitable[None]], watch: Watch
) -> Callable[[Sequence[Record]], Awaitable[None]]:
    """The same handler, counted."""

    async def take_in(records: Sequence[Record]) -> None:
        await handler(records)
        watch.batch(len(records))

    return take_in


async def bare(bootstrap: str, count: int) -> Measured:
    """Plain aiokafka: two headers looked at, our bodies parsed, offsets committed behind each batch as ours are."""
    watch, kept, tenants = Watch(count), [], {tenant(n) for n in range(OURS)}
    consumer = AIOKafkaConsumer(
        topics.WORKORDERS_COMPLETED,
        bootstrap_servers=bootstrap,
        group_id=f"bench-{uuid4()}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with consumer:
        while not watch.all_in.is_set():
            found = await consumer.getmany(timeout_ms=100, max_records=_BATCH)
            batch = [record for records in found.values() for record in records]
            kept += [json.loads(record.value) for record in batch if _is_ours(record, tenants)]
            await consumer.commit()
            watch.batch(len(batch))
    assert len(kept) == count // SHARE, f"{len(kept)} kept instead of {count // SHARE}"
    return watch.measured


def _is_ours(record: Any, tenants: set[str]) -> bool:
    headers = dict(record.headers)
    return headers["ce_tenant"].decode() in tenants and headers["ce_type"] == envelope.WORKORDER_COMPLETED.encode()
