"""`python -m demo`: the whole way from work order to books, with everything it needs in one process."""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from rich.console import Console

from demo.installation import Installation
from demo.result import summary
from demo.story import WORK_ORDERS, tell
from shared import connectors, log
from shared.errors import FieldledgerError
from shared.memory_kafka import MemoryKafka
from shared.stopping import until_stopped


def main() -> None:
    """Parse the flags and run; exit code 0 only when every count is as promised."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when the story is told (make demo ONCE=1)")
    parser.add_argument("--kafka", action="store_true", help="use a real Kafka (make demo KAFKA=1)")
    parser.add_argument("--work-orders", type=int, default=WORK_ORDERS, help="how many work orders are completed")
    flags = parser.parse_args()
    log.configure("ERROR", as_json=False)
    with contextlib.suppress(asyncio.CancelledError):
        sys.exit(asyncio.run(until_stopped(_run(flags))))


async def _run(flags: argparse.Namespace) -> int:
    # The last line of standard output is for machines, so everything for people goes to the console above it.
    console = Console(stderr=not flags.once)
    started = monotonic()
    try:
        with _kafka(console, real=flags.kafka) as bootstrap, _folder(once=flags.once) as folder:
            parts = {"real_kafka": flags.kafka, "console": not flags.once}
            async with Installation(bootstrap, folder, connectors.names(), **parts) as installation:
                if not flags.once:
                    _point_to(installation, console)
                results = await tell(installation, console, flags.work_orders)
                print(json.dumps(summary(results, monotonic() - started)), flush=True)
                if not flags.once:
                    await _stay(installation, console)
    except FieldledgerError as error:
        console.print(f"[red]{error}[/red]")
        return 2
    return 0 if all(result.as_promised for result in results.values()) else 1


@contextlib.contextmanager
def _kafka(console: Console, *, real: bool) -> Iterator[str]:
    if real:
        from deploy.local.kafka import real_kafka  # noqa: PLC0415  # needs Java or containers, only asked for here

        console.print("[dim]Starting a real Kafka ...[/dim]")
        with real_kafka() as kafka:
            yield kafka.bootstrap
    else:
        with MemoryKafka() as memory:
            console.print("[dim]Kafka runs in memory here: everything in it is gone when the demo ends.[/dim]")
            yield memory.bootstrap


@contextlib.contextmanager
def _folder(*, once: bool) -> Iterator[Path]:
    """A throw-away folder for one telling; a fixed one when somebody wants to look around."""
    if once:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    folder_to_keep = Path(".fieldledger")
    folder_to_keep.mkdir(exist_ok=True)
    for old in folder_to_keep.glob("demo.*"):
        old.unlink()
    yield folder_to_keep


def _point_to(installation: Installation, console: Console) -> None:
    console.print(f"Look at it, now or later, in your browser: [bold]{installation.console}[/bold]\n")


async def _stay(installation: Installation, console: Console) -> None:
    console.print(
        f"\nEverything keeps running. The console: [bold]{installation.console}[/bold]. In another terminal:\n\n"
        f"  [bold]set -a; . {installation.env_file}; set +a[/bold]\n"
        "  [bold].venv/bin/fieldledger connections list[/bold]\n\n"
        "Ctrl-C ends the demo."
    )
    await installation.until_it_fails()


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    main()
