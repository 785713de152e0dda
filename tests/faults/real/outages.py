"""What services stand on goes away for a while, under load: the broker, the store, the disk. Then all goes on."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from deploy.local.kafka import RealKafka
from deploy.local.mongodb import RealMongo
from shared import topics
from shared.schemas.connections import Connection
from tests.faults.real.books import Findings, Order, orders
from tests.faults.real.imported import misread, rename
from tests.faults.real.nursery import Moods
from tests.faults.real.place import conclude, insist, publish, slow_writes, until, until_made
from tests.kafka.installation import CONNECTOR, Installation
from tests.kafka.processes import Service

TENANTS = 4
LARGEST = 256 * 1024
"""Bytes a file may have on a disk that fails: below the store's size, above that of a log."""


class Load:
    """Documents before, during and after an outage; each third is published when it is time for it.

    Meanwhile the books change, and are read.
    """

    def __init__(self, here: Installation, connections: Sequence[Connection], published: Sequence[Order]) -> None:
        self.here = here
        self.connections = connections
        self.all = published
        self._third = len(published) // 3

    async def before(self) -> None:
        """Under way when the outage comes."""
        await publish(self.here, self.all[: self._third])
        await until_made(self.here, 2)

    async def during(self) -> None:
        """Published while it lasts."""
        rename(self.here, self.connections, "Renamed during it")
        self.here.change_books()
        await insist(lambda: self.here.tick(self.connections, "during"))
        await publish(self.here, self.all[self._third : 2 * self._third])

    async def after(self, *, faults: int = 1) -> Findings:
        """Published when it is over; then all is judged."""
        await publish(self.here, self.all[2 * self._third :])
        found = await conclude(self.here, self.all)
        return found.also(*await misread(self.here, self.connections)).after(faults=faults)


async def loaded(here: Installation, documents: int) -> Load:
    """Two exporters, an importer and a scheduler at work, and documents for them."""
    connections = await here.connect(TENANTS)
    load = Load(here, connections, orders(connections, documents))
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
        async with says(here, "could not be used"):
            await load.during()
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
    return await load.after(faults=0)


async def disk_full(here: Installation, moods: Moods, documents: int) -> Findings:
    """SQLite finds no room for another page of the store; then there is room again."""
    load = await loaded(here, documents)
    with moods.sqlite(max_page_count=1):  # which means: as many as there are
        async with says(here, "free some space"):
            await load.during()
    return await load.after()


async def disk_fails(here: Installation, documents: int) -> Findings:
    """Writing to files of the services fails; then it works again."""
    load = await loaded(here, documents)
    with _limited(here.services.alive, LARGEST):
        async with says(here, "check the disk"):
            await load.during()
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
    """SQLite refuses every write with the error of a read-only file; then it writes again.

    Not by a file that is read-only: to root, who runs many a container, no file is.
    """
    load = await loaded(here, documents)
    with moods.sqlite(query_only="ON"):
        async with says(here, "give this user write access"):
            await load.during()
    return await load.after()


@asynccontextmanager
async def says(here: Installation, words: str) -> AsyncIterator[None]:
    """Not over before a service has said so since the block began."""
    before = _said(here, words)
    yield

    async def said() -> bool:
        return _said(here, words) > before

    await until(here, said, f"a service says: {words}")


def _said(here: Installation, words: str) -> int:
    return sum(service.log.count(words) for service in here.services.alive)
