"""Fakes that run: a bus that remembers, a clock that stands still."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from shared.bus import Record
from shared.envelope import Message
from shared.errors import Unavailable


class RecordingBus:
    """Keeps what was published, in order; `fail_next` makes the next publishes fail."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failures = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        if messages and self.failures:
            self.failures -= 1
            raise Unavailable("Kafka is away")
        self.messages += messages

    def fail_next(self, times: int = 1) -> None:
        self.failures = times

    def of(self, topic: str) -> list[Message]:
        return [message for message in self.messages if message.topic == topic]


class FakeClock:
    """Time that moves only when told to."""

    def __init__(self, start: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, span: timedelta) -> None:
        self.moment += span


def received(message: Message, offset: int = 0) -> Record:
    """A published message as a consumer meets it."""
    headers = tuple((name, value.encode()) for name, value in message.headers.items())
    return Record(message.topic, 0, offset, message.key, headers, message.body)
