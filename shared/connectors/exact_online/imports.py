"""From Exact Online's records to ours. Pure; the user's filters leave records out."""

import re

from shared.mapping import LeftOut
from shared.schemas.documents import Address
from shared.schemas.entities import Product, Relation

from .models import Account, Item
from .settings import Settings

RELATION_FILTERS = ("relation_types", "include_inactive", "include_blocked")
"""Settings that decide which relations there are: when one changes, all are read again."""

PRODUCT_FILTERS = ("product_categories",)
"""Settings that decide which products there are."""

_TYPES = {"C": "customer", "P": "prospect", "S": "suspect"}


def relation(account: Account, settings: Settings) -> Relation | LeftOut:
    """An account as a relation. Its status tells the type; an account without one may be a supplier."""
    reason = _why_not(account, settings)
    if reason:
        return LeftOut(account.ID, reason)
    return Relation(
        vendor_id=account.ID,
        code=account.Code,
        name=account.Name or account.Code or account.ID,
        address=_address(account),
        email=account.Email,
        phone=account.Phone,
        website=account.Website,
        vat_number=account.VATNumber,
        coc_number=account.ChamberOfCommerce,
        language=account.Language,
        relation_type=_TYPES.get(account.Status or "") or ("supplier" if account.IsSupplier else None),
        active=not account.ended,
        blocked=account.Blocked,
    )


def product(item: Item, settings: Settings) -> Product | LeftOut:
    """An item as a product. Hour items are hour types, not products."""
    if item.IsTime:
        return LeftOut(item.ID, "it is an hour item")
    if settings.product_categories and item.ItemGroupCode not in settings.product_categories:
        return LeftOut(item.ID, f"item group {item.ItemGroupCode} is not chosen")
    return Product(
        vendor_id=item.ID,
        code=item.Code,
        description=item.Description or item.Code or item.ID,
        extra_description=item.ExtraDescription,
        unit=item.Unit,
        price=item.StandardSalesPrice,
        category=item.ItemGroupCode,
        vat_code=item.SalesVatCode,
        barcode=item.Barcode,
        active=not item.ended,
    )


def _why_not(account: Account, settings: Settings) -> str | None:
    # A missing status means the same as A (Exact fact sheet, section 8: "none").
    if settings.relation_types and (account.Status or "A") not in settings.relation_types:
        return f"relation type {account.Status or 'A'} is not chosen"
    if account.ended and not settings.include_inactive:
        return "it is inactive"
    if account.Blocked and not settings.include_blocked:
        return "it is blocked"
    return None


def _address(account: Account) -> Address:
    """Exact has no field for the house number; it stays in the street line, where the user typed it."""
    lines = (account.AddressLine1, account.AddressLine2, account.AddressLine3)
    country = account.Country if account.Country and re.fullmatch("[A-Z]{2}", account.Country) else None
    return Address(
        street=", ".join(line for line in lines if line),
        postal_code=account.Postcode or "",
        city=account.City or "",
        country=country,
    )
