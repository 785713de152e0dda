"""What the pretend Multivers answers of its reference data (Multivers fact sheet, sections 2 and 4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from . import catalogue
from .store import Row

_OLD, _SINCE = date(2012, 10, 1), date(2019, 1, 1)
_BEFORE = {2: Decimal(6)}
"""The low rate was 6 % before 2019."""


def _rate(id: int, rate: catalogue.Rate) -> Row:
    since = [{"startDate": _OLD, "vatCodeId": id, "vatPercentage": _BEFORE.get(id, rate.percentage)}]
    since.append({"startDate": _SINCE, "vatCodeId": id, "vatPercentage": rate.percentage})
    return {
        "vatCodeId": id, "description": rate.title, "vatPercentage": rate.percentage, "vatPercentagesByDate": since
    }  # fmt: skip


VAT_CODES = [_rate(id, rate) for id, rate in catalogue.VAT.items()]
JOURNALS = [
    {"journalId": id, "description": title, "journalType": kind} for id, (title, kind) in catalogue.JOURNALS.items()
]
PAYMENT_CONDITIONS = [
    {"paymentConditionId": id, "description": f"{days} dagen netto"}
    for id, days in catalogue.PAYMENT_CONDITIONS.items()
]
COUNTRIES = [{"countryId": id, "description": name} for id, name in catalogue.COUNTRIES.items()]


def nvl(pairs: Mapping[str, str]) -> list[Row]:
    """Name and value: the name is the id (section 6, trap 4)."""
    return [{"name": id, "value": title} for id, title in pairs.items()]


async def company(*, auto_number: bool) -> Row:
    """Settings of the administration."""
    return {"autoNumberCustomerId": auto_number, "customerIdLength": 5, "currencyId": "EUR", "vatEnabled": True}


def product_info(row: Row) -> Row:
    """A product as a read model: `priceExclVat` for what is `priceVatExcl` when it is edited (section 4.2)."""
    price = row["priceVatExcl"]
    return {**row, "priceExclVat": price, "priceVatExcl": None, "projectEntryType": str(row["projectEntryType"])}
