"""What the bus promises, on a real Kafka: committed only when done, nothing lost, nothing spinning."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.kafka import RealKafka
from shared import envelope, topics
from shared.bus import Bus, BusUnavailable, Intake, Record, broker, read_all, subscribe
from shared.errors import StoreUnavailable
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


async def until_committed(settings: Settings, count: int) -> None:
    async with asyncio.timeout(WAIT):
        while await committed(settings) != count:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.1)


async def test_offsets_are_committed_only_after_the_handler_is_done(settings: Settings) -> None:
    notebook = Notebook(gate=asyncio.Event())
    await publish(settings, "a")
    async with service(settings, notebook):
        await until(lambda: notebook.calls == 1)
        assert await committed(settings) == 0
        notebook.gate.set()
        await until(lambda: notebook.keys == ["a"])
    assert await committed(settings) == 1


async def test_events_published_while_nobody_listens_are_taken_in_later(settings: Settings) -> None:
    await publish(settings, "before any member")
    first = Notebook()
    async with service(settings, first):
        await until(lambda: first.keys == ["before any member"])
    await publish(settings, "between")
    second = Notebook()
    async with service(settings, second):
        await until(lambda: second.keys == ["between"])


@pytest.mark.parametrize("error", [StoreUnavailable("the store is away"), BusUnavailable("no"), KeyError("a bug")])
async def test_whatever_the_handler_raises_nothing_is_lost_and_nothing_spins(
    settings: Settings, error: Exception
) -> None:
    notebook = Notebook(fail=[error] * 3)
    await publish(settings, *"abc")
    async with service(settings, notebook):
        await until(lambda: sorted(set(notebook.keys)) == ["a", "b", "c"])
    assert notebook.calls <= 3 + 3  # three failures, then at most one call per message
    assert await committed(settings) == 3


async def test_an_outage_longer_than_the_retries_reads_the_batch_again_from_kafka(settings: Settings) -> None:
    notebook = Notebook(fail=[StoreUnavailable("away")] * 15)  # more than the retries of one batch
    keys = [f"k{number}" for number in range(50)]
    await publish(settings, *keys)
    async with service(settings, notebook):
        await until(lambda: set(notebook.keys) == set(keys))
        await publish(settings, "after")
        await until(lambda: "after" in notebook.keys)
    assert await committed(settings) == 51


async def test_a_lasting_outage_is_met_with_pauses_and_commits_nothing(settings: Settings) -> None:
    notebook = Notebook(fail=[StoreUnavailable("away")] * 10_000)
    await publish(settings, "a")
    async with service(settings, notebook):
        await asyncio.sleep(2)
    # Without pauses a rewound batch comes back some thousand times a second.
    assert 2 < notebook.calls < 60
    assert await committed(settings) == 0


async def test_a_handler_that_hangs_is_cut_off_and_its_batch_tried_again(settings: Settings) -> None:
    hung = Notebook(gate=asyncio.Event())
    await publish(settings, "a")
    async with service(settings, hung, Intake(handler_limit=0.2, first_pause=0.05, retry_for=5)):
        await until(lambda: hung.calls >= 2)
        hung.gate.set()
        await until(lambda: hung.keys == ["a"])


async def test_a_batch_cut_off_by_a_shutdown_is_read_again(settings: Settings) -> None:
    hung = Notebook(gate=asyncio.Event())
    await publish(settings, "a")
    kafka = broker(settings, client_id="test")
    subscribe(kafka, [TOPIC], group=GROUP, handler=hung, intake=QUICK)
    await kafka.start()
    await until(lambda: hung.calls == 1)
    kafka.config.broker_config.graceful_timeout = 0.2
    await kafka.stop()
    assert await committed(settings) == 0
    again = Notebook()
    async with service(settings, again):
        await until(lambda: again.keys == ["a"])


async def test_a_rebalance_in_the_middle_of_a_batch_loses_nothing(settings: Settings) -> None:
    keys = [f"k{number}" for number in range(60)]
    slow, second = Notebook(gate=asyncio.Event()), Notebook()
    await publish(settings, *keys)
    async with service(settings, slow):
        await until(lambda: slow.calls == 1)
        async with service(settings, second):
            await until(lambda: len(second.keys) > 0)  # it got partitions while the first still holds its batch
            slow.gate.set()
            await until_committed(settings, len(keys))
    assert set(slow.keys) | set(second.keys) == set(keys)


async def test_a_failure_after_a_rebalance_reads_again_what_is_still_ours_and_alarms_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"k{number}" for number in range(60)]
    failing = Notebook(gate=asyncio.Event(), fail=[StoreUnavailable("away")] * 15)
    second = Notebook()
    await publish(settings, *keys)
    async with service(settings, failing):
        await until(lambda: failing.calls == 1)
        async with service(settings, second):
            await until(lambda: len(second.keys) > 0)
            failing.gate.set()
            await until_committed(settings, len(keys))
    assert set(failing.keys) | set(second.keys) == set(keys)
    assert alarms(caplog) == []


async def test_a_member_that_stalled_past_its_session_gets_its_batch_again_and_alarms_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []

    async def stalls_once(records: Sequence[Record]) -> None:
        seen.append(len(records))
        if len(seen) == 1:
            time.sleep(2.5)  # noqa: ASYNC251  # the stall: no heartbeat can be sent meanwhile

    await publish(settings, "a")
    async with service(settings, stalls_once, Intake(session=1.0)):
        await until(lambda: len(seen) == 2)
        await until_committed(settings, 1)
    assert alarms(caplog) == []


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "fieldledger.faststream"]


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
