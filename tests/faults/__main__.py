"""`make faults`: all parts, the published matrix, and one JSON object as the last line.

The simulation needs nothing but the processor, so it takes what the real thing leaves, which waits a good deal.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from importlib import import_module
from time import monotonic
from types import ModuleType

from tests.faults.report import FILE, Part, text
from tests.faults.tally import Tally

PARTS = ("matrix", "simulation", "real")
"""Each is a package or module `tests.faults.<name>` whose `run(full, say)` gives a `Tally`. One that has more to tell
has `report(full, say)` too: the `Tally`, and its section of the report."""
TURNS = (("matrix",), ("real", "simulation"))
"""What runs at a time: the matrix keeps the processors busy by itself."""


async def main(*, full: bool, only: list[str]) -> int:
    """Run the parts; the exit code is 1 when a promise was broken."""
    chosen = only or list(PARTS)
    done: list[Part] = []
    for turn in TURNS:
        done += await asyncio.gather(*(_part(name, full=full) for name in turn if name in chosen))
    done.sort(key=lambda part: PARTS.index(part.name))
    if not only:
        FILE.write_text(text(done, full=full))
    total = sum((part.tally for part in done), start=Tally())
    _say(total.line())
    return 0 if total.clean else 1


async def _part(name: str, *, full: bool) -> Part:
    _say(f"{name}: begins")
    begun = monotonic()
    tally, section = await _run(import_module(f"tests.faults.{name}"), full, lambda text: _say(f"{name}: {text}"))
    part = Part(name, tally, int(monotonic() - begun), section)
    _say(f"{name}: {part.seconds} s, {tally.line()}")
    return part


async def _run(module: ModuleType, full: bool, say: Callable[[str], None]) -> tuple[Tally, str]:
    """The numbers of a part, and its section of the report if it has more to tell."""
    if hasattr(module, "report"):
        told: tuple[Tally, str] = await module.report(full, say)
        return told
    return await module.run(full, say), ""


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # progress, for the person who waits


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--full", action="store_true", help="everything: under an hour instead of a quarter of one")
    parser.add_argument(
        "--only", action="append", default=[], choices=PARTS, help="one part; the report stays as it is"
    )
    return parser.parse_args()


if __name__ == "__main__":
    asked = arguments()
    sys.exit(asyncio.run(main(full=asked.full, only=asked.only)))
