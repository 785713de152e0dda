"""Publishing: every send in flight at once, nothing believed before Kafka acknowledged it.

The producer is aiokafka's own: FastStream's adds a `correlation_id` and an empty `content-type` to each message, and
what stands in our headers is a contract.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # ships no types
from aiokafka.errors import (  # type: ignore[import-untyped]  # ships no types
    KafkaError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from shared.envelope import Message
from shared.errors import GiveUp, Unavailable
from shared.settings import Settings

PUBLISH_TIMEOUT = 30.0
"""Seconds until an unanswered publish is reported. An idempotent aiokafka producer itself would try for ever."""

_CLOSE_TIMEOUT = 3.0


class BusUnavailable(Unavailable):
    """Kafka did not acknowledge in time. The messages may or may not have arrived: publish them again, same ids."""

    @staticmethod
    def at(bootstrap: str, error: Exception) -> "BusUnavailable":
        """Because of this error at this address."""
        return BusUnavailable(f"Kafka at {bootstrap} does not answer ({type(error).__name__}).")


class TooLarge(GiveUp):
    """The message is larger than the topic accepts, so sending it again is pointless."""


class Bus:
    """The publishing side, one per process. Opened by `start`, `async with` or the first `publish`.

    What a timed-out publish left waiting still goes before whatever is published later, so order within a key holds.
    """

    def __init__(
        self, settings: Settings, *, client_id: str, timeout: float = PUBLISH_TIMEOUT, forgets: bool = False
    ) -> None:
        """`timeout` in seconds, for one call of `publish`.

        `forgets`: what it left waiting is dropped, so that an outage fills no memory; for events in no order.
        """
        self._forgets = forgets
        self._bootstrap = settings.kafka
        self._client_id = client_id
        self._timeout = timeout
        self._producer: Any = None
        self._opening = asyncio.Lock()

    async def start(self) -> None:
        """Connect; `BusUnavailable` when Kafka does not answer."""
        try:
            await self._open()
        except KafkaError as error:
            raise self._unavailable(error) from error

    async def stop(self) -> None:
        """Send what is still waiting, for a few seconds at most, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _close(producer)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all and wait until Kafka has acknowledged each; messages of one key keep their order.

        `BusUnavailable`: not all are acknowledged, publish all again. `TooLarge`: one can never be sent.
        """
        if not messages:
            return
        try:
            async with self._dropping(), asyncio.timeout(self._timeout):
                await self._send_all(messages)
        except MessageSizeTooLargeError as error:
            raise TooLarge(f"A message is too large for Kafka: {error}") from error
        except (KafkaError, TimeoutError) as error:
            raise self._unavailable(error) from error

    @asynccontextmanager
    async def _dropping(self) -> AsyncIterator[None]:
        producer = self._producer
        try:
            yield
        except TimeoutError:
            if self._forgets and self._producer is producer is not None:
                self._producer = None
                await _drop(producer)
            raise

    async def ping(self, timeout: float) -> bool:  # noqa: ASYNC109  # seconds of a health check, its caller's to choose
        """Whether Kafka answers within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                producer = await self._open()
                return bool(await producer.client.force_metadata_update())
        except (KafkaError, TimeoutError):
            return False

    async def _open(self) -> Any:
        async with self._opening:
            if self._producer is None:
                self._producer = await _connect(self._bootstrap, self._client_id)
            return self._producer

    async def _send_all(self, messages: Sequence[Message]) -> None:
        producer = await self._open()
        try:
            sent = [await _send(producer, message) for message in messages]
            await asyncio.gather(*sent)
        except KafkaError:
            # After some errors an idempotent producer is unusable for good, so the next publish opens another.
            await self._discard(producer)
            raise

    async def _discard(self, producer: Any) -> None:
        if self._producer is producer:
            self._producer = None
            await _close(producer)

    def _unavailable(self, error: Exception) -> BusUnavailable:
        if isinstance(error, UnknownTopicOrPartitionError):
            return BusUnavailable(
                f"A topic is missing at {self._bootstrap}: run `fieldledger topics create`. ({error})"
            )
        return BusUnavailable.at(self._bootstrap, error)


async def _connect(bootstrap: str, client_id: str) -> Any:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        request_timeout_ms=10_000,
    )
    try:
        await producer.start()
    except BaseException:  # also a cancelled start: nothing is left open, and the error goes on
        async with _briefly():
            await producer.stop()
        raise
    return producer


async def _close(producer: Any) -> None:
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT):
            await producer.flush()
    except (KafkaError, TimeoutError):
        await _drop(producer)
    else:
        await producer.stop()


@asynccontextmanager
async def _briefly() -> AsyncIterator[None]:
    """Aiokafka cancels its tasks and waits for their end, for ever where one missed that: our caller waits for us."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_TIMEOUT):
            yield


async def _drop(producer: Any) -> None:
    # aiokafka has no public way to give up what still waits: its `stop` would wait for ever.
    async with _briefly():
        await producer.client.close()
        await producer._sender.close()  # noqa: SLF001
    producer._closed = True  # noqa: SLF001  # or it complains when it is collected


async def _send(producer: Any, message: Message) -> "asyncio.Future[Any]":
    headers = [(name, value.encode()) for name, value in message.headers.items()]
    future: asyncio.Future[Any] = await producer.send(
        message.topic, message.body, key=message.key.encode(), headers=headers
    )
    return future
