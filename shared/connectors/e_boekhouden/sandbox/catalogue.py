"""The words of which believable records are made. Nobody here exists; mail goes to example domains."""

SURNAMES = (
    "de Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks", "Dekker",
    "van Leeuwen", "Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "Kok", "Jacobs", "Vermeulen",
    "van den Heuvel", "van der Veen", "Schouten", "Willems", "Hoekstra", "Koster", "Verhoeven", "Prins", "Aydın",
)  # fmt: skip
TRADES = (
    "Bakkerij", "Slagerij", "Autobedrijf", "Bouwbedrijf", "Schildersbedrijf", "Tandartspraktijk", "Kapsalon", "Garage",
    "Makelaardij", "Transportbedrijf", "Hoveniersbedrijf", "Dakwerken", "Restaurant", "Hotel", "Drukkerij", "Kwekerij",
)  # fmt: skip
STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsstraat", "Industrieweg", "Nijverheidsweg", "Julianalaan",
    "Schoolstraat", "Havenkade", "Beukenlaan", "Eikenlaan", "Marktplein", "Parallelweg", "Ambachtsweg", "Singel",
)  # fmt: skip
CITIES = (
    ("Utrecht", 3500), ("Amersfoort", 3811), ("Rotterdam", 3011), ("Breda", 4811), ("Eindhoven", 5611),
    ("Tilburg", 5011), ("Zwolle", 8011), ("Apeldoorn", 7311), ("Groningen", 9711), ("Haarlem", 2011),
    ("Arnhem", 6811), ("Middelburg", 4331), ("Venlo", 5911), ("Gouda", 2801), ("Leeuwarden", 8911), ("Alkmaar", 1811),
)  # fmt: skip
PROVIDERS = ("post", "mail", "thuis", "online")
HOURS = (
    ("UUR-MONT", "Montage-uur", "uur", "62.50"),
    ("UUR-REIS", "Reisuur", "Uur", "45.00"),
    ("UUR-AVOND", "Avonduur", "uren", "85.00"),
    ("UUR-ADVIES", "Advies per uur", "h", "95.00"),
)
SERVICES = (("ARB-VOORRIJ", "Voorrijkosten", "keer", "42.50"),)
GOODS = (
    ("KOP", "Koperen buis", ("12 mm", "15 mm", "22 mm", "28 mm"), "m", 350, 1900),
    ("KNI", "Knelkoppeling", ("12 mm", "15 mm", "22 mm"), "stuk", 120, 900),
    ("KRN", "Kraan", ("chroom", "wit", "zwart"), "stuk", 2500, 24900),
    ("CVK", "Onderdeel cv-ketel", ("type A", "type B", "type C", "type D"), "stuk", 950, 48900),
    ("ELE", "Installatieautomaat", ("10 A", "16 A", "20 A"), "stuk", 700, 3200),
    ("KAB", "Installatiekabel", ("2,5 mm2", "4 mm2"), "m", 80, 420),
    ("VEN", "Ventilatierooster", ("klein", "middel", "groot"), "doos", 1500, 8900),
)
GROUPS = {"ARB": "Arbeid"} | {group: text for group, text, *_ in GOODS}

LEDGERS = (
    ("0150", "Inventaris", "BAL"),
    ("1000", "Kas", "FIN"),
    ("1010", "Bank", "FIN"),
    ("1300", "Debiteuren", "DEB"),
    ("1600", "Crediteuren", "CRED"),
    ("1650", "BTW hoog", "AF19"),
    ("8000", "Omzet materialen", "VW"),
    ("8010", "Omzet arbeid", "VW"),
    ("8090", "Omzet overig", "VW"),
    ("4300", "Kantoorkosten", "VW"),
)
COST_CENTRES = ((311, "Service", 0), (312, "Projecten", 0), (313, "Projecten noord", 312))
TEMPLATES = ("Factuursjabloon", "Factuur met logo")
SALES_VAT = {
    "HOOG_VERK_21": "21", "HOOG_VERK": "19", "LAAG_VERK_9": "9", "LAAG_VERK": "9", "VERL_VERK": "0",
    "VERL_VERK_L9": "0", "AFW_VERK": "0", "BU_EU_VERK": "0", "BI_EU_VERK": "0", "BI_EU_VERK_D": "0", "AFST_VERK": "0",
    "GEEN": "0",
}  # fmt: skip
"""What is charged with each code that a sales invoice may carry (section 6); of AFW_VERK nobody knows."""
