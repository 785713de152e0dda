"""Believable names and addresses, by country. Nobody here exists; mail goes to example domains."""

from __future__ import annotations

from random import Random

from . import abroad

SURNAMES = (
    "de Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks", "Dekker",
    "van Leeuwen", "Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "Kok", "Jacobs", "Vermeulen",
    "van den Heuvel", "van der Veen", "Schouten", "Willems", "Hoekstra", "Koster", "Verhoeven", "Prins", "Claes",
    "Peeters", "Maes", "Goossens", "Wouters", "De Smet", "Dubois", "Lambert", "Martens", "Desmet", "Aydın", "Özdemir",
    "El Amrani", "Kowalski", "Kuipers", "Postma", "Zijlstra", "Scholten", "van Beek", "Molenaar",
)  # fmt: skip
INITIALS = "ABCDEFGHIJKLMNPRSTVW"
TRADES = (
    "Bakkerij", "Slagerij", "Autobedrijf", "Bouwbedrijf", "Schildersbedrijf", "Tandartspraktijk", "Fysiotherapie",
    "Kapsalon", "Garage", "Makelaardij", "Transportbedrijf", "Hoveniersbedrijf", "Accountantskantoor", "Dakwerken",
    "Restaurant", "Hotel", "Drukkerij", "Metaalbewerking", "Interieurbouw", "Kwekerij", "Zuivelhandel", "Apotheek",
    "Kinderopvang", "Sporthal", "Rijwielhandel",
)  # fmt: skip
SUPPLIES = (
    "Technische Groothandel",
    "Installatiegroothandel",
    "Leidingsystemen",
    "Elektrogroothandel",
    "Gereedschappen",
)
COUNCILS = ("VvE", "Woningstichting", "Stichting", "Zorgcentrum", "Basisschool", "Parochie")
PLACES = (
    "Parkzicht", "De Linden", "Nieuw-Zuid", "Zonnehoek", "De Brug", "Molenwijk", "Havenkwartier", "Westerhof",
    "Ons Huis", "De Regenboog", "Sint-Jozef", "Duinrand", "Weidezicht", "Kasteelhof",
)  # fmt: skip
STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsstraat", "Industrieweg", "Nijverheidsweg", "Julianalaan",
    "Schoolstraat", "Havenkade", "Beukenlaan", "Eikenlaan", "Marktplein", "Parallelweg", "Ambachtsweg", "Singel",
    "Wilhelminastraat", "Energieweg", "Zandstraat", "Lindelaan", "Veerweg", "Gasthuisstraat", "Ringbaan-Oost",
)  # fmt: skip
CITIES = {
    "NL": (
        ("Utrecht", 3500, 3585), ("Amersfoort", 3811, 3829), ("Rotterdam", 3011, 3089), ("Breda", 4811, 4839),
        ("Eindhoven", 5611, 5658), ("Tilburg", 5011, 5049), ("Zwolle", 8011, 8045), ("Apeldoorn", 7311, 7339),
        ("Groningen", 9711, 9747), ("Haarlem", 2011, 2037), ("Arnhem", 6811, 6846), ("Middelburg", 4331, 4339),
        ("Venlo", 5911, 5928), ("Gouda", 2801, 2809), ("Leeuwarden", 8911, 8941), ("Alkmaar", 1811, 1827),
    ),
    "BE": (
        ("Antwerpen", 2000, 2060), ("Gent", 9000, 9052), ("Brugge", 8000, 8000), ("Leuven", 3000, 3018),
        ("Mechelen", 2800, 2812), ("Hasselt", 3500, 3512), ("Kortrijk", 8500, 8511), ("Turnhout", 2300, 2300),
        ("Aalst", 9300, 9310), ("Roeselare", 8800, 8800), ("Genk", 3600, 3600), ("Sint-Niklaas", 9100, 9112),
    ),
    "DE": (
        ("Münster", 48143, 48167), ("Köln", 50667, 50739), ("Bremen", 28195, 28219), ("Hannover", 30159, 30179),
        ("Dortmund", 44135, 44149), ("Leipzig", 4103, 4129), ("Freiburg", 79098, 79117), ("Kleve", 47533, 47533),
    ),
    "FR": (
        ("Lille", 59000, 59000), ("Lyon", 69001, 69009), ("Nantes", 44000, 44000), ("Rennes", 35000, 35000),
        ("Toulouse", 31000, 31000), ("Dijon", 21000, 21000), ("Reims", 51100, 51100), ("Annecy", 74000, 74000),
    ),
    "ES": (
        ("Valencia", 46001, 46025), ("Zaragoza", 50001, 50018), ("Sevilla", 41001, 41020), ("Bilbao", 48001, 48015),
        ("Girona", 17001, 17007), ("Murcia", 30001, 30012), ("Valladolid", 47001, 47016), ("León", 24001, 24010),
    ),
}  # fmt: skip
LEGAL = {
    "NL": ("B.V.", "B.V.", "V.O.F.", "& Zn."), "BE": ("BV", "BV", "NV", "VOF"), "DE": ("GmbH", "GmbH", "KG", "e. K."),
    "FR": ("SARL", "SAS", "SARL", "EURL"), "ES": ("S.L.", "S.L.", "S.A.", "S.L.U."),
}  # fmt: skip
FIRST_NAMES = (
    "Daan", "Sanne", "Youssef", "Lotte", "Bram", "Fatma", "Jeroen", "Ilse", "Pieter", "Anke", "Mohamed", "Femke",
    "Stijn", "Marieke", "Tom", "Els", "Kevin", "Noor", "Wim", "Griet", "Emre", "Hanne", "Ruben", "Katrien",
)  # fmt: skip
_LETTERS = "ABCDEGHJKLNPRSTVWXZ"


def company(random: Random, country: str) -> str:
    """A trade, a family and a legal form, or an association."""
    words = abroad.WORDS.get(country)
    if random.random() < 0.12:  # noqa: PLR2004  # a share of all customers
        councils, places = (words.councils, words.places) if words else (COUNCILS, PLACES)
        return f"{random.choice(councils)} {random.choice(places)}"
    trades, names = (words.trades, words.surnames) if words else (TRADES, SURNAMES)
    return f"{random.choice(trades)} {random.choice(names)} {random.choice(LEGAL[country])}"


def supplier(random: Random, country: str) -> str:
    """A wholesaler."""
    words = abroad.WORDS.get(country)
    supplies, names = (words.supplies, words.surnames) if words else (SUPPLIES, SURNAMES)
    return f"{random.choice(supplies)} {random.choice(names)} {LEGAL[country][0]}"


def person(random: Random, country: str = "NL") -> str:
    """A private customer."""
    words = abroad.WORDS.get(country)
    names = words.surnames if words else SURNAMES
    return f"{random.choice(INITIALS)}.{random.choice(INITIALS)}. {random.choice(names)}"


def full_name(random: Random, country: str) -> tuple[str, str]:
    """First name and surname of somebody who works here."""
    words = abroad.WORDS.get(country)
    first, names = (words.first_names, words.surnames) if words else (FIRST_NAMES, SURNAMES)
    return random.choice(first), random.choice(names)


def address(random: Random, country: str) -> dict[str, str]:
    """Street, postcode and city that belong together, in Exact's field names."""
    city, low, high = random.choice(CITIES[country])
    postcode = f"{random.randint(low, high):0{4 if country in {'NL', 'BE'} else 5}}"
    if country == "NL":
        postcode += f" {random.choice(_LETTERS)}{random.choice(_LETTERS)}"
    words = abroad.WORDS.get(country)
    street, house = random.choice(words.streets if words else STREETS), random.randint(1, 240)
    line = f"{house} {street}" if country == "FR" else f"{street} {house}"
    return {"AddressLine1": line, "Postcode": postcode, "City": city, "Country": country}


def mail(name: str, number: int) -> str:
    """An address that reaches nobody (RFC 2606)."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    return f"{words[-1] if len(words[-1]) > 2 else words[0]}{number}@example.com"  # noqa: PLR2004  # skip "bv" and "zn"


def phone(random: Random, country: str) -> str:
    """A number in the national style."""
    area, tail = random.randint(10, 79), random.randrange(10**7)
    return f"0{area}-{tail:07}" if country == "NL" else f"0{area} {tail:07}"
