"""Publishes completed work orders, as the platform does: python docs/examples/producer.py FILE TENANT."""

import asyncio
import json
import os
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

TYPE = "fieldledger.workorder.completed.v1"


def headers(order: dict, tenant: str) -> list[tuple[str, bytes]]:
    """The CloudEvents attributes. The same revision keeps its id, so that a repeated event can be told."""
    own = {"id": f"{order['id']}@{order['revision']}", "type": TYPE, "time": order["completed_at"], "tenant": tenant}
    attributes = {"specversion": "1.0", "source": "platform", "subject": order["id"], **own}
    found = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return [*found, ("content-type", b"application/json")]


async def publish(kafka: str, orders: list[dict], tenant: str) -> None:
    """Send each under its id as the key. When this fails, run it again: nothing is made twice."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True) as producer:
        for order in orders:
            body, key = json.dumps(order).encode(), order["id"].encode()
            await producer.send_and_wait("workorders.completed", body, key=key, headers=headers(order, tenant))


if __name__ == "__main__":
    file, tenant = sys.argv[1:]
    asyncio.run(publish(os.environ["FIELDLEDGER_KAFKA"], json.loads(Path(file).read_text()), tenant))
