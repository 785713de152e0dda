"""From completed work orders to Moloni's documents. Pure (Moloni PT fact sheet, section 4.3).

Every document is made as a draft. Closing it is a step of its own, and comes only when Moloni's total is ours.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Request
from shared.schemas.documents import WorkOrder
from shared.totals import must_be_ours

from .gathered import Gathered, WorkOrderJob
from .kinds import TRANSPORT, Kind
from .lines import Line, lines_of, number, total_of, total_with_vat
from .models import CLOSED, DRAFT
from .parties import UNKNOWN, place, street
from .paths import path

_ONE_REFERENCE = frozenset({"estimates", *TRANSPORT})
"""Classes that take no reference but `your_reference` (section 4.1)."""


def draft_of(kind: Kind) -> Callable[[WorkOrderJob, Gathered], Draft]:
    """The mapping of a work order to a kind of document."""
    return lambda job, gathered: _draft(kind, job, gathered)


def closing(kind: Kind, job: WorkOrderJob) -> Draft:
    """Close the draft. `Rejected` when Moloni's total is not ours: what is closed can never be mended."""
    must_be_ours(job, "Moloni")
    id = job.made["document"].vendor_id
    body = {
        "company_id": int(job.administration.code),
        # Only the stand-in of a preview is no number.
        "document_id": int(id) if id.isdigit() else id,
        "status": CLOSED,
    }
    return Draft(Request("POST", path(kind.class_of(job.settings.service_list_class), "update"), body))


def _draft(kind: Kind, job: WorkOrderJob, gathered: Gathered) -> Draft:
    order, cls = job.document, kind.class_of(job.settings.service_list_class)
    _must_be_in_euro(order, job)
    lines = lines_of(job, gathered)
    customer = job.ensured[f"relation:{order.invoice_customer.debtor_number}"]
    body = {
        **_header(cls, job, gathered),
        "expiration_date": _due(kind, job, gathered).isoformat(),
        # Only the stand-in for a customer that has yet to be made is no number.
        "customer_id": int(customer) if customer.isdigit() else customer,
        "status": DRAFT,
        "products": [line.body(place) for place, line in enumerate(lines)],
        **_more(kind, cls, job, gathered, lines),
    }
    return Draft(
        Request("POST", path(cls, "insert"), body),
        customer=customer,
        total_excl=total_of(lines),
        currency=job.administration.currency,
        day=order.work_date,
        warnings=_stood_in(lines),
    )


def _header(cls: str, job: WorkOrderJob, gathered: Gathered) -> dict[str, Any]:
    order = job.document
    return {
        "company_id": int(job.administration.code),
        "date": order.work_date.isoformat(),
        "document_set_id": gathered.series_of(job.settings),
        # Our marker: how the document is found again after a lost answer (section 4.4, Idempotency).
        "your_reference": job.reference,
        **({} if cls in _ONE_REFERENCE else {"our_reference": order.reference or ""}),
        "notes": notes(order),
    }


def notes(order: WorkOrder) -> str:
    """What was done, and where, if that is not where the document goes: it has one customer."""
    site = order.site_customer
    elsewhere = "" if site == order.invoice_customer else place(site)
    texts = (order.short_description, order.description, elsewhere)
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _must_be_in_euro(order: WorkOrder, job: WorkOrderJob) -> None:
    """A document in another currency needs a rate of exchange, and the work order has none (section 4.3)."""
    currency = job.administration.currency
    if order.currency not in (None, currency):
        raise Unsupported(
            f"Work order {order.number} is in {order.currency}, and the books are in {currency}. Make its document by "
            "hand in Moloni."
        )


def _due(kind: Kind, job: WorkOrderJob, gathered: Gathered) -> date:
    """An invoice receipt is paid already."""
    day = job.document.work_date
    return day if kind.paid else gathered.due(day, job.settings)


def _more(kind: Kind, cls: str, job: WorkOrderJob, gathered: Gathered, lines: Sequence[Line]) -> Mapping[str, Any]:
    if kind.paid:
        return {"payments": [_payment(job, total_with_vat(lines))]}
    term = {"maturity_date_id": int(job.settings.maturity_date or 0)}
    return term | (_transport(job, gathered) if cls in TRANSPORT else {})


def _payment(job: WorkOrderJob, total: Decimal) -> dict[str, Any]:
    method = job.settings.payment_method
    if method is None:
        raise Unmappable(
            "payment_method",
            f"Work order {job.document.number} becomes an invoice receipt, and no payment method is chosen. Choose one "
            "in the settings.",
        )
    day = f"{job.document.work_date.isoformat()} 00:00:00"
    return {"payment_method_id": int(method), "date": day, "value": number(total, "The total"), "notes": ""}


def _transport(job: WorkOrderJob, gathered: Gathered) -> dict[str, Any]:
    """Where goods went: from the company to where the work was done (section 4.3, delivery fields)."""
    order, method = job.document, job.settings.delivery_method
    if method is None:
        raise Unmappable(
            "delivery_method",
            f"Work order {order.number} becomes a transport document, and no delivery method is chosen. Choose one in "
            "the settings.",
        )
    assert gathered.company is not None, "gathered for transport documents"
    home, site = gathered.company, order.site_customer.address
    return {
        "delivery_method_id": int(method),
        "delivery_datetime": f"{order.work_date.isoformat()} 00:00:00",
        "delivery_departure_address": home.address or UNKNOWN,
        "delivery_departure_city": home.city or UNKNOWN,
        "delivery_departure_zip_code": home.zip_code or "",
        "delivery_departure_country": home.country_id,
        "delivery_destination_address": street(site) or UNKNOWN,
        "delivery_destination_city": site.city or UNKNOWN,
        "delivery_destination_zip_code": site.postal_code,
        "delivery_destination_country": gathered.country(site.country) or 0,
    }


def _stood_in(lines: Sequence[Line]) -> tuple[str, ...]:
    unknown = {line.code: line.product.reference for line in lines if not line.known}
    return tuple(
        f"Item {code} is not in Moloni; product {product} stands in for it." for code, product in unknown.items()
    )
