"""Intake: batches of raw messages, one handler, offsets committed only when the handler is done.

Kafka's part is short: the handler writes what must be done to the store and returns. Retries for one document never
happen here; a batch is held back only while the store or Kafka itself is away (see DECISIONS.md).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no types
from aiokafka.errors import (  # type: ignore[import-untyped]  # ships no types
    CommitFailedError,
    IllegalStateError,
    KafkaError,
)
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.bus.record import Record, from_kafka
from shared.errors import Unavailable
from shared.settings import Settings

Handler = Callable[[Sequence[Record]], Awaitable[None]]
"""Takes one batch in. It may see a batch again, whole or in part, so it must be idempotent."""

_log = logging.getLogger(__name__)
_framework_log = logging.getLogger("fieldledger.faststream")
# What FastStream says below "error" is advice to its developers ("auto create topics is disabled"), at each start.
_framework_log.setLevel(logging.ERROR)


@dataclass(frozen=True)
class Intake:
    """How a group reads; times in seconds.

    `retry_for` + `handler_limit` must stay below `max_poll`, or Kafka gives our partitions away while we wait.
    """

    max_records: int = 2000
    batch_wait: float = 0.1
    first_pause: float = 0.5
    longest_pause: float = 15.0
    retry_for: float = 120.0
    handler_limit: float = 60.0
    session: float = 10.0
    max_poll: float = 300.0


class Batch(KafkaAckableMessage):
    """A batch whose acknowledgements survive a rebalance: partitions that moved belong to their new owner."""

    consumer: Any

    async def ack(self) -> None:
        """Commit what was handled, unless the group moved on: then the new owner gets the batch again."""
        try:
            await super().ack()
        except (CommitFailedError, IllegalStateError) as error:
            _log.info("partitions moved while a batch was handled; their new owner sees it again (%s)", error)
        # FastStream's messages stand in cycles, so a batch would stay in memory until the collector comes by.
        self.raw_message = ()
        self.clear_cache()

    async def nack(self) -> None:
        """Read the batch again, as far as its partitions are still ours. FastStream's own fails on one that moved."""
        assigned = self.consumer.assignment()
        for partition, offset in _first_offsets(self.raw_message).items():
            if partition in assigned:
                self.consumer.seek(partition, offset)


def _first_offsets(batch: Sequence[Any]) -> dict[Any, int]:
    return {TopicPartition(raw.topic, raw.partition): raw.offset for raw in reversed(batch)}


def broker(settings: Settings, *, client_id: str) -> KafkaBroker:
    """The consuming side of a service: start it after `subscribe`, stop it to stop intake.

    `Bus` publishes, this does not, so it gets no producer and no admin client: FastStream would leave them open when
    Kafka is away at the start. A handler still running when it stops gets ten seconds; then its batch stays
    unacknowledged and is read again after the next start.
    """
    return KafkaBroker(
        settings.kafka,
        client_id=client_id,
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        graceful_timeout=10.0,
        apply_types=False,
        logger=_framework_log,
        log_level=logging.DEBUG,
    )


async def started(broker: KafkaBroker) -> bool:
    """Start taking in; False, with a line in the log, when Kafka does not answer. Then it may be tried again."""
    try:
        await broker.start()
    except KafkaError as error:
        _log.warning("Kafka does not answer yet (%s)", type(error).__name__)
        await broker.stop()
        return False
    return True


def subscribe(
    broker: KafkaBroker, topics: Sequence[str], *, group: str, handler: Handler, intake: Intake | None = None
) -> None:
    """Let `handler` take in all `topics` as one member of `group`, from the earliest message a new group can see.

    Offsets are committed after `handler` returned. Whatever it raises, nothing is committed: the batch is tried again
    with growing pauses, then read again from Kafka. Messages are never lost and never spin.
    """
    how = intake or Intake()
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        max_records=how.max_records,
        batch_timeout_ms=int(how.batch_wait * 1000),
        fetch_max_wait_ms=200,
        session_timeout_ms=int(how.session * 1000),
        heartbeat_interval_ms=int(how.session * 300),
        max_poll_interval_ms=int(how.max_poll * 1000),
    )

    async def as_batch(raw: Any) -> Batch:
        # FastStream's own parser decodes every header, at a third of the speed, and fails on those that are not text.
        return Batch(body=b"", raw_message=raw, consumer=subscriber.consumer)

    async def undecoded(batch: Any) -> Any:
        return batch.raw_message

    async def take_in(raw: Any) -> None:
        await _persist(handler, [from_kafka(one) for one in raw], how)

    subscriber(take_in, parser=as_batch, decoder=undecoded)


async def _persist(handler: Handler, records: Sequence[Record], how: Intake) -> None:
    deadline = monotonic() + how.retry_for
    pause = how.first_pause
    while not await _succeeds(handler, records, how.handler_limit):
        if monotonic() + pause > deadline:
            raise NackMessage
        await asyncio.sleep(pause)
        pause = min(2 * pause, how.longest_pause)


async def _succeeds(handler: Handler, records: Sequence[Record], limit: float) -> bool:
    try:
        async with asyncio.timeout(limit):
            await handler(records)
    except Unavailable as error:
        _log.warning("intake of %d messages from %s waits: %s", len(records), records[0].place, error)
    except Exception:  # noqa: BLE001  # whatever it is, the messages must not be lost by it
        _log.exception("intake of %d messages from %s failed; they are kept", len(records), records[0].place)
    else:
        return True
    return False
