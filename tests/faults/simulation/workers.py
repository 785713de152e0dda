"""Runs many seeds in Python processes of their own, with one hash seed: so a seed is the same wherever it runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass

from tests.faults.simulation.seeds import Verdict
from tests.faults.tally import Tally

ENVIRONMENT = {"PYTHONHASHSEED": "0"}
"""The order of sets of text depends on it, and with it the order of what is done."""
MODULE = "tests.faults.simulation"


@dataclass(frozen=True)
class Result:
    """What one seed came to, without its story."""

    seed: int
    broken: tuple[str, ...]
    duplicates: int
    lost: int
    violations: int

    @classmethod
    def of(cls, verdict: Verdict) -> Result:
        """Of a whole verdict."""
        return cls(verdict.seed, verdict.broken, verdict.duplicates, verdict.lost, verdict.violations)

    @property
    def line(self) -> str:
        """As a worker says it."""
        return json.dumps(asdict(self))

    @property
    def tally(self) -> Tally:
        """As it is added up."""
        return Tally(runs=1, seeds=1, duplicates=self.duplicates, lost=self.lost, violations=self.violations)


def how_to_see(seed: int, guard: str | None = None, connector: str | None = None) -> str:
    """The command that prints the whole story of a seed."""
    return " ".join(["python", "-m", MODULE, "--seed", str(seed), *_options(guard, connector)])


def _options(guard: str | None, connector: str | None) -> list[str]:
    return [*(["--without", guard] if guard else []), *(["--connector", connector] if connector else [])]


async def results(
    seeds: int,
    *,
    workers: int = 1,
    guard: str | None = None,
    connector: str | None = None,
    politely: bool = False,
) -> AsyncIterator[Result]:
    """Each seed from 0 to `seeds`, as it is done.

    Of this `connector`; None: of the one that each seed draws. `politely`: whatever else runs goes first.

    Closing the iterator ends the workers. `RuntimeError` when one of them fails.
    """
    said: asyncio.Queue[Result | None] = asyncio.Queue()
    command = [*(["nice", "-n", "19"] if politely else []), sys.executable, "-m", MODULE, *_options(guard, connector)]
    shares = [["--seeds", str(seeds), "--from", str(n), "--step", str(workers)] for n in range(workers)]
    at_work = [asyncio.create_task(_worker([*command, *share], said)) for share in shares]
    try:
        for _ in range(seeds):
            if (result := await said.get()) is None:
                raise RuntimeError("a worker of the simulation failed; what it said stands above")
            yield result
    finally:
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)


async def _worker(command: Sequence[str], said: asyncio.Queue[Result | None]) -> None:
    """One Python process that runs its share of the seeds. None in the queue: it failed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, **ENVIRONMENT}
    )
    assert process.stdout is not None, "asked for above"
    try:
        async for line in process.stdout:
            result = json.loads(line)
            said.put_nowait(Result(**{**result, "broken": tuple(result["broken"])}))
        if await process.wait():
            said.put_nowait(None)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def total(found: Iterable[Result]) -> Tally:
    """All of them together."""
    return sum((result.tally for result in found), Tally())
