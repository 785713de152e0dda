"""SIGKILL at random moments: exporters, importer and scheduler die and are started again while documents are made."""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random

from tests.faults.real.books import Findings, Order, orders
from tests.faults.real.place import conclude, publish, slow_writes, until, until_made
from tests.kafka.installation import Installation, end_sessions
from tests.kafka.processes import Service

CREW = ("exporter", "exporter", "importer", "scheduler")
LIKELY = (4, 4, 2, 1)
"""How often each of them is hit."""

TENANTS = 6


async def random_kills(here: Installation, seed: int, kills: int, documents: int) -> Findings:
    """So many kills while so many documents are published, a few before each kill; then all must be as promised."""
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.05)
    crew = [await here.services.start(name) for name in CREW]
    await publish(here, published[:TENANTS])
    await until_made(here, 1)
    for part in _parts(published[TENANTS:], kills):
        await publish(here, part)
        await _some_calls(here, dice)
        await _kill_one(here, crew, dice)
    await end_sessions(here.hub.settings.kafka)
    return await conclude(here, published)


def _parts(published: Sequence[Order], count: int) -> Iterator[Sequence[Order]]:
    for n in range(count):
        yield published[len(published) * n // count : len(published) * (n + 1) // count]


async def _some_calls(here: Installation, dice: Random) -> None:
    """Until so many more calls reached the package, and a moment longer: the kill may fall anywhere in the work."""
    wanted = len(here.sandbox.calls) + dice.randint(1, 40)

    async def called() -> bool:
        return len(here.sandbox.calls) >= wanted or not await _busy(here)

    await until(here, called, "the package is called")
    await asyncio.sleep(dice.uniform(0, 0.05))


async def _busy(here: Installation) -> bool:
    lanes = await here.hub.lanes.of_connector("exact_online")
    return any(lane.owner or lane.export.due for lane in lanes)


async def _kill_one(here: Installation, crew: list[Service], dice: Random) -> None:
    (place,) = dice.choices(range(len(CREW)), LIKELY)
    await crew[place].kill()
    crew[place] = await here.services.start(CREW[place])
