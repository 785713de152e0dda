"""The lines of a document as a customer would read them, whatever the package makes of it. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from shared.billed import HourSettings, hours, materials, shown, worked
from shared.hours import HOURS
from shared.mapping import ConnectorSettings
from shared.schemas.base import Frozen
from shared.schemas.documents import HoursLine, Invoice, SourceDocument, WorkOrder
from shared.schemas.money import Exact, line_total

_MINUTES = Decimal(60)


class Line(Frozen):
    """One line. `amount` excludes VAT; without a price the package decides it."""

    kind: Literal["material", "hours", "line"]
    code: str | None
    description: str
    quantity: Exact
    unit: str | None
    price: Exact | None
    discount: Exact
    amount: Exact | None
    vat: Exact | None


def lines_of(document: SourceDocument, settings: ConnectorSettings) -> Sequence[Line]:
    """What is billed: hidden lines are left out, hours are after minimum and rounding."""
    match document:
        case WorkOrder():
            return [*_materials(document), *_hours(document, settings)]
        case Invoice():
            return list(_invoiced(document))
        case _:
            return []


def _materials(order: WorkOrder) -> Iterator[Line]:
    for one in materials(order):
        yield _line(
            "material", one.code, one.description or one.code, one.quantity,
            unit=one.unit, price=one.unit_price, discount=one.discount_percentage, vat=one.vat_percentage,
        )  # fmt: skip


def _hours(order: WorkOrder, settings: ConnectorSettings) -> Iterator[Line]:
    for one, quantity in _quantities(order, settings):
        words = one.remark or one.hour_type or ""
        yield _line("hours", one.hour_type, words, quantity, price=one.unit_price, vat=one.vat_percentage)


def _quantities(order: WorkOrder, settings: ConnectorSettings) -> Iterator[tuple[HoursLine, Decimal]]:
    if isinstance(settings, HourSettings):
        return worked(order, settings)
    return ((one, (one.minutes / _MINUTES).quantize(HOURS)) for one in hours(order))


def _invoiced(invoice: Invoice) -> Iterator[Line]:
    for one in shown(invoice):
        code = one.code or one.hour_type
        yield _line(
            "line", code, one.description or code or "", one.quantity,
            price=one.unit_price, discount=one.discount_percentage, vat=one.vat_percentage,
        )  # fmt: skip


def _line(
    kind: Literal["material", "hours", "line"],
    code: str | None,
    description: str,
    quantity: Decimal,
    *,
    price: Decimal | None,
    vat: Decimal | None,
    unit: str | None = None,
    discount: Decimal = Decimal(0),
) -> Line:
    amount = None if price is None else line_total(quantity, price, discount)
    return Line(
        kind=kind, code=code, description=description, quantity=quantity, unit=unit,
        price=price, discount=discount, amount=amount, vat=vat,
    )  # fmt: skip


def total_of(lines: Sequence[Line]) -> Decimal | None:
    """Excluding VAT; None when the package has one of the prices, or there are no lines."""
    amounts = [one.amount for one in lines if one.amount is not None]
    return sum(amounts, Decimal(0)) if amounts and len(amounts) == len(lines) else None
