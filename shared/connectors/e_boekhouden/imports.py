"""From e-Boekhouden's records to ours. Pure; the unit of an article decides what it is (fact sheet, section 7)."""

from shared.mapping import LeftOut
from shared.schemas.documents import Address
from shared.schemas.entities import HourType, Product, Relation

from . import countries
from .models import Artikel, Relatie
from .settings import Settings

ARTICLE_FILTERS = ("hour_units", "include_inactive")
"""Settings that decide which products and hour types there are: when one changes, all are read again."""


def relation(row: Relatie, _settings: Settings) -> Relation:
    """A relation. The package does not tell customers from suppliers, nor whether one is still in use."""
    return Relation(
        vendor_id=row.ID,
        code=row.Code,
        name=row.Bedrijf or row.Code,
        address=Address(
            street=row.Adres or "",
            postal_code=row.Postcode or "",
            city=row.Plaats or "",
            country=countries.code_of(row.Land),
        ),
        email=row.Email,
        phone=row.Telefoon or row.GSM,
        website=row.Site,
        vat_number=row.BTWNummer,
        coc_number=row.KvkNummer,
    )


def product(row: Artikel, settings: Settings) -> Product | LeftOut:
    """An article as a product. VAT code and counter account travel with it, to come back with work orders."""
    reason = "its unit is one of hours" if is_hours(row, settings) else _inactive(row, settings)
    if reason:
        return LeftOut(row.ArtikelID, reason)
    return Product(
        vendor_id=row.ArtikelID,
        code=row.ArtikelCode,
        description=row.name,
        unit=row.Eenheid,
        price=row.VerkoopprijsExclBTW,
        currency="EUR",
        category=row.GroepCode,
        vat_code=row.BTWCode,
        ledger=row.TegenrekeningCode,
        active=row.Actief,
    )


def hour_type(row: Artikel, settings: Settings) -> HourType | LeftOut:
    """An article as an hour type."""
    reason = _inactive(row, settings) if is_hours(row, settings) else "its unit is not one of hours"
    if reason:
        return LeftOut(row.ArtikelID, reason)
    return HourType(
        vendor_id=row.ArtikelID,
        code=row.ArtikelCode,
        name=row.name,
        price=row.VerkoopprijsExclBTW,
        cost_price=row.InkoopprijsExclBTW or None,
        currency="EUR",
        category=row.GroepCode,
        vat_code=row.BTWCode,
        active=row.Actief,
    )


def is_hours(row: Artikel, settings: Settings) -> bool:
    """Whether an article is an hour type."""
    return (row.Eenheid or "").lower() in settings.hour_units


def _inactive(row: Artikel, settings: Settings) -> str | None:
    return None if row.Actief or settings.include_inactive else "it is not active"
