"""One company's records in the pretend Moloni Spain, with the ids and moments that Moloni gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.sandbox.lag import Lag

Row = dict[str, Any]
Rung = Callable[[int, str, str, Mapping[str, int]], None]
"""Company, model, operation, ids: what a hook tells."""

CUSTOMERS, PRODUCTS, CATEGORIES = "customers", "products", "productCategories"
INVOICES, ORDERS = "invoices", "purchaseOrders"
KEYS = {
    CUSTOMERS: "customerId", PRODUCTS: "productId", CATEGORIES: "productCategoryId",
    "measurementUnits": "measurementUnitId", "taxes": "taxId", "documentSets": "documentSetId",
    "paymentMethods": "paymentMethodId", "maturityDates": "maturityDateId", "deliveryMethods": "deliveryMethodId",
    "warehouses": "warehouseId", INVOICES: "documentId", ORDERS: "documentId",
}  # fmt: skip
"""The tables of a company, by the operation that lists them, and the key of each."""

_RINGS = {CUSTOMERS: "Customer", PRODUCTS: "Product"}
_OWN = {CUSTOMERS, PRODUCTS, CATEGORIES, INVOICES, ORDERS}
_COMPANY_IDS = 100_000


@dataclass
class Books:
    """The tables of one company. `made` are the ids of what came in through the API."""

    id: int
    place: int
    clock: Callable[[], datetime]
    lag: Lag
    ring: Rung
    tables: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    made: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in KEYS})
    _issued: int = 0
    _numbered: dict[int, int] = field(default_factory=dict)

    def add(self, table: str, row: Mapping[str, Any]) -> Row:
        """A new record."""
        self._issued += 1
        id = self._issued + (self.place * _COMPANY_IDS if table in _OWN else 0)
        kept = self.tables[table][id] = {KEYS[table]: id, **row}
        kept.setdefault("updatedAt", self._stamp())
        self._tell(table, "create", id)
        return kept

    def make(self, table: str, row: Mapping[str, Any]) -> Row:
        """A record that came in through the API; searches may not show it at once."""
        kept = self.add(table, row)
        self.made[table].append(kept[KEYS[table]])
        self.lag.note(table, str(kept[KEYS[table]]))
        return kept

    def change(self, table: str, id: int, values: Mapping[str, Any], operation: str = "update") -> Row:
        """A record with other values. `KeyError` when there is none."""
        kept = self.tables[table][id] = {**self.tables[table][id], **values, "updatedAt": self._stamp()}
        self._tell(table, operation, id)
        return kept

    def drop(self, table: str, id: int) -> None:
        """A record is gone, without a trace. `KeyError` when there is none."""
        del self.tables[table][id]
        self._tell(table, "delete", id)

    def visible(self, table: str) -> list[Row]:
        """What a search may show now."""
        hidden = self.lag.search(table)
        return [row for id, row in self.tables[table].items() if str(id) not in hidden]

    def next_number(self, document_set: int) -> int:
        """The next number of a document set; drafts take none."""
        self._numbered[document_set] = self._numbered.get(document_set, 0) + 1
        return self._numbered[document_set]

    def _stamp(self) -> str:
        return f"{self.clock():%Y-%m-%d %H:%M:%S}"

    def _tell(self, table: str, operation: str, id: int) -> None:
        if table in _RINGS:
            self.ring(self.id, _RINGS[table], operation, {KEYS[table]: id})
