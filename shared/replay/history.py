"""What the platform published, found again in its topics: read twice, so that little is kept in memory."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.bus import Record
from shared.document_events import exportable, wanted
from shared.envelope import Message, read_headers
from shared.errors import BadEvent
from shared.ledger.entry import Wanted, entry_id
from shared.replay.run import BATCH, Replay
from shared.store.collections import LEDGER


@dataclass(frozen=True)
class Found:
    """The newest event of one document, and where it stands. `fits`: it is one of those looked for."""

    entry: str
    tenant: str
    document: str
    number: str
    revision: int
    place: str
    fits: bool


async def replay_period(replay: Replay, first: date, last: date) -> None:
    """Publish the newest event of each document whose book day lies between these days, both included."""
    found = await newest(replay, lambda document: first <= document.day <= last)
    await count_states(replay, [one.entry for one in found])
    await publish_found(replay, found)


async def newest(replay: Replay, fits: Callable[[Wanted], bool]) -> Collection[Found]:
    """The newest event of each document, if that one fits. Of equal revisions the first counts, as in the ledger."""
    found: dict[str, Found] = {}
    for topic in replay.topics:
        async for record in replay.records(topic):
            try:
                one = _found(replay, record, fits)
            except BadEvent:
                replay.counts["not readable"] += 1
                continue
            if one and (one.entry not in found or one.revision > found[one.entry].revision):
                found[one.entry] = one
    return [one for one in found.values() if one.fits]


def _found(replay: Replay, record: Record, fits: Callable[[Wanted], bool]) -> Found | None:
    """None when it is of no interest, which the headers alone tell."""
    envelope = read_headers(record.headers)
    connection = replay.tenants.get(envelope.tenant)
    if connection is None or not exportable(replay.connector, envelope.type):
        return None
    document = wanted(envelope.type, record.value, connection.timezone)
    id = entry_id(connection, document.flow, document.document)
    return Found(
        id, envelope.tenant, document.document, document.number, document.revision, record.place, fits(document)
    )


async def count_states(replay: Replay, entries: Iterable[str]) -> None:
    """How many of these documents are in which state now, so that one knows what a replay will do."""
    ids = list(entries)
    for begin in range(0, len(ids), BATCH):
        batch = ids[begin : begin + BATCH]
        known = await replay.hub.store.get_many(LEDGER, batch)
        replay.counts.update(known[id]["state"] if id in known else "new" for id in batch)


async def publish_found(replay: Replay, found: Collection[Found]) -> None:
    """Publish these events again, as they are."""
    places = {one.place: one.document for one in found}
    if replay.dry_run:
        replay.published += len(places)
        return
    batch: list[Message] = []
    for topic in replay.topics if places else ():
        async for record in replay.records(topic):
            if record.place in places:
                batch.append(again(replay, places[record.place], _texts(record), record.value))
            if len(batch) == BATCH:
                await replay.publish(batch)
                batch = []
    await replay.publish(batch)


def again(replay: Replay, document: str, headers: Mapping[str, str], body: bytes | None) -> Message:
    """The same event on the topic of requests: same id, type, tenant and body."""
    return Message(replay.requests, document, dict(headers), body)


def _texts(record: Record) -> Mapping[str, str]:
    # Kafka allows headers without a value, whatever the type says.
    return {name: (value or b"").decode(errors="backslashreplace") for name, value in record.headers}
