"""How far the exporters' group has read."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared import topics
from tests.kafka.installation import CONNECTOR

GROUP = f"exporter.{CONNECTOR}"


async def committed(bootstrap: str) -> dict[TopicPartition, int]:
    """How far the group has taken each partition in."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(GROUP)
        return {partition: one.offset for partition, one in found.items() if one.offset > 0}
    finally:
        await admin.close()


async def stable_members(bootstrap: str) -> int:
    """How many members share the partitions; 0 while Kafka shares them anew."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([GROUP])
        _, _, state, _, _, members, *_ = answer.groups[0]
        return len(members) if state == "Stable" else 0
    finally:
        await admin.close()


async def extents(bootstrap: str) -> dict[TopicPartition, int]:
    """Where the partitions of the topics the group reads end, the empty ones left out."""
    consumer = AIOKafkaConsumer(topics.WORKORDERS_COMPLETED, topics.export_requests(CONNECTOR),
                                bootstrap_servers=bootstrap, group_id=None)  # fmt: skip
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        return {partition: end for partition, end in ends.items() if end}
    finally:
        await consumer.stop()
