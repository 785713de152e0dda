"""What trials stand on: a real Kafka and a real MongoDB (or what speaks its protocol) of their own."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.kafka import RealKafka, real_kafka
from deploy.local.mongodb import ContainerMongo, RealMongo, real_mongo
from tests.faults.real.nursery import Moods, moody
from tests.faults.real.place import place
from tests.kafka.installation import Installation

NOTICED_WITHIN = "serverSelectionTimeoutMS=2000"
"""So that services notice soon that MongoDB is away."""


@dataclass(frozen=True)
class Ground:
    """`moods` are those of the machine all services run on; `folder` is the ground's alone."""

    kafka: RealKafka
    mongo: RealMongo
    moods: Moods
    folder: Path

    @property
    def servers(self) -> str:
        """What they really are, in words."""
        compatible = "mongo-java-server, which speaks its protocol (`deploy/local/mongodb.py`)"
        mongo = "MongoDB itself in a container" if isinstance(self.mongo, ContainerMongo) else compatible
        return f"Kafka is Apache Kafka, MongoDB is {mongo}"

    @asynccontextmanager
    async def on_sqlite(self, **fields: Any) -> AsyncIterator[Installation]:
        """An empty installation on one SQLite file. `fields` as those of `installation`."""
        async with place(self.kafka.bootstrap, spawn=moody(self.moods), **fields) as here:
            yield here

    @asynccontextmanager
    async def on_mongodb(self, **fields: Any) -> AsyncIterator[Installation]:
        """An empty installation on a MongoDB database of its own."""
        address = self.mongo.address(Path(tempfile.mkdtemp(dir=self.folder)).name)
        store = f"{address}{'&' if '?' in address else '?'}{NOTICED_WITHIN}"
        async with self.on_sqlite(store=store, **fields) as here:
            yield here


@contextmanager
def ground() -> Iterator[Ground]:
    """Both servers, running; ended and forgotten when the block ends."""
    with tempfile.TemporaryDirectory(prefix="fieldledger-ground-") as name:
        folder = Path(name)
        with real_kafka() as kafka, real_mongo(folder / "mongodb") as mongo:
            yield Ground(kafka, mongo, Moods(folder), folder)
