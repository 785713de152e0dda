"""Makes one document in the package: ensure what it needs, gather, map, send once. The order is the promise."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from services.exporter import effects
from shared import connectors
from shared.connections import settings_of
from shared.connector import Connector, Ensure, Export
from shared.errors import Rejected, Settling
from shared.exporting import ToBeMade, export_of, job_of
from shared.hub import Hub
from shared.ledger.entries import Entry
from shared.ledger.steps import Write
from shared.mapping import Draft, Job, Receipt, Request
from shared.schemas.connections import Connection
from shared.turns import Held

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Made:
    """What is in the books now: which revision, and by how much the package's total differs from ours (None: not)."""

    receipt: Receipt
    document_type: str
    revision: int
    difference: Decimal | None
    warnings: tuple[str, ...]


class Fulfilment:
    """One entry, one turn. Lives only as long as the turn."""

    def __init__(self, hub: Hub, connection: Connection, entry: Entry, held: Held, client: Any) -> None:
        self._hub = hub
        self._connection = connection
        self._entry = entry
        self._held = held
        self._client = client
        self._connector: Connector = connectors.get(connection.connector)
        self._drafted: Draft | None = None

    async def make(self) -> Made:
        """The document, exactly once; raises the `WorkError` that says what happens next."""
        document, settings = effects.document_of(self._entry), settings_of(self._connection)
        name, export = export_of(self._connector, document, settings, fixed=self._entry.document_type)
        if self._entry.sent_revision is not None:
            raise _cannot_change(self._entry, name, self._connector)
        job = job_of(document, self._connection, ensured=ToBeMade())
        receipt = await self._hub.steps.once(self._write(name, export, job), self._held)
        step = await self._hub.steps.get(f"{self._entry.id}|document")
        assert step is not None, "steps are never deleted"
        warnings = self._drafted.warnings if self._drafted else ()
        difference = _difference(receipt.total_excl, step.expected.total_excl)
        return Made(receipt, name, step.revision or self._entry.revision, difference, warnings)

    def _write(self, name: str, export: Export, job: Job[Any, Any]) -> Write:
        async def find() -> Sequence[Receipt]:
            return await export.find(self._client, job)

        async def prepare() -> Draft:
            gathered = await export.gather(self._client, job)
            export.map(job, gathered)  # what cannot be mapped waits before anything is made for it
            ensured = await self._ensured(export, job)
            self._drafted = export.map(replace(job, ensured=ensured), gathered)
            await self._still_ours(name)
            return self._drafted

        return self._step(f"{self._entry.id}|document", name.replace("_", " "), find, prepare, export.send)

    async def _ensured(self, export: Export, job: Job[Any, Any]) -> Mapping[str, str]:
        """Vendor ids of everything the document needs, made where it is missing."""
        return {
            f"{need.kind}:{need.key(thing)}": await self._ensure(need, thing, job)
            for need in export.ensures
            for thing in need.wanted(job.document)
        }

    async def _ensure(self, need: Ensure, thing: Any, job: Job[Any, Any]) -> str:
        scope, key = self._connection.scope, need.key(thing)
        linked = await self._hub.links.vendor_id(scope, need.kind, key)
        if linked:
            return linked

        async def find() -> Sequence[Receipt]:
            return await need.find(self._client, thing)

        async def prepare() -> Draft:
            return need.map(job, thing)

        write = self._step(f"{scope}|{need.kind}|{key}", f"{need.kind} {key}", find, prepare, need.send)
        receipt = await self._hub.steps.once(replace(write, find_before_first_send=True), self._held)
        await self._hub.links.add(scope, need.kind, key, receipt.vendor_id)
        return receipt.vendor_id

    def _step(
        self,
        id: str,
        what: str,
        find: Callable[[], Awaitable[Sequence[Receipt]]],
        prepare: Callable[[], Awaitable[Draft]],
        send: Callable[[Any, Request], Awaitable[Receipt]],
    ) -> Write:
        return Write(
            id=id,
            entry=self._entry.id,
            revision=self._entry.revision,
            what=what,
            scope=self._connection.scope,
            find=find,
            prepare=prepare,
            send=lambda request: send(self._client, request),
            timeout=self._hub.request_timeout(self._connector),
            settle_after=self._hub.settle_after(self._connector),
        )

    async def _still_ours(self, document_type: str) -> None:
        """Just before the write: the user may have disconnected, and the type is fixed from here on."""
        now = await self._hub.connections.get(self._connection.id)
        if now.generation != self._connection.generation or now.state != "connected":
            raise Settling("the connection was ended or paused meanwhile", until=self._hub.now())
        fixed = self._entry.model_copy(update={"document_type": document_type})
        saved = await self._hub.entries.replace(self._entry, fixed)
        if saved is None:
            raise Settling("it changed while it was being prepared", until=self._hub.now())
        self._entry = saved


def _cannot_change(entry: Entry, name: str, connector: Connector) -> Rejected:
    number = entry.vendor_number or entry.vendor_id
    return Rejected(
        f"it was completed again (revision {entry.revision}) after it had been sent as "
        f"{name.replace('_', ' ')} {number}; change that one in {connector.title} by hand"
    )


def _difference(theirs: Decimal | None, ours: Decimal | None) -> Decimal | None:
    if theirs is None or ours is None or abs(theirs - ours) < CENT:
        return None
    return theirs - ours
