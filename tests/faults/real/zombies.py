"""SIGSTOP: a process is frozen in its work for longer than its lease, another one finishes, and the first wakes up."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.faults.real.books import Findings, orders
from tests.faults.real.nursery import Moods
from tests.faults.real.outages import loaded, says
from tests.faults.real.place import (
    LOOK,
    conclude,
    crew,
    held_by,
    publish,
    slow_writes,
    told,
    until,
    until_made,
    until_running,
    until_told,
)
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
    return (await conclude(here, published)).after(faults=1)


async def random_freezes(here: Installation, seed: int, freezes: int, documents: int) -> Findings:
    """One exporter after the other is frozen at a random moment of its work, until others took what it was at."""
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.5)  # or a fast machine is done before anybody is frozen
    group = await crew(here, "exporter", "exporter", "exporter", "importer")
    hits = 0
    for n in range(freezes):
        done = documents * (n + 1) // freezes
        await publish(here, published[documents * n // freezes : done])
        hits += await _freeze_an_owner(here, dice, group[:3], done)
    return of_freezes(await conclude(here, published), freezes, hits)


def of_freezes(found: Findings, freezes: int, hits: int) -> Findings:
    """What came of so many freezes; those that hit nobody who held a lane proved nothing."""
    missed = freezes - hits
    done = found.after(faults=hits)
    return done.also(f"{missed} times nobody held a lane, so nothing was proved") if missed else done


async def _freeze_an_owner(here: Installation, dice: Random, group: Sequence[Service], published: int) -> bool:
    """Until one holds lanes as it is frozen, and others take these; False when all work was done before."""
    while await told(here) < published:
        await asyncio.sleep(dice.uniform(0, LOOK))
        victim = dice.choice(group)
        async with frozen(victim):
            await asyncio.sleep(LOOK)  # what it sent to the store a moment ago may still arrive
            if held := await held_by(here, victim):
                await _until_taken_over(here, held)
                return True
    return False


async def hung_in_a_transaction(here: Installation, moods: Moods, documents: int) -> Findings:
    """A process hangs before it commits: SQLite stays locked, the others say so, and go on when it is ended."""
    load = await loaded(here, documents)
    with moods.sqlite(busy_timeout=1_000):
        async with says(here, "look for one that hangs"):
            with moods.one_hangs():
                hung = await _the_one_that_hangs(here)
            await load.during()
        await hung.kill()
    await here.services.start(hung.title.partition(" ")[0])
    return await load.after()


async def _the_one_that_hangs(here: Installation) -> Service:
    found: list[Service] = []

    async def hangs() -> bool:
        found.extend(service for service in here.services.alive if processor(service)[0] == "T")
        return bool(found)

    await until(here, hangs, "a process hangs")
    return found[0]


def processor(service: Service) -> tuple[str, int]:
    """State of a process and the ticks it used; see proc(5), /proc/PID/stat."""
    fields = Path(f"/proc/{service.pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], int(fields[11]) + int(fields[12])


@asynccontextmanager
async def frozen(service: Service) -> AsyncIterator[None]:
    """Frozen while the block runs."""
    service.freeze()
    try:
        yield
    finally:
        service.thaw()


async def _until_taken_over(here: Installation, held: Mapping[str, int]) -> None:
    """Each of these lanes is somebody else's by then."""

    async def others_have_them() -> bool:
        now = {lane.id: lane.fence for lane in await here.hub.lanes.of_connector(CONNECTOR)}
        return all(now[id] > fence for id, fence in held.items())

    await until(here, others_have_them, "others took over")


async def until_it_noticed(here: Installation, zombie: Service) -> None:
    """Wait until a process that was frozen knows that it lost its lane."""

    async def noticed() -> bool:
        return "turn ended" in zombie.log

    await until(here, noticed, f"{zombie.title} notices that it lost its lane")
