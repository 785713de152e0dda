"""What the bus promises, on a real Kafka: committed only when done, nothing lost, nothing spinning."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import envelope, topics
from shared.bus import Bus, BusUnavailable, Intake, Record, broker, subscribe
from shared.errors import StoreUnavailable
from shared.settings import Settings

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
