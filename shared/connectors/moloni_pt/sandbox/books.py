"""The memory of one pretend company: its tables, when each record was changed, and which numbers are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.sandbox.lag import Lag

Row = dict[str, Any]

CUSTOMERS, PRODUCTS, DOCUMENTS, USERS = "customers", "products", "documents", "users"
KEYS = {
    CUSTOMERS: "customer_id",
    PRODUCTS: "product_id",
    DOCUMENTS: "document_id",
    USERS: "user_id",
    "measurementUnits": "unit_id",
    "taxes": "tax_id",
    "documentSets": "document_set_id",
    "paymentMethods": "payment_method_id",
    "maturityDates": "maturity_date_id",
    "deliveryMethods": "delivery_method_id",
}
LISBON = ZoneInfo("Europe/Lisbon")
_IDS = 100_000


@dataclass
class Books:
    """One company. `clock` gives its local time, aware; fields that begin with `_` are never shown."""

    id: int
    place: int
    clock: Callable[[], datetime]
    lag: Lag
    tables: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    made: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in KEYS})
    moments: dict[tuple[str, int], datetime] = field(default_factory=dict)
    numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    _issued: int = 7000

    def id_of(self, number: int) -> int:
        """An id that no other company has."""
        return self.place * _IDS + number

    def add(self, table: str, row: Mapping[str, Any], moment: datetime | None = None) -> Row:
        """A new record."""
        if KEYS[table] not in row:
            self._issued += 1
        kept = {KEYS[table]: self.id_of(self._issued), **row}
        self.tables[table][kept[KEYS[table]]] = kept
        self.moments[table, kept[KEYS[table]]] = moment or self.clock()
        return kept

    def make(self, table: str, row: Mapping[str, Any]) -> Row:
        """A record that was created through the API; searches may not show it at once."""
        kept = self.add(table, row)
        self.made[table].append(kept[KEYS[table]])
        self.lag.note(table, str(kept[KEYS[table]]))
        return kept

    def change(self, table: str, id: int, values: Mapping[str, Any]) -> Row:
        """A record with other values. `KeyError` when there is none."""
        self.tables[table][id] = {**self.tables[table][id], **values}
        self.moments[table, id] = self.clock()
        return self.tables[table][id]

    def drop(self, table: str, id: int) -> None:
        """A record is gone without a trace. `KeyError` when there is none."""
        del self.tables[table][id]

    def visible(self, table: str) -> list[Row]:
        """What a search may show now."""
        hidden = self.lag.search(table)
        return [row for id, row in self.tables[table].items() if str(id) not in hidden]

    def changed_at(self, table: str, row: Row) -> datetime:
        """When a record was last changed."""
        return self.moments[table, row[KEYS[table]]]

    def next_number(self, document_set: int, cls: str) -> int:
        """Consecutive per set and type."""
        self.numbers[document_set, cls] = self.numbers.get((document_set, cls), 0) + 1
        return self.numbers[document_set, cls]


def written(moment: datetime) -> str:
    """As answers have it: Lisbon's offset without a colon (Moloni PT fact sheet, section 2, Response dates)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")
