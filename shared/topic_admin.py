"""Creating the topics of `shared/topics.py` and saying where a cluster differs from them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]  # ships no types
from aiokafka.admin.config_resource import (  # type: ignore[import-untyped]  # ships no types
    ConfigResource,
    ConfigResourceType,
)
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, TopicAlreadyExistsError, for_code  # type: ignore[import-untyped]  # same

from shared.bus import BusUnavailable
from shared.errors import Misconfigured
from shared.topics import Topic


@dataclass(frozen=True)
class TopicState:
    """One wanted topic as the cluster has it. `differences` are sentences; none means it is as it should be."""

    name: str
    exists: bool
    differences: tuple[str, ...]


async def ensure_topics(bootstrap: str, topics: Sequence[Topic], replication: int) -> list[str]:
    """Create what is missing and return the names; what exists is left as it is (`list_topics` shows differences).

    `replication` is the number of brokers that keep each message: 1 on one node, 3 where it matters.
    `Misconfigured` when Kafka refuses a topic, `BusUnavailable` when it does not answer.
    """
    if not topics:
        return []
    async with _admin(bootstrap) as admin:
        answer = await admin.create_topics([_new(topic, replication) for topic in topics])
    return [row["topic"] for row in answer.to_object()["topic_errors"] if _created(row)]


async def list_topics(bootstrap: str, topics: Sequence[Topic]) -> list[TopicState]:
    """How each wanted topic stands in the cluster; `BusUnavailable` when Kafka does not answer."""
    async with _admin(bootstrap) as admin:
        partitions = await _partitions(admin)
        present = [topic for topic in topics if topic.name in partitions]
        configs = await _configs(admin, present)
    return [_state(topic, partitions.get(topic.name), configs.get(topic.name, {})) for topic in topics]


def config(topic: Topic) -> dict[str, str]:
    """The topic's Kafka settings. Retention in milliseconds, -1 keeps for ever."""
    kept = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
    return {"cleanup.policy": topic.cleanup, "retention.ms": str(kept)}


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    except (IncompatibleBrokerVersion, AttributeError) as error:
        # No topic administration, or no controller to ask for it: aiokafka says the one or trips over the other.
        raise Misconfigured(
            f"Kafka at {bootstrap} has no topic administration: it is the one in memory, which makes topics by itself."
        ) from error
    except (KafkaError, TimeoutError) as error:
        raise BusUnavailable.at(bootstrap, error) from error
    finally:
        await admin.close()


def _new(topic: Topic, replication: int) -> Any:
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=config(topic))


def _created(row: dict[str, Any]) -> bool:
    if not row["error_code"]:
        return True
    if for_code(row["error_code"]) is TopicAlreadyExistsError:
        return False
    why = row.get("error_message") or for_code(row["error_code"]).__name__
    raise Misconfigured(f"Kafka refused to create topic {row['topic']}: {why}")


async def _partitions(admin: Any) -> dict[str, int]:
    # All topics, never by name: asking for a name may create it on clusters that auto-create.
    return {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics()}


async def _configs(admin: Any, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    wanted = [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=config(topic)) for topic in topics]
    answers = await admin.describe_configs(wanted)
    rows = [row for answer in answers for row in answer.to_object()["resources"]]
    return {row["resource_name"]: _values(row["config_entries"]) for row in rows}


def _values(entries: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {entry["config_names"]: entry["config_value"] for entry in entries}


def _state(topic: Topic, partitions: int | None, found: dict[str, str]) -> TopicState:
    if partitions is None:
        return TopicState(topic.name, exists=False, differences=("does not exist",))
    wanted = config(topic).items()
    wrong = [f"{name} is {found.get(name)}, not {value}" for name, value in wanted if found.get(name) != value]
    if partitions != topic.partitions:
        wrong.insert(0, f"has {partitions} partitions, not {topic.partitions}")
    return TopicState(topic.name, exists=True, differences=tuple(wrong))
