"""The VAT codes of e-Boekhouden, which it cannot list (e-Boekhouden fact sheet, section 6)."""

from collections.abc import Mapping
from decimal import Decimal

from shared.vat import VatCode


def _sales(code: str, title: str, percentage: str | None) -> VatCode:
    return VatCode(code=code, title=title, percentage=None if percentage is None else Decimal(percentage))


def _purchases(code: str) -> VatCode:
    return VatCode(code=code, title="purchases", percentage=None, for_sales=False)


_ALL = (
    _sales("HOOG_VERK_21", "Sales, high, 21 %", "21"),
    # 6 % before 2019, which no document of today is about.
    _sales("LAAG_VERK_9", "Sales, low, 9 %", "9"),
    _sales("LAAG_VERK", "Sales, low, 9 % since 2019", "9"),
    _sales("VERL_VERK", "Reverse charge, 21 %", "0"),
    _sales("VERL_VERK_L9", "Reverse charge, 9 %", "0"),
    _sales("BI_EU_VERK", "Goods inside the EU, 0 %", "0"),
    _sales("BI_EU_VERK_D", "Services inside the EU, 0 %", "0"),
    _sales("AFST_VERK", "Distance sales inside the EU, 0 %", "0"),
    _sales("BU_EU_VERK", "Outside the EU, 0 %", "0"),
    _sales("GEEN", "No VAT", "0"),
    _sales("HOOG_VERK", "Sales, high, 19 % (before October 2012)", "19"),
    _sales("AFW_VERK", "Sales, deviating", None),
    *map(
        _purchases,
        (
            "HOOG_INK_21",
            "HOOG_INK",
            "LAAG_INK_9",
            "LAAG_INK",
            "VERL_INK",
            "VERL_INK_L9",
            "AFW",
            "BU_EU_INK",
            "BI_EU_INK",
        ),
    ),
)

VAT_CODES: Mapping[str, VatCode] = {one.code: one for one in _ALL}
"""By code. What is charged, so 0 where the customer accounts for the VAT."""
