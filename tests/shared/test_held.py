"""A turn ends by its own clock when its lease could not be renewed in time, whatever happens at that very moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import LostLease
from shared.lanes import Lane, Lanes
from shared.store import Store
from shared.store.collections import LANES
from shared.turns import SAFETY, Held


class Slow:
    """A store whose updates are answered when the test says so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.answers = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def update(self, *what: Any, **how: Any) -> Any:
        done = await self._store.update(*what, **how)
        await self.answers.wait()
        return done


async def held(store: Store, lease: float) -> tuple[Held, Slow]:
    await store.insert(LANES, Lane(id="c", tenant="acme", connector="exact_online").stored())
    await Lanes(store, timedelta(seconds=lease)).wake("c", "export")
    lanes = Lanes(store, timedelta(seconds=lease))
    lane = await lanes.claim("exact_online", "export")
    assert lane is not None
    slow = Slow(store)
    lanes._store = slow  # type: ignore[assignment]  # from now on its renewals are slow
    return Held(lanes, lane), slow


async def work(turn: Held, slow: Slow) -> None:
    """A turn that is ended by its clock; the machine stood still, so the answer to the renewal comes right then."""
    async with turn.running():
        try:
            await asyncio.sleep(30)
        finally:
            slow.answers.set()
            for _ in range(10):
                await asyncio.sleep(0)


async def test_a_renewal_that_is_answered_while_the_turn_is_being_ended_is_a_lost_lease_and_no_bug_of_ours(
    store: Store,
) -> None:
    turn, slow = await held(store, lease=0.3)
    with pytest.raises(LostLease):
        await work(turn, slow)


async def test_a_lane_that_is_found_taken_over_at_that_moment_is_a_lost_lease_too(store: Store) -> None:
    turn, slow = await held(store, lease=0.3)
    await store.update(LANES, "c", set={"owner": "somebody else"}, inc={"fence": 1})
    with pytest.raises(LostLease):
        await work(turn, slow)


async def test_a_claim_whose_answer_comes_when_the_lease_is_over_begins_no_turn(store: Store) -> None:
    await store.insert(LANES, Lane(id="c", tenant="acme", connector="exact_online").stored())
    lanes, begun = Lanes(store, timedelta(seconds=0.2)), False
    await lanes.wake("c", "export")
    slow = Slow(store)
    lanes._store = slow  # type: ignore[assignment]  # the machine stands still before the answer is read
    claiming = asyncio.create_task(lanes.claim("exact_online", "export"))
    await asyncio.sleep(lanes.lease.total_seconds())
    slow.answers.set()
    lane = await claiming
    assert lane is not None
    with pytest.raises(LostLease):
        async with Held(lanes, lane).running():
            begun = True
    assert not begun


async def test_a_renewal_counts_from_when_it_was_asked_for(store: Store) -> None:
    turn, slow = await held(store, lease=0.4)
    async with turn.running():
        before = turn._ends
        asking = asyncio.create_task(turn._renew())
        await asyncio.sleep(0.1)
        slow.answers.set()
        await asking
        assert before < turn._ends < asyncio.get_running_loop().time() + 0.4 * SAFETY - 0.05
