"""What every intake does alike: read headers, put away what is unreadable, find the tenants' connections."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared import metrics, topics
from shared.bus import Record, dead_letter
from shared.envelope import Envelope, Message, read_headers
from shared.errors import BadEvent
from shared.hub import Hub
from shared.schemas.connections import Connection


@dataclass(frozen=True)
class Received:
    """A message with readable headers."""

    record: Record
    envelope: Envelope


class Letters:
    """Dead letters collected while a batch is taken in; published before the batch is acknowledged."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._messages: list[Message] = []

    def add(self, record: Record, topic: str, error: Exception) -> None:
        """Keep this message with the reason."""
        metrics.DEAD.labels(topic).inc()
        self._messages.append(dead_letter(record, topic=topic, reason=str(error), error=type(error).__name__))

    async def publish(self) -> None:
        """Send what was collected."""
        await self._hub.bus.publish(self._messages)


def readable(
    records: Sequence[Record], wanted: Callable[[str], bool], letters: Letters, service: str
) -> Iterator[Received]:
    """Those with readable headers and a wanted type. Decides by header alone: no body is parsed here."""
    for record in records:
        try:
            envelope = read_headers(record.headers)
        except BadEvent as error:
            letters.add(record, topics.EVENTS_DEAD, error)
            continue
        if wanted(envelope.type):
            yield Received(record, envelope)
        else:
            metrics.IGNORED.labels(service, "type").inc()


async def for_live_connections(
    hub: Hub, connector: str, received: Sequence[Received], service: str
) -> list[tuple[Received, Connection]]:
    """Pair each message with its tenant's live connection, read from the store for this very batch."""
    by_tenant: defaultdict[str, list[Received]] = defaultdict(list)
    for one in received:
        by_tenant[one.envelope.tenant].append(one)
    live = await hub.connections.live(connector, by_tenant) if by_tenant else {}
    unknown = sum(len(messages) for tenant, messages in by_tenant.items() if tenant not in live)
    if unknown:
        metrics.IGNORED.labels(service, "tenant").inc(unknown)
    return [(one, live[one.envelope.tenant]) for one in received if one.envelope.tenant in live]
