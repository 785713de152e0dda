"""Countries: e-Boekhouden keeps them as free text, the platform as two letters (e-Boekhouden fact sheet, section 4)."""

_NAMES = {
    "NL": "Nederland",
    "BE": "België",
    "DE": "Duitsland",
    "FR": "Frankrijk",
    "LU": "Luxemburg",
    "GB": "Verenigd Koninkrijk",
    "ES": "Spanje",
    "IT": "Italië",
    "AT": "Oostenrijk",
    "DK": "Denemarken",
    "PL": "Polen",
    "CH": "Zwitserland",
    "US": "Verenigde Staten",
}
_OTHERS = {
    "the netherlands": "NL", "netherlands": "NL", "holland": "NL", "belgie": "BE", "belgium": "BE", "germany": "DE",
    "france": "FR", "luxembourg": "LU", "united kingdom": "GB", "engeland": "GB", "spain": "ES", "italie": "IT",
}  # fmt: skip
_CODES = {name.lower(): code for code, name in _NAMES.items()} | _OTHERS


def code_of(text: str | None) -> str | None:
    """The two letters of a country; None for text that nobody knows."""
    plain = (text or "").strip()
    if len(plain) == 2 and plain.isascii() and plain.isalpha():  # noqa: PLR2004  # two letters
        return plain.upper()
    return _CODES.get(plain.lower())


def name_of(code: str | None) -> str:
    """The country as the package's users write it; the code itself for the less common ones."""
    return _NAMES.get(code or "", code or "")
