"""Makes one document in the package: gather, ensure what it needs, map, send once, and what follows behind it.

The order is the promise.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.exporter import claims, effects, made
from services.exporter.made import Made
from shared import connectors
from shared.connector import Connector, Ensure, Export, FollowUp
from shared.credit_notes import booked
from shared.errors import GiveUp, NothingToDo, Rejected, Settling, Unmappable, Withheld
from shared.exporting import MODELS, ToBeMade, export_of, job_of
from shared.hub import Hub
from shared.ledger.entry import Entry, document_step
from shared.ledger.recovery import Recovery
from shared.ledger.writes import Expected, Sent, Write
from shared.licences import must_have
from shared.mapping import Draft, Job, Receipt, Request
from shared.schemas.connections import Connection
from shared.schemas.documents import Invoice, SourceDocument
from shared.turns import Held
from shared.words import singular

AnyJob = Job[Any, Any]


class Fulfilment:
    """One entry, one turn. Lives only as long as the turn. `following` is the follow-up that was tried last, if any.

    `recovery` is set while the ledger is not trusted: what a package has already is taken over before anything is made.
    """

    def __init__(
        self, hub: Hub, connection: Connection, entry: Entry, held: Held, client: Any, recovery: Recovery | None = None
    ) -> None:
        self._hub = hub
        self._connection = connection
        self._entry = entry
        self._held = held
        self._client = client
        self._recovery = recovery
        self._connector: Connector = connectors.get(connection.connector)
        self._drafted: Draft | None = None
        self._known: dict[Callable[..., Awaitable[Any]], Any] = {}
        self.following: FollowUp | None = None

    async def make(self) -> Made:
        """The document, exactly once; raises the `WorkError` that says what happens next."""
        job = self._job()
        name, export = self._export(job)
        if self._entry.sent_revision is not None:
            raise made.cannot_change(self._entry, name, self._connector)
        if export.record is not None:
            record = Receipt(await self._ensure(export.record, job.document.customer, job))
            return Made(record, name, self._entry.revision, None, (), more=False)
        job = await self._crediting(job)
        receipt = await self._hub.steps.once(self._write(name, export, job), self._held)
        step = await self._hub.steps.get(document_step(self._entry.id))
        assert step is not None, "steps are never deleted"
        job = replace(job, difference=made.difference(receipt.total_excl, step.expected.total_excl))
        job = await self._follow(export, _with(job, "document", receipt), optional=False)
        receipt = made.completed(receipt, job)
        return Made(
            receipt,
            name,
            step.revision or self._entry.revision,
            made.difference(receipt.total_excl, step.expected.total_excl),
            self._drafted.warnings if self._drafted else (),
            more=any(one.optional and self._wanted(one, job) for one in export.following(job)),
        )

    async def finish(self) -> None:
        """What may follow a document that is in the books; raises as `make` does."""
        if self._recovery and self._recovery.checking:
            raise Withheld(_CHECKING)
        job = self._job()
        _, export = self._export(job)
        step = await self._hub.steps.get(document_step(self._entry.id))
        assert step is not None, "what follows comes behind a document"
        job = replace(await self._crediting(job), difference=made.difference(step.total_excl, step.expected.total_excl))
        await self._follow(export, _with(job, "document", step.receipt), optional=True)

    def _job(self) -> AnyJob:
        return job_of(effects.document_of(self._entry), self._connection, ensured=ToBeMade())

    def _export(self, job: AnyJob) -> tuple[str, Export]:
        return export_of(self._connector, job.document, job.settings, fixed=self._entry.document_type)

    async def _crediting(self, job: AnyJob) -> AnyJob:
        return replace(job, made=await self._credited(job.document))

    def _write(self, name: str, export: Export, job: AnyJob) -> Write:
        id = document_step(self._entry.id)

        async def find() -> Sequence[Receipt]:
            return await export.find(self._client, await self._as_sent(id, job))

        async def prepare() -> Draft:
            must_have(self._connection, self._entry.flow, name, export.tier)
            gathered = await self._gathered(export.gather, job)
            export.map(job, gathered)  # what cannot be mapped waits before anything is made for it
            ensured = await self._ensured(export, job, gathered)
            self._drafted = export.map(replace(job, ensured=ensured), gathered)
            if export.bills:
                await claims.take(self._hub, self._entry, job.document)
            await self._fix_type(name)
            return self._drafted

        async def adopt() -> Expected:
            if export.bills:
                await claims.seize(self._hub, self._entry, job.document)
            await self._fix_type(name)
            return await self._as_mapped(export, job)

        write = self._step(id, singular(name), find, prepare, export)
        write = replace(write, sent=self._sent(), makes_record=not export.joins(job))
        return replace(write, **self._recovering(export, adopt)) if self._recovery else write

    def _recovering(self, export: Export, adopt: Callable[[], Awaitable[Expected]]) -> dict[str, Any]:
        """Which revision was sent before the backup is not known."""
        told = self._entry.revision == 1 or not export.found_by_content
        return {"adopt": adopt, "find_proves_absence": export.find_proves_absence and told}

    def _sent(self) -> Sent:
        return Sent(body=self._entry.body, settings=self._connection.settings)

    async def _as_sent(self, step: str, job: AnyJob) -> AnyJob:
        """What a look-up goes by: number, day and customer as they were sent; a newer revision may have others."""
        known = await self._hub.steps.get(step)
        if known is None or known.sent is None:
            return job
        connection = self._connection.model_copy(update={"settings": known.sent.settings})
        before = job_of(MODELS[self._entry.flow].model_validate(known.sent.body), connection, job.ensured)
        return replace(job, document=before.document, reference=before.reference, settings=before.settings)

    async def _as_mapped(self, export: Export, job: AnyJob) -> Expected:
        """What the document would be today, to compare with one that is found; whatever cannot be told is left out."""
        try:
            draft = export.map(job, await export.gather(self._client, job))
        except (Unmappable, GiveUp):
            return Expected()
        return Expected(total_excl=draft.total_excl, currency=draft.currency, day=draft.day)

    async def _follow(self, export: Export, job: AnyJob, *, optional: bool) -> AnyJob:
        """The follow-ups in their order; those done before cost no call. `optional`: the optional ones too."""
        for one in export.following(job):
            given_up = one.name in self._entry.given_up or (one.needs is not None and one.needs not in job.made)
            if (one.optional and not optional) or given_up or not self._wanted(one, job):
                continue
            self.following = one
            job = _with(job, one.name, await self._follow_one(export, one, job))
        return job

    async def _follow_one(self, export: Export, one: FollowUp, job: AnyJob) -> Receipt:
        try:
            return await self._hub.steps.once(self._follow_write(export, one, job), self._held)
        except NothingToDo:
            return Receipt(vendor_id="")

    def _wanted(self, one: FollowUp, job: AnyJob) -> bool:
        return one.wanted(job) and self._connector.includes(self._connection.tier, one.tier)

    def _follow_write(self, export: Export, one: FollowUp, job: AnyJob) -> Write:
        id = f"{self._entry.id}|{one.name}"

        async def find() -> Sequence[Receipt]:
            return await one.find(self._client, await self._as_sent(id, job))

        async def prepare() -> Draft:
            pdf = await self._hub.fetch_pdf(job.document.pdf_url) if one.needs_pdf else None
            known = await self._as_the_first(export, job) if one.part else await self._looked_up(one, job)
            return one.map(replace(known, pdf=pdf))

        write = self._step(id, one.title, find, prepare, one)
        adopt = _whatever_it_is if self._recovery else None
        return replace(write, sent=self._sent(), makes_record=False, adopt=adopt)

    async def _gathered(self, gather: Callable[..., Awaitable[Any]], job: AnyJob) -> Any:
        """What was gathered for this document, once in a turn."""
        if gather not in self._known:
            self._known[gather] = await gather(self._client, job)
        return self._known[gather]

    async def _looked_up(self, one: FollowUp, job: AnyJob) -> AnyJob:
        return job if one.gather is None else replace(job, gathered=await self._gathered(one.gather, job))

    async def _as_the_first(self, export: Export, job: AnyJob) -> AnyJob:
        """The job of a further piece. It is of the same revision: half of one and half of another is no document."""
        first = await self._hub.steps.get(document_step(self._entry.id))
        if first is None or first.revision != self._entry.revision:
            raise Rejected(
                "it was completed again while its lines were being written; complete it by hand, by its first version"
            )
        gathered = await self._gathered(export.gather, job)
        return replace(job, gathered=gathered, ensured=await self._ensured(export, job, gathered))

    async def _credited(self, document: SourceDocument) -> Mapping[str, Receipt]:
        """The invoice that a credit note belongs to; `Behind` while it is not in the books."""
        if not isinstance(document, Invoice) or document.credits is None:
            return {}
        invoice = await booked(self._hub, self._connection, document.credits)
        if invoice is not None and invoice.vendor_id is not None:
            return {"credited": Receipt(invoice.vendor_id, invoice.vendor_number, invoice.url)}
        if self._entry.alone:
            return {}
        raise made.behind(document, invoice, self._connector)

    async def _ensured(self, export: Export, job: AnyJob, gathered: Any) -> Mapping[str, str]:
        """Vendor ids of everything the document needs, made where it is missing."""
        return {
            f"{need.kind}:{need.key(thing)}": await self._ensure(need, thing, job)
            for need in export.ensures
            for thing in need.wanted(job, gathered)
        }

    async def _ensure(self, need: Ensure, thing: Any, job: AnyJob) -> str:
        scope, key = self._connection.scope, need.key(thing)
        linked = await self._hub.links.vendor_id(scope, need.kind, key)
        if linked:
            return linked

        async def find() -> Sequence[Receipt]:
            return await need.find(self._client, thing)

        async def prepare() -> Draft:
            return need.map(job, thing)

        write = self._step(f"{scope}|{need.kind}|{key}", f"{need.kind} {key}", find, prepare, need)
        receipt = await self._hub.steps.once(replace(write, find_before_first_send=True), self._held)
        await self._hub.links.add(scope, need.kind, key, receipt.vendor_id)
        return receipt.vendor_id

    def _step(
        self,
        id: str,
        what: str,
        find: Callable[[], Awaitable[Sequence[Receipt]]],
        prepare: Callable[[], Awaitable[Draft]],
        how: Export | FollowUp | Ensure,
    ) -> Write:
        async def prepared() -> Draft:
            if self._recovery and self._recovery.checking:
                raise Withheld(_CHECKING)
            return await prepare()

        async def send_now(request: Request) -> Receipt:
            await self._still_connected()  # once `sending` is stored: see `shared/generations.py`
            return await how.send(self._client, request)

        return Write(
            id=id,
            entry=self._entry.id,
            revision=self._entry.revision,
            what=what,
            scope=self._connection.scope,
            find=find,
            prepare=prepared,
            send=send_now,
            timeout=self._hub.request_timeout(self._connector),
            settle_after=self._hub.settle_after(self._connector),
            find_proves_absence=how.find_proves_absence,
        )

    async def _still_connected(self) -> None:
        """The user may have disconnected meanwhile."""
        now = await self._hub.connections.get(self._connection.id)
        if now.generation != self._connection.generation or now.state != "connected":
            raise Settling("the connection was ended or paused meanwhile", until=await self._hub.store.now())

    async def _fix_type(self, document_type: str) -> None:
        """Once something may have been sent, the document stays of this type, whatever the user chooses later."""
        fixed = self._entry.model_copy(update={"document_type": document_type})
        saved = await self._hub.entries.replace(self._entry, fixed)
        if saved is None:
            raise Settling("it changed while it was being prepared", until=await self._hub.store.now())
        self._entry = saved


_CHECKING = "the ledger was restored from a backup; this is sent once the operator has had everything read again"


async def _whatever_it_is() -> Expected:
    return Expected()


def _with(job: AnyJob, name: str, receipt: Receipt) -> AnyJob:
    return replace(job, made={**job.made, name: receipt})
