"""What intake hands to a handler: one message as Kafka keeps it, undecoded, so that reading stays cheap."""

from typing import Any, NamedTuple


class Record(NamedTuple):
    """One received message. `value` None is a tombstone. `shared.envelope.read_headers` reads the headers.

    `timestamp` is Kafka's own, in milliseconds since 1970; 0 where it has none.
    """

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    timestamp: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for logs and as an identity: `topic-partition-offset`."""
        return f"{self.topic}-{self.partition}-{self.offset}"


def from_kafka(raw: Any) -> Record:
    """Take over an aiokafka `ConsumerRecord`. A key that is not UTF-8 is kept readable, not exact."""
    key = None if raw.key is None else raw.key.decode(errors="backslashreplace")
    return Record(raw.topic, raw.partition, raw.offset, key, raw.headers, raw.value, max(raw.timestamp or 0, 0))
