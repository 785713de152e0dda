"""Dead letters: what the exporters refused or could not use, what the importers could not, and unreadable events."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no types
from fastapi import HTTPException
from pydantic import ValidationError

from shared import connectors, topics
from shared.bus import BusUnavailable, Newest, Record, read_newest
from shared.clock import Moment
from shared.envelope import read_headers
from shared.errors import BadEvent, Misconfigured
from shared.hub import Hub
from shared.log import mask, masked
from shared.schemas.base import Frozen
from shared.schemas.messages import DeadLetter

PAGE = 30
Source = Literal["exports", "imports", "events"]
_LEDGER = "ledger:"


class Letter(Frozen):
    """One dead letter. `place` is where it stands on its topic; `refused`: the package refused a document."""

    place: str
    partition: int
    offset: int
    at: Moment
    tenant: str
    key: str | None
    refused: bool
    reason: str
    error: str
    vendor_says: str | None
    origin: str


class Letters(Frozen):
    """A page of them, newest first; `older` is the cursor of the next page, `total` about how many there are."""

    source: Source
    connector: str | None
    letters: tuple[Letter, ...]
    older: str | None
    total: int


class LetterDetail(Frozen):
    """One with all that is kept of it: the headers it came with, and what was in it, readable, secrets masked.

    `entry` is the document of the ledger, `connection` its connection and `state` what it is now, of a refused one.
    """

    letter: Letter
    headers: tuple[tuple[str, str], ...]
    payload: str
    entry: str | None = None
    connection: str | None = None
    state: str | None = None


async def letters(hub: Hub, source: Source, connector: str | None, before: str | None = None) -> Letters:
    """A page of dead letters; `BusUnavailable` when Kafka does not answer."""
    found = await _read(hub, _topic(source, connector), PAGE, _cursor(before))
    older = ".".join(f"{partition}-{end}" for partition, end in found.older.items()) if found.older else None
    known = [letter for record in found.records if (letter := _letter(record))]
    return Letters(source=source, connector=connector, letters=tuple(known), older=older, total=found.total)


async def letter(hub: Hub, source: Source, connector: str | None, partition: int, offset: int) -> LetterDetail:
    """One; 404 when nothing stands there any more."""
    topic = _topic(source, connector)
    found = await _read(hub, topic, 1, {partition: offset + 1})
    for record in found.records:
        if (record.partition, record.offset) == (partition, offset) and (shown := _letter(record)):
            return await _detail(hub, shown, DeadLetter.model_validate_json(record.value or b""))
    raise HTTPException(404)


def _topic(source: Source, connector: str | None) -> str:
    if source == "events":
        return topics.EVENTS_DEAD
    name = connectors.get(connector or "").name
    return topics.imports_dead(name) if source == "imports" else topics.exports_dead(name)


def _cursor(before: str | None) -> dict[int, int] | None:
    try:
        pairs = [part.split("-") for part in before.split(".")] if before else []
        return {int(partition): int(end) for partition, end in pairs} or None
    except ValueError:
        raise Misconfigured("This address leads nowhere. Begin at the first page.") from None


async def _read(hub: Hub, topic: str, count: int, before: Mapping[int, int] | None) -> Newest:
    bootstrap = hub.settings.kafka
    try:
        return await read_newest(bootstrap, topic, count, before)
    except KafkaError as error:
        raise BusUnavailable.at(bootstrap, error) from error


def _letter(record: Record) -> Letter | None:
    """None: it is no dead letter."""
    try:
        head, found = read_headers(record.headers), DeadLetter.model_validate_json(record.value or b"")
    except (BadEvent, ValidationError):
        return None
    refused = found.topic.startswith(_LEDGER)
    return Letter(
        place=record.place,
        partition=record.partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        tenant=head.tenant,
        key=found.key,
        refused=refused,
        reason=mask(found.reason),
        error=found.error,
        vendor_says=mask(found.vendor_says) if found.vendor_says else None,
        origin=found.topic if refused else f"{found.topic}-{found.partition}-{found.offset}",
    )


async def _detail(hub: Hub, shown: Letter, kept: DeadLetter) -> LetterDetail:
    if not shown.refused:
        headers = tuple((name, str(masked(value, name))) for name, value in kept.headers)
        return LetterDetail(letter=shown, headers=headers, payload=readable(_bytes(kept.body)))
    entry = await hub.entries.get(kept.body)
    return LetterDetail(
        letter=shown,
        headers=(),
        payload=_pretty(entry.body) if entry else "",
        entry=kept.body,
        connection=entry.connection if entry else None,
        state=entry.state if entry else None,
    )


def _bytes(body: str) -> bytes:
    try:
        return b64decode(body, validate=True)
    except ValueError:
        return body.encode()


def readable(body: bytes) -> str:
    """JSON in lines, other text as it is, anything else as Python would show it; secrets masked."""
    try:
        return _pretty(json.loads(body))
    except ValueError:
        return mask(body.decode(errors="backslashreplace"))


def _pretty(value: Any) -> str:
    return json.dumps(masked(value), indent=2, ensure_ascii=False)
