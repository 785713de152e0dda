"""Billit's VAT codes, which it calls ventilation codes (Billit fact sheet, section 4.6). Pure.

A line says its percentage; the code is said once, for the whole document, and only where it is the reason for 0 %.
"""

from collections.abc import Mapping
from decimal import Decimal

from shared.schemas.connections import Administration
from shared.vat import VatCode

ZERO = "1"
CHARGED: Mapping[str, Decimal] = {"2": Decimal(6), "3": Decimal(12), "4": Decimal(21)}
"""The codes of percentages, in Belgium."""

REASONS: Mapping[str, str] = {
    "21": "reverse charge, co-contractor",
    "22": "outside VAT",
    "24": "margin",
    "51": "goods within the EU",
    "55": "services within the EU",
    "70": "import and export",
    "101": "transport of people",
    "102": "import by way of the EU",
    "104": "distance sales within the EU (OSS)",
}
"""The codes that are a reason for 0 %."""

_BELGIUM = "BE"


def vat_code(code: str, administration: Administration) -> VatCode | None:
    """A code in neutral terms; None when Billit has no such code. The percentages of other countries are not known."""
    if code in REASONS:
        return VatCode(code, REASONS[code], Decimal(0))
    if code == ZERO:
        return VatCode(code, "zero", Decimal(0))
    percentage = CHARGED.get(code)
    if percentage is None:
        return None
    known = administration.country in {None, _BELGIUM}
    return VatCode(code, f"{percentage} %", percentage if known else None)


def code_of(percentage: Decimal | None) -> str | None:
    """The code of a product's percentage. None for 0 %: that may have any reason."""
    return next((code for code, charged in CHARGED.items() if charged == percentage), None)
