"""Reference data: the codes and titles a package offers for the settings, as the importer last read them.

Forms and mappings read it here, so showing a choice costs no call and never waits for a lane.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from shared.clock import Moment
from shared.mapping import Choice
from shared.records import Record
from shared.schemas.base import Frozen
from shared.store import Store
from shared.store.collections import REFERENCE

ADMINISTRATIONS = "administrations"
"""The one table every package has: what the login may open. `extra`: `country`, `currency`, `era`."""


class Row(Frozen):
    """A stored `Choice`."""

    code: str
    title: str
    extra: Mapping[str, Any] = Field(default_factory=dict)


class Table(Record):
    """One table of one connection. `problem` says why the last try to read it failed; then `rows` are older."""

    read: Moment
    rows: tuple[Row, ...] = ()
    problem: str | None = None

    @property
    def choices(self) -> list[Choice]:
        """The rows as connectors make them, in the package's own order."""
        return [Choice(row.code, row.title, row.extra) for row in self.rows]


def table_of(id: str, choices: Sequence[Choice], read: datetime) -> Table:
    """What was read at that moment, as a table."""
    rows = tuple(Row(code=one.code, title=one.title, extra=one.extra) for one in choices)
    return Table(id=id, read=read, rows=rows)


class Reference:
    """Reads and writes the tables. `scope` is that of a connection, so a switched administration has its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self, scope: str, name: str) -> Table | None:
        """The table as last read; None when it never was."""
        return (await self.load_all(scope, [name])).get(name)

    async def load_all(self, scope: str, names: Iterable[str]) -> Mapping[str, Table]:
        """Those of the tables that were read, by name."""
        ids = {_id(scope, name): name for name in names}
        found = await self._store.get_many(REFERENCE, ids)
        return {ids[id]: Table.of(row) for id, row in found.items()}

    async def save(self, scope: str, name: str, choices: Sequence[Choice]) -> None:
        """Replace the table by what was read just now."""
        await self._put(table_of(_id(scope, name), choices, await self._store.now()))

    async def save_problem(self, scope: str, name: str, problem: str) -> None:
        """It could not be read just now; what was read before stays."""
        before = await self.load(scope, name)
        rows = before.rows if before else ()
        await self._put(Table(id=_id(scope, name), read=await self._store.now(), rows=rows, problem=problem))

    async def remove(self, scope: str, names: Iterable[str]) -> None:
        """Forget the tables of an ended connection."""
        await self._store.delete_many(REFERENCE, [_id(scope, name) for name in names])

    async def _put(self, table: Table) -> None:
        await self._store.put_many(REFERENCE, [table.stored()])


def _id(scope: str, name: str) -> str:
    return f"{scope}|{name}"
