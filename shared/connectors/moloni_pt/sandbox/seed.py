"""Believable books of a Portuguese company: customers, products and hours, its tables, and service lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from stdnum.pt import nif

from . import documents, lines
from .books import CUSTOMERS, DOCUMENTS, PRODUCTS, USERS, Books, Row
from .rules import Rules
from .shapes import TYPES

_NAMES = ("Padaria", "Oficina", "Farmácia", "Restaurante", "Clínica", "Hotel", "Escola", "Condomínio", "Talho")
_PEOPLE = ("Silva", "Santos", "Costa", "Pereira", "Almeida", "Ribeiro", "Carvalho", "Lopes", "Gomes")
_CITIES = (("1000-001", "Lisboa"), ("4000-001", "Porto"), ("3000-001", "Coimbra"), ("8000-001", "Faro"))
_GOODS = ("Tubo de cobre 15 mm", "Termóstato", "Filtro", "Válvula de corte", "Bomba circuladora", "Detetor de fumo")
_UNITS = ((81, "Hora", "H"), (82, "Unidade", "Uni."), (83, "Metro", "m"), (84, "Horas de viagem", "hrs"))
_TAXES = (
    (41, "IVA - Taxa normal", "23", "NOR"),
    (42, "IVA - Taxa intermédia", "13", "INT"),
    (43, "IVA - Taxa reduzida", "6", "RED"),
    (44, "IVA Espanha (OSS)", "21", "OUT"),
)
_NAMED = (
    ("DESLOC", "Deslocação", "45.00", 82, (41,)),
    ("DESLOC-ES", "Deslocação a Espanha", "55.00", 82, (44,)),
    ("HORA-TEC", "Hora técnica", "38.00", 81, (41,)),
    ("HORA-VIAGEM", "Hora de viagem", "22.50", 84, (41,)),
    ("DIV-SEM-IVA", "Diversos sem IVA", "9.95", 82, ()),
    ("ISENTO-ART9", "Formação", "120.00", 82, ()),
)
"""Reference, name, price, unit, taxes: products that every company has."""


@dataclass(frozen=True)
class Sizes:
    """How many records a company has. Among `products` are the named ones, hours included."""

    seed: int
    customers: int
    products: int
    service_lists: int
    employees: int


def fill(books: Books, sizes: Sizes, rules: Rules) -> None:
    """The same seed and company give the same records."""
    random = Random(f"{sizes.seed}:{books.id}")
    _tables(books)
    long_ago = books.clock() - timedelta(days=200)
    for n in range(sizes.employees):
        books.add(USERS, _employee(n), long_ago)
    for n in range(sizes.customers):
        books.add(CUSTOMERS, _customer(books, n, random), long_ago + timedelta(minutes=n))
    for n in range(max(sizes.products, len(_NAMED))):
        books.add(PRODUCTS, _product(books, n, random), long_ago + timedelta(minutes=n))
    for n in range(sizes.service_lists):
        _service_list(books, n, random, rules)


def _tables(books: Books) -> None:
    of = books.id_of
    for id, name, short in _UNITS:
        books.add("measurementUnits", {"unit_id": of(id), "name": name, "short_name": short})
    for id, name, value, kind in _TAXES:
        books.add("taxes", _tax(books, id, name, value, kind))
    every = [id for id, _ in TYPES.values()]
    for id, name, default, types in ((301, "2026", 1, every), (302, "SEM AT", 0, [])):
        codes = [{"document_set_wsat_id": 9, "document_type_id": one, "document_set_at_code": "AT"} for one in types]
        row = {"document_set_id": of(id), "name": name, "active_by_default": default, "document_set_at_codes": codes}
        books.add("documentSets", row)
    for id, name in ((61, "Transferência bancária"), (62, "Multibanco")):
        books.add("paymentMethods", {"payment_method_id": of(id), "name": name, "is_mb": int(id == 62)})  # noqa: PLR2004
    for id, name, days in ((71, "30 dias", 30), (72, "Pronto pagamento", 0)):
        books.add("maturityDates", {"maturity_date_id": of(id), "name": name, "days": days, "associated_discount": 0})
    books.add("deliveryMethods", {"delivery_method_id": of(91), "name": "Entrega"})


def _tax(books: Books, id: int, name: str, value: str, kind: str) -> Row:
    return {
        "tax_id": books.id_of(id), "name": name, "value": Decimal(value), "type": 1, "saft_type": 1, "vat_type": kind,
        "stamp_tax": "", "exemption_reason": "", "fiscal_zone": "PT", "active_by_default": int(kind == "NOR"),
    }  # fmt: skip


def _employee(n: int) -> Row:
    name = f"{('Ana', 'Bruno', 'Carla', 'Duarte')[n % 4]} {_PEOPLE[n % len(_PEOPLE)]}"
    return {"name": name, "email": f"equipa{n + 1}@example.test", "cellphone": f"+351 91 {n:07d}", "user_group_id": 1}


def _customer(books: Books, n: int, random: Random) -> Row:
    code, city = random.choice(_CITIES)
    base = f"50{n:06d}"
    vat = base + nif.calc_check_digit(base) if n % 4 else "999999990"
    return {
        "number": f"{10_000 + n}", "name": f"{random.choice(_NAMES)} {random.choice(_PEOPLE)} {n + 1}", "vat": vat,
        "address": f"Rua Direita {n + 1}", "city": city, "zip_code": code, "country_id": 1, "language_id": 1,
        "email": f"cliente{n + 1}@example.test", "phone": f"22{n:07d}", "website": "", "fax": "", "notes": "",
        "maturity_date_id": books.id_of(71), "payment_method_id": books.id_of(61), "salesman_id": 0, "payment_day": 0,
        "discount": 0, "credit_limit": 0, "delivery_method_id": 0, "qty_copies_document": None, "visibility_id": 1,
    }  # fmt: skip


def _product(books: Books, n: int, random: Random) -> Row:
    if n < len(_NAMED):
        reference, name, price, unit, taxes = _NAMED[n]
    else:
        reference, name, unit = f"MAT-{n:04d}", f"{random.choice(_GOODS)} {n}", random.choice((82, 82, 83))
        price, taxes = str(Decimal(random.randint(100, 40_000)) / 100), (random.choice((41, 41, 42, 43)),)
    return {
        "category_id": 1, "type": 2 if unit in (81, 84) else 1, "name": name, "summary": "", "reference": reference,
        "ean": "", "price": Decimal(price), "unit_id": books.id_of(unit), "has_stock": 0, "stock": 0,
        "exemption_reason": "M07" if reference == "ISENTO-ART9" else "", "visibility_id": 0 if n % 17 == 16 else 1,  # noqa: PLR2004
        "_taxes": [books.id_of(id) for id in taxes],
    }  # fmt: skip


def _service_list(books: Books, n: int, random: Random, rules: Rules) -> None:
    day = (books.clock() - timedelta(days=60 - n % 50)).date().isoformat()
    customer = random.choice([*books.tables[CUSTOMERS].values()])
    products = [row for row in books.tables[PRODUCTS].values() if row["visibility_id"] and row["_taxes"]]
    chosen = random.sample(products, k=min(2, len(products)))
    asked = [
        {
            "product_id": row["product_id"], "name": row["name"], "qty": random.randint(1, 5), "price": row["price"],
            "taxes": [{"tax_id": id, "value": books.tables["taxes"][id]["value"]} for id in row["_taxes"]],
        }
        for row in chosen
    ]  # fmt: skip
    series = books.tables["documentSets"][books.id_of(301)]
    row = books.add(
        DOCUMENTS,
        {
            "_class": "deliveryNotes", "company_id": books.id, "customer_id": customer["customer_id"], "status": 0,
            "number": -1, "date": day, "expiration_date": day, "our_reference": "", "your_reference": f"GS-{n + 1}",
            "notes": "Substituir filtros", "entity_name": customer["name"], "entity_vat": customer["vat"],
            "entity_number": customer["number"], "document_set_id": series["document_set_id"],
            "document_set_name": series["name"], "document_set": {"document_set_id": series["document_set_id"]},
            "payments": [], **documents.totals(lines.checked(books, asked, negative=True), rules),
        },
        books.clock() - timedelta(days=100),
    )  # fmt: skip
    if n % 2:
        documents.close(books, row, rules)
        books.moments[DOCUMENTS, row["document_id"]] = books.clock() - timedelta(days=99)
