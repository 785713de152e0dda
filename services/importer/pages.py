"""One page of one kind, or of all kinds that come from one endpoint: fetch, let each kind take it, then move on."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from json import dumps
from typing import Any

from services.importer import tables
from services.importer.changes import Origin
from services.importer.records import KindRecords
from shared import connectors
from shared.chosen import settings_of
from shared.connector import Import, Page, ReadFrom
from shared.hub import Hub
from shared.mapping import ConnectorSettings
from shared.runs import Cursor, Run, Runs
from shared.schemas.connections import Connection
from shared.turns import Held
from shared.words import plural


class PageTurn:
    """One turn of a run. Lives only as long as the turn."""

    def __init__(self, hub: Hub, connection: Connection, run: Run, held: Held, client: Any) -> None:
        self._hub = hub
        self._runs = Runs(hub.store)
        self._connection = connection
        self._connector = connectors.get(connection.connector)
        self._run = run
        self._lane = held.lane
        self._client = client
        self._settings: ConnectorSettings = settings_of(connection)
        self._how: Import = self._connector.import_of(run.kind)

    async def step(self) -> Run:
        """Do one bounded piece; the run as it is then."""
        if not self._run.begun:
            self._run = await self._runs.save(self._run, await self._begin())
        if self._run.phase == "missing":
            return await self._look_up_missing()
        return await self._read_page()

    async def _begin(self) -> Run:
        era = await tables.era(self._hub, self._connection)
        cursor = await self._cursor(self._run.kind, era)
        together = await self._together(cursor, era)
        kinds = (self._run.kind, *together)
        begun = {"begun": True, "era": era, "cursor": cursor, "full": cursor is None, "together": together}
        hashes, held = {kind: self._hash(kind) for kind in kinds}, await self._held_before(kinds)
        return self._run.model_copy(update={**begun, "hashes": hashes, "held_before": held})

    async def _held_before(self, kinds: Sequence[str]) -> tuple[str, ...]:
        last = {kind: await self._runs.cursor(self._connection, kind) for kind in kinds}
        return tuple(kind for kind, cursor in last.items() if cursor and cursor.held)

    async def _together(self, cursor: str | None, era: str) -> tuple[str, ...]:
        """The kinds next in line that come from the same endpoint and are read from the same place."""
        found: list[str] = []
        for kind in self._run.kinds[1:]:
            same = self._connector.import_of(kind).read is self._how.read
            if not same or await self._cursor(kind, era) != cursor:
                break
            found.append(kind)
        return tuple(found)

    async def _cursor(self, kind: str, era: str) -> str | None:
        """Where to read on; None forces a full read: the first one, a changed filter, an ended era."""
        last = await self._runs.cursor(self._connection, kind)
        if last is None or last.settings_hash != self._hash(kind) or last.era != era:
            return None
        return None if await self._too_old(kind, last) else last.cursor

    def _hash(self, kind: str) -> str:
        how = self._connector.import_of(kind)
        return _hash_of(self._settings, how.settings, how.version)

    async def _too_old(self, kind: str, last: Cursor) -> bool:
        life = self._connector.import_of(kind).cursor_life
        return life is not None and await self._hub.store.now() - last.completed > life

    def _records(self, kind: str) -> KindRecords:
        origin = Origin(self._connection, kind, self._run.id, self._lane.fence)
        how = self._connector.import_of(kind)
        return KindRecords(self._hub, origin, how, self._settings, everything=self._lane.taken_over)

    async def _read_page(self) -> Run:
        page = await self._how.read(self._client, ReadFrom(self._run.position, self._run.cursor, self._settings))
        page = await self._without_parts(page)
        self._run = self._run.model_copy(update={"pages": self._run.pages + 1})
        for kind in (self._run.kind, *self._run.together):
            self._run = await self._records(kind).take(self._run, page.records, page.removed)
        return await self._advance(page)

    async def _without_parts(self, page: Page) -> Page:
        """Where the package tells deletions by part: what they belonged to is read anew, and is changed or gone."""
        if self._how.parts is None or self._how.fetch is None or not page.removed:
            return page
        owners = await self._records(self._run.kind).owners(page.removed)
        records = await self._how.fetch(self._client, owners) if owners else []
        there = {self._how.id(record) for record in records}
        return replace(page, records=[*page.records, *records], removed=[id for id in owners if id not in there])

    async def _advance(self, page: Page) -> Run:
        if page.next is not None:
            return await self._save(self._run.model_copy(update={"position": page.next, "attempts": 0}))
        read: dict[str, Any] = {"position": None, "next_cursor": page.cursor, "attempts": 0, "phase": "missing"}
        if page.doubt:
            await self._report_doubt(page.doubt)
            read["full"] = False  # what it did not show may be there all the same
        read_all = self._run.model_copy(update=read)
        return await (self._save(read_all) if read_all.full else self._finish_kind(read_all))

    async def _report_doubt(self, doubt: str) -> None:
        kinds = " and ".join(map(plural, (self._run.kind, *self._run.together)))
        text = f"{kinds.capitalize()} of {self._connector.title} may be incomplete, so none was removed: {doubt}"
        await self._hub.journal.write(
            self._connection.id, "sync.incomplete", text, level="warning", kind=self._run.kind
        )

    async def _look_up_missing(self) -> Run:
        if self._run.full:
            looked = await self._records(self._run.kind).look_up_missing(self._run, self._client)
            if looked is not None:
                return await self._save(looked)
        return await self._finish_kind(self._run)

    async def _save(self, run: Run) -> Run:
        stored = await self._runs.active(self._connection.id)
        kept = run if stored is None else stored
        # A manual sync may have added kinds meanwhile, and what the owner accepts; they stay.
        joined = {"kinds": (*run.kinds[:1], *kept.kinds[1:]), "accepts": kept.accepts}
        return await self._runs.save(kept, run.model_copy(update=joined))

    async def _finish_kind(self, run: Run) -> Run:
        if run.kind in run.held_back:
            await self._runs.hold_cursor(self._connection, run.kind)
        else:
            await self._runs.save_cursor(self._connection, run)
        return await self._save(run.model_copy(update={"phase": "done"}))


def _hash_of(settings: ConnectorSettings, names: Sequence[str], version: int) -> str:
    chosen = settings.model_dump(mode="json", include=set(names))
    return sha256(f"{version}|{dumps(chosen, sort_keys=True)}".encode()).hexdigest()


_FRESH = {
    "begun": False,
    "pages": 0,
    "phase": "read",
    "position": None,
    "cursor": None,
    "next_cursor": None,
    "together": (),
    "held_back": (),
    "attempts": 0,
    "restarted": False,
}


def next_kind(run: Run) -> Run:
    """The run with its first kind done. The next one begins fresh, unless its pages were read along with the first."""
    kinds = run.kinds[1:]
    if run.together:
        along = {"kinds": kinds, "together": run.together[1:], "phase": "missing", "position": None, "attempts": 0}
        return run.model_copy(update=along)
    return run.model_copy(update={**_FRESH, "kinds": kinds})
