"""What tests of replays share: events on the topics, and what a replay published and said."""

import json
from collections.abc import Sequence
from datetime import date

from shared import topics
from shared.bus import Record, read_all
from shared.envelope import Message
from shared.schemas.messages import ExportRequest
from tests.factories import completed, make_work_order
from tests.services.cli.support import Said, fieldledger
from tests.world import World

REQUESTS = topics.export_requests("exact_online")
DEAD = topics.exports_dead("exact_online")
DAY = date(2026, 3, 1)


async def replay(*more: str) -> Said:
    return await fieldledger("replay", "--connector", "exact_online", *more)


async def of_march(*more: str) -> Said:
    return await replay("--from", "2026-03-01", "--to", "2026-03-31", *more)


async def put(world: World, *messages: Message) -> None:
    """On the topics, past any intake."""
    await world.hub.bus.publish(messages)


async def on(bootstrap: str, topic: str) -> list[Record]:
    return [record async for record in read_all(bootstrap, topic)]


def order(number: str = "WO-1", day: date = DAY, revision: int = 1, tenant: str = "acme") -> Message:
    return completed(make_work_order(number, work_date=day, revision=revision), tenant)


def documents(records: Sequence[Record]) -> list[str]:
    """Document and revision of each event."""
    return [f"{body['number']}@{body['revision']}" for body in (json.loads(record.value or b"") for record in records)]


def asked(records: Sequence[Record]) -> list[tuple[str, str]]:
    found = [ExportRequest.model_validate_json(record.value or b"") for record in records]
    return [(one.entry, one.reason) for one in found]


def count(said: Said, name: str) -> int:
    (line,) = [line for line in said.out.splitlines() if f"│ {name} " in line]
    return int(line.split("│")[2])
