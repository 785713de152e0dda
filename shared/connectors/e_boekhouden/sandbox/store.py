"""What one administration keeps: relations, articles, ledgers, invoices, and what was booked and mailed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

Row = dict[str, Any]

_SEARCHED = ("Code", "Bedrijf", "Plaats", "Contactpersoon", "Email", "BP")
"""What `Trefwoord` looks at (section 4, cRelatieFilter)."""


@dataclass
class Books:
    """One administration. `made` are the ids of relations that came in through the API, in order."""

    random: Random
    relations: dict[int, Row]
    articles: dict[int, Row]
    ledgers: Sequence[Row]
    cost_centres: Sequence[Row]
    templates: Sequence[str]
    vat: Mapping[str, str]
    invoices: dict[str, Row] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    booked: list[Row] = field(default_factory=list)
    mailed: list[Row] = field(default_factory=list)
    collected: list[Row] = field(default_factory=list)
    numbered: int = 0
    _texts: dict[int, str] = field(default_factory=dict)
    _written: dict[tuple[str, int], str] = field(default_factory=dict)

    def searched(self, id: int) -> str:
        """What a keyword is looked for in, in small letters; the fields stay apart."""
        if id not in self._texts:
            row = self.relations[id]
            self._texts[id] = "\n".join(str(row[name]) for name in _SEARCHED).lower()
        return self._texts[id]

    def written(self, table: str, id: int, write: Any) -> str:
        """A record as XML, written once: thousands of them are asked for again and again."""
        key = (table, id)
        if key not in self._written:
            self._written[key] = write()
        return self._written[key]

    def save(self, table: str, id: int, row: Row) -> None:
        """Add or replace a record."""
        self.table(table)[id] = row
        self._forget(table, id)

    def drop(self, table: str, id: int) -> None:
        """Delete a record by hand; `KeyError` when it is not there."""
        del self.table(table)[id]
        self._forget(table, id)

    def table(self, name: str) -> dict[int, Row]:
        """`relations` or `articles`; `LookupError` for anything else."""
        tables = {"relations": self.relations, "articles": self.articles}
        return tables[name]

    def relation(self, code: str) -> Row | None:
        """The relation with this code."""
        return next((row for row in self.relations.values() if row["Code"] == code), None)

    def next_number(self) -> str:
        """The package's own next invoice number (shape `F00001`, section 7)."""
        self.numbered += 1
        return f"F{self.numbered:05}"

    def _forget(self, table: str, id: int) -> None:
        self._written.pop((table, id), None)
        if table == "relations":
            self._texts.pop(id, None)
