"""Three hundred seeds keep every promise, a seed tells one story, and without a guard some seed turns red."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import count
from random import Random

import pytest

from shared import connectors
from shared.sandbox.scenario import scenario
from tests.faults import virtual_time
from tests.faults.simulation.sabotage import GUARDS
from tests.faults.simulation.seeds import drawn, lived
from tests.faults.simulation.workers import MODULE, how_to_see, results

SEEDS = 300
WORKERS = 2


async def story_of(seed: int) -> bytes:
    """What `--seed` prints, in a Python of its own whose texts hash in another order."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        "--seed",
        str(seed),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "random"},
    )
    told, _ = await process.communicate()
    return told


async def test_in_three_hundred_seeds_every_promise_is_kept():
    found = [result async for result in results(SEEDS, workers=WORKERS)]
    broken = [f"{promise}. See it with: {how_to_see(one.seed)}" for one in found for promise in one.broken]
    assert broken == []
    assert sorted(one.seed for one in found) == [*range(SEEDS)]


async def test_a_worker_that_fails_is_heard_of():
    with pytest.raises(RuntimeError):
        async with asyncio.timeout(60):
            await anext(results(1, connector="none"))


def test_each_connector_is_drawn_by_many_seeds():
    counts = Counter(drawn(Random(seed)) for seed in range(SEEDS))
    assert min(counts[name] for name in connectors.names()) > SEEDS / len(connectors.names()) / 2


@pytest.mark.parametrize("seed", [3, 11])
async def test_the_same_seed_tells_the_same_story_byte_for_byte(seed):
    one, other = await asyncio.gather(story_of(seed), story_of(seed))
    assert len(one) > 10_000
    assert one == other


SEEN: Mapping[str, tuple[str, str]] = {
    "find": ("duplicates", "twice in the books"),
    "sending": ("duplicates", "twice in the books"),
    "fence": ("violations", "renewed or released the lane"),
    "counter": ("violations", "the wake-up for"),
    "token": ("violations", "uses a token that was never stored"),
}
"""What turns red without each guard: the number, and words of the promise."""


def test_every_guard_that_can_be_taken_out_is_looked_for():
    assert set(SEEN) == set(GUARDS)


@pytest.mark.parametrize("guard", GUARDS)
async def test_without_a_guard_some_seed_turns_red(guard):
    number, words = SEEN[guard]
    async for result in results(SEEDS, workers=WORKERS, guard=guard):
        if getattr(result, number) and any(words in promise for promise in result.broken):
            return
    pytest.fail(f"without its {guard} guard the code kept that promise in {SEEDS} seeds: the simulation sees nothing")


@pytest.mark.parametrize("connector", connectors.names())
def test_each_of_two_tenants_gets_documents_into_its_own_books(connector):
    known = scenario(connector)
    assert virtual_time.run(books_of_two(connector)) == {
        ("a", known.administration),
        ("b", known.second_administration),
    }


async def books_of_two(connector: str) -> set[tuple[str, str]]:
    """The tenants with documents in the books, and whose books: of the first seed that has two."""
    for seed in count():
        world = await lived(seed, connector)
        if len(world.platforms) == 2:
            made = world.known.documents(world.sandbox)
            return {(one.reference.partition("-")[0], one.administration) for one in made}
    raise AssertionError("seeds have no end")
