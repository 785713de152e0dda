"""Reads the records of one kind as they are now: python docs/examples/consumer.py KIND."""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRecord


class Present:
    """The newest event of each key. `removed` says why a record that was there is gone."""

    def __init__(self) -> None:
        self.records: dict[str, dict] = {}
        self.removed: dict[str, str] = {}
        self._sequences: dict[str, str] = {}

    def take(self, message: ConsumerRecord) -> None:
        """Apply one message, unless a newer one of the same key came before it."""
        key, headers = message.key.decode(), {name: value.decode() for name, value in message.headers}
        if headers["ce_sequence"] < self._sequences.get(key, ""):
            return
        self._sequences[key] = headers["ce_sequence"]
        if message.value is None:
            self.records.pop(key, None)
            self.removed[key] = headers["ce_reason"]
        else:
            self.records[key] = json.loads(message.value)
            self.removed.pop(key, None)


async def read(kafka: str, kind: str) -> Present:
    """Everything from the beginning to what is the end now. To go on for ever, leave out the end."""
    present = Present()
    consumer = AIOKafkaConsumer(f"entities.{kind}", bootstrap_servers=kafka, auto_offset_reset="earliest")
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                for message in messages:
                    present.take(message)
    return present


if __name__ == "__main__":
    found = asyncio.run(read(os.environ["FIELDLEDGER_KAFKA"], sys.argv[1]))
    lines = [f"{key}  {event['platform_id']}  {event['record']['code']}" for key, event in found.records.items()]
    print(*lines, f"{len(lines)} records, {len(found.removed)} removed", sep="\n")  # noqa: T201  # what it is for
