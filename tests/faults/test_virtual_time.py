"""Virtual time: everything of asyncio works, hours take no time, and what would hang says so."""

import asyncio
from datetime import timedelta

import pytest

from tests.faults.virtual_time import BEGIN, Deadlock, EndlessLoop, clock_of, run


def test_hours_of_sleep_pass_at_once_and_end_in_their_order():
    async def work():
        woken = []

        async def sleep(seconds):
            await asyncio.sleep(seconds)
            woken.append((seconds, asyncio.get_running_loop().time()))

        await asyncio.gather(sleep(86_400), sleep(0.5), sleep(3600))
        return woken

    assert run(work()) == [(0.5, 0.5), (3600, 3600), (86_400, 86_400)]


def test_a_time_out_ends_what_it_limits_and_nothing_earlier():
    async def work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(90):
                await asyncio.Event().wait()
        async with asyncio.timeout(90):
            await asyncio.sleep(89)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(10), 5)
        return asyncio.get_running_loop().time()

    assert run(work()) == 90 + 89 + 5


def test_clocks_go_by_virtual_time_each_with_its_own_drift():
    async def work():
        loop = asyncio.get_running_loop()
        right, fast = clock_of(loop), clock_of(loop, timedelta(seconds=3))
        await asyncio.sleep(3600)
        return right(), fast() - right()

    assert run(work()) == (BEGIN + timedelta(hours=1), timedelta(seconds=3))


def test_a_deadlock_is_reported_with_the_names_of_those_who_wait():
    async def work():
        await asyncio.create_task(asyncio.Event().wait(), name="the forgotten one")

    with pytest.raises(Deadlock, match="the forgotten one"):
        run(work())


def test_a_task_that_never_lets_time_pass_is_reported():
    async def work():
        while True:  # noqa: ASYNC110  # that is the point
            await asyncio.sleep(0)

    with pytest.raises(EndlessLoop, match="time stands still"):
        run(work())


def test_there_are_no_threads():
    async def work():
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="no threads"):
        run(work())
