"""A side of a measurement runs in a process of its own, so that neither memory nor warmth goes from one to the next."""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.sampling import Sampler
from shared import log
from shared.errors import FieldledgerError

_STATUS = Path("/proc/self/status")
PROFILE = "profile"
"""Option of every side: where to write what it spent its time on."""


class SideFailed(FieldledgerError):
    """A side did not do what it should have done, so there is nothing to measure."""


@dataclass(frozen=True)
class Side:
    """One way to do the work: a function `module:name` of this folder that measures itself, and its options."""

    function: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def with_options(self, **more: Any) -> "Side":
        """The same with further options."""
        return Side(self.function, {**self.options, **more})


@dataclass(frozen=True)
class Measured:
    """What one side came to: how much, in how many seconds. `peak_mb` is that of its process, start to end."""

    count: int
    seconds: float
    peak_mb: float = 0.0
    more: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """How much per second."""
        return self.count / self.seconds


def run(side: Side) -> Measured:
    """Run one side in a process of its own; `SideFailed` with what it said when it fails."""
    command = [sys.executable, "-m", "bench.sides", side.function, json.dumps(dict(side.options))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own functions
    if done.returncode:
        raise SideFailed(f"{side.function} failed:\n{done.stdout}{done.stderr}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def alternate(sides: Mapping[str, Side], rounds: int) -> dict[str, list[Measured]]:
    """Every side once in each round, every other round backwards, so that a machine that slows down is fair to all."""
    found: dict[str, list[Measured]] = {name: [] for name in sides}
    for turn in range(rounds):
        for name in order(list(sides), turn):
            found[name].append(run(sides[name]))
    return found


def order(names: Sequence[str], turn: int) -> Sequence[str]:
    """The order of the sides in one round."""
    return names if turn % 2 == 0 else names[::-1]


def peak_mb() -> float:
    """The most memory this process ever held. A started process begins with its parent's `ru_maxrss`, so not that."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """`python -m bench.sides bench.intake:ours '{...}'`: the measurement, as JSON on the last line."""
    module, _, name = sys.argv[1].partition(":")
    options: dict[str, Any] = json.loads(sys.argv[2])
    log.configure("WARNING", as_json=False)
    profile = options.pop(PROFILE, None)
    with Sampler(profile):
        measured: Measured = asyncio.run(getattr(import_module(module), name)(**options))
    sys.stdout.write(json.dumps({**asdict(measured), "peak_mb": peak_mb()}) + "\n")


if __name__ == "__main__":
    main()
