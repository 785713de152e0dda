"""Messages of a topic as lines a person can read, or as JSON."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no types

from services.cli.output import when
from shared import connectors
from shared.bus import BusUnavailable, Record, read_all
from shared.envelope import Envelope, read_headers
from shared.errors import BadEvent, Misconfigured
from shared.log import mask
from shared.topics import all_topics

BODY = 120
"""Characters of a body in one line."""


async def tail(bootstrap: str, topic: str, *, from_beginning: bool, until_end: bool) -> AsyncIterator[Record]:
    """Messages of one of our topics; `Misconfigured` for any other, `BusUnavailable` when Kafka does not answer."""
    known = [one.name for one in all_topics(list(connectors.names()))]
    if topic not in known:
        raise Misconfigured(f"There is no topic {topic!r}. There are: {', '.join(known)}.")
    try:
        async for record in read_all(bootstrap, topic, from_beginning=from_beginning, until_end=until_end):
            yield record
    except KafkaError as error:
        raise BusUnavailable.at(bootstrap, error) from error


def line(record: Record) -> str:
    """Time, type, tenant, key and the beginning of the body."""
    body = "(removed)" if record.value is None else mask(record.value.decode(errors="backslashreplace"))
    short = body if len(body) <= BODY else f"{body[: BODY - 1]}…"
    head = _envelope(record)
    if head is None:
        return f"{record.place}  unreadable headers  {record.key}  {short}"
    return f"{when(head.time)}  {head.type}  {head.tenant}  {record.key}  {short}"


def as_json(record: Record) -> Mapping[str, Any]:
    """The whole message: where it stands, its headers and its body."""
    headers = {name: (value or b"").decode(errors="backslashreplace") for name, value in record.headers}
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset, "key": record.key}
    return {**place, "headers": headers, "body": _body(record.value)}


def _envelope(record: Record) -> Envelope | None:
    try:
        return read_headers(record.headers)
    except BadEvent:
        return None


def _body(value: bytes | None) -> Any:
    if value is None:
        return None
    text = value.decode(errors="backslashreplace")
    try:
        return json.loads(text)
    except ValueError:
        return text
