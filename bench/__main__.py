"""`make bench`: measures, shows a table, and writes bench/results.json."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.results import Row, as_json
from bench.rows import GROUPS, Sizes
from bench.stage import Stage
from deploy.local.kafka import real_kafka
from shared import connectors, topics
from shared.errors import FieldledgerError
from shared.topic_admin import ensure_topics

_HERE = Path(__file__).parent
RESULTS = _HERE / "results.json"
PROFILES = _HERE / "profiles"


def main() -> None:
    """Parse the flags and run. The exit code says whether it ran, not whether targets were reached."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything (make bench QUICK=1)")
    parser.add_argument("--rows", default=",".join(GROUPS), help=f"of {', '.join(GROUPS)} (make bench ROWS=import)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each side runs (make bench ROUNDS=3)")
    flags = parser.parse_args()
    try:
        wanted = chosen(flags.rows)
    except ValueError as error:
        parser.error(str(error))
    console = Console()
    try:
        sizes = Sizes.quick() if flags.quick else Sizes()
        rows = measure(wanted, replace(sizes, rounds=flags.rounds), console)
    except FieldledgerError as error:
        sys.exit(str(error))
    RESULTS.write_text(as_json(rows))
    console.print(table(rows))
    console.print(f"[dim]The same for machines: {RESULTS}[/dim]")


def chosen(names: str) -> list[str]:
    """The groups of rows by name, as listed with commas; `ValueError` for one there is not."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown or not wanted:
        raise ValueError(f"there are no rows {', '.join(unknown) or 'without a name'}; there are {', '.join(GROUPS)}")
    return wanted


def measure(wanted: Sequence[str], sizes: Sizes, console: Console) -> list[Row]:
    """All rows of these groups, on a Kafka of their own."""
    rows = [Row("load of the machine before", os.getloadavg()[0], "waiting")]
    with real_kafka() as kafka:
        asyncio.run(ensure_topics(kafka.bootstrap, topics.all_topics(list(connectors.names())), replication=1))
        stage = Stage(kafka.bootstrap, console, PROFILES)
        for name in wanted:
            rows += GROUPS[name](stage, sizes)
    return rows


def table(rows: Sequence[Row]) -> Table:
    """The rows for people."""
    made = Table("What")
    for title in ("Value", "Baseline", "Ratio", "Target", "Reached", "Peak MB"):
        made.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        made.add_row(*_cells(row), style="yellow" if row.reached is False else None)
    return made


def _cells(row: Row) -> list[str]:
    reached = {True: "yes", False: "no", None: ""}[row.reached]
    target = "" if row.target is None else str(row.target)
    numbers = (row.value, row.baseline, row.ratio, row.peak_mb)
    value, baseline, ratio, peak = ("" if number is None else _short(number) for number in numbers)
    return [f"{row.name} ({row.unit})", value, baseline, ratio, target, reached, peak]


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"  # noqa: PLR2004  # three digits say enough


if __name__ == "__main__":
    main()
