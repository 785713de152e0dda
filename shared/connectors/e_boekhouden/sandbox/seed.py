"""Fills an administration with believable records; the same seed and administration always give the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from .catalogue import (
    CITIES,
    COST_CENTRES,
    GOODS,
    GROUPS,
    HOURS,
    LEDGERS,
    PROVIDERS,
    SALES_VAT,
    SERVICES,
    STREETS,
    SURNAMES,
    TEMPLATES,
    TRADES,
)
from .store import Books, Row
from .types import TYPES

BEGIN = date(2024, 1, 2)
PRIVATE_SHARE, MAILED_SHARE, INACTIVE_SHARE = 0.35, 0.6, 0.03
WITHOUT_VAT = "DIV-ZONDER"
_RELATION: Row = {one.name: "" for one in TYPES["cRelatie"]} | {
    "AddDatum": BEGIN, "Land": "Nederland", "LA": "0", "Gb_ID": 0, "GeenEmail": 0, "NieuwsbriefgroepenCount": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Company:
    """One administration of the demo."""

    guid: str
    name: str
    city: str


COMPANIES = tuple(
    Company(guid, name, city)
    for guid, name, city in (
        ("{5B1E0C54-7A43-4C9D-9E3B-1F20A6D7C811}", "De Vries Installatietechniek B.V.", "Utrecht"),
        ("{A90F3D12-66B8-4E07-8C55-D0E1F2A3B422}", "De Vries Onderhoud B.V.", "Zwolle"),
        ("{3C7D9A80-1B2C-4D3E-9F40-5A6B7C8D9E33}", "Van Dam Klimaattechniek", "Breda"),
    )
)


def books(company: Company, seed: int, relations: int, articles: int) -> Books:
    """A filled administration."""
    random = Random(f"{seed}:{company.guid}")
    ledgers = [_ledger(place, *row) for place, row in enumerate(LEDGERS)]
    centres = [
        {"KostenplaatsId": id, "Omschrijving": text, "KostenplaatsParentId": top} for id, text, top in COST_CENTRES
    ]
    return Books(
        random=random,
        relations={row["ID"]: row for row in _relations(random, relations)},
        articles={row["ArtikelID"]: row for row in _articles(random, articles)},
        ledgers=ledgers,
        cost_centres=centres,
        templates=TEMPLATES,
        vat=SALES_VAT,
    )


def _ledger(place: int, code: str, text: str, category: str) -> Row:
    return {"ID": 5_100_000 + 7 * place, "Code": code, "Omschrijving": text, "Categorie": category, "Groep": ""}


def _relations(random: Random, count: int) -> Iterator[Row]:
    id = 31_000_000
    for number in range(1, count + 1):
        id += random.randrange(1, 900)  # large and sparse (section 5)
        yield _RELATION | {"ID": id} | _relation(random, number)


def _relation(random: Random, number: int) -> Row:
    surname, private = random.choice(SURNAMES), random.random() < PRIVATE_SHARE
    city, postcode = random.choice(CITIES)
    name = f"{random.choice('ABCDEFGHJKLMNPRST')}. {surname}" if private else f"{random.choice(TRADES)} {surname}"
    row: Row = {
        "Code": _code(random, number, surname), "Bedrijf": name, "Contactpersoon": "" if private else surname,
        "Adres": f"{random.choice(STREETS)} {random.randrange(1, 250)}",
        "Postcode": f"{postcode + random.randrange(40)} {random.choice('ABCDE')}{random.choice('KLMNP')}",
        "Plaats": city, "Telefoon": f"030-{random.randrange(10**6, 10**7)}", "BP": "P" if private else "B",
        "IBAN": f"NL{random.randrange(10, 99)}BANK0{random.randrange(10**8, 10**9)}",
    }  # fmt: skip
    if random.random() < MAILED_SHARE:
        row["Email"] = _mail(random, surname, number, private=private)
    if not private:
        row["KvkNummer"] = f"{random.randrange(10**7, 10**8)}"
    return row


def _mail(random: Random, surname: str, number: int, *, private: bool) -> str:
    """Companies have a domain of their own, others one of a few that everybody has."""
    plain = surname.replace(" ", "").lower().replace("ı", "i")
    return f"{plain}{number}@{random.choice(PROVIDERS)}.example" if private else f"info@{plain}{number}.test"


def _code(random: Random, number: int, surname: str) -> str:
    """Mostly the package's own numbers; some offices write letters, and a few nothing but letters."""
    match number % 40:
        case 0:
            tail = "".join(random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(4))
            return f"{surname.replace(' ', '')[:8].upper()}{tail}"
        case 1 | 2 | 3:
            return f"K-{number:05}"
    return str(10_000 + number)


def _articles(random: Random, count: int) -> Iterator[Row]:
    id = 70_000_000
    for place in range(count):
        id += random.randrange(1, 400)
        yield {"ArtikelID": id, **_article(random, place)}


def _article(random: Random, place: int) -> Row:
    fixed = [("ARB", *row) for row in (*HOURS, *SERVICES)]
    if place < len(fixed):
        group, code, text, unit, price = fixed[place]
        return _priced(code, text, group, unit, Decimal(price), "HOOG_VERK_21", "8010")
    if place == len(fixed):
        return _priced(WITHOUT_VAT, "Diversen (zonder btw-code)", "", "stuk", Decimal("9.95"), "", "8090")
    turn, which = divmod(place, len(GOODS))
    group, text, sizes, unit, low, high = GOODS[which]
    named = f"{text} {sizes[turn % len(sizes)]} serie {turn // len(sizes) + 1}"
    row = _priced(
        f"{group}-{10_000 + place}",
        named,
        group,
        unit,
        Decimal(random.randint(low, high)) / 100,
        "HOOG_VERK_21",
        "8000",
    )
    return row | {"Actief": random.random() >= INACTIVE_SHARE}


def _priced(code: str, text: str, group: str, unit: str, price: Decimal, vat: str, ledger: str) -> Row:
    fraction = Decimal(SALES_VAT.get(vat, "0")) / 100
    return {
        "ArtikelOmschrijving": text, "ArtikelCode": code, "GroepOmschrijving": GROUPS.get(group, ""),
        "GroepCode": group, "Eenheid": unit, "InkoopprijsExclBTW": Decimal(0), "VerkoopprijsExclBTW": price,
        "VerkoopprijsInclBTW": (price * (1 + fraction)).quantize(Decimal("0.01")), "BTWCode": vat,
        "TegenrekeningCode": ledger,
        # A fraction here, where booked lines have a percentage (section 4, cArtikel).
        "BtwPercentage": fraction, "KostenplaatsID": 0, "Actief": True,
    }  # fmt: skip
