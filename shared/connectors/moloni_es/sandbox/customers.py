"""Customers and products: what is required, what must be unique (Moloni Spain fact sheet, section 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from stdnum.es import nif

from .books import CATEGORIES, CUSTOMERS, KEYS, PRODUCTS, Books, Row
from .refusals import Refusal

COUNTRIES = {
    70: ("ES", "España"), 1: ("PT", "Portugal"), 75: ("FR", "Francia"), 57: ("DE", "Alemania"), 153: ("NL", "Holanda"),
    21: ("BE", "Bélgica"), 106: ("IT", "Italia"), 77: ("GB", "Reino Unido"), 229: ("US", "Estados Unidos"),
}  # fmt: skip
"""By id. Those of Spain and Portugal are Moloni's; the others are ours."""
LANGUAGES = {1: "Português", 2: "Español", 3: "English"}
_SPAIN = 70


def create_customer(books: Books, data: Mapping[str, Any]) -> Row:
    """A new customer; number and VAT number are nobody else's."""
    values = {name: value for name, value in data.items() if value is not None}
    if not values.get("name") and not values.get("vat"):
        raise Refusal("name", "Name or VAT is required.")
    _check_customer(books, values, None)
    return books.make(CUSTOMERS, _shown({"name": values.get("vat"), "vat": "", "deletable": True} | values))


def update_customer(books: Books, data: Mapping[str, Any]) -> Row:
    """Only what is sent changes."""
    id = _there(books, CUSTOMERS, data["customerId"])
    values = {name: value for name, value in data.items() if value is not None}
    _check_customer(books, values, id)
    return books.change(CUSTOMERS, id, _shown(values))


def next_number(books: Books) -> str:
    """What a customer may be numbered next."""
    numbers = [int(row["number"]) for row in books.tables[CUSTOMERS].values() if str(row["number"]).isdigit()]
    return f"{max(numbers, default=0) + 1:05d}"


def create_product(books: Books, data: Mapping[str, Any]) -> Row:
    """A new product; its reference is no other's."""
    _check_reference(books, data["reference"], None)
    if not data.get("taxes") and not data.get("exemptionReason"):
        raise Refusal("exemptionReason", "Exemption reason is required.")
    values = {**data, "taxes": [_tax(books, one) for one in data.get("taxes") or ()]}
    return books.make(PRODUCTS, {"visible": 1, "deletable": True} | _linked(books, values))


def update_product(books: Books, data: Mapping[str, Any]) -> Row:
    """Only what is sent changes."""
    id = _there(books, PRODUCTS, data["productId"])
    values = {name: value for name, value in data.items() if value is not None}
    if "reference" in values:
        _check_reference(books, values["reference"], id)
    return books.change(PRODUCTS, id, _linked(books, values))


def delete(books: Books, table: str, ids: Collection[int]) -> list[dict[str, Any]]:
    """How many of them are gone now."""
    there = [id for id in ids if books.tables[table].get(id, {}).get("deletable", False)]
    for id in there:
        books.drop(table, id)
    errors = [] if len(there) == len(ids) else [{"field": KEYS[table], "msg": "Not all could be deleted."}]
    return [{"status": int(not errors), "deletedCount": len(there), "elementsCount": len(ids), "errors": errors}]


def _check_customer(books: Books, values: Mapping[str, Any], id: int | None) -> None:
    if "countryId" in values and values["countryId"] not in COUNTRIES:
        raise Refusal("countryId", "The country provided does not exist")
    spanish = values.get("countryId", _SPAIN) == _SPAIN
    if values.get("vat") and spanish and not nif.is_valid(values["vat"]):
        raise Refusal("vat", "Invalid VAT inserted")
    others = [row for row in books.tables[CUSTOMERS].values() if row["customerId"] != id]
    for name in ("vat", "number"):
        if values.get(name) and any(row.get(name) == values[name] for row in others):
            raise Refusal(name, f"A customer with that {name} already exists for your company")


def _check_reference(books: Books, reference: str, id: int | None) -> None:
    others = (row for row in books.tables[PRODUCTS].values() if row["productId"] != id)
    if any(row["reference"] == reference for row in others):
        raise Refusal("reference", "A product with that reference already exists for your company")


def _shown(values: Row) -> Row:
    """As Moloni shows it: ids of tables become records."""
    links = {"countryId": ("country", "countryId"), "languageId": ("language", "languageId")}
    found = {name: {key: values[old]} for old, (name, key) in links.items() if old in values}
    return {name: value for name, value in values.items() if name not in links} | found


def _linked(books: Books, values: Row) -> Row:
    tables = {
        "measurementUnitId": ("measurementUnit", "measurementUnits"),
        "productCategoryId": ("productCategory", CATEGORIES),
    }
    row = {name: value for name, value in values.items() if name not in tables}
    for key, (name, table) in tables.items():
        if key in values:
            row[name] = books.tables[table][_there(books, table, values[key])]
    return row


def _tax(books: Books, given: Mapping[str, Any]) -> Row:
    tax = books.tables["taxes"][_there(books, "taxes", given["taxId"])]
    return {"tax": tax, "value": given["value"], "ordering": given["ordering"]}


def _there(books: Books, table: str, id: int) -> int:
    if id not in books.tables[table]:
        raise Refusal(KEYS[table], f"The {KEYS[table].removesuffix('Id')} provided does not exist for this company")
    return id
