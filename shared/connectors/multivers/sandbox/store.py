"""One administration of the pretend Multivers: its tables, and the numbers it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.sandbox.lag import Lag

from .refusals import missing

Row = dict[str, Any]

CUSTOMERS, PRODUCTS, HOUR_TYPES, EMPLOYEES, ORDERS, INVOICES = (
    "Customer", "Product", "HourType", "Employee", "Order", "CustomerInvoice",
)  # fmt: skip
KEYS = {
    CUSTOMERS: "customerId",
    PRODUCTS: "productId",
    HOUR_TYPES: "hourTypeId",
    EMPLOYEES: "employeeId",
    ORDERS: "orderId",
    INVOICES: "invoiceId",
}
"""The key of each table, under the name that Multivers' routes have."""


@dataclass
class Books:
    """The tables of one administration. `made` are the ids of what was created through the API.

    Numbers begin alike in every administration, so ids repeat between them.
    """

    id: str
    today: Callable[[], date]
    lag: Lag
    tables: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    made: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in KEYS})
    last: dict[str, int] = field(default_factory=lambda: {CUSTOMERS: 10_000, ORDERS: 2_600_000, INVOICES: 26_700_000})
    lines: int = 0

    def number(self, table: str) -> str:
        """The next number of a table; one that somebody chose by hand is passed over."""
        self.last[table] += 1
        return str(self.last[table]) if str(self.last[table]) not in self.tables[table] else self.number(table)

    def line_number(self) -> int:
        """The next id of an order line."""
        self.lines += 1
        return self.lines

    def add(self, table: str, row: Row) -> Row:
        """A new record."""
        self.tables[table][row[KEYS[table]]] = row
        return row

    def make(self, table: str, row: Row) -> Row:
        """A record that was created through the API; lists may not show it at once."""
        self.made[table].append(row[KEYS[table]])
        self.lag.note(self._lagging(table), row[KEYS[table]])
        return self.add(table, row)

    def find(self, table: str, id: str) -> Row:
        """The record; 404 when it is not there."""
        if id not in self.tables[table]:
            raise missing(table, id)
        return self.tables[table][id]

    def change(self, table: str, id: str, **values: Any) -> None:
        """Somebody changes a record by hand. `KeyError` when it is not there."""
        self.tables[table][id] = {**self.tables[table][id], **values}

    def remove(self, table: str, id: str) -> None:
        """Somebody deletes a record by hand. `KeyError` when it is not there."""
        del self.tables[table][id]

    def listed(self, table: str) -> list[Row]:
        """What a list shows now."""
        hidden = self.lag.search(self._lagging(table))
        return [row for id, row in self.tables[table].items() if id not in hidden]

    def written(self, table: str) -> list[Row]:
        """What the API made and is still there."""
        return [self.tables[table][id] for id in self.made[table] if id in self.tables[table]]

    def _lagging(self, table: str) -> str:
        return f"{self.id}|{table}"
