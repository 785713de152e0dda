"""Records as Moloni shows them, nested ones beside the ids they belong to (Moloni PT fact sheet, sections 3.2, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from .books import DOCUMENTS, LISBON, Books, Row, written

TYPES: Mapping[str, tuple[int, str]] = {
    "invoices": (1, "FT"),
    "estimates": (14, "OR"),
    "billsOfLading": (15, "GT"),
    "invoiceReceipts": (27, "FR"),
    "purchaseOrder": (28, "NE"),
    "internalDocuments": (40, "DI"),
    "deliveryNotes": (41, "GR"),
    "waybills": (42, "GD"),
}
"""Class -> id and code; those of the last three are not known (section 4.1)."""

COUNTRIES = {1: ("pt", "Portugal"), 2: ("es", "Espanha"), 3: ("nl", "Países Baixos"), 4: ("de", "Alemanha")}
_DETAILS = {"products", "payments", "notes"}


def shown(row: Mapping[str, Any]) -> Row:
    """Without what is only ours to know."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def customer(books: Books, row: Row) -> Row:
    """With its country; `language` and `maturity_date` are absent when 0."""
    iso, name = COUNTRIES.get(row["country_id"], ("", ""))
    country = {"iso_3166_1": iso, "country_id": row["country_id"], "name": name}
    method = books.tables["paymentMethods"].get(row["payment_method_id"], {})
    return {**shown(row), "country": country, "payment_method": method, "alternate_addresses": []}


def product(books: Books, row: Row) -> Row:
    """With unit, category and taxes. The outer `value` of a tax is an amount, not its rate."""
    unit = books.tables["measurementUnits"].get(row["unit_id"], {})
    category = {"category_id": row["category_id"], "parent_id": 0, "name": "Materiais", "description": "", "image": ""}
    return {**shown(row), "measurement_unit": unit, "category": category, "taxes": _taxes(books, row)}


def _taxes(books: Books, row: Row) -> list[Row]:
    taxes = [books.tables["taxes"][id] for id in row["_taxes"]]
    price = row["price"] if isinstance(row["price"], Decimal) else Decimal(0)
    return [
        {"product_tax_id": 0, "tax_id": tax["tax_id"], "value": price * tax["value"] / 100, "order": place,
         "cumulative": 0, "tax": shown(tax)}
        for place, tax in enumerate(taxes)
    ]  # fmt: skip


def document(books: Books, row: Row, *, details: bool) -> Row:
    """As a list shows it, or with lines, payments and notes."""
    id, code = TYPES[row["_class"]]
    known = {name: value for name, value in shown(row).items() if details or name not in _DETAILS}
    day = {name: _day(row[name]) for name in ("date", "expiration_date")}
    kind = {"document_type_id": id, "document_type": {"document_type_id": id, "saft_code": code}}
    return {**known, **day, **kind, "lastmodified": written(books.changed_at(DOCUMENTS, row))}


def _day(day: str | None) -> str | None:
    """A day at midnight, with the offset that Lisbon has on it."""
    return None if day is None else written(datetime.fromisoformat(day).replace(tzinfo=LISBON))
