"""Import: all relations of an administration, page by page, into Kafka; then once more with nothing changed."""

import asyncio
import json
from time import perf_counter
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # ships no types

from bench.installation import CONNECTOR, EVERYTHING, TOKEN, connections, fresh_tables, installed
from bench.package import DIVISION
from bench.sides import Measured
from services.importer.app import importer
from shared import envelope, topics
from shared.connectors.exact_online.models import Account
from shared.hub import Hub
from shared.runs import Run, cursor_id, run_id
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.store.collections import CURSORS, RUNS

_LOOK = 0.05


async def ours(bootstrap: str, url: str) -> Measured:
    """Two full reads by the importer, as a service runs it. `more`: the second one, which finds nothing new."""
    async with installed(bootstrap, url) as hub:
        (connection,) = await connections(hub, 1, **EVERYTHING)
        await fresh_tables(hub, connection)
        service = asyncio.create_task(importer(hub, CONNECTOR).run())
        try:
            first = await _synced(hub, connection, "first")
            # Without its cursor the importer reads everything again, as it must of a package that has no delta.
            await hub.store.delete_many(CURSORS, [cursor_id(connection, "relation")])
            second = await _synced(hub, connection, "second")
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)
    read = first.counts["relation"]
    assert read.published == read.read == second.counts["relation"].read, "everything was published once"
    assert second.counts["relation"].published == 0, "nothing was published twice"
    return Measured(read.read, _seconds(first), more={"second": _seconds(second)})


async def _synced(hub: Hub, connection: Connection, slot: str) -> Run:
    tick = SyncTick(connection=connection.id, slot=slot, kinds=("relation",))
    ticks, type = topics.ticks(CONNECTOR), envelope.SYNC_TICK
    await hub.bus.publish(
        [envelope.message(ticks, connection.id, tick, type=type, source="bench", tenant=connection.tenant)]
    )
    while True:
        found = await hub.store.get(RUNS, run_id(connection.id, tick))
        if found and found["state"] == "done":
            return Run.of(found)
        await asyncio.sleep(_LOOK)


def _seconds(run: Run) -> float:
    assert run.finished is not None, "it is done"
    return (run.finished - run.started).total_seconds()


async def bare(bootstrap: str, url: str) -> Measured:
    """The same pages with httpx, each record as it came to Kafka with aiokafka, as safely as ours."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5)
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as http, producer:
        begun = perf_counter()
        count = await _copy(http, producer)
        await producer.flush()
        return Measured(count, perf_counter() - begun)


async def _copy(http: httpx.AsyncClient, producer: Any) -> int:
    count = 0
    query = {"$filter": "Timestamp gt 1L", "$select": f"{Account.select()},Timestamp"}
    answer = await http.get(f"/api/v1/{DIVISION}/sync/CRM/Accounts", params=query)
    while True:
        page = answer.json()["d"]
        for row in page["results"]:
            await producer.send(topics.entities("relation"), json.dumps(row).encode(), key=row["ID"].encode())
        count += len(page["results"])
        if "__next" not in page:
            return count
        answer = await http.get(page["__next"])
