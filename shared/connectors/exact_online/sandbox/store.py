"""One administration in memory: tables, one row version shared by all of them, and the log of deletions.

Rows are sparse dicts, so that two hundred thousand relations fit in memory.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from .columns import Row
from .kinds import DELETED

FIRST_VERSION = 8_800_000_000
"""Row versions start above Int32, as those of live divisions do."""


class Table:
    """The rows of one resource, by key. `parent` names the column that ties lines to their header."""

    def __init__(self, key: str, parent: str = "") -> None:
        self.key = key
        self.parent = parent
        self.rows: dict[Any, Row] = {}
        self._keys: list[Any] = []
        self._versions: list[tuple[int, Any]] = []
        self._children: dict[Any, list[Any]] = {}
        self._taken: dict[str, Counter[Any]] = {}

    def put(self, row: Row) -> None:
        """Insert or replace; `row["Timestamp"]` is its version."""
        key = row[self.key]
        self._retake(self.rows.get(key, {}), row)
        if key not in self.rows:
            insort(self._keys, key)
            if self.parent:
                self._children.setdefault(row[self.parent], []).append(key)
        self.rows[key] = row
        self._versions.append((row["Timestamp"], key))

    def fill(self, rows: Iterable[Row]) -> None:
        """Insert many new rows at once."""
        for row in rows:
            self.rows[row[self.key]] = row
            self._versions.append((row.get("Timestamp", 0), row[self.key]))
        self._keys = sorted(self.rows)

    def remove(self, key: Any) -> Row:
        """Take a row out; `KeyError` when it is not there."""
        row = self.rows.pop(key)
        self._retake(row, {})
        self._keys.remove(key)
        if self.parent:
            self._children[row[self.parent]].remove(key)
        return row

    def taken(self, column: str, value: Any) -> bool:
        """Whether a row has that value. The first question about a column indexes it."""
        if column not in self._taken:
            self._taken[column] = Counter(row.get(column) for row in self.rows.values())
        return self._taken[column][value] > 0

    def _retake(self, old: Row, new: Row) -> None:
        for column, values in self._taken.items():
            values[old.get(column)] -= 1
            values[new.get(column)] += 1

    def after(self, key: Any = None) -> Iterator[Row]:
        """Rows in key order, those behind `key` only."""
        start = bisect_right(self._keys, key) if key is not None else 0
        return (self.rows[self._keys[place]] for place in range(start, len(self._keys)))

    def since(self, version: int) -> Iterator[Row]:
        """Rows in the order of their versions, newer than `version` only; each row once, with its newest version."""
        start = bisect_right(self._versions, version, key=lambda entry: entry[0])
        for place in range(start, len(self._versions)):
            stamp, key = self._versions[place]
            row = self.rows.get(key)
            if row is not None and row["Timestamp"] == stamp:
                yield row

    def lines_of(self, key: Any) -> list[Row]:
        """The rows whose parent is `key`, in the order they were written."""
        return [self.rows[line] for line in self._children.get(key, ())]


@dataclass
class Division:
    """One administration. `info` is its row in system/Divisions; `local_now` the server's wall clock, naive.

    `term_sign` is the sign of an amount that is still to be received. `written` are the keys of records made since the
    seed, by path; `outbox` what left the house, by channel (`printed`, `mailed`, `peppol`). `told` hears of each
    change: path, action, key.
    """

    code: int
    info: Row
    tables: Mapping[str, Table]
    random: Random
    local_now: Callable[[], datetime]
    version: int = FIRST_VERSION
    numbers: dict[str, int] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    outbox: dict[str, list[Row]] = field(default_factory=dict)
    term_sign: int = -1
    told: Callable[[str, str, Any], None] = lambda _path, _action, _key: None

    def new_id(self) -> str:
        """A fresh GUID."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def next_version(self) -> int:
        """The next row version."""
        self.version += 1
        return self.version

    def next_number(self, series: str, first: int = 1) -> int:
        """The next number of a series (orders, relation codes)."""
        self.numbers[series] = max(self.numbers.get(series, 0) + 1, first)
        return self.numbers[series]

    def save(self, path: str, row: Row) -> None:
        """Insert or replace a row; it becomes the newest of the division."""
        table = self.tables[path]
        action = "Update" if row[table.key] in table.rows else "Create"
        table.put({**row, "Timestamp": self.next_version(), "Modified": self.local_now()})
        self.told(path, action, row[table.key])

    def add(self, path: str, row: Row) -> Row:
        """Save a new row and note that it was written; the stored row."""
        self.save(path, row)
        return self.note(path, row[self.tables[path].key])

    def note(self, path: str, key: Any) -> Row:
        """Note that a saved row was written through the API; the stored row."""
        self.written.setdefault(path, []).append(key)
        return self.tables[path].rows[key]

    def by_code(self, path: str, code: str | None) -> Row | None:
        """The row of a small table with that code."""
        return next((row for row in self.tables[path].after() if row["Code"] == code), None) if code else None

    def drop(self, path: str, key: str, *, entity_type: int | None, by: str) -> None:
        """Delete a row; it is told in sync/Deleted when the resource has an entity type there."""
        self.tables[path].remove(key)
        if entity_type is not None:
            self._tell(key, entity_type, by)
        self.told(path, "Delete", key)

    def _tell(self, key: str, entity_type: int, by: str) -> None:
        self.tables[DELETED].put({
            "Timestamp": self.next_version(), "ID": self.new_id(), "EntityKey": key, "EntityType": entity_type,
            "DeletedBy": by, "DeletedDate": self.local_now(), "Division": self.code,
        })  # fmt: skip
