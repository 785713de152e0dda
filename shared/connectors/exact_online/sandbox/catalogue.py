"""What an installation company sells: article groups, articles, hours, and the small tables around them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Series(NamedTuple):
    """Articles that differ in size and make. Prices in cents, excluding VAT."""

    group: str
    text: str
    sizes: tuple[str, ...]
    makes: tuple[str, ...]
    unit: str
    low: int
    high: int


GROUPS = (
    ("CV", "Cv-ketels en warmtepompen"),
    ("LEID", "Leidingwerk en fittingen"),
    ("SAN", "Sanitair"),
    ("ELEK", "Elektra"),
    ("KLIM", "Ventilatie en klimaat"),
    ("BEV", "Bevestiging en klein materiaal"),
    ("ARB", "Arbeid en voorrijden"),
)

_PIPE = ("12 mm", "15 mm", "22 mm", "28 mm", "35 mm", "42 mm", "54 mm")
_CABLE = ("2 x 1,5 mm²", "3 x 1,5 mm²", "3 x 2,5 mm²", "4 x 2,5 mm²", "5 x 2,5 mm²", "5 x 4 mm²", "5 x 6 mm²")
_MAKES = ("Nordal", "Vestra", "Kiron", "Albrecht", "Delmo", "Thermion")

SERIES = (
    Series("LEID", "Koperen buis", _PIPE, ("hard", "zacht", "gecoat"), "m", 390, 2850),
    Series("LEID", "Knelkoppeling recht", _PIPE, _MAKES, "stuk", 210, 1890),
    Series("LEID", "Perskoppeling knie 90°", _PIPE, _MAKES, "stuk", 185, 2240),
    Series("LEID", "Perskoppeling T-stuk", _PIPE, _MAKES, "stuk", 265, 2980),
    Series("LEID", "Meerlagenbuis", ("16 mm", "20 mm", "26 mm", "32 mm"), _MAKES, "m", 145, 620),
    Series("LEID", "PVC-afvoerbuis", ("40 mm", "50 mm", "75 mm", "110 mm", "125 mm"), ("grijs", "wit"), "m", 260, 1150),
    Series("LEID", "Kogelkraan", ('1/2"', '3/4"', '1"', '5/4"'), _MAKES, "stuk", 895, 4650),
    Series("ELEK", "Installatiekabel", _CABLE, ("XMvK", "YMvK", "XVB"), "m", 85, 640),
    Series("ELEK", "Installatieautomaat", ("B10", "B16", "B20", "C16", "C20", "C25"), _MAKES, "stuk", 690, 2450),
    Series("ELEK", "Aardlekschakelaar", ("25 A", "40 A", "63 A"), _MAKES, "stuk", 3450, 9800),
    Series("ELEK", "Wandcontactdoos", ("enkel", "dubbel", "spatwaterdicht"), _MAKES, "stuk", 480, 2150),
    Series("ELEK", "Led-paneel", ("30 x 120", "60 x 60", "60 x 120"), _MAKES, "stuk", 3900, 12900),
    Series("CV", "Cv-ketel", ("CW3", "CW4", "CW5", "CW6"), _MAKES, "stuk", 98500, 215000),
    Series("CV", "Hybride warmtepomp", ("4 kW", "6 kW", "8 kW"), _MAKES, "stuk", 289000, 565000),
    Series("CV", "Expansievat", ("8 l", "12 l", "18 l", "25 l", "35 l"), _MAKES, "stuk", 2950, 9900),
    Series("CV", "Circulatiepomp", ("25-40", "25-60", "32-80"), _MAKES, "stuk", 11900, 38900),
    Series("CV", "Radiator", ("22-500x800", "22-500x1200", "33-600x1000", "33-600x1600"), _MAKES, "stuk", 12900, 61500),
    Series("SAN", "Wastafelkraan", ("laag", "hoog", "wand"), _MAKES, "stuk", 5900, 28900),
    Series("SAN", "Wandcloset", ("compact", "standaard", "verhoogd"), _MAKES, "stuk", 14900, 48900),
    Series("SAN", "Thermostaatkraan douche", ("120 mm", "150 mm"), _MAKES, "stuk", 9900, 34900),
    Series("KLIM", "Ventilatiebox", ("300 m³/h", "400 m³/h", "500 m³/h"), _MAKES, "stuk", 24900, 79500),
    Series("KLIM", "Wtw-filterset", ("G3", "G4", "F7"), _MAKES, "doos", 1950, 6450),
    Series("KLIM", "Airco-binnenunit", ("2,5 kW", "3,5 kW", "5,0 kW"), _MAKES, "stuk", 49500, 129000),
    Series(
        "BEV", "Beugel", ("15 mm", "22 mm", "28 mm", "40 mm", "75 mm", "110 mm"), ("enkel", "dubbel"), "doos", 690, 3900
    ),
    Series("BEV", "Plug en schroef", ("6 x 30", "8 x 40", "10 x 60"), _MAKES, "doos", 450, 2900),
    Series("BEV", "Siliconenkit", ("wit", "transparant", "grijs"), _MAKES, "stuk", 590, 1490),
)

HOURS = (
    ("UUR-MONT", "Arbeidsuren monteur", 6250),
    ("UUR-HOOFD", "Arbeidsuren hoofdmonteur", 7150),
    ("UUR-LEER", "Arbeidsuren leerling-monteur", 4100),
    ("UUR-ELEK", "Arbeidsuren elektricien", 6450),
    ("UUR-KOEL", "Arbeidsuren koeltechnicus", 7400),
    ("UUR-AVOND", "Arbeidsuren avond (150 %)", 9375),
    ("UUR-WEEKEND", "Arbeidsuren weekend (200 %)", 12500),
    ("UUR-REIS", "Reisuren", 4850),
    ("UUR-PROJ", "Projectleiding", 8650),
    ("UUR-INSP", "Inspectie en keuring", 7850),
)

SERVICES = (
    ("ARB-VOORRIJ", "Voorrijkosten", 4250),
    ("ARB-KLEIN", "Klein materiaal per bezoek", 795),
    ("ARB-AFVAL", "Afvoer oud materiaal", 3500),
)

JOURNALS = (("70", "Verkoopboek", 20), ("60", "Inkoopboek", 22), ("20", "Bank", 12), ("90", "Memoriaal", 90))
WAREHOUSES = (("1", "Hoofdmagazijn", 1), ("2", "Servicebus 1", 0), ("3", "Servicebus 2", 0))
COST_CENTERS = (("SERV", "Service en onderhoud"), ("PROJ", "Projecten"), ("KANT", "Kantoor"))
COST_UNITS = (("CV", "Verwarming"), ("KOEL", "Koeling"), ("ELEK", "Elektra"))
PAYMENT_CONDITIONS = (("00", "Contant", 0), ("14", "14 dagen", 14), ("30", "30 dagen", 30), ("2T", "2 termijnen", 14))
HALVES = ((50, 0), (50, 30))
"""The terms of `2T`: percentage and days after the first due date."""
DOCUMENT_TYPES = ((10, "Verkoopfactuur"), (20, "Inkoopfactuur"), (55, "Bijlage"), (183, "Werkbon"))


def money(cents: int) -> Decimal:
    """An amount of whole cents."""
    return Decimal(cents).scaleb(-2)
