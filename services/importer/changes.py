"""Pure: mapped records and what was published before -> the messages to publish now, and what to remember."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared import envelope, topics
from shared.envelope import Message
from shared.mapping import LeftOut
from shared.schemas.connections import Connection
from shared.schemas.entities import Entity
from shared.schemas.messages import EntityEvent
from shared.store import Document

SOURCE = "fieldledger/importer"

MASS_COUNT = 20
MASS_SHARE = 0.05
"""More deletions than both at once are held and shown to the owner: an id list that shrank is more likely a fault."""


@dataclass(frozen=True)
class Batch:
    """What one page means. `announced` is stored before `messages`, `fingerprints` after they were acknowledged."""

    messages: list[Message] = field(default_factory=list)
    announced: list[Document] = field(default_factory=list)
    """Fingerprints that match nothing, of all that `messages` tell."""
    fingerprints: list[Document] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    """Vendor ids that are not published any more."""


@dataclass(frozen=True)
class Origin:
    """Where the records of one turn come from. `fence` is the lane's, so a late writer of an older turn is ignored."""

    connection: Connection
    kind: str
    run: str
    fence: int

    @property
    def scope(self) -> str:
        """Vendor ids are unique within this."""
        return f"{self.connection.scope}|{self.kind}"

    def key(self, vendor_id: str) -> str:
        """The Kafka key of one record."""
        return f"{self.connection.scope}|{vendor_id}"

    def fingerprint_id(self, vendor_id: str) -> str:
        """The key of its fingerprint."""
        return f"{self.scope}|{vendor_id}"

    def seen(self, fingerprint: Document) -> Document:
        """The fingerprint of a record that this run met, unchanged."""
        return {**fingerprint, "run": self.run, "missed": None}

    def sequence(self, counter: int) -> str:
        """Rises with every turn of the connection and within it; text order is number order."""
        return f"{self.fence:012d}-{counter:06d}"


def changes(
    origin: Origin,
    mapped: Sequence[Entity | LeftOut],
    before: Mapping[str, Document],
    platform_ids: Mapping[str, str],
    *,
    everything: bool,
) -> Batch:
    """Upserts for what is new or different, removals for what a filter now leaves out, and all fingerprints.

    `before` are the fingerprints by vendor id; `everything` publishes unchanged records too (after a take-over a late
    writer of the older turn may have published something older behind us).
    """
    batch = Batch()
    for counter, record in enumerate(mapped):
        known = before.get(record.vendor_id)
        if isinstance(record, LeftOut):
            if known:
                batch.announced.append(_unknown(known))
                batch.messages.append(tombstone(origin, record.vendor_id, "filtered", counter))
                batch.forgotten.append(record.vendor_id)
            continue
        platform_id = platform_ids.get(record.vendor_id)
        fingerprint = _fingerprint(origin, record, platform_id)
        if everything or known is None or known["hash"] != fingerprint["hash"]:
            batch.announced.append(_unknown(known or {**fingerprint, "run": ""}))
            batch.messages.append(_upsert(origin, record, platform_id, counter))
        batch.fingerprints.append(fingerprint)
    return batch


def removals(origin: Origin, vendor_ids: Iterable[str], before: Mapping[str, Document], start: int) -> Batch:
    """Tombstones for records that are deleted in the package; those never published need none."""
    gone = [vendor_id for vendor_id in dict.fromkeys(vendor_ids) if vendor_id in before]
    announced = [_unknown(before[vendor_id]) for vendor_id in gone]
    return Batch(tombstones(origin, gone, "deleted", start), announced, forgotten=gone)


def too_many(removed: int, known: int) -> bool:
    """Whether that many deletions at once are held for the owner."""
    return removed > MASS_COUNT and removed > known * MASS_SHARE


def tombstones(origin: Origin, vendor_ids: Sequence[str], reason: str, start: int = 0) -> list[Message]:
    """Removals of several records."""
    return [tombstone(origin, vendor_id, reason, start + n) for n, vendor_id in enumerate(vendor_ids)]


def tombstone(origin: Origin, vendor_id: str, reason: str, counter: int) -> Message:
    """A removal: null body, and headers that say why (`deleted`, `filtered`, `unlinked`)."""
    return envelope.message(
        topics.entities(origin.kind),
        origin.key(vendor_id),
        None,
        type=envelope.entity_removed_type(origin.kind),
        source=SOURCE,
        tenant=origin.connection.tenant,
        extra={"reason": reason, "sequence": origin.sequence(counter), "connector": origin.connection.connector},
    )


_AnyEvent = EntityEvent[Entity]
"""Kept, because pydantic makes the class anew for everybody who does not."""


def _upsert(origin: Origin, record: Entity, platform_id: str | None, counter: int) -> Message:
    event = _AnyEvent(
        connector=origin.connection.connector,
        connection=origin.connection.id,
        administration=origin.connection.administration.code,
        vendor_id=record.vendor_id,
        platform_id=platform_id,
        sequence=origin.sequence(counter),
        record=record,
    )
    return envelope.message(
        topics.entities(origin.kind),
        origin.key(record.vendor_id),
        event,
        type=envelope.entity_type(origin.kind),
        source=SOURCE,
        tenant=origin.connection.tenant,
        extra={"sequence": event.sequence, "connector": event.connector},
    )


def _unknown(fingerprint: Document) -> Document:
    """The fingerprint of a record of which nobody can say what consumers were told last."""
    return {**fingerprint, "hash": ""}


def _fingerprint(origin: Origin, record: Entity, platform_id: str | None) -> Document:
    return {
        "id": origin.fingerprint_id(record.vendor_id),
        "scope": origin.scope,
        "vendor_id": record.vendor_id,
        "code": record.code,
        "hash": sha256(f"{platform_id}|{record.model_dump_json()}".encode()).hexdigest(),
        "run": origin.run,
    }
