"""From Billit's records to ours. Pure; the user's filters leave records out."""

import re
from decimal import Decimal

from shared.mapping import DocumentRef, LeftOut
from shared.schemas import entities
from shared.schemas.documents import Address
from shared.schemas.entities import HourType, Payment, Relation

from .models import Order, Party, Product
from .settings import Settings
from .ventilation import code_of

RELATION_FILTERS = ("relation_types",)
"""Settings that decide which relations there are: when one changes, all are read again."""

HOUR_FILTERS = ("hour_units",)
"""Settings that decide which products are hour types."""

_CREDIT_NOTE = "CreditNote"


def relation(party: Party, settings: Settings) -> Relation | LeftOut:
    """A party as a relation."""
    if settings.relation_types and party.PartyType not in settings.relation_types:
        return LeftOut(str(party.PartyID), f"relation type {party.PartyType} is not chosen")
    return Relation(
        vendor_id=str(party.PartyID),
        code=party.Nr,
        name=party.Name or party.CommercialName or party.DisplayName or str(party.PartyID),
        address=_address(party),
        email=party.Email,
        phone=party.Phone or party.Mobile,
        website=party.Website,
        vat_number=party.VATNumber,
        language=party.Language,
        relation_type=party.PartyType.lower() if party.PartyType else None,
    )


def product(row: Product, settings: Settings) -> entities.Product | LeftOut:
    """A product. Those with a unit of hours are hour types, not products."""
    if _is_hours(row, settings):
        return LeftOut(str(row.ProductID), f"unit {row.Unit} means hours")
    return entities.Product(
        vendor_id=str(row.ProductID),
        code=row.Reference,
        description=_name(row),
        unit=row.Unit,
        price=row.AmountExcl,
        category=row.GroupName,
        vat_code=code_of(row.VAT),
        barcode=row.EAN,
    )


def hour_type(row: Product, settings: Settings) -> HourType | LeftOut:
    """A product with a unit of hours as an hour type."""
    if not _is_hours(row, settings):
        return LeftOut(str(row.ProductID), f"unit {row.Unit} does not mean hours")
    return HourType(
        vendor_id=str(row.ProductID),
        code=row.Reference,
        name=_name(row),
        price=row.AmountExcl,
        cost_price=row.BuyExcl,
        category=row.GroupName,
        vat_code=code_of(row.VAT),
    )


def payment(order: Order, _settings: Settings) -> Payment:
    """The settlement state of a sales invoice or credit note; its single payments cannot be read (section 4.4)."""
    total = abs(order.TotalIncl or Decimal(0))
    settled = order.Paid or _is_credited(order)
    return Payment(
        vendor_id=str(order.OrderID),
        code=order.OrderNumber,
        invoice_number=order.OrderNumber,
        document_id=str(order.OrderID),
        reference=order.ExternalProviderID,
        paid=settled,
        open_amount=Decimal(0) if settled else abs(total if order.ToPay is None else order.ToPay),
        total=total,
        currency=order.Currency,
        due_date=order.ExpiryDate,
        last_payment_date=order.PaidDate,
    )


def document_of(payment: Payment) -> DocumentRef:
    """The order we made; one that was copied or made from it in Billit carries our reference."""
    return DocumentRef(payment.document_id, payment.reference)


def _is_credited(order: Order) -> bool:
    """With the number of its invoice, a credit note counts as settled, whatever `Paid` says (section 4.3)."""
    return order.OrderType == _CREDIT_NOTE and order.AboutInvoiceNumber is not None


def _is_hours(row: Product, settings: Settings) -> bool:
    units = {unit.casefold() for unit in settings.hour_units}
    return row.Unit is not None and row.Unit.casefold() in units


def _name(row: Product) -> str:
    return row.Description or row.Reference or str(row.ProductID)


def _address(party: Party) -> Address:
    country = party.CountryCode if party.CountryCode and re.fullmatch("[A-Z]{2}", party.CountryCode) else None
    number = " ".join(part for part in (party.StreetNumber, party.Box) if part)
    return Address(
        street=party.Street or "",
        house_number=number,
        postal_code=party.Zipcode or "",
        city=party.City or "",
        country=country,
    )
