"""The webhook gateway under load, against the barest endpoint that writes to Kafka before it answers."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from time import perf_counter
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]  # ships no types
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.installation import CONNECTOR, connections, installed
from bench.results import percentile
from bench.ringing import Line, Rung, key_of, ring, signed
from bench.sides import Measured
from deploy.local.kafka import real_kafka
from services.webhooks.gateway import Gateway
from services.webhooks.line import PATIENCE
from services.webhooks.line import Line as ToKafka
from shared import connectors, topics
from shared.bus import Bus
from shared.doors import PATH
from shared.runtime import open_hub
from shared.serving import Impatient, serving
from shared.settings import Settings
from shared.topic_admin import ensure_topics

CONNECTIONS = 100
LINES = 64
"""Callers at the same time."""

_WARM = 1.0


async def ours(bootstrap: str, seconds: float) -> Measured:
    """The gateway: address, signature, one record named, an event of ours, all acknowledgements."""
    async with _installation(bootstrap) as (fields, divisions), _server("ours", fields) as url:
        return await _load(url, divisions, seconds)


async def bare(bootstrap: str, seconds: float) -> Measured:
    """Starlette and aiokafka: the body is read, and written as it came, with all acknowledgements."""
    async with _server("bare", {"kafka": bootstrap}) as url:
        return await _load(url, ["100000"], seconds)


async def outage(seconds: float) -> Measured:
    """Kafka is away for so long in the middle. `count` are accepted callbacks, `more` says how many are not written."""
    with real_kafka() as kafka:
        await ensure_topics(kafka.bootstrap, topics.all_topics(list(connectors.names())), replication=1)
        async with _installation(kafka.bootstrap) as (fields, divisions), _server("ours", fields) as url:
            ended = asyncio.Event()
            begun = perf_counter()
            ringing = asyncio.create_task(_ring(url, divisions, ended.is_set))
            await asyncio.sleep(3)
            kafka.kill()
            await asyncio.sleep(seconds)
            await asyncio.to_thread(kafka.restart)
            await asyncio.sleep(5)
            ended.set()
            rung = await ringing
        written = await _written(kafka.bootstrap)
    missing = {key_of(number) for number in rung.accepted} - written
    statuses = {f"answered {status}": float(number) for status, number in rung.statuses.items()}
    return Measured(len(rung.accepted), perf_counter() - begun, more={"missing": float(len(missing)), **statuses})


@asynccontextmanager
async def _installation(bootstrap: str) -> AsyncIterator[tuple[dict[str, Any], list[str]]]:
    """An installation whose connections are called back: its settings, and the divisions."""
    async with installed(bootstrap, "http://127.0.0.1:9") as hub:
        made = await connections(hub, CONNECTIONS)
        for one in made:
            await hub.doors.open(one, "https://bench.example")
        assert hub.settings.keys is not None
        fields = {
            "kafka": bootstrap,
            "store": hub.settings.store,
            "keys": hub.settings.keys.get_secret_value(),
            "connectors": {
                name: {"webhook_secret": access.webhook_secret.get_secret_value()}
                for name, access in hub.settings.connectors.items()
            },
            "callback_rate": 1e9,
        }
        yield fields, [one.administration.code for one in made]


@asynccontextmanager
async def _server(kind: str, fields: dict[str, Any]) -> AsyncIterator[str]:
    """The endpoint in a process of its own; gives its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.gateway",
        kind,
        json.dumps(fields),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _load(url: str, divisions: list[str], seconds: float) -> Measured:
    """Rings for so long, after a moment that is not counted."""
    await _ring(url, divisions, _after(_WARM))
    begun = perf_counter()
    rung = await _ring(url, divisions, _after(seconds))
    took = perf_counter() - begun
    assert set(rung.statuses) == {200}, f"everything is accepted, not {rung.statuses}"
    more = {f"p{percent}": percentile(rung.seconds, percent) * 1000 for percent in (50, 99)}
    return Measured(len(rung.accepted), took, more=more)


def _after(seconds: float) -> Callable[[], bool]:
    end = perf_counter() + seconds
    return lambda: perf_counter() > end


async def _ring(url: str, divisions: list[str], until: Callable[[], bool]) -> Rung:
    place = httpx.URL(url)
    lines = [Line(place.host, place.port or 80, f"{PATH}/{CONNECTOR}") for _ in range(LINES)]
    # Signed beforehand: whoever rings shares the machine with what is measured.
    known = [signed(divisions[n % len(divisions)], key_of(n)) for n in range(20_000)]
    return await ring(lines, lambda n: known[n % len(known)], count(), until)


async def _written(bootstrap: str) -> set[str]:
    consumer = AIOKafkaConsumer(
        topics.callbacks(CONNECTOR), bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    keys: set[str] = set()
    async with consumer:
        while found := await consumer.getmany(timeout_ms=2000):
            keys |= {record.key.decode().rpartition("|")[2] for records in found.values() for record in records}
    return keys


@asynccontextmanager
async def _our_app(fields: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    settings = Settings(_env_file=None, **fields)
    bus = Bus(settings, client_id="bench", timeout=PATIENCE, forgets=True)
    async with open_hub(settings, client_id="bench") as hub, bus:
        yield Gateway(hub, ToKafka(bus))


@asynccontextmanager
async def _bare_app(fields: dict[str, Any]) -> AsyncIterator[ASGIApp]:
    producer = AIOKafkaProducer(bootstrap_servers=fields["kafka"], acks="all", enable_idempotence=True)

    async def take(request: Request) -> Response:
        body = await request.body()
        await producer.send_and_wait(topics.callbacks(CONNECTOR), body, key=body[:40])
        return Response()

    async with producer:
        yield Starlette(routes=[Route(f"{PATH}/{CONNECTOR}", take, methods=["POST"])])


async def _serve(kind: str, fields: dict[str, Any]) -> None:
    make = {"ours": _our_app, "bare": _bare_app}[kind]
    async with make(fields) as app, serving(app, "127.0.0.1", 0, http=Impatient, ws="none") as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        # It ends with whoever started it: that one's end closes the pipe.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], json.loads(sys.argv[2])))
