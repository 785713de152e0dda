"""The bus over the in-memory Kafka: the same protocol, so the same promises, on any machine."""

import asyncio
import gc
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import OutOfOrderSequenceNumber

from shared import envelope
from shared.bus import Bus, BusUnavailable, Record, TooLarge, broker, publish, read_all, started, subscribe
from shared.bus.intake import Batch
from shared.errors import GiveUp, Misconfigured
from shared.memory_kafka import MemoryKafka
from shared.settings import Settings


@pytest.fixture(scope="module")
def memory() -> Iterator[MemoryKafka]:
    with MemoryKafka() as kafka:
        yield kafka


@pytest.fixture
def settings(memory: MemoryKafka) -> Settings:
    return Settings(kafka=memory.bootstrap)


def note(topic: str, key: str, body: bytes | None = b"{}") -> envelope.Message:
    return envelope.Message(topic, key, {"ce_id": f"{key}-1", "ce_type": "note"}, body)


async def all_of(settings: Settings, topic: str) -> list[Record]:
    return [record async for record in read_all(settings.kafka, topic)]


async def until(claim: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not claim():  # noqa: ASYNC110  # the handler runs in FastStream's task, it has no event for us
            await asyncio.sleep(0.02)


async def test_what_is_published_is_read_back_whole(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("whole", "a", b'{"x": 1}')])
    (record,) = await all_of(settings, "whole")
    assert (record.key, record.value) == ("a", b'{"x": 1}')
    assert record.headers == (("ce_id", b"a-1"), ("ce_type", b"note"))


async def test_a_tombstone_has_no_value_and_keeps_its_headers(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("tombs", "a", None)])
    (record,) = await all_of(settings, "tombs")
    assert record.value is None
    assert dict(record.headers)["ce_id"] == b"a-1"


async def test_messages_of_one_key_keep_their_order(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("order", "same", b"%d" % n) for n in range(500)])
    assert [record.value for record in await all_of(settings, "order")] == [b"%d" % n for n in range(500)]


async def test_reading_a_topic_that_is_empty_ends(settings: Settings) -> None:
    assert await all_of(settings, "never-written") == []


async def test_reading_from_the_end_and_on_sees_only_what_comes(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("tailed", "old")])
        reading = aiter(read_all(settings.kafka, "tailed", from_beginning=False, until_end=False))
        first = asyncio.ensure_future(anext(reading))
        await asyncio.sleep(0.5)
        await bus.publish([note("tailed", "new")])
        assert (await asyncio.wait_for(first, 10)).key == "new"
        await reading.aclose()


async def test_one_group_reads_several_topics_and_goes_on_after_a_restart(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("left", "a"), note("right", "b")])
        assert await taken_in(settings, ["left", "right"], 2) == {"a", "b"}
        await bus.publish([note("right", "c")])
        assert await taken_in(settings, ["left", "right"], 1) == {"c"}


async def taken_in(settings: Settings, topics: Sequence[str], count: int) -> set[str | None]:
    seen: list[Record] = []
    service = broker(settings, client_id="test")
    subscribe(service, topics, group="readers", handler=collect(seen))
    async with service:
        await service.start()
        await until(lambda: len(seen) >= count)
    return {record.key for record in seen}


async def test_a_reader_that_meets_no_kafka_leaves_nothing_open() -> None:
    service = broker(Settings(kafka="127.0.0.1:1"), client_id="test")
    subscribe(service, ["left"], group="readers", handler=collect([]))
    assert not await started(service)
    assert not service.running
    assert left_open() == []


@pytest.mark.parametrize("seconds", [0.0, 0.02])
async def test_a_reader_that_is_stopped_while_it_starts_leaves_nothing_open(settings: Settings, seconds: float) -> None:
    service = broker(settings, client_id="test")
    subscribe(service, ["left"], group="readers", handler=collect([]))
    starting = asyncio.create_task(started(service))
    await asyncio.sleep(seconds)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await service.stop()
    assert left_open() == []


def left_open() -> list[str]:
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        gc.collect()
    return [str(one.message) for one in left if one.category is ResourceWarning]


def collect(seen: list[Record]) -> Callable[[Sequence[Record]], Awaitable[None]]:
    async def handler(records: Sequence[Record]) -> None:
        seen.extend(records)

    return handler


async def test_a_message_larger_than_kafka_takes_is_given_up_and_others_still_go(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        with pytest.raises(TooLarge) as caught:
            await bus.publish([note("large", "a", b"x" * 2_000_000)])
        await bus.publish([note("large", "b")])
    assert isinstance(caught.value, GiveUp)


async def test_ping_tells_whether_kafka_answers(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        assert await bus.ping(5)


async def test_starting_without_kafka_says_so_in_a_sentence() -> None:
    bus = Bus(Settings(kafka="127.0.0.1:1"), client_id="test", timeout=1)
    with pytest.raises(BusUnavailable, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        await bus.start()


async def test_publishing_and_pinging_without_kafka_fail_instead_of_hanging() -> None:
    bus = Bus(Settings(kafka="127.0.0.1:1"), client_id="test", timeout=1)
    with pytest.raises(BusUnavailable):
        await bus.publish([note("any", "a")])
    assert not await bus.ping(1)
    await bus.stop()


async def test_publishing_nothing_needs_no_kafka() -> None:
    await Bus(Settings(kafka="127.0.0.1:1"), client_id="test").publish([])


async def test_publishing_fails_when_kafka_went_away_in_between() -> None:
    with MemoryKafka() as kafka:
        bus = Bus(Settings(kafka=kafka.bootstrap), client_id="test", timeout=1)
        await bus.publish([note("gone", "a")])
    with pytest.raises(BusUnavailable):
        await bus.publish([note("gone", "b")])
    await bus.stop()


async def test_a_producer_that_broke_for_good_is_replaced_by_the_next_publish(settings: Settings) -> None:
    async with Bus(settings, client_id="test") as bus:
        await bus.publish([note("broken", "a")])
        bus._producer._message_accumulator.fail_all(OutOfOrderSequenceNumber())
        with pytest.raises(BusUnavailable, match="OutOfOrderSequenceNumber"):
            await bus.publish([note("broken", "b")])
        await bus.publish([note("broken", "c")])
    assert {record.key for record in await all_of(settings, "broken")} == {"a", "c"}


def test_without_the_optional_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(Misconfigured, match=r"pip install 'fieldledger\[memory\]'"), MemoryKafka():
        pass


def test_the_in_memory_kafka_says_loudly_that_it_forgets(caplog: pytest.LogCaptureFixture) -> None:
    with MemoryKafka():
        pass
    assert "EVERYTHING IN IT IS GONE" in caplog.text


class Committing:
    """A consumer as an acknowledged batch needs it."""

    def __init__(self) -> None:
        self.commits = 0

    async def commit(self) -> None:
        self.commits += 1


async def test_a_batch_that_was_committed_keeps_none_of_its_messages_in_memory() -> None:
    consumer = Committing()
    batch = Batch(body=b"", raw_message=("a", "b"), consumer=consumer)
    await batch.ack()
    assert (consumer.commits, batch.raw_message) == (1, ())


class Stuck(AIOKafkaProducer):  # type: ignore[misc]  # ships no types
    """As aiokafka is when one of its tasks has missed that it was cancelled: whoever waits for it waits for ever."""

    async def start(self) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        self._closed = True
        await asyncio.Event().wait()


async def test_a_publisher_is_told_in_time_also_when_the_producer_cannot_be_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "AIOKafkaProducer", Stuck)
    monkeypatch.setattr(publish, "_CLOSE_TIMEOUT", 0.1)
    async with asyncio.timeout(20):
        with pytest.raises(BusUnavailable):
            await Bus(settings, client_id="test", timeout=0.1).publish([note("notes", "a")])
