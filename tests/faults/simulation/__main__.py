"""`--seed 1234` prints the whole story of one seed; without it, the line of many seeds (`--seeds`)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from shared import connectors
from tests.faults.simulation.sabotage import GUARDS, without
from tests.faults.simulation.seeds import simulate
from tests.faults.simulation.workers import ENVIRONMENT, MODULE, Result, how_to_see, results, total


def main() -> int:
    """The exit code: 1 when a promise was broken."""
    asked = _asked()
    if asked.start is not None:
        return _work(range(asked.start, asked.seeds, asked.step), asked.guard, asked.connector)
    if asked.seed is not None:
        return _tell(asked.seed, asked.guard, asked.connector)
    return asyncio.run(_many(asked.seeds, asked.workers, asked.guard, asked.connector))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--seed", type=int, help="print the whole story of this seed")
    parser.add_argument("--seeds", type=int, default=300, help="run so many seeds (300)")
    parser.add_argument("--workers", type=int, default=1, help="in so many Python processes (1)")
    parser.add_argument("--without", dest="guard", choices=GUARDS, help="take this guard out: some seed must turn red")
    parser.add_argument("--connector", choices=connectors.names(), help="of this one, whatever the seed draws")
    parser.add_argument("--from", dest="start", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


def _work(share: range, guard: str | None, connector: str | None) -> int:
    """A worker: one line for each seed of its share."""
    with without(guard):
        for seed in share:
            print(Result.of(simulate(seed, connector)).line, flush=True)  # noqa: T201
    return 0


def _tell(seed: int, guard: str | None, connector: str | None) -> int:
    with without(guard):
        verdict = simulate(seed, connector)
    print(verdict.story)  # noqa: T201
    print(f"\nseed {seed}: {len(verdict.broken)} broken promises")  # noqa: T201
    for promise in verdict.broken:
        print(f"  {promise}")  # noqa: T201
    return 1 if verdict.broken else 0


async def _many(seeds: int, workers: int, guard: str | None, connector: str | None) -> int:
    found: list[Result] = []
    async for result in results(seeds, workers=workers, guard=guard, connector=connector):
        found.append(result)
        for promise in result.broken:
            print(f"{promise}. See it with: {how_to_see(result.seed, guard, connector)}")  # noqa: T201
    print(total(found).line())  # noqa: T201
    return 0 if total(found).clean else 1


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.execve(sys.executable, [sys.executable, "-m", MODULE, *sys.argv[1:]], {**os.environ, **ENVIRONMENT})
    sys.exit(main())
