"""Reading a topic outside any consumer group: `fieldledger events tail`, replays and tests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no types

from shared.bus.record import Record, from_kafka

_WAIT_MS = 200


@dataclass(frozen=True)
class Newest:
    """The end of a topic, newest first. `older`: where, per partition, the messages before these end; None: no more.

    `total` is about how many messages the topic holds.
    """

    records: Sequence[Record]
    older: Mapping[int, int] | None
    total: int


async def read_all(
    bootstrap: str, topic: str, *, from_beginning: bool = True, until_end: bool = True
) -> AsyncIterator[Record]:
    """Every message of `topic`, in order within each partition; commits nothing.

    `until_end` stops at what was the end when the reading began, else it waits for more for ever.
    A topic that does not exist reads as empty. `aiokafka.errors.KafkaError` when Kafka does not answer.
    """
    # Without a group it takes all partitions of the topics named here. No seek: that races with its own start.
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_beginning else "latest",
        fetch_max_wait_ms=_WAIT_MS,
    )
    try:
        await consumer.start()
        ends = await _ends(consumer)
        while not (until_end and await _reached(consumer, ends)):
            for record in await _next(consumer):
                if not until_end or record.offset < ends[TopicPartition(topic, record.partition)]:
                    yield record
    finally:
        await consumer.stop()


async def read_newest(bootstrap: str, topic: str, count: int, before: Mapping[int, int] | None = None) -> Newest:
    """The newest `count` messages, or those just before the offsets in `before`. Errors as `read_all`."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_WAIT_MS,
    )
    try:
        await consumer.start()
        begins: dict[Any, int] = await consumer.beginning_offsets(consumer.assignment())
        ends = await _ends(consumer)
        until = {one: min(ends[one], (before or {}).get(one.partition, ends[one])) for one in ends}
        since = {one: max(begins[one], until[one] - count) for one in until}
        found = await _between(consumer, since, until)
    finally:
        await consumer.stop()
    found.sort(key=lambda record: (record.timestamp, record.offset), reverse=True)
    older = {one.partition: _first(found, count, one.partition, since[one], until[one]) for one in until}
    more = any(older[one.partition] > begins[one] for one in begins)
    return Newest(found[:count], older if more else None, sum(ends.values()) - sum(begins.values()))


def _first(found: Sequence[Record], count: int, partition: int, since: int, until: int) -> int:
    """Where the next older page of a partition ends. Where nothing stands any more (compacted), it goes on before."""
    taken = [record.offset for record in found[:count] if record.partition == partition]
    left = any(record.partition == partition for record in found[count:])
    return min(taken, default=until if left else since)


async def _between(consumer: Any, since: Mapping[Any, int], until: Mapping[Any, int]) -> list[Record]:
    """What stands between these offsets. Where a seek loses the race with the consumer's own start, more is read."""
    for partition in since:
        if since[partition] < until[partition]:
            consumer.seek(partition, since[partition])
        else:
            consumer.pause(partition)
    wanted = {(one.topic, one.partition): range(since[one], until[one]) for one in since}
    ends = {one: end for one, end in until.items() if since[one] < end}
    found: dict[str, Record] = {}
    while not await _reached(consumer, ends):
        for record in await _next(consumer):
            if record.offset in wanted[record.topic, record.partition]:
                found[record.place] = record
    return list(found.values())


async def extent(bootstrap: str, topic: str) -> int:
    """About how many messages `topic` holds now, for a progress bar; 0 when it does not exist. Errors as `read_all`."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    try:
        await consumer.start()
        begins: dict[Any, int] = await consumer.beginning_offsets(consumer.assignment())
        return sum((await _ends(consumer)).values()) - sum(begins.values())
    finally:
        await consumer.stop()


async def _ends(consumer: Any) -> dict[Any, int]:
    ends: dict[Any, int] = await consumer.end_offsets(consumer.assignment())
    return ends


async def _next(consumer: Any) -> list[Record]:
    batches = await consumer.getmany(timeout_ms=_WAIT_MS)
    return [from_kafka(raw) for batch in batches.values() for raw in batch]


async def _reached(consumer: Any, ends: dict[Any, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return False
    return True
