"""What services stand on goes away for a while, under load: the broker, the store, the disk. Then all goes on."""

import asyncio
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from deploy.local.kafka import RealKafka
from deploy.local.mongodb import RealMongo
from shared import topics
from tests.faults.real.books import Findings, Order, orders
from tests.faults.real.nursery import Moods
from tests.faults.real.place import conclude, publish, slow_writes, until, until_made
from tests.kafka.installation import CONNECTOR, Installation
from tests.kafka.processes import Service

TENANTS = 4
FULL_AT = 256 * 1024
"""Bytes at which a file cannot grow any more on a full disk: below the store's size, above that of a log."""


class Load:
    """Documents before, during and after an outage; each third is published when it is time for it."""

    def __init__(self, here: Installation, published: Sequence[Order]) -> None:
        self.here = here
        self.all = published
        self._third = len(published) // 3

    async def before(self) -> None:
        """Under way when the outage comes."""
        await publish(self.here, self.all[: self._third])
        await until_made(self.here, 2)

    async def during(self) -> None:
        """Published while it lasts."""
        await publish(self.here, self.all[self._third : 2 * self._third])

    async def after(self) -> Findings:
        """Published when it is over; then all is judged."""
        await publish(self.here, self.all[2 * self._third :])
        return await conclude(self.here, self.all)


async def loaded(here: Installation, documents: int) -> Load:
    """Two exporters, an importer and a scheduler at work, and documents for them."""
    load = Load(here, orders(await here.connect(TENANTS), documents))
    slow_writes(here, 0.05)
    for name in ("exporter", "exporter", "importer", "scheduler"):
        await here.services.start(name)
    await load.before()
    return load


async def broker_restarted(here: Installation, kafka: RealKafka, documents: int) -> Findings:
    """Kafka is killed, and comes back on the same data and port."""
    load = await loaded(here, documents)
    kafka.kill()
    try:
        await until(here, lambda: _outcome_waits(here), "an outcome waits for Kafka")
    finally:
        await asyncio.to_thread(kafka.restart)
    await load.during()
    return await load.after()


async def _outcome_waits(here: Installation) -> bool:
    """Lanes need no Kafka: documents are made meanwhile, and the ledger keeps what is to be told of them."""
    return bool(await here.hub.entries.unpublished(CONNECTOR))


async def store_restarted(here: Installation, mongo: RealMongo, documents: int) -> Findings:
    """MongoDB goes away and comes back."""
    load = await loaded(here, documents)
    await asyncio.to_thread(mongo.stop)
    try:
        await load.during()
        await _until_said(here, "could not be used")
    finally:
        await asyncio.to_thread(mongo.restart)
    return await load.after()


async def partitions_added(here: Installation, documents: int) -> Findings:
    """The operator gives the topics more partitions: keys move to others, events of one document too."""
    load = await loaded(here, documents)
    more = {topics.WORKORDERS_COMPLETED: NewPartitions(9), topics.ticks(CONNECTOR): NewPartitions(9)}
    admin = AIOKafkaAdminClient(bootstrap_servers=here.hub.settings.kafka)
    await admin.start()
    try:
        await admin.create_partitions(more)
    finally:
        await admin.close()
    await load.during()
    return await load.after()


async def disk_full(here: Installation, documents: int) -> Findings:
    """Files of the services cannot grow any more; then there is room again."""
    load = await loaded(here, documents)
    with _limited(here.services.alive, FULL_AT):
        await load.during()
        await _until_said(here, "free space")
    return await load.after()


@contextmanager
def _limited(services: Sequence[Service], size: int) -> Iterator[None]:
    """The kernel refuses these processes every byte of a file beyond that size."""
    for service in services:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for service in services:
            resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def read_only(here: Installation, moods: Moods, documents: int) -> Findings:
    """The store's file cannot be written; then it can be again."""
    load = await loaded(here, documents)
    moods.read_only(now=True)
    await load.during()
    await _until_said(here, "give this user write access")
    moods.read_only(now=False)
    return await load.after()


async def _until_said(here: Installation, words: str) -> None:
    async def said() -> bool:
        return any(words in service.log for service in here.services.alive)

    await until(here, said, f"a service says: {words}")
