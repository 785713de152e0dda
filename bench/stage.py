"""What measurements share: Kafka, the package, the screen, and where profiles go."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.results import Row, rate
from bench.sides import PROFILE, Measured, Side, run


@dataclass(frozen=True)
class Stage:
    """`bootstrap` is a real Kafka with all topics; `profiles` is a folder."""

    bootstrap: str
    console: Console
    profiles: Path

    @contextmanager
    def package(self, *, accounts: int = 100, page: int = 1000) -> Iterator[str]:
        """The pretend package, in a process of its own; gives its URL."""
        options = json.dumps({"accounts": accounts, "page": page})
        command = [sys.executable, "-m", "bench.package", options]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own
            assert process.stdin is not None, "it is piped"
            assert process.stdout is not None, "it is piped"
            try:
                yield process.stdout.readline().strip()
            finally:
                process.stdin.close()

    def said(self, name: str, measured: Measured) -> Measured:
        """Show what one side came to."""
        self.all_said(name, {"": [measured]})
        return measured

    def all_said(self, name: str, found: dict[str, list[Measured]]) -> dict[str, list[Measured]]:
        """Show what the sides came to."""
        told = ", ".join(f"{side} {rate(measured):,.0f}/s".strip() for side, measured in found.items())
        self.console.print(f"[dim]{name}: {told}[/dim]")
        return found

    def explain(self, rows: Sequence[Row], side: Side) -> None:
        """Where a target was missed, run the side once more and write down what it spent its time on."""
        missed = [row for row in rows if row.reached is False]
        if missed:
            self.profiles.mkdir(parents=True, exist_ok=True)
            file = self.profiles / f"{_file_name(missed[0].name)}.txt"
            run(side.with_options(**{PROFILE: str(file)}))
            self.console.print(
                f"[yellow]{missed[0].name} misses its target; what it spends its time on: {file}[/yellow]"
            )


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-").replace("--", "-")
