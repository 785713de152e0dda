"""SIGSTOP: a process is frozen in its work for longer than its lease, another one finishes, and the first wakes up."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.faults.real.books import Findings, orders
from tests.faults.real.place import conclude, crew, publish, slow_writes, until, until_made, until_running, until_told
from tests.kafka.installation import CONNECTOR, ORDERS, Installation
from tests.kafka.processes import Service

TENANTS = 6


async def frozen_in_a_write(here: Installation) -> Findings:
    """An exporter is frozen after the package made the document and before it read the answer."""
    published = orders(await here.connect(1), 2)
    here.sandbox.fail_next(kind="delay", when="after", seconds=1.0, match=ORDERS, method="POST")
    (zombie,) = await crew(here, "exporter")
    await publish(here, published[:1])
    await until_made(here, 1)
    async with frozen(zombie):
        other = await here.services.start("exporter")
        await until_told(here, 1)
    await until_it_noticed(here, zombie)
    # What it would do with its stale answer it has done by now; and it works on.
    await until_running(here, other)
    assert await other.stop() == 0
    await publish(here, published[1:])
    return await conclude(here, published)


async def random_freezes(here: Installation, seed: int, freezes: int, documents: int) -> Findings:
    """One exporter after the other is frozen at a random moment, until others took what it was at."""
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.02)
    group = await crew(here, "exporter", "exporter", "exporter", "importer")
    for n in range(freezes):
        await publish(here, published[documents * n // freezes : documents * (n + 1) // freezes])
        await asyncio.sleep(dice.uniform(0, 0.3))
        async with frozen(dice.choice(group[:3])):
            await _until_taken_over(here)
    return await conclude(here, published)


@asynccontextmanager
async def frozen(service: Service) -> AsyncIterator[None]:
    """Frozen while the block runs."""
    service.freeze()
    try:
        yield
    finally:
        service.thaw()


async def _until_taken_over(here: Installation) -> None:
    """Every lane that is held now is given back, or somebody else's by then.

    Who is frozen in the middle of a transaction locks the file of SQLite: then all wait, which is as good.
    """
    held = {lane.id: lane.fence for lane in await here.hub.lanes.of_connector(CONNECTOR) if lane.owner}

    async def others_have_them() -> bool:
        lanes = await here.hub.lanes.of_connector(CONNECTOR)
        free = all(lane.fence > held.get(lane.id, -1) or lane.owner is None for lane in lanes)
        return free or await _file_is_locked(here)

    await until(here, others_have_them, "others took over")


async def _file_is_locked(here: Installation) -> bool:
    settings = here.hub.settings
    return not settings.on_mongodb and await asyncio.to_thread(_locked, settings.sqlite_path)


def _locked(file: Path) -> bool:
    """Whether somebody holds the file of SQLite for longer than any transaction takes."""
    with contextlib.closing(sqlite3.connect(file, timeout=2.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


async def until_it_noticed(here: Installation, zombie: Service) -> None:
    """Wait until a process that was frozen knows that it lost its lane."""

    async def noticed() -> bool:
        return "turn ended" in zombie.log

    await until(here, noticed, f"{zombie.title} notices that it lost its lane")
