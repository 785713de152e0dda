"""Clocks that jump. One process's own: it must refuse to work. The whole machine's: every promise must hold."""

from datetime import timedelta

from tests.faults.real.books import Findings, orders
from tests.faults.real.nursery import Moods
from tests.faults.real.outages import loaded
from tests.faults.real.place import conclude, crew, publish, slow_writes, until, until_made
from tests.kafka.installation import Installation

TENANTS = 4
JUMP = timedelta(seconds=10)
"""Several leases long, so that every lease looks over at once, or as if it would last for ever."""

FAR = timedelta(minutes=5)
"""Far from the store's clock, but not so far that the tokens of the package look expired."""


async def machine_jumps(here: Installation, moods: Moods, documents: int) -> Findings:
    """All services and their store share one clock, that of the machine: it is set forward, and back again."""
    load = await loaded(here, documents)
    with moods.clock_off(JUMP):
        await load.during()
        await until_made(here, len(load.all) // 2)
    return await load.after(faults=2)


async def process_jumps(here: Installation, moods: Moods, documents: int) -> Findings:
    """The clock of an exporter's machine moves away from the store's while it works. It has to stop and say why.

    Another one goes on.
    """
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.05)
    (victim,) = await crew(here, "exporter")
    await publish(here, published)
    await until_made(here, 2)
    victim.expected_to_run = False

    async def refuses() -> bool:
        return victim.exit_code is not None

    with moods.clock_off(FAR):
        await until(here, refuses, "the exporter with the wrong clock stops")
    await here.services.start("exporter")
    found = (await conclude(here, published)).after(faults=1)
    refused = victim.exit_code and "off the store's clock" in victim.log
    return found if refused else found.also(f"it ended with {victim.exit_code} and said: {victim.log}")
