"""What every administration of the pretend Multivers has: VAT codes, journals, conditions, and things to sell."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Rate:
    """A VAT code."""

    title: str
    percentage: Decimal


VAT: Mapping[int, Rate] = {
    0: Rate("Geen btw", Decimal(0)),
    1: Rate("Btw hoog 21%", Decimal(21)),
    2: Rate("Btw laag 9%", Decimal(9)),
    3: Rate("Btw verlegd", Decimal(0)),
    4: Rate("Binnen EU 0%", Decimal(0)),
    5: Rate("Buiten EU 0%", Decimal(0)),
    6: Rate("Vrijgesteld", Decimal(0)),
}
JOURNALS: Mapping[str, tuple[str, int]] = {
    "VRK": ("Verkoopboek", 1),
    "VR2": ("Verkoopboek onderhoud", 1),
    "INK": ("Inkoopboek", 2),
    "BNK": ("Bank", 3),
}
PAYMENT_CONDITIONS: Mapping[str, int] = {"14": 14, "30": 30, "60": 60}
"""By id: the days to pay."""
SCENARIOS: Mapping[str, str] = {"6": "Binnenland", "7": "Verlegd", "8": "Binnen EU", "9": "Buiten EU"}
COST_CENTRES: Mapping[str, str] = {"100": "Service", "200": "Projecten", "300": "Magazijn"}
COUNTRIES: Mapping[str, str] = {"NL": "Nederland", "BE": "België", "DE": "Duitsland", "US": "Verenigde Staten"}

HOURS = (
    ("UUR-MONT", "Uren monteur", "62.50"),
    ("UUR-LEER", "Uren leerling-monteur", "44.00"),
    ("UUR-NACHT", "Uren storingsdienst", "98.75"),
)
"""Labour categories; each is also sold as a product of the same id."""
OFFICE_HOURS = (("KANTOOR", "Werkvoorbereiding", "55.00"), ("REIS", "Reistijd", "40.00"))
"""Labour categories that no product has."""
SERVICES = (("VOORRIJ", "Voorrijkosten", "stuk", "37.50"), ("AFVOER", "Afvoerkosten", "stuk", "24.95"))
WITHOUT_VAT = "DIV-ZONDER"
GOODS = (
    ("KOP", "Koperbuis", ("12 mm", "15 mm", "22 mm", "28 mm"), "m", 310, 1890),
    ("KNI", "Knelkoppeling", ("15 mm", "22 mm", "28 mm"), "stuk", 145, 690),
    ("RAD", "Radiator type 22", ("500x800", "600x1200", "900x600"), "stuk", 11900, 38900),
    ("CVK", "Cv-ketel HR", ("CW3", "CW4", "CW5"), "stuk", 118500, 229500),
    ("KAB", "Installatiedraad", ("1,5 mm²", "2,5 mm²", "4 mm²"), "m", 42, 240),
    ("GRP", "Groepenkast", ("4 groepen", "8 groepen", "12 groepen"), "stuk", 8900, 41500),
    ("THM", "Thermostaat", ("aan/uit", "modulerend"), "stuk", 6500, 24900),
)
TRADES = ("Bakkerij", "Garage", "Slagerij", "Hotel", "Basisschool", "Drukkerij", "Kwekerij", "VvE", "Tandarts")
SURNAMES = (
    "De Boer", "Jansen", "Van Dijk", "Bakker", "Visser", "Smit", "Meijer", "De Groot", "Bos", "Mulder", "Dekker",
    "Brouwer", "Van Leeuwen", "Kuipers", "Postma", "Hoekstra", "Willems", "Yılmaz", "Ait Ahmed", "Van der Wal",
)  # fmt: skip
STREETS = ("Dorpsstraat", "Kerkstraat", "Industrieweg", "Stationsplein", "Molenweg", "Nijverheidslaan")
CITIES = (("Utrecht", 3511), ("Zwolle", 8011), ("Breda", 4811), ("Leeuwarden", 8911), ("Venlo", 5911))
STAFF = (
    ("101", "Joost de Vries"),
    ("102", "Fatima el Amrani"),
    ("103", "Sander Kuipers"),
    ("104", "Maria Silva"),
    ("105", "Piet Hoekstra"),
    ("106", "Anouk Smit"),
)
