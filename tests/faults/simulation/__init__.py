"""A seeded simulation of whole installations: virtual time, one thread, nothing of it real but the code under proof.

Scheduler, importers and exporters run as they run for real, over a store, a Kafka and a package in memory. What is
published, what users do and what goes wrong is drawn from one seed; a seed is run again with one command.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.simulation.workers import Result, how_to_see, results, total
from tests.faults.tally import Tally

SHORT, FULL = 1_000, 10_000
"""Seeds of a short run, and of a full one."""
CORES = 2


async def run(full: bool, say: Callable[[str], None]) -> Tally:
    """Run the seeds; `say` is told how far it is, and of each seed that broke a promise."""
    found: list[Result] = []
    async for result in results(FULL if full else SHORT, workers=CORES, politely=True):
        found.append(result)
        for promise in result.broken:
            say(f"seed {result.seed}: {promise}. See it with: {how_to_see(result.seed)}")
        if len(found) % 250 == 0:
            say(f"simulation: {len(found):,} seeds, {sum(bool(one.broken) for one in found)} broke a promise")
    return total(found)
