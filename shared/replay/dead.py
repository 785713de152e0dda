"""Dead letters: documents that were refused, and events that could not be used, tried once more."""

from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass

from pydantic import ValidationError

from shared import topics
from shared.bus.dead import BODY_KEPT
from shared.document_events import FLOWS, exportable, wanted
from shared.envelope import Message, read_headers
from shared.errors import BadEvent
from shared.ledger.entry import entry_id
from shared.replay.history import again
from shared.replay.run import Replay
from shared.schemas.connections import Connection
from shared.schemas.messages import DeadLetter, ExportRequest

_LEDGER = "ledger:"


@dataclass(frozen=True)
class _Letter:
    """A dead letter with the tenant it belongs to, and the type of the event that died ("" for a refused document)."""

    tenant: str
    type: str
    letter: DeadLetter

    @property
    def document(self) -> tuple[str, str, str]:
        """Tenant, kind and id of the document it is about."""
        kind = self.letter.topic.removeprefix(_LEDGER) if self.refused else FLOWS.get(self.type, self.type)
        return self.tenant, kind, self.letter.key or f"{self.letter.partition}-{self.letter.offset}"

    @property
    def refused(self) -> bool:
        """The package, or the connector, refused the document; else the event itself could not be used."""
        return self.letter.topic.startswith(_LEDGER)


async def replay_dead(replay: Replay, places: Collection[str] = ()) -> None:
    """Try the newest dead letter of each document once more, where there is still something to try.

    `places`: only the documents of the letters that stand there on the topic; empty means all.
    """
    tried = [await _tried(replay, one) for one in await _newest(replay, places)]
    replay.counts.update(outcome for outcome, _ in tried)
    await replay.publish([message for _, message in tried if message])


async def _newest(replay: Replay, places: Collection[str]) -> Collection[_Letter]:
    found: dict[tuple[str, str, str], _Letter] = {}
    chosen: set[tuple[str, str, str]] = set()
    async for record in replay.records(topics.exports_dead(replay.connector.name)):
        try:
            head = read_headers(record.headers)
            letter = DeadLetter.model_validate_json(record.value or b"")
        except (BadEvent, ValidationError):
            replay.counts["not readable"] += 1
            continue
        one = _Letter(head.tenant, dict(letter.headers).get("ce_type", ""), letter)
        found[one.document] = one
        if record.place in places:
            chosen.add(one.document)
    return [one for document, one in found.items() if not places or document in chosen]


async def _tried(replay: Replay, one: _Letter) -> tuple[str, Message | None]:
    """What becomes of a letter, in words, and the message that tries it again, if it is tried."""
    connection = replay.tenants.get(one.tenant)
    if connection is None:
        return "of other tenants, or of none that is connected", None
    if one.refused:
        return await _refused(replay, one, connection)
    if not exportable(replay.connector, one.type):
        # A person's word about a document as it was then: it must not be said again for that person.
        return "requests by hand, which are not repeated", None
    return await _unusable(replay, one, connection)


async def _refused(replay: Replay, one: _Letter, connection: Connection) -> tuple[str, Message | None]:
    entry = await replay.hub.entries.get(one.letter.body)
    if entry is None or entry.connection != connection.id or entry.state != "refused":
        return "settled since", None
    return "refused", await replay.ask(entry, ExportRequest(connection=entry.connection, entry=entry.id))


async def _unusable(replay: Replay, one: _Letter, connection: Connection) -> tuple[str, Message | None]:
    """An event that still cannot be read would only become the same dead letter again."""
    body = _body(one.letter)
    if len(body) >= BODY_KEPT:
        return "too large to be kept whole; they still stand on the platform's topic", None
    try:
        document = wanted(one.type, body, connection.timezone)
    except BadEvent:
        return "still not readable", None
    entry = await replay.hub.entries.get(entry_id(connection, document.flow, document.document))
    if entry is not None and entry.revision >= document.revision:
        return "received since, in this or a newer revision", None
    return "readable now", again(replay, document.document, dict(one.letter.headers), body)


def _body(letter: DeadLetter) -> bytes:
    try:
        return b64decode(letter.body, validate=True)
    except ValueError:
        return b""
