"""A real Kafka for these tests: one broker per run, its topics deleted and made anew for each test that asks.

Where no real Kafka can run, these tests fail with the sentence that says what to install: they are never skipped.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.kafka import RealKafka, real_kafka
from shared.settings import Settings
from shared.topic_admin import ensure_topics
from shared.topics import Topic, all_topics

CONNECTORS = ["exact_online"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/kafka/" in item.path.as_posix():
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
def kafka() -> Iterator[RealKafka]:
    """The broker shared by all tests. Topic names are constants, so each test takes `fresh_topics` as well."""
    with real_kafka() as broker:
        yield broker


@pytest.fixture
def own_kafka() -> Iterator[RealKafka]:
    """A broker of one's own, for tests that kill it."""
    with real_kafka() as broker:
        yield broker


@pytest.fixture
async def fresh_topics(kafka: RealKafka) -> AsyncIterator[str]:
    """All topics, empty, and with them every group at its beginning. Gives the bootstrap address.

    Deleting a topic deletes what groups committed on it, so processes may use the real topic and group names.
    """
    topics = all_topics(CONNECTORS)
    await recreate(kafka.bootstrap, topics)
    yield kafka.bootstrap
    await delete(kafka.bootstrap)


@pytest.fixture
def settings(fresh_topics: str) -> Settings:
    return Settings(kafka=fresh_topics)


async def recreate(bootstrap: str, topics: Sequence[Topic]) -> None:
    await delete(bootstrap)
    assert len(await ensure_topics(bootstrap, topics, 1)) == len(topics)


async def delete(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = [name for name in await admin.list_topics() if not name.startswith("__")]
    if names:
        await admin.delete_topics(names, timeout_ms=10_000)
    # The broker takes its time: what is published under a name that is still being deleted is accepted, and gone.
    async with asyncio.timeout(30):
        while {*names} & {*await admin.list_topics()}:  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(0.02)
    await admin.close()
