"""Believable Dutch and Belgian names, addresses and tax numbers. Nobody here exists; mail goes to example domains."""

from __future__ import annotations

from random import Random

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
}  # fmt: skip
LEGAL = {"NL": ("B.V.", "B.V.", "V.O.F.", "& Zn."), "BE": ("BV", "BV", "NV", "VOF")}
_LETTERS = "ABCDEGHJKLNPRSTVWXZ"


def company(random: Random, country: str) -> str:
    """A trade, a family and a legal form, or an association."""
    if random.random() < 0.12:  # noqa: PLR2004  # a share of all customers
        return f"{random.choice(COUNCILS)} {random.choice(PLACES)}"
    return f"{random.choice(TRADES)} {random.choice(SURNAMES)} {random.choice(LEGAL[country])}"


def supplier(random: Random, country: str) -> str:
    """A wholesaler."""
    return f"{random.choice(SUPPLIES)} {random.choice(SURNAMES)} {LEGAL[country][0]}"


def person(random: Random) -> str:
    """A private customer."""
    return f"{random.choice(INITIALS)}.{random.choice(INITIALS)}. {random.choice(SURNAMES)}"


def address(random: Random, country: str) -> dict[str, str]:
    """Street, postcode and city that belong together, in Exact's field names."""
    city, low, high = random.choice(CITIES[country])
    postcode = str(random.randint(low, high))
    if country == "NL":
        postcode += f" {random.choice(_LETTERS)}{random.choice(_LETTERS)}"
    street = f"{random.choice(STREETS)} {random.randint(1, 240)}"
    return {"AddressLine1": street, "Postcode": postcode, "City": city, "Country": country}


def vat_number(random: Random, country: str) -> str:
    """A number whose check digits are right."""
    return _dutch_vat(random) if country == "NL" else _belgian_vat(random)


def _dutch_vat(random: Random) -> str:
    while True:
        digits = [random.randrange(10) for _ in range(8)]
        check = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10 and any(digits):  # noqa: PLR2004  # eleven-test: a remainder of ten has no digit
            return f"NL{''.join(map(str, digits))}{check}B{random.randint(1, 9):02}"


def _belgian_vat(random: Random) -> str:
    number = random.randrange(2_000_000, 9_999_999)
    return f"BE0{number:07}{97 - number % 97:02}"


def mail(name: str, number: int) -> str:
    """An address that reaches nobody (RFC 2606)."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    return f"{words[-1] if len(words[-1]) > 2 else words[0]}{number}@example.com"  # noqa: PLR2004  # skip "bv" and "zn"


def phone(random: Random, country: str) -> str:
    """A number in the national style."""
    area, tail = random.randint(10, 79), random.randrange(10**7)
    return f"0{area}-{tail:07}" if country == "NL" else f"0{area} {tail:07}"
