"""One replay: for whose documents, what it read, and what it published."""

from asyncio import sleep
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # ships no types

from shared import connectors, envelope, topics
from shared.bus import BusUnavailable, Record, extent, read_all
from shared.connector import Connector
from shared.document_events import exportable
from shared.envelope import Message
from shared.errors import Misconfigured
from shared.exporting import request_message
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest

SOURCE = "fieldledger/replay"
BATCH = 500
"""Messages published together."""

BREATH = 50
"""Messages after which others of this process have their turn: the console answers meanwhile."""

PAGE = 1000
"""Connections read together."""

_TOPICS = {
    envelope.WORKORDER_COMPLETED: topics.WORKORDERS_COMPLETED,
    envelope.INVOICE_FINALIZED: topics.INVOICES_FINALIZED,
    envelope.RELATION_CREATED: topics.RELATIONS_CREATED,
}


def _unwatched(_: int) -> None:
    """Nobody looks at the progress."""


@dataclass
class Replay:
    """`tenants` gives the live connection of each tenant it is for.

    `counts` tells in words what became of how many, `published` how many messages were (or, with `dry_run`, would be)
    published. `oldest` is, per topic that was read, the day of its oldest message (None: it is empty).
    `progress` is told how many messages more were read.
    """

    hub: Hub
    connector: Connector
    tenants: Mapping[str, Connection]
    dry_run: bool = False
    progress: Callable[[int], None] = _unwatched
    read: int = 0
    published: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    oldest: dict[str, date | None] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the documents that this connector exports."""
        return tuple(topic for type, topic in _TOPICS.items() if exportable(self.connector, type))

    @property
    def requests(self) -> str:
        """Where everything goes."""
        return topics.export_requests(self.connector.name)

    async def size(self, *names: str) -> int:
        """About how many messages these topics hold; `BusUnavailable` when Kafka does not answer."""
        bootstrap = self.hub.settings.kafka
        try:
            return sum([await extent(bootstrap, name) for name in names])
        except KafkaError as error:
            raise BusUnavailable.at(bootstrap, error) from error

    async def records(self, topic: str) -> AsyncIterator[Record]:
        """All of a topic, from its oldest message to what is its newest now; errors as `size`."""
        bootstrap, oldest = self.hub.settings.kafka, None
        try:
            async for record in read_all(bootstrap, topic):
                self.read += 1
                self.progress(1)
                if self.read % BREATH == 0:
                    await sleep(0)
                oldest = record.timestamp if oldest is None else min(oldest, record.timestamp)
                yield record
        except KafkaError as error:
            raise BusUnavailable.at(bootstrap, error) from error
        self.oldest[topic] = None if oldest is None else datetime.fromtimestamp(oldest / 1000, UTC).date()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish, or only count when it is a dry run."""
        for begin in range(0, len(messages), BATCH):
            batch = messages[begin : begin + BATCH]
            if not self.dry_run:
                await self.hub.bus.publish(batch)
            self.published += len(batch)

    async def ask(self, entry: Entry, request: ExportRequest) -> Message:
        """A word on one document of the ledger."""
        return request_message(entry, request, SOURCE, await self.hub.store.now())


async def prepare(hub: Hub, connector: str, tenant: str | None, *, dry_run: bool = False) -> Replay:
    """A replay for one tenant or all; `Misconfigured` for an unknown connector, or when nobody is connected."""
    how = connectors.get(connector)
    live = await hub.connections.live(connector, [tenant]) if tenant else await _all(hub, connector)
    if not live:
        whose = f"Tenant {tenant!r}" if tenant else "Nobody"
        raise Misconfigured(
            f"{whose} has {'no' if tenant else 'a'} live connection to {how.title}, so nothing can be sent there. "
            "`fieldledger connections list` shows those there are."
        )
    return Replay(hub, how, live, dry_run)


async def _all(hub: Hub, connector: str) -> Mapping[str, Connection]:
    found: dict[str, Connection] = {}
    after = ""
    while page := await hub.connections.connected(connector, after=after, limit=PAGE):
        found |= {one.tenant: one for one in page}
        after = page[-1].id
    return found
