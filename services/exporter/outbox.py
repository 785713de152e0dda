"""Tells the outside what became of an entry: outcome event, dead letter, log line. At least once, with stable ids."""

from datetime import timedelta

from services.exporter import effects
from shared import connectors, envelope, metrics, topics
from shared.envelope import Message
from shared.fates import Fate
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.mapping import ConnectorSettings
from shared.schemas.connections import Connection
from shared.schemas.messages import DeadLetter

SOURCE = "fieldledger/exporter"


async def publish(hub: Hub, entry: Entry) -> None:
    """Publish what is due of this entry, then remember that it was. A crash in between repeats it, with the same id."""
    if entry.outcome_due is None:
        return
    outcome = effects.outcome_of(entry, _wishes(await hub.connections.get(entry.connection)))
    if outcome is None:
        await hub.entries.change(entry.id, lambda now: _told(now, entry))  # it goes on: there is nothing to tell yet
        return
    stable = f"{entry.id}|{entry.version}"
    messages = [
        envelope.message(
            topics.EXPORT_OUTCOMES,
            entry.document,
            outcome,
            type=envelope.EXPORT_OUTCOME,
            source=SOURCE,
            tenant=entry.tenant,
            id=stable,
            extra={"sequence": f"{entry.version:012d}"},
        )
    ]
    if entry.state == "refused":
        messages.append(_dead_letter(entry, stable))
    await hub.bus.publish(messages)
    metrics.DOCUMENTS.labels(entry.connector, outcome.result).inc()
    await hub.entries.change(entry.id, lambda now: _told(now, entry))


def _wishes(connection: Connection) -> ConnectorSettings:
    """The statuses the user wishes for, and no other setting: an unreadable one must keep back nobody's outcomes."""
    wished = {name: value for name, value in connection.settings.items() if name.startswith("status_after_")}
    return ConnectorSettings.model_validate(wished)


def _told(now: Entry, told: Entry) -> Entry | None:
    return now.model_copy(update={"outcome_due": None}) if now.outcome_due == told.outcome_due else None


def _dead_letter(entry: Entry, stable: str) -> Message:
    letter = DeadLetter(
        reason=entry.reason or "",
        error="refused",
        topic=f"ledger:{entry.flow}",
        partition=-1,
        offset=-1,
        key=entry.document,
        headers=(),
        body=entry.id,
        vendor_says=entry.vendor_says,
    )
    topic = topics.exports_dead(entry.connector)
    metrics.DEAD.labels(topic).inc()
    return envelope.message(
        topic,
        entry.document,
        letter,
        type=envelope.DEAD_LETTER,
        source=SOURCE,
        tenant=entry.tenant,
        id=f"{stable}|dead",
    )


async def tell_user(hub: Hub, entry: Entry, fate: Fate | None = None) -> None:
    """Write the log line for an entry as it is now; `fate` is what decided it."""
    connection = await hub.connections.get(entry.connection)
    line = effects.log_line(entry, connection, connectors.get(entry.connector).title)
    if fate is not None:
        line = effects.with_what_next(line, fate)
    await hub.journal.write(
        entry.connection,
        line.event,
        line.text,
        level=line.level,
        document=entry.number,
        vendor_says=entry.vendor_says,
        entry=entry.id,
        flow=entry.flow,
    )


async def publish_leftovers(hub: Hub, connector: str, due_for: timedelta = timedelta(0)) -> int:
    """Publish outcomes that a crash left behind; how many there were. What is due only now is its own turn's work."""
    left = await hub.entries.unpublished(connector, due_for)
    for entry in left:
        await publish(hub, entry)
    return len(left)
