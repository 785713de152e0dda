"""One company's records in the pretend Billit, with the stamps and ids that Billit gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.sandbox.lag import Lag

from .refusals import Refusal, foreign

Row = dict[str, Any]

PARTIES, PRODUCTS, ORDERS = "Party", "Product", "Order"
KEYS = {PARTIES: "PartyID", PRODUCTS: "ProductID", ORDERS: "OrderID"}
"""The key of each type of record, under the type's name as Billit's errors have it."""

_COMPANY_IDS = 1_000_000


@dataclass
class Books:
    """The tables of one company. `info` is how `accountInformation` shows it.

    `made` are the ids of what was created through the API, `deleted` the orders that are gone, `tokens` the idempotency
    tokens of what succeeded.
    """

    id: int
    place: int
    info: Row
    clock: Callable[[], datetime]
    lag: Lag
    tables: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    made: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in KEYS})
    deleted: list[Row] = field(default_factory=list)
    files: dict[str, Row] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    _issued: int = 0

    def now(self) -> datetime:
        """Local, without a zone, in milliseconds (section 2, Dates out)."""
        moment = self.clock()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def new_id(self) -> int:
        """Ids are never shared by two companies."""
        self._issued += 1
        return self.place * _COMPANY_IDS + self._issued

    def add(self, table: str, row: Mapping[str, Any]) -> Row:
        """A new record; searches may not show it at once."""
        now = self.now()
        kept = {KEYS[table]: self.new_id(), **row, "Created": row.get("Created", now)}
        kept.setdefault("LastModified", now)
        self.tables[table][kept[KEYS[table]]] = kept
        return kept

    def make(self, table: str, row: Mapping[str, Any]) -> Row:
        """A record that was created through the API."""
        kept = self.add(table, row)
        self.made[table].append(kept[KEYS[table]])
        self.lag.note(table, str(kept[KEYS[table]]))
        return kept

    def put(self, table: str, row: Mapping[str, Any]) -> Row:
        """A record that is now this, and nothing it was before."""
        kept = self.tables[table][row[KEYS[table]]] = {**row, "LastModified": self.now()}
        return kept

    def change(self, table: str, id: int, values: Mapping[str, Any]) -> Row:
        """A record with other values. `KeyError` when there is none."""
        return self.put(table, {**self.tables[table][id], **values})

    def drop(self, table: str, id: int) -> None:
        """A record is gone. Only orders leave a trace (section 3). `KeyError` when there is none."""
        row = self.tables[table].pop(id)
        if table == ORDERS:
            self.deleted.append({"OrderID": id, "OrderNumber": row.get("OrderNumber"), "LastModified": self.now()})

    def visible(self, table: str) -> list[Row]:
        """What a search may show now."""
        hidden = self.lag.search(table)
        return [row for id, row in self.tables[table].items() if str(id) not in hidden]

    def next_number(self, sequence: str, *, consume: bool = True) -> str:
        """The next number of a sequence, as `Income-Invoice`."""
        number = self.numbers.get(sequence, 0) + 1
        if consume:
            self.numbers[sequence] = number
        prefix = {"Income-Invoice": "", "Income-CreditNote": "CN-"}.get(sequence, "OF-")
        return f"{prefix}{self.now():%Y}-{number:04d}"


def find(books: Books, others: list[Books], table: str, id: int) -> Row:
    """The record; 401 when it is another company's, 404 when nobody has it (section 2)."""
    if id in books.tables[table]:
        return books.tables[table][id]
    if any(id in other.tables[table] for other in others):
        raise foreign(table, id)
    raise Refusal(404, "NotFound", f"{table} {id} was not found")
