"""Believable books of a Spanish company: customers, products with variants and hour types, categories, taxes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from .books import CATEGORIES, CUSTOMERS, PRODUCTS, Books, Row

_TRADES = ("Panadería", "Taller", "Farmacia", "Bodega", "Imprenta", "Peluquería", "Floristería", "Hotel", "Clínica")
_PEOPLE = ("García", "Muñoz", "Núñez", "Peña", "Ibáñez", "Castro", "Iglesias", "Ortega", "Vidal", "Soler")
_CITIES = (("28013", "Madrid"), ("41001", "Sevilla"), ("46002", "València"), ("15001", "A Coruña"), ("48001", "Bilbao"))
_GOODS = ("Tubo de cobre 15 mm", "Termostato", "Filtro", "Llave de paso", "Bomba", "Detector de humo", "Canaleta")
_UNITS = (("Unidad", "ud"), ("Hora", "h"), ("Metro", "m"), ("Horas", "hr"))
_TAXES = (
    ("IVA 21%", "21", 1, 1), ("IVA 10%", "10", 1, 1), ("IVA 4%", "4", 1, 1), ("IVA 0%", "0", 1, 1),
    ("IRPF 15%", "15", 1, 3), ("Tasa fija", "2", 2, 3),
)  # fmt: skip
"""Name, value, type (1 percentage, 2 fixed), kind (1 VAT, 3 other)."""
_NAMED = (
    ("DESPLAZA", "Desplazamiento", "45.00", 0, "IVA 21%"),
    ("HORA-TEC", "Hora técnico", "62.50", 1, "IVA 21%"),
    ("HORA-VIAJE", "Hora de viaje", "41.00", 3, "IVA 21%"),
    ("VAR-SINIVA", "Varios sin impuesto", "9.95", 0, None),
)
"""Reference, name, price, unit, tax: products that every company has."""
_CATEGORIES = (("Materiales", None), ("Tubería", "Materiales"), ("Mano de obra", None), ("Otros", None))
_INVISIBLE, _VARIANT = 9, 7


@dataclass(frozen=True)
class Sizes:
    """How many records a company has. Among `products` are the named ones, hours included."""

    seed: int
    customers: int
    products: int
    categories: int


def fill(books: Books, sizes: Sizes) -> None:
    """The same seed and company give the same records."""
    random = Random(f"{sizes.seed}:{books.id}")
    for name, value, type, finance in _TAXES:
        books.add("taxes", _tax(name, value, type, finance))
    for name, short in _UNITS:
        books.add("measurementUnits", {"name": name, "abbreviation": short})
    for place, name in enumerate(("Serie A", "Serie B")):
        books.add("documentSets", {"name": name, "isDefault": place == 0})
    for days in (0, 30):
        books.add("maturityDates", {"name": f"{days} días", "days": days, "discount": Decimal(0)})
    books.add("paymentMethods", {"name": "Transferencia", "type": 1, "commission": Decimal(0)})
    books.add("deliveryMethods", {"name": "Recogida", "isDefault": True})
    books.add("warehouses", {"name": "Almacén", "number": "1", "isDefault": True})
    _fill_categories(books, sizes.categories)
    for n in range(sizes.customers):
        books.add(CUSTOMERS, _customer(n, random))
    for n in range(max(sizes.products, len(_NAMED))):
        books.add(PRODUCTS, _product(books, n, random))


def _tax(name: str, value: str, type: int, finance: int) -> Row:
    return {
        "name": name, "value": Decimal(value), "type": type, "fiscalZone": "ES", "flags": [],
        "country": {"countryId": 70}, "fiscalZoneFinanceType": finance, "fiscalZoneFinanceTypeMode": "NOR",
        "isDefault": value == "21",
    }  # fmt: skip


def _fill_categories(books: Books, count: int) -> None:
    known: dict[str, Row] = {}
    for name, parent in (*_CATEGORIES, *((f"Familia {n}", "Materiales") for n in range(count - len(_CATEGORIES)))):
        above = known.get(parent or "")
        link = {"productCategoryId": above["productCategoryId"], "name": above["name"]} if above else None
        row = {"name": name, "parent": link, "parentId": link["productCategoryId"] if link else None}
        known[name] = books.add(CATEGORIES, row)


def _customer(n: int, random: Random) -> Row:
    zip_code, city = random.choice(_CITIES)
    return {
        "number": f"{n + 1:05d}", "name": f"{random.choice(_TRADES)} {random.choice(_PEOPLE)} {n + 1} SL",
        "vat": _nif(n) if n % 4 else "", "discount": Decimal(0), "address": f"Calle Mayor {n + 1}", "city": city,
        "zipCode": zip_code, "email": f"info{n + 1}@example.test", "phone": f"+34 91 555 {n:04d}",
        "website": "", "country": {"countryId": 1 if n % 10 == 9 else 70}, "language": {"languageId": 2},  # noqa: PLR2004  # Portuguese ones
        "documentSet": None, "deletable": n != 0,
    }  # fmt: skip


def _nif(n: int) -> str:
    number = 10_000_000 + n
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _product(books: Books, n: int, random: Random) -> Row:
    units = list(books.tables["measurementUnits"].values())
    categories = list(books.tables[CATEGORIES].values())
    taxes = {row["name"]: row for row in books.tables["taxes"].values()}
    if n < len(_NAMED):
        reference, name, price, unit, tax = _NAMED[n]
        row: Row = {"reference": reference, "name": name, "price": Decimal(price), "measurementUnit": units[unit]}
        row |= {"type": 2, "productCategory": categories[2], "visible": 1, "parent": None}
        return _common() | row | {"taxes": _taxed(taxes.get(tax or ""))}
    row = {
        "reference": f"MAT-{n:04d}", "name": f"{random.choice(_GOODS)} {n}",
        "price": Decimal(random.randint(100, 40_000)) / 100, "measurementUnit": units[2 if n % 5 == 0 else 0],
        "productCategory": categories[n % 2], "visible": int(n % _INVISIBLE != 0), "type": 1,
        "identifications": [{"type": "EAN13", "favorite": True, "text": f"84{n:011d}"}], "parent": _parent(books, n),
    }  # fmt: skip
    return _common() | row | {"taxes": _taxed(taxes[random.choice(("IVA 21%", "IVA 21%", "IVA 10%", "IVA 4%"))])}


def _parent(books: Books, n: int) -> Row | None:
    """Every seventh is a variant of the one before it."""
    if n % _VARIANT:
        return None
    row = list(books.tables[PRODUCTS].values())[-1]
    return {"productId": row["productId"], "name": row["name"]}


def _common() -> Row:
    return {
        "summary": "", "hasStock": False, "stock": Decimal(0), "deletable": True, "img": "", "identifications": [],
        "warehouse": None, "warehouses": [], "propertyGroup": None, "variants": [],
    }  # fmt: skip


def _taxed(tax: Any) -> list[Row]:
    return [{"tax": tax, "value": tax["value"], "ordering": 1}] if tax else []
