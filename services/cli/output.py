"""How the command line speaks: results to standard output, messages to standard error, plain when nobody watches."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

WIDE = 240
"""Columns of a table that goes into a pipe or file: nothing is cut off to fit a screen that is not there."""


def _console(stream: TextIO) -> Console:
    # Vendors write [brackets] and :colons:, which are no markup of ours.
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """A message for the person at the keyboard."""
    _console(sys.stderr).print(text, soft_wrap=True)


def complain(text: str) -> None:
    """An error: one red sentence."""
    _console(sys.stderr).print(text, style="red", soft_wrap=True)


def show(text: str) -> None:
    """A result: one line."""
    _console(sys.stdout).print(text, soft_wrap=True)


def show_json(value: Any) -> None:
    """A result for machines: one line of JSON."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str, title: str | None = None
) -> None:
    """Results as a table; the sentence `empty` as a message when there are none."""
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    if table.row_count:
        _console(sys.stdout).print(table)
    else:
        say(empty)


def show_rows(columns: Sequence[str], found: Sequence[Mapping[str, Any]], *, empty: str, as_json: bool = False) -> None:
    """The named columns of each record as a table, or the whole records as JSON lines."""
    if not as_json:
        rows = [[record.get(name) for name in columns] for record in found]
        return show_table([name.replace("_", " ") for name in columns], rows, empty=empty)
    for record in found:
        show_json(record)
    return None


def show_facts(title: str, facts: Mapping[str, object]) -> None:
    """Names and values below a title; what is unknown is left out."""
    table = Table(title=title, title_justify="left", show_header=False, title_style="bold")
    for name, value in facts.items():
        if value not in (None, ""):
            table.add_row(name, _cell(value))
    _console(sys.stdout).print(table)


@contextmanager
def watching(total: int, title: str) -> Iterator[Callable[[int], None]]:
    """A progress bar for somebody at a terminal; gives what to call with how many more are done."""
    with Progress(console=_console(sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)
        yield lambda more: bar.advance(task, more)


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text("" if value is None else str(value))


def when(moment: datetime | None) -> str:
    """A moment for people: `2026-11-21 09:30:00 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""


def at_a_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
