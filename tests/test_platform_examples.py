"""The examples for the platform's engineers do what docs/platform.md says, as programs of their own."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from docs.examples import consumer
from shared import topics
from shared.bus import Bus, read_all
from shared.envelope import Message
from shared.memory_kafka import MemoryKafka
from shared.settings import Settings
from shared.store import Store
from tests.world import World, make_world

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
ORDERS = EXAMPLES / "workorders.json"


@pytest.fixture
def kafka() -> Iterator[str]:
    with MemoryKafka() as memory:
        yield memory.bootstrap


async def run(kafka: str, program: str, *args: str) -> list[str]:
    """The lines that the example writes."""
    environment = {**os.environ, "FIELDLEDGER_KAFKA": kafka}
    command = (sys.executable, str(EXAMPLES / program), *args)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().splitlines()


def late(message: Message) -> Message:
    """The same record as a writer publishes it that was overtaken: an older turn, an older name."""
    event = json.loads(message.body or b"")
    event |= {"sequence": "000000000000-000000", "record": {**event["record"], "name": "Of before"}}
    headers = {**message.headers, "ce_sequence": event["sequence"]}
    return replace(message, headers=headers, body=json.dumps(event).encode())


async def imported(world: World, kafka: str) -> None:
    """Relations are read, one of them is deleted in the package, and all of it is published."""
    connection = await world.connected()
    await world.tick(connection, kinds=["relation"])
    await world.quiet()
    accounts = world.sandbox.division(900001).tables["crm/Accounts"].rows  # type: ignore[attr-defined]
    world.sandbox.remove(900001, "crm/Accounts", next(iter(accounts)))  # type: ignore[attr-defined]
    await world.tick(connection, "slot-2", kinds=["relation"])
    await world.quiet()
    async with Bus(Settings(kafka=kafka), client_id="test") as bus:
        await bus.publish(world.bus.messages)


@pytest.mark.parametrize("times", [1, 2])
async def test_what_the_producer_publishes_is_in_the_books_once(kafka: str, store: Store, times: int) -> None:
    world = make_world(store)
    await world.connected(vat_codes={"21": "4"})
    for _ in range(times):
        await run(kafka, "producer.py", str(ORDERS), "acme")
    await world.exporting([record async for record in read_all(kafka, topics.WORKORDERS_COMPLETED)])
    await world.quiet("export")
    made = sorted(order["YourRef"] for order in world.sandbox.memory()["sales_orders"])
    assert made == ["WB-77", "WB-78"]


async def test_the_consumer_sees_what_is_there_now_and_why_the_rest_is_gone(kafka: str, store: Store) -> None:
    world = make_world(store)
    await imported(world, kafka)
    here = await consumer.read(kafka, "relation")
    published = [message for message in world.bus.of(topics.entities("relation")) if message.body]
    assert len(here.records) == len(published) - 1 > 0
    assert list(here.removed.values()) == ["deleted"]


async def test_the_consumer_ignores_a_late_writer(kafka: str, store: Store) -> None:
    world = make_world(store)
    await imported(world, kafka)
    before = await consumer.read(kafka, "relation")
    async with Bus(Settings(kafka=kafka), client_id="test") as bus:
        upserts = [message for message in world.bus.of(topics.entities("relation")) if message.body]
        await bus.publish([late(message) for message in upserts])
    after = await consumer.read(kafka, "relation")
    assert (after.records, after.removed) == (before.records, before.removed)


async def test_the_consumer_runs_as_a_program(kafka: str, store: Store) -> None:
    await imported(make_world(store), kafka)
    *lines, last = await run(kafka, "consumer.py", "relation")
    assert last == f"{len(lines)} records, 1 removed"
