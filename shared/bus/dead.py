"""Dead letters: a message nobody could use, kept whole, with the reason beside it."""

from base64 import b64encode

from shared import envelope
from shared.bus.record import Record
from shared.schemas.messages import DeadLetter
from shared.topics import EVENTS_DEAD

BODY_KEPT = 500_000
"""Bytes of a body that are kept: a dead letter (base64, so a third longer) must fit where the original just fitted."""
HEADER_KEPT = 1_000
"""Characters of one header's value that are kept."""

_OWN = ("specversion", "id", "type", "time", "source", "tenant")


def dead_letter(
    record: Record, *, topic: str, reason: str, error: str, vendor_says: str | None = None
) -> envelope.Message:
    """The message that keeps `record` on the dead letter topic `topic`.

    `reason` is a sentence for the operator, `error` the name of the exception. The key is the original's, except on
    `events.dead`, where it is the place of the message: several groups that meet it make one entry. The CloudEvents
    attributes are kept, made readable; the original type and id become `ce_originaltype` and `ce_originalid`.
    What is too large to be kept whole is cut, and the reason says so: the original still stands where it was met.
    """
    attributes = _attributes(record)
    key = record.place if topic == EVENTS_DEAD or record.key is None else record.key
    return envelope.message(
        topic,
        key,
        _body(record, reason, error, vendor_says),
        type=envelope.DEAD_LETTER,
        source=attributes.get("source") or "fieldledger",
        tenant=attributes.get("tenant") or "unknown",
        id=f"dead:{record.place}",
        extra=_extra(attributes),
    )


def _body(record: Record, reason: str, error: str, vendor_says: str | None) -> DeadLetter:
    value = record.value or b""
    if len(value) > BODY_KEPT:
        reason += f" (only the first {BODY_KEPT:,} of {len(value):,} bytes are kept here)"
    return DeadLetter(
        reason=reason,
        error=error,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        headers=tuple((name, _text(value)) for name, value in record.headers),
        body=b64encode(value[:BODY_KEPT]).decode(),
        vendor_says=vendor_says,
    )


def _text(value: bytes | None) -> str:
    # Kafka allows headers without a value, whatever the type says; a zero character is refused by every reader of ours.
    return (value or b"").decode(errors="backslashreplace").replace("\0", "\\0")[:HEADER_KEPT]


def _attributes(record: Record) -> dict[str, str]:
    return {name.removeprefix("ce_"): _text(value) for name, value in record.headers if name.startswith("ce_")}


def _extra(attributes: dict[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in attributes.items() if name not in _OWN}
    originals = {f"original{name}": attributes[name] for name in ("type", "id") if name in attributes}
    return kept | originals
