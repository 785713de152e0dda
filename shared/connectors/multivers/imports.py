"""From Multivers' records to ours. Pure; the user's filters leave records out (Multivers fact sheet, section 4)."""

import re
from decimal import Decimal

from shared.mapping import DocumentRef, LeftOut
from shared.schemas import entities
from shared.schemas.documents import Address
from shared.schemas.entities import Order, Payment, Relation

from .models import Customer, Employee, HourType, OrderInfo, OrderLine, Product, SalesInvoice
from .settings import ORDER_TYPES, Settings

ORDER_FILTERS = ("order_types",)
"""Settings that decide which orders there are: when one changes, all are read again."""

_ORDER_TYPES = {"regular": "sales_order", "service": "service_order", "invoice": "invoice_order"}
_PASSIVE, _SHIPPED, _SETTLED = "P", "5", 1
_PASSIVE_PRODUCT = 1
_NOTHING = Decimal(0)


def relation(row: Customer, _settings: Settings) -> Relation:
    """A customer as a relation."""
    return Relation(
        vendor_id=row.customer_id,
        code=row.customer_id,
        name=row.name or row.short_name or row.customer_id,
        address=_address(row),
        email=row.email,
        phone=row.telephone or row.mobile_phone,
        website=row.homepage,
        vat_number=row.vat_number,
        coc_number=row.coc_registration,
        language=row.language_id,
        active=row.customer_state_id != _PASSIVE,
    )


def product(row: Product, _settings: Settings) -> entities.Product:
    """A product."""
    return entities.Product(
        vendor_id=row.product_id,
        code=row.product_id,
        description=row.description or row.short_name or row.product_id,
        unit=row.unit,
        price=per_one(row.price, row.price_per),
        category=row.product_group_id,
        vat_code=row.vat_code_id,
        ledger=row.account_id,
        barcode=row.ean_code,
        active=row.product_state != _PASSIVE_PRODUCT,
    )


def hour_type(row: HourType, _settings: Settings) -> entities.HourType:
    """A labour category."""
    return entities.HourType(
        vendor_id=row.hour_type_id,
        code=row.hour_type_id,
        name=row.description or row.search_name or row.hour_type_id,
        price=per_one(row.price, row.price_per),
        cost_price=per_one(row.cost_price, row.price_per),
        category=row.hour_category,
        vat_code=row.vat_code_id,
        active=row.status != _PASSIVE,
    )


def employee(row: Employee, _settings: Settings) -> entities.Employee:
    """An employee."""
    return entities.Employee(
        vendor_id=row.employee_id,
        code=row.employee_id,
        name=row.name or row.employee_id,
        email=row.email,
        phone=row.telephone,
    )


def order(row: OrderInfo, settings: Settings) -> Order | LeftOut:
    """An order of a chosen type; one that has been billed or shipped since is done."""
    known = ORDER_TYPES.get(row.order_type) if row.order_type is not None else None
    if known is None or known not in settings.order_types:
        return LeftOut(row.order_id, f"order type {known or row.order_type} is not chosen")
    if row.order_date is None:
        raise ValueError(f"order {row.order_id} has no date")
    done = row.is_billed or row.state_id == _SHIPPED
    return Order(
        vendor_id=row.order_id,
        code=row.order_id,
        order_type=_ORDER_TYPES[known],
        order_date=row.order_date,
        customer=row.customer_id,
        customer_name=row.customer_name,
        reference=row.reference,
        project=row.project_id,
        status="done" if done else "open",
        vendor_status="billed" if row.is_billed else row.state_id,
        total_excl=row.amount_excl_vat,
        total_incl=row.amount_incl_vat,
        lines=tuple(_line(one) for one in row.order_lines or ()),
    )


def order_document(one: Order) -> DocumentRef:
    """The document of the platform that an order came from: it is no new work when it comes back."""
    return DocumentRef(one.vendor_id, one.reference)


def payment(row: SalesInvoice, _settings: Settings) -> Payment:
    """The settlement state of a sales invoice, in the administration's currency."""
    total, balance = abs(row.invoice_amount or _NOTHING), row.invoice_balance
    paid = row.state == _SETTLED if balance is None else not balance
    days = [one.payment_date for one in row.payments if one.payment_date]
    return Payment(
        vendor_id=row.invoice_id,
        code=row.invoice_id,
        invoice_number=row.invoice_id,
        document_id=row.invoice_id,
        reference=row.invoice_reference,
        paid=paid,
        open_amount=_NOTHING if paid else abs(total if balance is None else balance),
        total=total,
        due_date=row.invoice_expiration_date,
        last_payment_date=max(days, default=row.payment_date),
    )


def payment_document(one: Payment) -> DocumentRef:
    """An invoice has another id than the order it was made of, and ids of both may look alike: the reference tells."""
    return DocumentRef(None, one.reference)


def per_one(price: Decimal | None, per: Decimal | None) -> Decimal | None:
    """The price of one piece: packages of a hundred have a price for a hundred."""
    return price if price is None or not per or per == 1 else price / per


def _line(row: OrderLine) -> entities.OrderLine:
    return entities.OrderLine(
        code=row.product_id,
        description=row.description or "",
        quantity=row.quantity_ordered,
        unit=row.unit,
        unit_price=per_one(row.price, row.price_per),
        discount_percentage=(row.discount or _NOTHING) * 100,
        vat_code=row.vat_code_id,
    )


def _address(row: Customer) -> Address:
    """The country is a code of the administration; only one that looks like ISO is believed."""
    country = row.country_id if row.country_id and re.fullmatch("[A-Z]{2}", row.country_id) else None
    return Address(street=row.street1 or "", postal_code=row.zip_code or "", city=row.city or "", country=country)
