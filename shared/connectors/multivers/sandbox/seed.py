"""Fills an administration with believable records; the same seed and administration always give the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from .catalogue import (
    CITIES,
    GOODS,
    HOURS,
    OFFICE_HOURS,
    PAYMENT_CONDITIONS,
    SERVICES,
    STAFF,
    STREETS,
    SURNAMES,
    TRADES,
    WITHOUT_VAT,
)
from .orders import OrderRules, invoice, pay, written
from .store import CUSTOMERS, EMPLOYEES, HOUR_TYPES, INVOICES, ORDERS, PRODUCTS, Books, Row

YEARS = (2025, 2026)
"""The fiscal years of every administration."""
_KINDS = (1, 1, 2, 0)
"""Types of orders: mostly regular ones, a service order, an invoice order."""
_PRIVATE, _PASSIVE, _PAID, _PARTLY = 0.3, 0.04, 0.6, 0.7


@dataclass(frozen=True)
class Sizes:
    """How many records each administration gets."""

    seed: int
    customers: int
    products: int
    orders: int
    invoices: int


def fill(books: Books, sizes: Sizes, rules: OrderRules) -> None:
    """A filled administration."""
    random = Random(f"{sizes.seed}:{books.id}")
    for _ in range(sizes.customers):
        books.add(CUSTOMERS, _customer(books, random))
    for row in _products(random, sizes.products):
        books.add(PRODUCTS, row)
    for id, name, price in (*HOURS, *OFFICE_HOURS):
        books.add(HOUR_TYPES, _hour_type(id, name, Decimal(price)))
    for number, name in STAFF:
        books.add(EMPLOYEES, {"employeeId": number, "name": name, "searchName": name.upper()[:8], "departmentId": "1"})
    for place in range(sizes.orders):
        _order(books, random, place, rules)
    for place in range(sizes.invoices):
        _invoice(books, random, place, rules)


def _customer(books: Books, random: Random) -> Row:
    surname, (city, postcode) = random.choice(SURNAMES), random.choice(CITIES)
    private, number = random.random() < _PRIVATE, books.number(CUSTOMERS)
    name = f"{random.choice('ABCDEFGHJKLM')}. {surname}" if private else f"{random.choice(TRADES)} {surname}"
    return customer_row(
        customerId=number,
        shortName=surname.replace(" ", "").upper()[:8],
        name=name,
        organizationId=int(number) + 500_000,
        street1=f"{random.choice(STREETS)} {random.randrange(1, 240)}",
        zipCode=f"{postcode + random.randrange(40)} {random.choice('ABCDE')}{random.choice('KLMNP')}",
        city=city,
        email=f"info@klant{number}.test" if random.random() < _PAID else "",
        telephone=f"030-{random.randrange(10**6, 10**7)}",
        cocRegistration="" if private else str(random.randrange(10**7, 10**8)),
        paymentConditionId=random.choice((*PAYMENT_CONDITIONS, "")),
        customerStateId="P" if random.random() < _PASSIVE else "A",
    )


def customer_row(**values: Any) -> Row:
    """A customer with every field."""
    empty = dict.fromkeys(
        (
            "street1", "street2", "zipCode", "city", "email", "telephone", "mobilePhone", "fax", "homepage",
            "vatNumber", "cocRegistration", "businessNumber", "paymentConditionId", "languageId",
        ),
        "",
    )  # fmt: skip
    fixed = {"countryId": "NL", "currencyId": "EUR", "customerStateId": "A", "chargeVatTypeId": 1, "addresses": []}
    dates = {"dateCreated": date(2025, 1, 7), "dateChanged": date(2025, 1, 7)}
    return {**empty, **fixed, **dates, "discountPercentage": Decimal(0), **values}


def _products(random: Random, count: int) -> Iterator[Row]:
    fixed = [_product(id, name, "uur", Decimal(price), 1, project="6") for id, name, price in HOURS]
    fixed += [_product(id, name, unit, Decimal(price), 1) for id, name, unit, price in SERVICES]
    fixed.append(_product(WITHOUT_VAT, "Diversen (zonder btw-code)", "stuk", Decimal("9.95"), None))
    yield from fixed
    for place in range(count - len(fixed)):
        turn, which = divmod(place, len(GOODS))
        group, name, sizes, unit, low, high = GOODS[which]
        text = f"{name} {sizes[turn % len(sizes)]} serie {turn // len(sizes) + 1}"
        price = Decimal(random.randint(low, high)) / 100
        yield _product(f"{group}-{10_000 + place}", text, unit, price, 2 if turn % 9 == 0 else 1, kind=2 * (turn % 2))


def _product(
    id: str, name: str, unit: str, price: Decimal, vat: int | None, *, kind: int = 0, project: str = "4"
) -> Row:
    return {
        "productId": id, "shortName": id[:8], "description": name, "productGroupId": id[:3], "unit": unit,
        "priceVatExcl": price, "pricePer": Decimal(1), "vatCodeId": vat, "accountId": "8000",
        "productType": kind, "productState": 0, "projectEntryType": project, "eanCode": "",
        "dateCreated": date(2025, 1, 7), "lastUpdate": date(2025, 1, 7),
    }  # fmt: skip


def _hour_type(id: str, name: str, price: Decimal) -> Row:
    return {
        "hourTypeId": id, "description": name, "searchName": id[:8], "hourCategory": "1", "hourGroupId": "PROD",
        "price": price, "pricePer": Decimal(1), "costPrice": price / 2, "projectSurcharge": Decimal(0),
        "status": "A", "unit": "uur", "vatCodeId": "1",
    }  # fmt: skip


def _order(books: Books, random: Random, place: int, rules: OrderRules) -> Row:
    body = _body(books, random, books.today() - timedelta(days=place % 60), f"Opdracht {place + 1}")
    row = written(books, {**body, "orderType": _KINDS[place % len(_KINDS)], "orderState": 1 + place % 2}, rules)
    return books.add(ORDERS, row)


def _body(books: Books, random: Random, day: date, reference: str) -> Row:
    sold = [*books.tables[PRODUCTS].values()]
    chosen = [one for one in random.sample(sold, k=min(3, len(sold))) if one["vatCodeId"] is not None]
    return {
        "customerId": random.choice([*books.tables[CUSTOMERS]]),
        "orderDate": f"{day:%d-%m-%Y}",
        "paymentConditionId": "30",
        "reference": reference,
        "orderLines": [
            {
                "orderLineType": 4 if one["productType"] else 0, "productId": one["productId"],
                "description": one["description"], "unit": one["unit"], "autoCalculatePrice": True,
                "quantityOrdered": Decimal(random.randint(1, 9)), "quantityDelivered": Decimal(0),
            }
            for one in chosen or sold[:1]
        ],
    }  # fmt: skip


def _invoice(books: Books, random: Random, place: int, rules: OrderRules) -> None:
    """Booked in the sales journal, in either year; most are paid, some in part."""
    on = date(YEARS[place % len(YEARS)], 1 + place % 10, 1 + place % 28)
    order = written(books, {**_body(books, random, on, f"F{place + 1:05}"), "orderType": 0}, rules)
    row = books.add(INVOICES, invoice(books, books.number(INVOICES), order, on))
    luck = random.random()
    if luck < _PAID:
        pay(books, row, row["invoiceAmount"])
    elif luck < _PARTLY:
        pay(books, row, (row["invoiceAmount"] / 2).quantize(Decimal("0.01")))
