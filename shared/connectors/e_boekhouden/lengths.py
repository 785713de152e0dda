"""How long texts may be, and a sentence that names the one that is too long. Nothing is cut (fact sheet, section 4)."""

from collections.abc import Mapping

from shared.errors import Rejected

_LENGTHS: Mapping[str, tuple[int, str]] = {
    "Code": (15, "number"),
    "Bedrijf": (100, "name"),
    # The manual says 150 for adding and 50 for changing: the shorter one can be changed later, too.
    "Contactpersoon": (50, "contact person"),
    "Adres": (150, "street and house number"),
    "Postcode": (50, "postal code"),
    "Plaats": (50, "city"),
    "Land": (50, "country"),
    "Telefoon": (50, "phone number"),
    "Email": (150, "e-mail address"),
    "BTWNummer": (50, "VAT number"),
    "KvkNummer": (50, "chamber of commerce number"),
}
"""Field of a relation -> its length, and what the user calls it."""

NUMBER, LINE_CODE, BOOKING = 50, 50, 200


def relation(body: Mapping[str, str], who: str) -> None:
    """Raise `Rejected` for a field of a relation that is too long."""
    for name, (most, title) in _LENGTHS.items():
        must_fit(body.get(name, ""), most, f"The {title} of {who}")


def must_fit(text: str, most: int, what: str) -> None:
    """Raise `Rejected` for a text that is too long; `what` names it, and begins the sentence."""
    if len(text) > most:
        raise Rejected(
            f"{what} has {len(text)} characters, and e-Boekhouden takes {most}. Shorten it on the platform, and send "
            "the document again."
        )
