"""Runs a command as a person or a program would, and keeps what it said."""

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

import services.cli

NOBODY = "127.0.0.1:1"
"""A Kafka address where nothing listens."""


@dataclass
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


async def fieldledger(*args: str, typed: str | None = None) -> Said:
    result = await asyncio.to_thread(CliRunner().invoke, services.cli.app, args, input=typed)
    return Said(result.exit_code, result.stdout, " ".join(result.stderr.split()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
