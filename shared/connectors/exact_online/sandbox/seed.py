"""Fills an administration with believable records; the same seed and division always give the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from . import catalogue, people, seed_books, seed_pro, tax_numbers
from .abroad import say
from .columns import Row
from .countries import COUNTRIES, STANDARD_VAT
from .kinds import (
    ACCOUNTS,
    COST_CENTERS,
    COST_UNITS,
    DELETED,
    DOCUMENT_TYPES,
    GL_ACCOUNTS,
    ITEM_GROUPS,
    ITEMS,
    JOURNALS,
    PAYMENT_CONDITIONS,
    VAT_CODES,
    WAREHOUSES,
)
from .resources import DELETED_FEED, RESOURCES
from .store import Division, Table

BEGIN = datetime(2024, 1, 2, 8, 0)  # noqa: DTZ001  # Exact's dates are the server's local time, without a zone
ENDED = datetime(2025, 12, 31)  # noqa: DTZ001  # as above
BLOCKED_SHARE, ENDED_SHARE, ABROAD_SHARE, PRIVATE_SHARE = 0.02, 0.03, 0.06, 0.35


@dataclass(frozen=True)
class Company:
    """One administration of the demo: division number, name, country, VAT number."""

    code: int
    name: str
    country: str
    vat: str


COMPANIES: Mapping[int, Company] = {
    company.code: company
    for company in (
        Company(900001, "De Vries Installatietechniek B.V.", "NL", "NL004123451B01"),
        Company(900002, "De Vries Technieken BV", "BE", "BE0087654346"),
        Company(900003, "Van Dam Klimaattechniek B.V.", "NL", "NL123456782B12"),
        Company(900004, "Hoffmann Haustechnik GmbH", "DE", "DE353454709"),
        Company(900005, "Moreau Chauffage SARL", "FR", "FR34916109200"),
        Company(900006, "Instalaciones Navarro S.L.", "ES", "ESB45289584"),
    )
}


@dataclass(frozen=True)
class Sizes:
    """How much is in the books of an administration. `term_sign` is that of an amount still to be received."""

    seed: int
    accounts: int
    items: int
    groups: int
    employees: int
    entries: int
    term_sign: int
    orders: int
    warehouses: int


def division(company: Company, sizes: Sizes, local_now: Callable[[], datetime]) -> Division:
    """A filled administration. Its history was written on the mornings after `BEGIN`, whatever the time is now."""
    random = Random(f"{sizes.seed}:{company.code}")
    tables = {path: Table(resource.key, resource.parent) for path, resource in RESOURCES.items()}
    tables[DELETED] = Table(DELETED_FEED.key)
    new = Division(company.code, _info(company, random), tables, random, lambda: BEGIN, term_sign=sizes.term_sign)
    _small_tables(new, company, sizes)
    tables[ITEMS].fill(_stamped(new, _items(new, sizes.items)))
    tables[ACCOUNTS].fill(_stamped(new, _accounts(random, sizes.accounts, company.country)))
    new.numbers["accounts"] = sizes.accounts
    _later_tables(new, company.country)
    seed_books.fill(new, employees=sizes.employees, entries=sizes.entries, begin=BEGIN)
    seed_pro.fill(new, sizes.orders)
    new.written.clear()
    new.local_now = local_now
    return new


def _info(company: Company, random: Random) -> Row:
    return {
        "Code": company.code, "Hid": company.code - 900000, "Description": company.name, "CustomerName": company.name,
        "Customer": _id(random), "CustomerCode": str(company.code - 899000), "Country": company.country,
        "Currency": "EUR", "VATNumber": company.vat, "Status": 1, "BlockingStatus": 0, "Current": False,
        "IsMainDivision": True, "Created": BEGIN,
    }  # fmt: skip


def _id(random: Random) -> str:
    # The text form of a version 4 GUID; several times faster than going through uuid.UUID.
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _stamped(new: Division, rows: Iterator[Row]) -> Iterator[Row]:
    for place, row in enumerate(rows):
        moment = BEGIN + timedelta(minutes=place)
        row.update(ID=_id(new.random), Created=moment, Modified=moment, Division=new.code, Timestamp=new.next_version())
        yield row


def _small_tables(new: Division, company: Company, sizes: Sizes) -> None:
    country = company.country
    ledger = ({"Code": code, "Description": text, "Type": kind, "BalanceSide": side, "BalanceType": balance}
              for code, text, kind, side, balance in COUNTRIES[country].ledger)  # fmt: skip
    journals = (
        {"Code": code, "Description": say(country, text), "Type": kind, "Currency": "EUR"}
        for code, text, kind in catalogue.JOURNALS
    )
    warehouses = (
        {"Code": code, "Description": say(country, text), "Main": main} for code, text, main in _warehouses(sizes)
    )
    small = {GL_ACCOUNTS: ledger, JOURNALS: journals, WAREHOUSES: warehouses, VAT_CODES: _vat(country)}
    for path, rows in small.items():
        new.tables[path].fill(_stamped(new, rows))
    new.tables[ITEM_GROUPS].fill(_stamped(new, _groups(new, country, sizes.groups)))


def _warehouses(sizes: Sizes) -> Iterator[tuple[str, str, int]]:
    yield from catalogue.WAREHOUSES
    for place in range(len(catalogue.WAREHOUSES), sizes.warehouses):
        yield str(place + 1), f"Servicebus {place}", 0


def _later_tables(new: Division, country: str) -> None:
    coded = {COST_CENTERS: catalogue.COST_CENTERS, COST_UNITS: catalogue.COST_UNITS}
    for path, rows in coded.items():
        described = ({"Code": code, "Description": say(country, text)} for code, text in rows)
        new.tables[path].fill(_stamped(new, described))
    conditions = ({"Code": code, "Description": text, "PaymentDays": days} | _parts(code)
                  for code, text, days in catalogue.PAYMENT_CONDITIONS)  # fmt: skip
    new.tables[PAYMENT_CONDITIONS].fill(_stamped(new, conditions))
    for id, text in catalogue.DOCUMENT_TYPES:
        new.save(DOCUMENT_TYPES, {"ID": id, "Description": text, "Created": BEGIN})


def _parts(code: str) -> Row:
    return {"Parts": catalogue.HALVES} if code == "2T" else {}


def _vat(country: str) -> Iterator[Row]:
    own = COUNTRIES[country]
    for code, text, fraction, kind in own.vat:
        yield {
            "Code": code, "Description": text, "Percentage": Decimal(fraction), "Type": kind, "VATTransactionType": "B",
            "EUSalesListing": "L" if code == own.eu else "N", "Charged": code == own.reverse, "IsBlocked": False,
        }  # fmt: skip


def _groups(new: Division, country: str, count: int) -> Iterator[Row]:
    ledger = list(new.tables[GL_ACCOUNTS].rows.values())
    goods, labour = ledger[4], ledger[5]
    more = ((f"G{place}", f"Groep {place}") for place in range(len(catalogue.GROUPS), count))
    for place, (code, text) in enumerate((*catalogue.GROUPS, *more)):
        revenue = labour if code == "ARB" else goods
        yield {
            "Code": code, "Description": say(country, text), "IsDefault": int(place == 0), "GLRevenue": revenue["ID"],
            "GLRevenueCode": revenue["Code"], "GLRevenueDescription": revenue["Description"],
        }  # fmt: skip


def _items(new: Division, count: int) -> Iterator[Row]:
    country = new.info["Country"]
    groups = {row["Code"]: row for row in new.tables[ITEM_GROUPS].rows.values()}
    fixed = [
        *_labour(country),
        {
            "Code": "DIV-ZONDER", "Description": say(country, "Diversen (zonder btw-code)"), "group": "BEV",
            "Unit": say(country, "stuk"),
        },
    ]  # fmt: skip
    for place in range(count):
        row = fixed[place] if place < len(fixed) else _article(new.random, place - len(fixed), country)
        group = groups[row.pop("group")]
        row.update(ItemGroup=group["ID"], ItemGroupCode=group["Code"], ItemGroupDescription=group["Description"])
        if place != len(fixed) - 1:
            row["SalesVatCode"] = STANDARD_VAT
        row.update(IsSalesItem=True, GLRevenue=group["GLRevenue"], StartDate=BEGIN)
        yield row


def _labour(country: str) -> Iterator[Row]:
    for code, text, price in catalogue.HOURS:
        yield {
            "Code": code, "Description": say(country, text), "group": "ARB", "Unit": say(country, "uur"),
            "UnitDescription": say(country, "uur").capitalize(), "UnitType": "T", "IsTime": 1,
            "IsFractionAllowedItem": True, "StandardSalesPrice": catalogue.money(price),
        }  # fmt: skip
    for code, text, price in catalogue.SERVICES:
        yield {
            "Code": code, "Description": say(country, text), "group": "ARB", "Unit": say(country, "stuk"),
            "UnitDescription": say(country, "stuk").capitalize(), "UnitType": "O",
            "StandardSalesPrice": catalogue.money(price),
        }  # fmt: skip


def _article(random: Random, place: int, country: str) -> Row:
    turn, which = divmod(place, len(catalogue.SERIES))
    series = catalogue.SERIES[which]
    turn, size = divmod(turn, len(series.sizes))
    edition, make = divmod(turn, len(series.makes))
    name, unit = say(country, series.text), say(country, series.unit)
    text = f"{name} {series.sizes[size]} {series.makes[make]}" + (f" serie {edition + 1}" if edition else "")
    row: Row = {
        "Code": f"{series.group}-{10000 + place}", "Description": text, "group": series.group, "Unit": unit,
        "UnitDescription": unit.capitalize(), "UnitType": "L" if series.unit == "m" else "O",
        "IsPurchaseItem": True, "IsStockItem": True, "IsFractionAllowedItem": series.unit == "m",
        "StandardSalesPrice": catalogue.money(random.randint(series.low, series.high)),
        "Barcode": f"87{random.randrange(10**10):010}",
    }  # fmt: skip
    if random.random() < ENDED_SHARE:
        row["EndDate"] = ENDED
    return row


def _accounts(random: Random, count: int, home: str) -> Iterator[Row]:
    for number in range(1, count + 1):
        row = _account(random, number, home)
        if random.random() < BLOCKED_SHARE:
            row["Blocked"] = True
        if random.random() < ENDED_SHARE:
            row["EndDate"] = ENDED
        yield row


def _account(random: Random, number: int, home: str) -> Row:
    country = home if random.random() > ABROAD_SHARE else COUNTRIES[home].neighbour
    status = random.choices("CPSA", (75, 8, 5, 12))[0]
    private = status != "A" and random.random() < PRIVATE_SHARE
    name = _name(random, country, supplier=status == "A", private=private)
    row: Row = {
        "Code": str(number), "Name": name, "Status": status, "Type": "A", "IsSales": status == "C",
        "IsSupplier": status == "A", "Blocked": False, **people.address(random, country),
        "Email": people.mail(name, number), "Phone": people.phone(random, country), "StartDate": BEGIN,
        "PaymentConditionSales": "14" if private else "30", "Language": COUNTRIES[country].language,
    }  # fmt: skip
    if not private:
        row.update(_business(random, country, home))
    return row


def _name(random: Random, country: str, *, supplier: bool, private: bool) -> str:
    if supplier:
        return people.supplier(random, country)
    return people.person(random, country) if private else people.company(random, country)


def _business(random: Random, country: str, home: str) -> Row:
    vat = tax_numbers.vat_number(random, country)
    chamber = vat[2:] if country in {"BE", "ES"} else f"{random.randrange(10**7, 10**8)}"
    row: Row = {"VATNumber": vat, "ChamberOfCommerce": chamber}
    if country != home:
        row["SalesVATCode"] = COUNTRIES[home].eu
    return row
