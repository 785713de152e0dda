"""Members, tombstones, missing topics and a broker that dies, on a real Kafka."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from deploy.local.kafka import RealKafka
from shared import envelope, topics
from shared.bus import Bus, BusUnavailable, read_all
from shared.settings import Settings
from shared.topic_admin import ensure_topics, list_topics
from shared.topics import Topic
from tests.kafka.test_bus import GROUP, TOPIC, WAIT, Notebook, order, publish, service, until


async def member(settings: Settings) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kafka.member", settings.kafka, GROUP, TOPIC, stdout=asyncio.subprocess.PIPE
    )


async def read_keys(process: asyncio.subprocess.Process, into: set[str]) -> None:
    while line := await process.stdout.readline():
        into.add(line.decode().strip())


async def feed(settings: Settings, done: Callable[[], bool]) -> set[str]:
    sent: set[str] = set()
    async with Bus(settings, client_id="test") as bus, asyncio.timeout(WAIT):
        while not done():
            key = f"k{len(sent)}"
            await bus.publish([order(key)])
            sent.add(key)
            await asyncio.sleep(0.01)
    return sent


async def test_two_members_share_the_work_and_one_takes_over_when_the_other_is_killed(settings: Settings) -> None:
    first, second = [await member(settings) for _ in range(2)]
    seen: tuple[set[str], set[str]] = (set(), set())
    reading = [asyncio.create_task(read_keys(*pair)) for pair in zip((first, second), seen, strict=True)]
    try:
        sent = await feed(settings, lambda: min(len(keys) for keys in seen) >= 20)
        first.kill()
        await first.wait()
        late = [f"late{number}" for number in range(60)]
        await publish(settings, *late)
        await until(lambda: seen[0] | seen[1] >= sent | set(late))
        assert set(late) <= seen[1]
    finally:
        second.kill()
        await second.wait()
        await asyncio.gather(*reading)


async def test_a_tombstone_is_a_null_value_with_headers(settings: Settings) -> None:
    topic = topics.entities("relation")
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([envelope.Message(topic, "a", {"ce_id": "1"}, None)])
    (record,) = [record async for record in read_all(settings.kafka, topic)]
    assert (record.value, record.headers) == (None, (("ce_id", b"1"),))


async def test_a_missing_topic_is_reported_with_what_to_do(kafka: RealKafka) -> None:
    async with Bus(Settings(kafka=kafka.bootstrap), client_id="test") as bus:
        with pytest.raises(BusUnavailable, match="fieldledger topics create"):
            await bus.publish([order("a", topic="not.there")])


async def test_publishing_and_intake_survive_a_broker_that_is_killed_and_restarted(own_kafka: RealKafka) -> None:
    settings = Settings(kafka=own_kafka.bootstrap)
    await ensure_topics(settings.kafka, [Topic(TOPIC, "document id", "platform")], 1)
    notebook = Notebook()
    async with Bus(settings, client_id="test", timeout=1) as bus, service(settings, notebook):
        await bus.publish([order("before")])
        await until(lambda: "before" in notebook.keys)
        own_kafka.kill()
        with pytest.raises(BusUnavailable):
            await bus.publish([order("during")])
        await asyncio.to_thread(own_kafka.restart)
        await until_published(bus, order("after"))
        await until(lambda: "after" in notebook.keys)


async def until_published(bus: Bus, message: envelope.Message) -> None:
    async with asyncio.timeout(WAIT):
        while True:
            try:
                return await bus.publish([message])
            except BusUnavailable:
                await asyncio.sleep(0.1)


async def test_topics_are_created_once_and_differences_are_told(kafka: RealKafka, fresh_topics: str) -> None:
    wanted = topics.all_topics(["exact_online"])
    assert await ensure_topics(fresh_topics, wanted, 1) == []
    assert [state for state in await list_topics(fresh_topics, wanted) if state.differences] == []
    changed = [Topic(TOPIC, "document id", "platform", partitions=9, retention=None), Topic("not.there", "", "")]
    first, second = await list_topics(fresh_topics, changed)
    assert first.differences == ("has 6 partitions, not 9", f"retention.ms is {396 * 86_400_000}, not -1")
    assert (second.exists, second.differences) == (False, ("does not exist",))
