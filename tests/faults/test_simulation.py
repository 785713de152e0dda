"""Three hundred seeds keep every promise, a seed tells one story, and without a guard some seed turns red."""

import asyncio
import os
import sys
from collections import Counter
from random import Random

import pytest

from shared import connectors
from tests.faults.simulation.sabotage import GUARDS
from tests.faults.simulation.seeds import drawn
from tests.faults.simulation.workers import MODULE, how_to_see, results, total

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
    assert total(found).seeds == SEEDS


def test_each_connector_is_drawn_by_many_seeds():
    counts = Counter(drawn(Random(seed)) for seed in range(SEEDS))
    assert min(counts[name] for name in connectors.names()) > SEEDS / len(connectors.names()) / 2


@pytest.mark.parametrize("seed", [3, 11])
async def test_the_same_seed_tells_the_same_story_byte_for_byte(seed):
    one, other = await asyncio.gather(story_of(seed), story_of(seed))
    assert len(one) > 10_000
    assert one == other


@pytest.mark.parametrize("guard", GUARDS)
async def test_without_a_guard_some_seed_turns_red(guard):
    async for result in results(SEEDS, workers=WORKERS, guard=guard):
        if result.broken:
            return
    pytest.fail(f"without its {guard} guard the code kept every promise in {SEEDS} seeds: the simulation sees nothing")
