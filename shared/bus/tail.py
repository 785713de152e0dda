"""Reading a topic outside any consumer group: `fieldledger events tail`, replays and tests."""

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no types

from shared.bus.record import Record, from_kafka

_WAIT_MS = 200


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
