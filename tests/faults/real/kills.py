"""SIGKILL at random moments: exporters, importer and scheduler die and are started again while documents are made."""

import asyncio
from random import Random

from shared.store.collections import LEDGER
from tests.faults.real.books import Findings, orders
from tests.faults.real.place import conclude, publish, slow_writes, told, until
from tests.kafka.installation import Installation, end_sessions
from tests.kafka.processes import Service

CREW = ("exporter", "exporter", "importer", "scheduler")
LIKELY = (4, 4, 2, 1)
"""How often each of them is hit."""

TENANTS = 6
CALLS = 3
"""Calls between two kills, at most, for each document; one takes more than half of that: kills fall into the work."""


async def random_kills(here: Installation, seed: int, kills: int, documents: int) -> Findings:
    """So many kills while so many documents are made; then all must be as promised.

    Most are in the ledger before the first kill, so that there is always something to hit; the others are published in
    between, a few before each kill.
    """
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.05)
    crew = [await here.services.start(name) for name in CREW]
    done = documents * 3 // 4
    await publish(here, published[:done])
    await _until_taken_in(here, done)
    for n in range(kills):
        before, done = done, documents * 3 // 4 + documents * (n + 1) // kills // 4
        await publish(here, published[before:done])
        await _in_the_middle(here, dice, dice.randint(1, CALLS * documents // kills), done)
        await _kill_one(here, crew, dice)
    await publish(here, published[done:])
    await end_sessions(here.hub.settings.kafka)
    return await conclude(here, published)


async def _until_taken_in(here: Installation, count: int) -> None:
    async def taken_in() -> bool:
        return await here.hub.store.count(LEDGER, {}) >= count

    await until(here, taken_in, f"the ledger holds {count} documents")


async def _in_the_middle(here: Installation, dice: Random, calls: int, published: int) -> None:
    """Until so many more calls reached the package, and a moment longer: the kill may fall anywhere in the work."""
    wanted = len(here.sandbox.calls) + calls

    async def called() -> bool:
        return len(here.sandbox.calls) >= wanted or await told(here) >= published

    await until(here, called, "the package is called")
    await asyncio.sleep(dice.uniform(0, 0.05))


async def _kill_one(here: Installation, crew: list[Service], dice: Random) -> None:
    (place,) = dice.choices(range(len(CREW)), LIKELY)
    await crew[place].kill()
    crew[place] = await here.services.start(CREW[place])
