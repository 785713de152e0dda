"""One page of one kind: fetch, map, publish what changed, remember it, then move on. In that order, each repeatable."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import ValidationError

from services.importer.changes import Batch, Origin, changes, removals, too_many
from services.importer.runs import Cursor, Run, Runs
from shared import connectors, metrics
from shared.clock import stamp
from shared.connections import settings_of
from shared.connector import Import, Page, ReadFrom
from shared.errors import Unmappable
from shared.hub import Hub
from shared.mapping import ConnectorSettings, LeftOut
from shared.schemas.connections import Connection
from shared.schemas.entities import Entity
from shared.store import Document, Is
from shared.store.collections import FINGERPRINTS, REJECTS
from shared.turns import Held


class PageTurn:
    """One turn of a run. Lives only as long as the turn."""

    def __init__(self, hub: Hub, connection: Connection, run: Run, held: Held, client: Any) -> None:
        self._hub = hub
        self._runs = Runs(hub.store)
        self._connection = connection
        self._run = run
        self._taken_over = held.lane.taken_over
        self._client = client
        self._settings: ConnectorSettings = settings_of(connection)
        self._how: Import = connectors.get(connection.connector).import_of(run.kind)
        self._origin = Origin(connection, run.kind, run.id, held.lane.fence)

    async def step(self) -> Run:
        """Do one bounded piece; the run as it is then."""
        if not self._run.begun:
            self._run = await self._runs.save(self._run, await self._begin())
        if self._run.phase == "missing":
            return await self._look_up_missing()
        return await self._read_page()

    async def _begin(self) -> Run:
        """A changed filter forces one full read, and so does a first one."""
        settings_hash = _hash_of(self._settings, self._how.settings)
        last = await self._runs.cursor(self._connection, self._run.kind)
        known = last is not None and last.settings_hash == settings_hash and not await self._too_old(last)
        cursor = last.cursor if last and known else None
        begun = {"begun": True, "cursor": cursor, "full": cursor is None, "settings_hash": settings_hash}
        return self._run.model_copy(update=begun)

    async def _too_old(self, last: Cursor) -> bool:
        life = self._how.cursor_life
        return life is not None and await self._hub.store.now() - last.completed > life

    async def _read_page(self) -> Run:
        page = await self._how.read(self._client, ReadFrom(self._run.position, self._run.cursor))
        mapped = await self._mapped(page.records)
        removed = [] if await self._held_for_owner(len(page.removed)) else list(page.removed)
        before = await self._fingerprints([record.vendor_id for record in mapped] + removed)
        linked = await self._hub.links.platform_ids(
            self._connection.scope, self._run.kind, [record.vendor_id for record in mapped]
        )
        batch = changes(self._origin, mapped, before, linked, everything=self._taken_over)
        # A record that is on this very page lives, whatever an older row of the deleted feed says.
        alive = {record.vendor_id for record in mapped}
        gone = removals(self._origin, [id for id in removed if id not in alive], before, start=len(mapped))
        await self._publish(batch, gone)
        return await self._advance(self._counted(page, mapped, batch, gone), page)

    async def _mapped(self, records: Sequence[Mapping[str, Any]]) -> list[Entity | LeftOut]:
        """What the mapping makes of each record. What it cannot understand is kept and counted, not lost."""
        mapped: dict[str, Entity | LeftOut] = {}
        rejects: list[Document] = []
        for raw in records:
            try:
                one = self._how.map(self._how.model.model_validate(raw), self._settings)
                mapped[one.vendor_id] = one
            except (ValidationError, Unmappable, ValueError, KeyError) as error:
                rejects.append(await self._reject(raw, error))
        await self._hub.store.put_many(REJECTS, rejects)
        self._run = self._run.counted(rejected=len(rejects))
        return list(mapped.values())

    async def _reject(self, raw: Mapping[str, Any], error: Exception) -> Document:
        text = dumps(raw, sort_keys=True, default=str)
        return {
            "id": f"{self._origin.scope}|{sha256(text.encode()).hexdigest()[:32]}",
            "connection": self._connection.id,
            "kind": self._run.kind,
            "seen": stamp(await self._hub.store.now()),
            "reason": str(error),
            "record": text,
        }

    async def _fingerprints(self, vendor_ids: Sequence[str]) -> dict[str, Document]:
        ids = {self._origin.fingerprint_id(vendor_id): vendor_id for vendor_id in vendor_ids}
        found = await self._hub.store.get_many(FINGERPRINTS, ids)
        return {ids[id]: row for id, row in found.items()}

    async def _publish(self, batch: Batch, gone: Batch) -> None:
        await self._hub.bus.publish([*batch.messages, *gone.messages])
        await self._remember(batch)
        await self._remember(gone)
        if gone.forgotten:
            await self._hub.steps.gone(self._connection.scope, self._run.kind, gone.forgotten)
            await self._hub.links.remove(self._connection.scope, self._run.kind, gone.forgotten)
        metrics.PUBLISHED.labels(self._connection.connector, self._run.kind).inc(
            len(batch.messages) + len(gone.messages)
        )

    async def _remember(self, batch: Batch) -> None:
        if batch.fingerprints:
            await self._hub.store.put_many(FINGERPRINTS, batch.fingerprints)
        if batch.forgotten:
            forgotten = [self._origin.fingerprint_id(vendor_id) for vendor_id in batch.forgotten]
            await self._hub.store.delete_many(FINGERPRINTS, forgotten)

    def _counted(self, page: Page, mapped: Sequence[Entity | LeftOut], batch: Batch, gone: Batch) -> Run:
        upserts = sum(message.body is not None for message in batch.messages)
        return self._run.counted(
            read=len(page.records),
            published=upserts,
            removed=len(batch.messages) - upserts + len(gone.messages),
            left_out=sum(isinstance(record, LeftOut) for record in mapped),
        )

    async def _advance(self, run: Run, page: Page) -> Run:
        if page.next is not None:
            return await self._save(run.model_copy(update={"position": page.next, "attempts": 0}))
        read = run.model_copy(update={"position": None, "next_cursor": page.cursor, "attempts": 0})
        if run.full:
            return await self._save(read.model_copy(update={"phase": "missing"}))
        return await self._finish_kind(read)

    async def _held_for_owner(self, removed: int, known: int | None = None) -> bool:
        """Many deletions at once wait for the owner; the cursor stays, so they are met again."""
        if removed == 0 or self._run.accept_deletions:
            return False
        if known is None:
            known = await self._hub.store.count(FINGERPRINTS, {"scope": self._origin.scope})
        if not too_many(removed, known):
            return False
        self._run = self._run.counted(held=removed).model_copy(update={"held_back": True})
        return True

    async def _look_up_missing(self) -> Run:
        """A full read did not show these records. Each is looked up by id before it counts as deleted."""
        unseen = {"scope": self._origin.scope, "run": Is("!=", self._run.id)}
        if self._run.position is None and await self._held_for_owner(await self._hub.store.count(FINGERPRINTS, unseen)):
            return await self._finish_kind(self._run)
        batch = {**unseen, "id": Is(">", self._run.position or "")}
        rows = await self._hub.store.find(FINGERPRINTS, batch, sort=("id",), limit=self._how.exists_batch)
        if not rows:
            return await self._finish_kind(self._run)
        ids = [row["vendor_id"] for row in rows]
        there = await self._how.exists(self._client, ids)
        before = {row["vendor_id"]: row for row in rows}
        gone = removals(self._origin, [id for id in ids if id not in there], before, start=0)
        await self._publish(Batch(), gone)
        counted = self._run.counted(removed=len(gone.messages))
        return await self._save(counted.model_copy(update={"position": rows[-1]["id"], "attempts": 0}))

    async def _save(self, run: Run) -> Run:
        stored = await self._runs.active(self._connection.id)
        kept = self._run if stored is None else stored
        # A manual sync may have added kinds meanwhile; they stay.
        return await self._runs.save(kept, run.model_copy(update={"kinds": (*run.kinds[:1], *kept.kinds[1:])}))

    async def _finish_kind(self, run: Run) -> Run:
        if not run.held_back:
            await self._runs.save_cursor(self._connection, run.kind, run.next_cursor, run.settings_hash)
        return await self._save(run.model_copy(update={"phase": "done"}))


def _hash_of(settings: ConnectorSettings, names: Sequence[str]) -> str:
    chosen = settings.model_dump(mode="json", include=set(names))
    return sha256(dumps(chosen, sort_keys=True).encode()).hexdigest()


def next_kind(run: Run) -> Run:
    """The run with its first kind done: the next one begins fresh."""
    return run.model_copy(
        update={
            "kinds": run.kinds[1:],
            "begun": False,
            "phase": "read",
            "position": None,
            "cursor": None,
            "next_cursor": None,
            "held_back": False,
            "attempts": 0,
            "restarted": False,
        }
    )
