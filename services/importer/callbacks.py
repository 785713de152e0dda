"""What a package called back about: taken in as a count per record, then fetched, a batch a turn, and published.

A callback proves nothing but that somebody rang. What the fetch brings is the truth, also of a deletion.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.importer.changes import Origin
from services.importer.records import KindRecords
from services.importer.rings import Ring, Rings
from shared import connectors, metrics
from shared.chosen import settings_of
from shared.connector import Connector, Import
from shared.errors import BadEvent
from shared.fates import concerns_the_lane, fate
from shared.hub import Hub
from shared.intake import Received
from shared.licences import must_be_licensed
from shared.runs import Run, Runs, automatic_kinds
from shared.schemas.connections import Connection
from shared.schemas.messages import EntityChanged
from shared.turns import Held
from shared.words import singular

SERVICE = "importer"
BATCH = 200
"""Callbacks looked at in one turn; those of one kind are fetched, as many as its look-up takes."""


def read_together(connector: Connector, kind: str) -> tuple[str, ...]:
    """The kinds that come from the same read as this one, itself included."""
    read = connector.import_of(kind).read
    return tuple(one for one in connector.kinds if connector.import_of(one).read is read)


@dataclass(frozen=True)
class Called:
    """A callback that somebody wants: the record it names, by the kind that stands for all that are read with it."""

    connection: Connection
    kind: str
    vendor_id: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for all callbacks about one record."""
        return self.connection.scope, self.kind, self.vendor_id


def read(connector: Connector, connection: Connection, one: Received) -> list[Called]:
    """The callback in a message; none when nobody wants it. `BadEvent` for what is no callback."""
    try:
        changed = EntityChanged.model_validate_json(one.record.value or b"")
    except ValidationError as error:
        raise BadEvent(f"not a readable callback: {error.error_count()} problems") from None
    if changed.kind not in connector.kinds or connector.import_of(changed.kind).fetch is None:
        raise BadEvent(f"{connector.title} does not call back about a {changed.kind!r}")
    together = read_together(connector, changed.kind)
    live = changed.connection == connection.id and connection.state == "connected"
    if not live or not set(together) & set(automatic_kinds(connection)):
        metrics.IGNORED.labels(SERVICE, "callback").inc()
        return []
    return [Called(connection, together[0], changed.vendor_id)]


async def count(hub: Hub, called: Sequence[Called]) -> None:
    """Count them, those about one record as one, and wake their lanes; side by side, to share the store's commits."""
    rings = Rings(hub.store)
    once = {one.key: one for one in called}.values()
    await asyncio.gather(*(rings.ring(one.connection, one.kind, one.vendor_id) for one in once))
    lanes = dict.fromkeys(one.connection.id for one in called)
    await asyncio.gather(*(hub.lanes.wake(id, "import") for id in lanes))


class CallbackTurn:
    """One turn of one connection. Lives only as long as the turn."""

    def __init__(self, hub: Hub, connection: Connection, held: Held) -> None:
        self._hub = hub
        self._connection = connection
        self._connector = connectors.get(connection.connector)
        self._settings = settings_of(connection)
        self._held = held
        self._rings = Rings(hub.store)

    async def step(self) -> bool:
        """Fetch and publish what rang first, and what is fetched along with it; False when nothing is due."""
        if self._connector.webhooks is None:
            return False
        due = await self._rings.due(self._connection.id, BATCH)
        if not due:
            return False
        must_be_licensed(self._connection)
        how = self._connector.import_of(due[0].kind)
        rings = [ring for ring in due if ring.kind == due[0].kind][: how.exists_batch]
        try:
            await self._fetch(how, rings)
        except Exception as error:  # whatever it is, `fates.py` decides what happens next
            if concerns_the_lane(error):
                raise
            await self._failed(rings, error)
            return True
        for ring in rings:
            await self._rings.answer(ring)
        self._held.succeeded = True
        return True

    async def _fetch(self, how: Import, rings: Sequence[Ring]) -> None:
        wanted = set(read_together(self._connector, rings[0].kind)) & set(automatic_kinds(self._connection))
        if not wanted:
            return  # the user does not want them any more
        ids = [ring.vendor_id for ring in rings]
        assert how.fetch is not None, f"{self._connector.title} cannot fetch a single {rings[0].kind}"
        async with self._hub.connect(self._connection, "import") as client:
            records = await how.fetch(client, ids)
        there = {how.id(record) for record in records}
        gone = [id for id in ids if id not in there]
        metrics.FETCHED.labels(self._connector.name).inc(len(ids))
        run = await self._run()
        for kind in sorted(wanted):
            run = await self._records(kind, run).take(run, records, gone)

    async def _run(self) -> Run:
        """The run that is going on, so that what is fetched here counts as seen by it; else one that is never stored.

        None of its progress is stored: only the page turns of a run do that.
        """
        going = await Runs(self._hub.store).active(self._connection.id)
        none: dict[str, Any] = {"counts": {}, "held_before": (), "accepts": ()}
        if going is not None:
            return going.model_copy(update=none)
        return Run(
            id="callback",
            connection=self._connection.id,
            active_key=None,
            tenant=self._connection.tenant,
            reason="callback",
            started=await self._hub.store.now(),
            kinds=(),
        )

    def _records(self, kind: str, run: Run) -> KindRecords:
        origin = Origin(self._connection, kind, run.id, self._held.lane.fence)
        how = self._connector.import_of(kind)
        return KindRecords(self._hub, origin, how, self._settings, everything=self._held.lane.taken_over)

    async def _failed(self, rings: Sequence[Ring], error: Exception) -> None:
        """Tried again later, a few times; then the next sync brings what was missed."""
        now = await self._hub.store.now()
        what_next = fate(error, max(ring.attempts for ring in rings), now, self._hub.patience)
        self._held.internal_error = error if what_next.internal else None
        if what_next.kind == "later" and what_next.at is not None:
            for ring in rings:
                await self._rings.postpone(ring, what_next.at)
            return
        for ring in rings:
            await self._rings.answer(ring)
        title, kind = self._connector.title, singular(rings[0].kind)
        text = (
            f"{title} called back about {len(rings)} records ({kind}) that could not be fetched: {what_next.reason}. "
            "The next sync brings what changed."
        )
        await self._hub.journal.write(
            self._connection.id, "callback.failed", text, level="warning", vendor_says=what_next.vendor_says
        )

    async def next_due(self) -> datetime | None:
        """When the next fetch is due: one that failed is tried again later."""
        if self._connector.webhooks is None:
            return None
        return await self._rings.next_due(self._connection.id)
