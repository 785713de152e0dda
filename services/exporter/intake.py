"""Takes document events in: header check, tenants from the store, one ledger entry each, then the lane is woken."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from services.exporter import outbox, reconciling
from shared import connectors, envelope, topics
from shared.bus import Record
from shared.document_events import exportable, wanted
from shared.errors import BadEvent
from shared.exporting import gate_of
from shared.hub import Hub
from shared.intake import Letters, Received, for_live_connections, readable
from shared.ledger.entry import Conflict, Entry, asked_again, heard, replayed
from shared.ledger.gates import Gate
from shared.ledger.states import FINAL
from shared.mapping import Receipt
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest

SERVICE = "exporter"


def topics_of(connector: str) -> list[str]:
    """What one connector's exporters listen to."""
    return [
        topics.WORKORDERS_COMPLETED,
        topics.INVOICES_FINALIZED,
        topics.RELATIONS_CREATED,
        topics.export_requests(connector),
    ]


class ExportIntake:
    """The handler of one connector's export topics. `nudge` tells this process's worker that there is work."""

    def __init__(self, hub: Hub, connector: str, nudge: Callable[[], None]) -> None:
        self._hub = hub
        self._connector = connectors.get(connector)
        self._nudge = nudge

    async def __call__(self, records: Sequence[Record]) -> None:
        """Take a batch in. Idempotent: a batch met again changes nothing, but wakes lanes again."""
        letters = Letters(self._hub)
        received = list(readable(records, self._wanted, letters, SERVICE))
        pairs = await for_live_connections(self._hub, self._connector.name, received, SERVICE)
        by_key: defaultdict[tuple[str, str], list[tuple[Received, Connection]]] = defaultdict(list)
        for one, connection in pairs:
            by_key[connection.id, one.record.key or ""].append((one, connection))
        woken = await asyncio.gather(*(self._in_order(same, letters) for same in by_key.values()))
        await letters.publish()
        # Side by side, or each would wait for a commit of its own.
        await asyncio.gather(*(self._hub.lanes.wake(id, "export") for id in {id for ids in woken for id in ids}))
        self._nudge()

    def _wanted(self, type: str) -> bool:
        asked = (envelope.EXPORT_REQUESTED, envelope.RECONCILIATION_REQUESTED)
        return type in asked or exportable(self._connector, type)

    async def _in_order(self, same: list[tuple[Received, Connection]], letters: Letters) -> set[str]:
        """Events of one document one after the other; those of different documents go side by side."""
        woken: set[str] = set()
        for one, connection in same:
            try:
                work = await self._take_in(one, connection)
            except (BadEvent, Conflict) as error:
                letters.add(one.record, topics.exports_dead(self._connector.name), error)
                await self._report(one, connection, error)
                continue
            if work:
                woken.add(connection.id)
        return woken

    async def _take_in(self, one: Received, connection: Connection) -> bool:
        """Whether there is work. Also for what was known already: its wake-up may have been lost with a crash."""
        if one.envelope.type == envelope.RECONCILIATION_REQUESTED:
            await reconciling.take_in(self._hub, one, connection)
            return True
        entry = await self._entry(one, connection)
        return entry is not None and (entry.state not in FINAL or entry.follows_up)

    async def _entry(self, one: Received, connection: Connection) -> Entry | None:
        if one.envelope.type == envelope.EXPORT_REQUESTED:
            return await self._send_again(one, connection)
        document = wanted(one.envelope.type, one.record.value, connection.timezone)
        entry = await self._hub.entries.plan(connection, document, _gate(connection))
        if entry.state == "skipped" and entry.outcome_due:
            await outbox.publish(self._hub, entry)
        return entry

    async def _send_again(self, one: Received, connection: Connection) -> Entry | None:
        try:
            request = ExportRequest.model_validate_json(one.record.value or b"")
        except ValidationError as error:
            raise BadEvent(f"not a readable export request: {error.error_count()} problems") from None
        entry = None if "\0" in request.entry else await self._hub.entries.get(request.entry)
        if entry is None or entry.connection != connection.id:
            raise BadEvent("there is no such document for this tenant")
        if entry.heard(one.envelope.time):
            return entry
        if (entry.state == "unsure" or entry.given_up) and request.reason != "replay":
            await self._settle_by_hand(entry, request)
        elif request.reason == "it_is_there":
            raise BadEvent(f"{entry.flow} {entry.number} is {entry.state}; only of an unsure one a person can say so")
        asked = await self._as_asked(request, connection)
        return await self._hub.entries.change(entry.id, lambda now: heard(now, one.envelope.time, asked))

    async def _as_asked(self, request: ExportRequest, connection: Connection) -> Callable[[Entry], Entry | None]:
        if request.reason == "replay":
            gate, now = _gate(connection), await self._hub.store.now()
            return lambda entry: replayed(entry, gate, now)
        return lambda entry: asked_again(entry, alone=request.reason == "send_alone")

    async def _settle_by_hand(self, entry: Entry, request: ExportRequest) -> None:
        """A person looked into the package. The steps nobody was sure about take that as their answer."""
        there = None
        if known := request.vendor_id or request.vendor_number:
            there = Receipt(known, request.vendor_number)
        for step in await self._hub.steps.unsure(entry.id, entry.doubted_step):
            await self._hub.steps.decide(step.id, "there" if there else "again", entry.scope, there)

    async def _report(self, one: Received, connection: Connection, error: Exception) -> None:
        document = one.record.key or "?"
        text = f"An event for document {document} could not be used: {error}"
        once = f"{connection.id}|{one.record.place}"  # a batch may be met again
        await self._hub.journal.write(connection.id, "event.refused", text, level="error", document=document, once=once)


def _gate(connection: Connection) -> Gate:
    """One tenant's unreadable settings (of another version, say) stop no other tenant: its documents are held."""
    try:
        return gate_of(connection)
    except ValidationError:
        return Gate(exports_from=None)
