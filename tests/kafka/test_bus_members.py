"""Members, tombstones, missing topics and a broker that dies, on a real Kafka."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.kafka import RealKafka
from shared import envelope, topics
from shared.bus import Bus, BusUnavailable, Intake, Record, broker, read_all, subscribe
from shared.settings import Settings
from shared.topic_admin import ensure_topics, list_topics
from shared.topics import Topic

TOPIC = topics.WORKORDERS_COMPLETED
GROUP = "exporter.exact_online"
QUICK = Intake(first_pause=0.05, longest_pause=0.1, retry_for=0.4, session=2.0)
WAIT = 40.0


@dataclass
class Notebook:
    """A handler that writes down what it took in, after failing as often as asked."""

    fail: list[Exception] = field(default_factory=list)
    calls: int = 0
    keys: list[str | None] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def __call__(self, records: Sequence[Record]) -> None:
        self.calls += 1
        if self.gate:
            await self.gate.wait()
        if self.fail:
            raise self.fail.pop(0)
        self.keys += [record.key for record in records]


def order(key: str, topic: str = TOPIC) -> envelope.Message:
    return envelope.Message(topic, key, {"ce_id": key}, b"{}")


async def publish(settings: Settings, *keys: str) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([order(key) for key in keys])


@asynccontextmanager
async def service(
    settings: Settings, handler: Callable[[Sequence[Record]], Awaitable[None]], intake: Intake = QUICK
) -> AsyncIterator[None]:
    kafka = broker(settings, client_id="test")
    subscribe(kafka, [TOPIC], group=GROUP, handler=handler, intake=intake)
    await kafka.start()
    try:
        yield
    finally:
        await kafka.stop()


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT):
        while not claim():  # noqa: ASYNC110  # no event announces what another member or process did
            await asyncio.sleep(0.02)


async def committed(settings: Settings, partitions: int = 6) -> int:
    """How many messages of the topic the group has acknowledged."""
    asking = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=GROUP, enable_auto_commit=False)
    await asking.start()
    places = [TopicPartition(TOPIC, number) for number in range(partitions)]
    asking.assign(places)
    done = sum([await asking.committed(place) or 0 for place in places])
    await asking.stop()
    return done


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
