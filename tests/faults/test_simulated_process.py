"""A simulated process dies like a real one: nothing of it reaches anything any more, and it leaves nothing running."""

import asyncio
from random import Random

import pytest

from shared.errors import StoreUnavailable
from shared.store.collections import LEDGER
from tests.faults.memory_store import Memory, MemoryStore
from tests.faults.simulation.process import Killed, Over, Process, adopting
from tests.faults.virtual_time import run


class Life:
    """One process over a store of its own."""

    def __init__(self):
        asyncio.get_running_loop().set_task_factory(adopting)
        self.memory = Memory()
        self.process = Process("exporter", Random(1))
        self.store = Over(MemoryStore(self.memory), self.process, self.down)
        self.error = None

    def down(self):
        return self.error

    @property
    def written(self):
        return [row["id"] for row in self.memory.documents(LEDGER)]

    async def write_for_ever(self):
        await self.store.open()
        n = 0
        try:
            while True:
                n += 1
                await self.store.insert(LEDGER, {"id": f"{n:04}"})
                await asyncio.sleep(1)
        finally:
            await self.store.insert(LEDGER, {"id": "a last word"})


def test_after_its_death_its_clean_up_reaches_nothing_and_nothing_of_it_runs():
    async def work():
        life = Life()

        async def parent():
            await asyncio.gather(life.write_for_ever(), asyncio.create_task(asyncio.sleep(3600)))

        task = life.process.start(parent())
        await asyncio.sleep(5)
        life.process.kill()
        before = life.written
        await asyncio.wait({task})
        await asyncio.sleep(100)
        return before, life.written, life.process.remains(), task.cancelled() or isinstance(task.exception(), Killed)

    before, after, remains, dead = run(work())
    assert len(before) >= 4
    assert after == before
    assert (remains, dead) == ([], True)


def test_a_frozen_process_reaches_nothing_until_it_wakes_and_is_late_for_its_own_time_outs():
    async def work():
        life = Life()
        late = []

        async def patient():
            await life.store.open()
            try:
                async with asyncio.timeout(72):
                    while True:
                        await life.store.insert(LEDGER, {"id": f"{len(life.written):04}"})
                        await asyncio.sleep(1)
            except TimeoutError:
                await life.store.insert(LEDGER, {"id": "too late"})
                late.append(asyncio.get_running_loop().time())

        life.process.start(patient())
        await asyncio.sleep(5)
        frozen_at = len(life.written)
        life.process.freeze(300)
        await asyncio.sleep(299)
        while_frozen = len(life.written)
        await asyncio.sleep(10)
        return frozen_at, while_frozen, life.written[-1], late

    frozen_at, while_frozen, last, late = run(work())
    assert while_frozen == frozen_at
    assert last == "too late"
    assert late[0] >= 305


def test_an_outage_is_met_as_the_error_of_what_is_away():
    async def work():
        life = Life()
        await life.process.start(life.store.open())
        life.error = StoreUnavailable("away")
        with pytest.raises(StoreUnavailable):
            await life.process.start(life.store.get(LEDGER, "a"))

    run(work())


def test_what_the_process_did_not_start_lives_on():
    async def work():
        life = Life()
        outside = asyncio.create_task(asyncio.sleep(10, "done"))
        life.process.kill()
        return await outside

    assert run(work()) == "done"
