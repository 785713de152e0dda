"""Believable books of a company: customers and suppliers, products and hour types, invoices paid and open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from . import orders
from .books import ORDERS, PARTIES, PRODUCTS, Books, Row
from .orders import OrderRules

_NAMES = ("Bakkerij", "Garage", "Apotheek", "Brasserie", "Drukkerij", "Kapsalon", "Bloemen", "Tuinen", "Immo", "Hotel")
_PEOPLE = ("Maes", "Janssens", "Dubois", "Willems", "Lambert", "Goossens", "De Smet", "Claes", "Wouters", "Leclercq")
_CITIES = (("1000", "Brussel"), ("9000", "Gent"), ("2000", "Antwerpen"), ("4000", "Liège"), ("8000", "Brugge"))
_GOODS = ("Koperbuis 15 mm", "Thermostaat", "Filterset", "Afsluitkraan", "Circulatiepomp", "Rookmelder", "Kabelgoot")
_UNITS = ("stuk", "m", "stuk", "doos", "set")
_NAMED = (
    ("ARB-VOORRIJ", "Voorrijkosten", "45.00", 21, "stuk"),
    ("UUR-MONT", "Werkuren monteur", "62.50", 21, "uur"),
    ("UUR-REIS", "Reisuren", "41.00", 21, "Hour"),
    ("DIV-ZONDER", "Diversen zonder btw", "9.95", None, "stuk"),
)
"""Reference, description, price, VAT, unit: products that every company has."""


@dataclass(frozen=True)
class Sizes:
    """How many records a company has. Among `products` are the named ones, hours included."""

    seed: int
    parties: int
    products: int
    orders: int


def fill(books: Books, sizes: Sizes, rules: OrderRules) -> None:
    """The same seed and company give the same records."""
    random = Random(f"{sizes.seed}:{books.id}")
    moments = _moments(books.now() - timedelta(days=400), random)
    for n in range(sizes.parties):
        books.add(PARTIES, _party(n, random) | _stamps(next(moments)))
    for n in range(max(sizes.products, len(_NAMED))):
        books.add(PRODUCTS, _product(n, random) | _stamps(next(moments)))
    customers = [row for row in books.tables[PARTIES].values() if row["PartyType"] == "Customer"]
    for n in range(sizes.orders if customers else 0):
        row = _order(books, random, random.choice(customers), n, rules)
        moment = next(moments)
        row = books.add(ORDERS, row | _stamps(moment))
        if n % 3 == 0:
            orders.patch(books, row, {"Paid": True, "PaidDate": f"{moment:%Y-%m-%d}T00:00:00"}, rules)
            books.tables[ORDERS][row["OrderID"]]["LastModified"] = moment


def _moments(begin: datetime, random: Random) -> Iterator[datetime]:
    """Rising moments in milliseconds; several records in a row may have the same one, as after an import."""
    while True:
        begin += timedelta(milliseconds=random.choice((0, 0, 250, 4_000, 60_010)))
        yield begin


def _stamps(moment: datetime) -> Row:
    return {"Created": moment, "LastModified": moment}


def _party(n: int, random: Random) -> Row:
    name = f"{random.choice(_NAMES)} {random.choice(_PEOPLE)} {n + 1}"
    zipcode, city = random.choice(_CITIES)
    base = 4_000_000 + n
    party: Row = {
        "Nr": str(10_000 + n), "Name": name, "DisplayName": name, "Street": "Kerkstraat", "StreetNumber": str(n + 1),
        "Zipcode": zipcode, "City": city, "CountryCode": "BE", "Email": f"info{n + 1}@example.test",
        "Phone": f"+32 2 555 {n:04d}", "PartyType": "Supplier" if n % 11 == 0 else "Customer", "Language": "NL",
    }  # fmt: skip
    if n % 4:
        party["VATNumber"] = f"BE0{base}{97 - base % 97:02d}"
    return party


def _product(n: int, random: Random) -> Row:
    if n < len(_NAMED):
        reference, description, price, vat, unit = _NAMED[n]
        named: Row = {
            "Reference": reference, "Description": description, "AmountExcl": Decimal(price), "Unit": unit,
        }  # fmt: skip
        return named | ({"VAT": Decimal(vat)} if vat is not None else {})
    return {
        "Reference": f"MAT-{n:04d}", "Description": f"{random.choice(_GOODS)} {n}", "GroupName": "Materiaal",
        "AmountExcl": Decimal(random.randint(100, 40_000)) / 100, "VAT": Decimal(random.choice((21, 21, 6, 12))),
        "Unit": random.choice(_UNITS), "EAN": f"54{n:011d}",
    }  # fmt: skip


def _order(books: Books, random: Random, customer: Row, n: int, rules: OrderRules) -> Row:
    day = books.now() - timedelta(days=300 - n % 290)
    body = {
        "OrderType": "CreditNote" if n % 9 == 0 else "Invoice", "OrderDirection": "Income",
        "OrderDate": f"{day:%Y-%m-%d}", "ExpiryDate": f"{day + timedelta(days=30):%Y-%m-%d}",
        "CustomerID": customer["PartyID"],
        "OrderLines": [
            {
                "Quantity": Decimal(random.randint(1, 9)), "UnitPriceExcl": Decimal(random.randint(500, 90_000)) / 100,
                "Description": random.choice(_GOODS), "VATPercentage": Decimal(random.choice((21, 21, 12, 6, 0))),
            }
            for _ in range(random.randint(1, 4))
        ],
    }  # fmt: skip
    row = orders.written(books, body, customer, rules)
    return {name: value for name, value in row.items() if name != "ExternalProvider"}
