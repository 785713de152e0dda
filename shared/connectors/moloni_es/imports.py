"""From Moloni's records to ours. Pure; the user's filters leave records out."""

from shared.mapping import LeftOut
from shared.schemas import entities
from shared.schemas.documents import Address
from shared.schemas.entities import HourType, ProductCategory, Relation

from .models import Category, Customer, Product
from .settings import Settings

RELATION_FILTERS = ("countries",)
"""Settings that change what a customer becomes: when one changes, all are read again."""

HOUR_FILTERS = ("hour_units",)
"""Settings that decide which products are hour types."""


def relation(row: Customer, settings: Settings) -> Relation:
    """A customer."""
    codes = {id: code for code, id in settings.countries.items()}
    country = codes.get(str(row.country.countryId)) if row.country else None
    return Relation(
        vendor_id=str(row.customerId),
        code=row.number,
        name=row.name or row.vat or row.number or str(row.customerId),
        # Moloni keeps street and house number in one line.
        address=Address(street=row.address or "", postal_code=row.zipCode or "", city=row.city or "", country=country),
        email=row.email,
        phone=row.phone,
        vat_number=row.vat,
        relation_type="customer",
    )


def product(row: Product, settings: Settings) -> entities.Product | LeftOut:
    """A product. Those with a unit of hours are hour types, not products."""
    if _is_hours(row, settings):
        return LeftOut(str(row.productId), f"unit {_unit(row)} means hours")
    return entities.Product(
        vendor_id=str(row.productId),
        code=row.reference,
        description=_name(row),
        extra_description=row.summary,
        unit=_unit(row),
        price=row.price,
        category=_category(row),
        vat_code=_tax(row),
        barcode=_barcode(row),
        active=_is_active(row),
    )


def hour_type(row: Product, settings: Settings) -> HourType | LeftOut:
    """A product with a unit of hours as an hour type."""
    if not _is_hours(row, settings):
        return LeftOut(str(row.productId), f"unit {_unit(row)} does not mean hours")
    return HourType(
        vendor_id=str(row.productId),
        code=row.reference,
        name=_name(row),
        price=row.price,
        category=_category(row),
        vat_code=_tax(row),
        active=_is_active(row),
    )


def product_category(row: Category, _settings: Settings) -> ProductCategory:
    """A category; it has no code but its id."""
    return ProductCategory(
        vendor_id=str(row.productCategoryId),
        code=str(row.productCategoryId),
        name=row.name,
        parent=str(row.parent.productCategoryId) if row.parent else None,
    )


def _is_hours(row: Product, settings: Settings) -> bool:
    unit = row.measurementUnit
    if unit is None:
        return False
    known = {str(unit.measurementUnitId), (unit.name or "").casefold(), (unit.abbreviation or "").casefold()}
    return any(one.casefold() in known for one in settings.hour_units)


def _unit(row: Product) -> str | None:
    return row.measurementUnit.name if row.measurementUnit else None


def _category(row: Product) -> str | None:
    return str(row.productCategory.productCategoryId) if row.productCategory else None


def _tax(row: Product) -> str | None:
    return str(row.vat.taxId) if row.vat else None


def _barcode(row: Product) -> str | None:
    """The favourite of several."""
    codes = sorted(row.identifications, key=lambda one: not one.favorite)
    return next((one.text for one in codes if one.text), None)


def _is_active(row: Product) -> bool:
    return row.visible != 0


def _name(row: Product) -> str:
    return row.name or row.reference or str(row.productId)
