"""What tests share. A store adapter is one line of `STORES`, and passes every test that asks for a store."""

import hashlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.database import Database
from xdist.scheduler import LoadScopeScheduling

from deploy.local.mongodb import real_mongo
from shared.store import Store
from shared.store.mongo import MongoStore
from shared.store.sqlite import SqliteStore
from tests.faults.memory_store import Memory, MemoryStore

MONGODB = "MONGODB_FOR_TESTS"
"""Where the server of this run is, for the processes that tests start: its address with `DATABASE` in it."""


def mongo_address(folder: Path) -> str:
    """What FIELDLEDGER_STORE must be for the database of this folder."""
    return os.environ[MONGODB].replace("DATABASE", hashlib.sha256(str(folder).encode()).hexdigest()[:32])


STORES: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SqliteStore(folder / "store.db"),
    # The server for machines without containers looks for thousands of ids one by one.
    "mongodb": lambda folder: MongoStore(mongo_address(folder), patience=60),
}
"""Adapter -> how to make a store, not yet opened. The same folder always leads to the same documents."""

_memories: defaultdict[Path, Memory] = defaultdict(Memory)
ONE_PROCESS: dict[str, Callable[[Path], Store]] = {
    **STORES,
    "memory": lambda folder: MemoryStore(_memories[folder]),
}
"""Also the one of the simulation, which no other process can open: for the tests of what every store promises."""


BUSY = ("faults", "kafka")
"""Folders whose tests keep every core busy by themselves, with many processes or a broker: one after the other."""


class Scheduling(LoadScopeScheduling):
    """With several processes (`make test`), the tests of a module stay together, and so do all of the busy ones.

    The marks of pytest-xdist itself (`--dist loadgroup`) do nothing with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


TOGETHER = ("browser",)
"""Folders whose tests share what is dear to start: an installation and a browser."""


def _scope(nodeid: str) -> str:
    module = nodeid.partition("::")[0]
    folder = module.split("/")[1]
    return "busy" if folder in BUSY else folder if folder in TOGETHER else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """The scheduler of this suite."""
    config.option.loadscopereorder = False  # in the order below
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long first, so that no process is left with them at the end."""
    longest = ("busy", *TOGETHER)
    items.sort(key=lambda item: longest.index(scope) if (scope := _scope(item.nodeid)) in longest else len(longest))


@pytest.fixture(scope="session")
def mongodb() -> Iterator[None]:
    """One server for all tests. Where none can run they fail, with the sentence that says what to install."""
    with real_mongo() as server:
        os.environ[MONGODB] = server.address("DATABASE")
        yield
        del os.environ[MONGODB]


def serve(request: pytest.FixtureRequest, adapter: str) -> str:
    """The adapter's name again, now that its server runs."""
    if adapter == "mongodb":
        request.getfixturevalue("mongodb")
    return adapter


def clients(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Makes one more client of this test's store, by the adapter that is the fixture's parameter."""
    adapter = serve(request, request.param)
    yield lambda: ONE_PROCESS[adapter](tmp_path)
    _memories.pop(tmp_path, None)
    if adapter == "mongodb":
        forget(tmp_path)


new_store = pytest.fixture(params=STORES, name="new_store")(clients)


def forget(folder: Path) -> None:
    """Drop the MongoDB database of this folder."""
    address = mongo_address(folder)
    with pymongo.MongoClient(address) as client:
        client.drop_database(client.get_default_database())


@pytest.fixture
async def store(new_store: Callable[[], Store]) -> AsyncIterator[Store]:
    """An empty store, opened; closed when the test is over."""
    made = new_store()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def address(mongodb: None, tmp_path: Path) -> Iterator[str]:
    """The address of a MongoDB database of this test's own."""
    yield mongo_address(tmp_path)
    forget(tmp_path)


@pytest.fixture
def raw(address: str) -> Iterator[Database[dict[str, Any]]]:
    """That database, as an operator sees it."""
    with pymongo.MongoClient[dict[str, Any]](address) as client:
        yield client.get_default_database()


def with_option(address: str, option: str) -> str:
    """The address with one more option of the driver."""
    return f"{address}{'&' if '?' in address else '?'}{option}"


@pytest.fixture
async def mongo(address: str) -> AsyncIterator[MongoStore]:
    """An empty store in MongoDB, opened."""
    made = MongoStore(address)
    await made.open()
    yield made
    await made.close()
