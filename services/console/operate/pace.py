"""How many documents came to which end in each hour, counted from the outcomes that the exporters publish.

Counted here and not in the ledger: a page that had to count finished documents would be slower with each of them. A
batch that Kafka delivers a second time is counted twice, which a chart may be and the books may not.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from shared import service, topics
from shared.bus import Record, broker, subscribe
from shared.clock import Moment, from_stamp, stamp
from shared.envelope import EXPORT_OUTCOME, read_headers
from shared.errors import BadEvent
from shared.hub import Hub
from shared.schemas.base import Frozen
from shared.store import Store
from shared.store.collections import PACE

GROUP = "console.pace"
HOURS = 24
KEPT = timedelta(days=2)
"""Older outcomes are of no interest, when the console starts for the first time."""


class Hour(Frozen):
    """Documents that came to an end in the hour that begins at `hour`; `failed` are refused or unsure ones."""

    hour: Moment
    exported: int = 0
    failed: int = 0
    waiting: int = 0
    skipped: int = 0


_FIELDS = {"exported": "exported", "refused": "failed", "unsure": "failed", "waiting": "waiting", "skipped": "skipped"}


async def take_in(hub: Hub, records: Sequence[Record]) -> None:
    """Count these outcomes."""
    counts = Counter(_ends(records, hub.now() - KEPT))
    by_hour: dict[tuple[str, str], dict[str, int]] = {}
    for (connector, hour, field), count in counts.items():
        by_hour.setdefault((connector, hour), {})[field] = count
    for (connector, hour), more in by_hour.items():
        await _add(hub.store, connector, hour, more)


def _ends(records: Sequence[Record], since: datetime) -> Iterator[tuple[str, str, str]]:
    """Connector, hour and field of each outcome; what is none is somebody else's to complain about."""
    for record in records:
        with suppress(BadEvent, ValueError, KeyError, TypeError):
            head = read_headers(record.headers)
            if head.type == EXPORT_OUTCOME and head.time >= since:
                body: dict[str, Any] = json.loads(record.value or b"")
                yield str(body["connector"]), stamp(_hour(head.time)), _FIELDS[body["result"]]


async def _add(store: Store, connector: str, hour: str, more: dict[str, int]) -> None:
    id = _id(connector, hour)
    if await store.update(PACE, id, inc=more) is None:
        await store.insert(PACE, {"id": id, "connector": connector, "hour": hour})
        await store.update(PACE, id, inc=more)


async def last_day(store: Store, connectors: Sequence[str], now: datetime) -> dict[str, tuple[Hour, ...]]:
    """The last 24 hours of each, the one that goes on included, oldest first; hours without a document too."""
    hours = [stamp(_hour(now) - timedelta(hours=n)) for n in reversed(range(HOURS))]
    found = await store.get_many(PACE, [_id(name, hour) for name in connectors for hour in hours])
    return {name: tuple(_of(found.get(_id(name, hour)), hour) for hour in hours) for name in connectors}


def _of(row: dict[str, Any] | None, hour: str) -> Hour:
    return Hour.model_validate(row) if row else Hour(hour=from_stamp(hour))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _id(connector: str, hour: str) -> str:
    return f"{connector}|{hour}"


@asynccontextmanager
async def counting(hub: Hub) -> AsyncIterator[None]:
    """Count in the background while the block runs; until Kafka answers there is nothing to count."""
    counted = asyncio.create_task(_count(hub))
    try:
        yield
    finally:
        counted.cancel()
        await asyncio.wait([counted])


async def _count(hub: Hub) -> None:
    reader = broker(hub.settings, client_id=GROUP)
    subscribe(reader, [topics.EXPORT_OUTCOMES], group=GROUP, handler=lambda records: take_in(hub, records))
    await service.take_in(reader, hub, GROUP)
