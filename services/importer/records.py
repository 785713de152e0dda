"""What one page means for one kind: map, compare, announce what changed, publish it, remember it. Each repeatable."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import ValidationError

from services.importer.changes import Batch, Origin, changes, removals, too_many
from services.importer.documents import platform_documents
from shared import metrics
from shared.clock import stamp
from shared.connector import Import
from shared.errors import Unmappable
from shared.hub import Hub
from shared.mapping import ConnectorSettings, LeftOut
from shared.runs import Counts, Run
from shared.schemas.entities import Entity
from shared.store import Document, Is
from shared.store.collections import FINGERPRINTS, PARTS, REJECTS

RawRecord = Mapping[str, Any]


class KindRecords:
    """The records of one kind in one turn. `everything` publishes unchanged ones too (after a take-over)."""

    def __init__(self, hub: Hub, origin: Origin, how: Import, settings: ConnectorSettings, *, everything: bool) -> None:
        self._hub = hub
        self._origin = origin
        self._how = how
        self._settings = settings
        self._everything = everything

    async def take(self, run: Run, records: Sequence[RawRecord], removed: Sequence[str]) -> Run:
        """Publish what these records and removals change; the run with its counts."""
        mapped, rejected = await self._mapped(records)
        seen = [id for raw in rejected if (id := self._id(raw))]
        before = await self._fingerprints([*(record.vendor_id for record in mapped), *removed, *seen])
        # A record that is on this very page lives, whatever an older row of the deleted feed says.
        alive = {record.vendor_id for record in mapped}
        deleted = [id for id in dict.fromkeys(removed) if id not in alive]
        known = [id for id in deleted if id in before]
        # Never published, because the user's filters leave them out; documents may have used them all the same.
        await self._no_longer_used([id for id in deleted if id not in before])
        if known and await self._held(run, len(known)):
            run, known = run.holding(self._origin.kind, len(known)), []
        batch = changes(self._origin, mapped, before, await self._platform_ids(mapped), everything=self._everything)
        gone = removals(self._origin, known, before, start=len(mapped))
        # What was published of a record that cannot be understood now stays: it is there, so it is not missing.
        batch.fingerprints.extend(self._origin.seen(before[id]) for id in seen if id in before)
        await self._remember_parts(records)
        await self._publish(batch, gone)
        return self._counted(run, mapped, batch, gone).counted(
            self._origin.kind, read=len(records), rejected=len(rejected)
        )

    async def _mapped(self, records: Sequence[RawRecord]) -> tuple[list[Entity | LeftOut], list[RawRecord]]:
        """What the mapping makes of each record, and those it cannot understand: kept and counted, not lost."""
        mapped: dict[str, Entity | LeftOut] = {}
        rejected: list[RawRecord] = []
        rejects: list[Document] = []
        for raw in records:
            try:
                one = self._how.map(self._how.model.model_validate(raw), self._settings)
                mapped[one.vendor_id] = one
            except (ValidationError, Unmappable, ValueError, KeyError) as error:
                rejected.append(raw)
                rejects.append(await self._reject(raw, error))
        await self._hub.store.put_many(REJECTS, rejects)
        return list(mapped.values()), rejected

    def _id(self, raw: RawRecord) -> str | None:
        try:
            return self._how.id(raw)
        except KeyError:
            return None

    async def _reject(self, raw: RawRecord, error: Exception) -> Document:
        text = dumps(raw, sort_keys=True, default=str)
        return {
            "id": f"{self._origin.scope}|{sha256(text.encode()).hexdigest()[:32]}",
            "connection": self._origin.connection.id,
            "kind": self._origin.kind,
            "seen": stamp(await self._hub.store.now()),
            "reason": str(error),
            "record": text,
        }

    async def _fingerprints(self, vendor_ids: Sequence[str]) -> dict[str, Document]:
        ids = {self._origin.fingerprint_id(vendor_id): vendor_id for vendor_id in vendor_ids}
        found = await self._hub.store.get_many(FINGERPRINTS, ids)
        return {ids[id]: row for id, row in found.items()}

    async def _platform_ids(self, mapped: Sequence[Entity | LeftOut]) -> Mapping[str, str]:
        """The platform's own ids: of records that are linked, and of the documents that records are about."""
        connection, about = self._origin.connection, self._how.document_of
        if about is not None:
            refs = {record.vendor_id: about(record) for record in mapped if isinstance(record, Entity)}
            return await platform_documents(self._hub, connection, refs)
        ids = [record.vendor_id for record in mapped]
        return await self._hub.links.platform_ids(connection.scope, self._origin.kind, ids)

    async def _publish(self, batch: Batch, gone: Batch) -> None:
        origin = self._origin
        # Whoever comes no further than publishing tells these again, and takes back what is deleted by then.
        if announced := [*batch.announced, *gone.announced]:
            await self._hub.store.put_many(FINGERPRINTS, announced)
        await self._hub.bus.publish([*batch.messages, *gone.messages])
        await self._no_longer_used(gone.forgotten)  # before they are forgotten: what is forgotten is not met again
        await self._remember(batch)
        await self._remember(gone)
        published = len(batch.messages) + len(gone.messages)
        metrics.PUBLISHED.labels(origin.connection.connector, origin.kind).inc(published)

    async def _no_longer_used(self, vendor_ids: Sequence[str]) -> None:
        """The next document that needs one of these looks for it anew."""
        if vendor_ids:
            scope = self._origin.connection.scope
            await self._hub.steps.gone(scope, self._origin.kind, vendor_ids)
            await self._hub.links.remove(scope, self._origin.kind, vendor_ids)

    async def _remember(self, batch: Batch) -> None:
        if batch.fingerprints:
            await self._hub.store.put_many(FINGERPRINTS, batch.fingerprints)
        if batch.forgotten:
            forgotten = [self._origin.fingerprint_id(vendor_id) for vendor_id in batch.forgotten]
            await self._hub.store.delete_many(FINGERPRINTS, forgotten)

    def _counted(self, run: Run, mapped: Sequence[Entity | LeftOut], batch: Batch, gone: Batch) -> Run:
        upserts = sum(message.body is not None for message in batch.messages)
        return run.counted(
            self._origin.kind,
            published=upserts,
            removed=len(batch.messages) - upserts + len(gone.messages),
            deleted=len(gone.messages),
            left_out=sum(isinstance(record, LeftOut) for record in mapped),
        )

    async def _held(self, run: Run, removed: int) -> bool:
        """What is held stays held: else each run would remove as much as one may, until nothing is left."""
        still = self._origin.kind in run.held_before and self._origin.kind not in run.accepts
        return still or await self._too_many(run, removed)

    async def _too_many(self, run: Run, removed: int) -> bool:
        """Many deletions in one run wait for the owner, however many pages they come in; the cursor stays."""
        kind = self._origin.kind
        if removed == 0 or kind in run.accepts:
            return False
        before = run.counts.get(kind, Counts()).deleted
        known = await self._hub.store.count(FINGERPRINTS, {"scope": self._origin.scope})
        return too_many(before + removed, before + known)

    async def _remember_parts(self, records: Sequence[RawRecord]) -> None:
        how = self._how
        if how.parts is None:
            return
        rows = [
            {"id": self._origin.fingerprint_id(part), "scope": self._origin.scope, "vendor_id": how.id(record)}
            for record in records
            for part in how.parts(record)
        ]
        await self._hub.store.put_many(PARTS, rows)

    async def owners(self, parts: Sequence[str]) -> list[str]:
        """The vendor ids of the records that these parts belong to."""
        found = await self._hub.store.get_many(PARTS, map(self._origin.fingerprint_id, parts))
        return sorted({row["vendor_id"] for row in found.values()})

    async def look_up_missing(self, run: Run, client: Any) -> Run | None:
        """A full read did not show these records: one batch of them proved, removed and counted. None: none are left.

        Each is looked up by id before it counts as deleted; without a look-up, an earlier read must have missed it too.
        """
        unseen = {"scope": self._origin.scope, "run": Is("!=", run.id)}
        if run.position is None and await self._too_many(run, count := await self._suspects(unseen)):
            return run.holding(self._origin.kind, count).model_copy(update={"position": LAST})
        batch = {**unseen, "id": Is(">", run.position or "")}
        rows = await self._hub.store.find(FINGERPRINTS, batch, sort=("id",), limit=self._how.exists_batch)
        if not rows:
            return None
        before = {row["vendor_id"]: row for row in rows}
        gone = removals(self._origin, await self._proved(run, rows, client), before, start=0)
        await self._publish(Batch(), gone)
        moved = run.model_copy(update={"position": rows[-1]["id"], "attempts": 0})
        return moved.counted(self._origin.kind, removed=len(gone.messages))

    async def _suspects(self, unseen: Mapping[str, Any]) -> int:
        """How many may be removed now."""
        missed_before = {} if self._how.exists else {"missed": Is(">", "")}
        return await self._hub.store.count(FINGERPRINTS, {**unseen, **missed_before})

    async def _proved(self, run: Run, rows: Sequence[Document], client: Any) -> list[str]:
        if self._how.exists is not None:
            ids = [row["vendor_id"] for row in rows]
            there = await self._how.exists(client, ids)
            return [id for id in ids if id not in there]
        await self._hub.store.put_many(FINGERPRINTS, [{**row, "missed": run.id} for row in rows])
        # A turn that is repeated meets its own mark: that is still the first read.
        return [row["vendor_id"] for row in rows if row.get("missed") not in {None, run.id}]


LAST = "\U0010ffff"
"""Behind every id: nothing of this kind is looked up any more in this run."""
