"""From Exact Online's records to ours. Pure; the user's filters leave records out."""

import re
from decimal import Decimal

from shared.mapping import DocumentRef, LeftOut
from shared.schemas.documents import Address
from shared.schemas.entities import Employee, HourType, Payment, Product, ProductCategory, Relation

from . import models
from .models import Account, Item, Settlement
from .settings import Settings

RELATION_FILTERS = ("relation_types", "include_inactive", "include_blocked")
"""Settings that decide which relations there are: when one changes, all are read again."""

PRODUCT_FILTERS = ("product_categories",)
"""Settings that decide which products there are."""

HOUR_TYPE_FILTERS = ("hour_type_categories",)
"""Settings that decide which hour types there are."""

EMPLOYEE_FILTERS = ("include_inactive_employees",)
"""Settings that decide which employees there are."""

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
    reason = "it is an hour item" if item.IsTime else _not_chosen(item, settings.product_categories)
    if reason:
        return LeftOut(item.ID, reason)
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


def product_category(group: models.ItemGroup, _settings: Settings) -> ProductCategory:
    """An item group as a category; Exact's have no parents."""
    return ProductCategory(vendor_id=group.ID, code=group.Code, name=group.Description or group.Code or group.ID)


def hour_type(item: Item, settings: Settings) -> HourType | LeftOut:
    """An hour item as an hour type; all other items are products. Its sales price is that of one unit of time."""
    reason = _not_chosen(item, settings.hour_type_categories) if item.IsTime else "it is not an hour item"
    if reason:
        return LeftOut(item.ID, reason)
    return HourType(
        vendor_id=item.ID,
        code=item.Code,
        name=item.Description or item.Code or item.ID,
        price=item.StandardSalesPrice,
        cost_price=item.CostPriceStandard,
        category=item.ItemGroupCode,
        vat_code=item.SalesVatCode,
        active=not item.ended,
    )


def employee(row: models.Employee, settings: Settings) -> Employee | LeftOut:
    """An employee. Nulls are what the user of the connection may not see; who is not said to be inactive is active."""
    active = row.IsActive is not False and not row.ended
    if not active and not settings.include_inactive_employees:
        return LeftOut(row.ID, "no longer employed")
    last_name = _joined(row.MiddleName, row.LastName)
    code = row.Code or (None if row.EmployeeHID is None else str(row.EmployeeHID))
    return Employee(
        vendor_id=row.ID,
        code=code,
        name=row.FullName or _joined(row.FirstName, last_name) or code or row.ID,
        first_name=row.FirstName,
        last_name=last_name,
        email=row.BusinessEmail or row.Email,
        phone=row.Phone,
        active=active,
    )


def payment(invoice: Settlement, _settings: Settings) -> Payment:
    """The settlement state of a booked invoice: what its terms say together."""
    terms = invoice.terms
    due = [term for term in terms if not term.IsFullyPaid]
    first = terms[0]
    number = None if first.InvoiceNumber is None else str(first.InvoiceNumber)
    return Payment(
        vendor_id=invoice.ID,
        code=number,
        invoice_number=number,
        document_id=first.TransactionEntryID,
        reference=first.YourRef,
        paid=not due,
        open_amount=sum((abs(term.AmountFC) for term in due), Decimal(0)),
        total=abs(first.TransactionAmountFC) or sum((abs(term.AmountFC) for term in terms), Decimal(0)),
        currency=first.Currency,
        due_date=min((term.DueDate for term in due or terms if term.DueDate), default=None),
        last_payment_date=max((term.LastPaymentDate for term in terms if term.LastPaymentDate), default=None),
    )


def document_of(payment: Payment) -> DocumentRef:
    """The entry we made; an invoice of ours that was processed later is another record, but carries our reference."""
    return DocumentRef(payment.document_id, payment.reference)


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _not_chosen(item: Item, categories: tuple[str, ...]) -> str | None:
    if categories and item.ItemGroupCode not in categories:
        return f"item group {item.ItemGroupCode} is not chosen"
    return None


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
