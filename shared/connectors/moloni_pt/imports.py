"""From Moloni's records to ours. Pure; the user's filters leave records out."""

import re
from typing import Literal

from shared.mapping import DocumentRef, LeftOut
from shared.schemas import entities
from shared.schemas.documents import Address
from shared.schemas.entities import Employee, HourType, Order, OrderLine, Relation

from .models import Customer, Document, Line, Product, User
from .parties import FINAL_CONSUMER, UNKNOWN
from .settings import Settings
from .vat_codes import code_of

HOUR_FILTERS = ("hour_units",)
"""Settings that decide which products are hour types: when one changes, all are read again."""

PRODUCT_FILTERS = ("hour_units", "product_types")
ORDER_FILTERS = ("service_list_class",)

_NO_CODE = "0000-000"
_TYPES = {1: "product", 2: "service", 3: "other"}
_STATUS: dict[int, Literal["draft", "open", "done", "cancelled"]] = {0: "draft", 1: "open", 2: "cancelled"}


def relation(row: Customer, _settings: Settings) -> Relation:
    """A customer as a relation. The tax number of everybody without one is none."""
    return Relation(
        vendor_id=str(row.customer_id),
        code=row.number,
        name=row.name,
        address=_address(row),
        email=row.email,
        phone=row.phone,
        website=row.website,
        vat_number=None if row.vat == FINAL_CONSUMER else row.vat,
        language=row.language.code if row.language else None,
        relation_type="customer",
        active=bool(row.visibility_id),
    )


def product(row: Product, settings: Settings) -> entities.Product | LeftOut:
    """A product. Those with a unit of hours are hour types, not products."""
    if _is_hours(row, settings):
        return LeftOut(str(row.product_id), f"unit {_unit(row)} means hours")
    kind = _TYPES.get(row.type, "other")
    if settings.product_types and kind not in settings.product_types:
        return LeftOut(str(row.product_id), f"product type {kind} is not chosen")
    return entities.Product(
        vendor_id=str(row.product_id),
        code=row.reference,
        description=row.name,
        extra_description=row.summary,
        unit=_unit(row),
        price=row.price,
        category=_category(row),
        vat_code=code_of(row),
        barcode=row.ean,
        active=bool(row.visibility_id),
    )


def hour_type(row: Product, settings: Settings) -> HourType | LeftOut:
    """A product with a unit of hours as an hour type."""
    if not _is_hours(row, settings):
        return LeftOut(str(row.product_id), f"unit {_unit(row)} does not mean hours")
    return HourType(
        vendor_id=str(row.product_id),
        code=row.reference,
        name=row.name,
        price=row.price,
        category=_category(row),
        vat_code=code_of(row),
        active=bool(row.visibility_id),
    )


def employee(row: User, _settings: Settings) -> Employee:
    """Somebody who works in the company."""
    name = row.name or row.email or str(row.user_id)
    return Employee(vendor_id=str(row.user_id), name=name, email=row.email, phone=row.cellphone)


def order(row: Document, _settings: Settings) -> Order:
    """A service list as an order. A closed one is agreed upon: whether its work was done, Moloni does not say."""
    assert row.date is not None, "its shape has a date"
    return Order(
        vendor_id=str(row.document_id),
        code=row.named,
        order_type="service_list",
        status=_STATUS.get(row.status, "open"),
        vendor_status=str(row.status),
        order_date=row.date,
        customer=None if row.customer_id is None else str(row.customer_id),
        customer_name=row.entity_name,
        reference=row.your_reference or row.our_reference,
        description=row.notes,
        currency="EUR",
        total_excl=row.total_excl,
        total_incl=row.net_value,
        lines=tuple(_line(line) for line in row.products),
    )


def document_of(order: Order) -> DocumentRef:
    """A service list that we made of a work order carries our reference."""
    return DocumentRef(order.vendor_id, order.reference)


def _line(line: Line) -> OrderLine:
    tax = next((str(one.tax_id) for one in line.taxes), None)
    return OrderLine(
        code=line.reference,
        description=line.name or line.summary or "",
        quantity=line.qty,
        unit=line.unit_short_name or line.unit_name,
        unit_price=line.price,
        discount_percentage=line.discount,
        vat_code=tax or line.exemption_reason,
    )


def _is_hours(row: Product, settings: Settings) -> bool:
    """By the unit's id, name or short name: units are free text, and two may share a name (section 3.5)."""
    chosen = {unit.casefold() for unit in settings.hour_units}
    unit = row.measurement_unit
    names = (str(row.unit_id), *((unit.name, unit.short_name) if unit else ()))
    return any(name.casefold() in chosen for name in names if name)


def _unit(row: Product) -> str | None:
    unit = row.measurement_unit
    return (unit.short_name or unit.name) if unit else None


def _category(row: Product) -> str | None:
    return row.category.name if row.category else None


def _known(text: str | None) -> str:
    """What Moloni writes where nobody knows is nothing (section 2.1, code 16)."""
    return "" if text in (None, UNKNOWN, _NO_CODE) else str(text)


def _address(row: Customer) -> Address:
    code = row.country.iso_3166_1.upper() if row.country and row.country.iso_3166_1 else ""
    return Address(
        street=_known(row.address),
        postal_code=_known(row.zip_code),
        city=_known(row.city),
        country=code if re.fullmatch("[A-Z]{2}", code) else None,
    )
