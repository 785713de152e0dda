"""From callback to entity event: the gateway, Kafka, the importer's intake, the fetch and its publishing."""

import asyncio
from collections import defaultdict, deque
from time import perf_counter, time

import httpx
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no types

from bench.installation import CONNECTOR, EVERYTHING, an_account, connections, installed, set_pace
from bench.results import percentile
from bench.ringing import Line, signed
from bench.sides import Measured, SideFailed
from services.importer.app import importer
from services.webhooks.gateway import Gateway
from services.webhooks.line import Line as ToKafka
from shared import topics
from shared.doors import PATH
from shared.envelope import read_headers
from shared.schemas.connections import Connection
from shared.serving import Impatient, serving

_WAIT = 30.0
_FETCH = 0.01
"""Seconds: a callback that was sent so long before an event was written is surely part of it."""


async def ours(bootstrap: str, url: str, load: dict[str, int], pace: dict[str, float]) -> Measured:
    """So many callbacks a `second`, over so many `connections`, for so many `seconds`; how long each took, in ms."""
    await set_pace(url, **pace)
    record = await an_account(url)
    async with installed(bootstrap, url) as hub:
        made = await connections(hub, load["connections"], **EVERYTHING)
        for one in made:
            await hub.doors.open(one, "https://bench.example")
        service = asyncio.create_task(importer(hub, CONNECTOR).run())
        watch = Watch()
        watching = asyncio.create_task(watch.run(bootstrap))
        await watch.ready.wait()
        try:
            async with serving(Gateway(hub, ToKafka(hub.bus)), "127.0.0.1", 0, http=Impatient, ws="none") as gateway:
                await _ring(gateway, made, record, len(made), 1, watch)
                await watch.until(len(made))  # now everything is warm
                watch.latencies.clear()
                await _ring(gateway, made, record, load["second"], load["seconds"], watch)
                await watch.until(load["second"] * load["seconds"])
        finally:
            for task in (service, watching):
                task.cancel()
            await asyncio.gather(service, watching, return_exceptions=True)
    more = {f"p{percent}": percentile(watch.latencies, percent) * 1000 for percent in (50, 95, 99)}
    return Measured(len(watch.latencies), float(load["seconds"]), more=more)


class Watch:
    """Reads the entity events, and knows when the callback about each was sent."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.latencies: list[float] = []
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)

    def sent(self, connection: str) -> None:
        """A callback leaves now."""
        self._sent[connection].append(time())

    async def run(self, bootstrap: str) -> None:
        """Until cancelled."""
        consumer = AIOKafkaConsumer(topics.entities("relation"), bootstrap_servers=bootstrap, group_id=None)
        async with consumer:
            for partition in consumer.assignment():
                await consumer.position(partition)
            self.ready.set()
            async for record in consumer:
                written = read_headers(record.headers).time.timestamp()
                sent = self._sent[record.key.decode().partition("|")[0]]
                while sent and sent[0] <= written - _FETCH:
                    self.latencies.append(time() - sent.popleft())

    async def until(self, count: int) -> None:
        """So many callbacks have their event."""
        end = perf_counter() + _WAIT
        while len(self.latencies) < count:
            if perf_counter() > end:
                raise SideFailed(f"{len(self.latencies)} events came of {count} callbacks")
            await asyncio.sleep(0.05)


async def _ring(gateway: str, made: list[Connection], record: str, rate: int, seconds: int, watch: Watch) -> None:
    """At an even pace, whether they are answered or not."""
    place, begun = httpx.URL(gateway), perf_counter()
    lines = [Line(place.host, place.port or 80, f"{PATH}/{CONNECTOR}") for _ in made]
    under_way: set[asyncio.Task[None]] = set()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, begun + number / rate - perf_counter()))
        which = number % len(made)
        watch.sent(made[which].id)
        task = asyncio.create_task(_post(lines[which], signed(made[which].administration.code, record)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    for line in lines:
        line.close()


async def _post(line: Line, body: bytes) -> None:
    status = await line.post(body)
    assert status == 200, f"everything is accepted, not answered {status}"  # noqa: PLR2004
