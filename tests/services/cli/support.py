"""Runs a command as a person or a program would, and keeps what it said."""

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

import services.cli
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.store.collections import CONNECTIONS
from tests.factories import completed, make_work_order
from tests.world import World

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


async def waits(world: World, number: str, waits_for: str, key: str | None = None) -> Entry:
    """A work order of the tenant that waits for this."""
    return await in_state(world, number, state="waiting", due=None, waits_for=waits_for, waits_key=key)


async def in_state(world: World, number: str, **state: Any) -> Entry:
    """A work order of the tenant, with its ledger entry as it would be later."""
    await world.publish(completed(make_work_order(number)))
    (entry,) = await world.hub.entries.list({"number": number})
    return await world.hub.entries.change(entry.id, lambda now: now.model_copy(update=state))


async def second_connection(world: World, first: Connection) -> str:
    """The id of another connection of the same tenant, as if to another package; its exports are on hold."""
    changes = {"id": "second", "exports_from": None, "live_key": f"{first.tenant}|another_package"}
    await world.store.insert(CONNECTIONS, first.model_copy(update=changes).model_dump(mode="json"))
    return "second"
