"""From our documents to Moloni's requests. Pure (Moloni Spain fact sheet, sections 3 and 4).

Work orders become drafts of invoices or of customers' orders; closing one is a step of its own.
"""

from datetime import timedelta
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, SourceDocument, WorkOrder
from shared.totals import must_be_ours

from . import queries
from .gathered import Gathered, WorkOrderJob, document_set
from .kinds import INVOICE, ORDER, DocumentKind
from .lines import must_be_home_currency, total_of
from .settings import Settings
from .worked import hour_lines, material_lines

_LANGUAGES = {"PT": 1, "ES": 2}
_ENGLISH = 3
"""Ids of languages (section 3, global); they are others than in Portugal."""
_DRAFT, _CLOSED = 0, 1


def customers(job: WorkOrderJob, _gathered: Gathered) -> list[Customer]:
    """The customer a document needs: who pays."""
    return [job.document.invoice_customer]


def debtor_number(customer: Customer) -> str:
    """A customer's identity on the platform."""
    return customer.debtor_number


def customer_id(customer: Customer) -> str | None:
    """Moloni's id of a customer, if the platform knows one that can be (a number)."""
    known = customer.external_id or ""
    return known if known.isascii() and known.isdecimal() else None


def vat_number(customer: Customer) -> str | None:
    """A VAT number without the dots and spaces that people write, and without the prefix of Spain."""
    plain = "".join(filter(str.isalnum, customer.vat_number or "")).upper()
    return plain.removeprefix("ES") or None


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new customer, under the platform's number.

    Raises `Unmappable` when the user wants customers to be added by hand, or their country has no id.
    """
    who = f"Customer {customer.name} ({customer.debtor_number})"
    if not job.settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"{who} is not in Moloni. Add it there and send the document again, or let customers be created in the "
            "settings.",
        )
    address = customer.address
    code = address.country or job.administration.country or "ES"
    country = job.settings.countries.get(code)
    if country is None:
        raise Unmappable(
            "countries", f"{who} is in {code}, and no country of Moloni is chosen for that. Choose one.", key=code
        )
    data = {
        "number": customer.debtor_number,
        "name": customer.name,
        "vat": vat_number(customer),
        "countryId": int(country),
        "languageId": _LANGUAGES.get(code, _ENGLISH),
        "address": f"{address.street} {address.house_number}".strip(),
        "zipCode": address.postal_code,
        "city": address.city,
        "email": customer.email,
        "phone": customer.phone,
        "contactName": customer.contact,
    }
    return Draft(_request("customerCreate", job, {name: value for name, value in data.items() if value}))


def invoice(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """The invoice of a work order, as a draft."""
    return _document(INVOICE, job, gathered)


def purchase_order(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """The customer's order of a work order, as a draft."""
    return _document(ORDER, job, gathered)


def closing(kind: DocumentKind, job: WorkOrderJob) -> Draft:
    """Closing a draft whose total is ours: it gets its number, and can never be changed again."""
    must_be_ours(job, "Moloni")
    id = job.made["document"].vendor_id
    # Only a preview has no id yet.
    return Draft(_request(kind.update, job, {"documentId": int(id) if id.isdecimal() else id, "status": _CLOSED}))


def _document(kind: DocumentKind, job: WorkOrderJob, gathered: Gathered) -> Draft:
    order = job.document
    currency = order.currency or job.administration.currency
    must_be_home_currency(currency, job)
    lines = [*material_lines(job, gathered), *hour_lines(job, gathered)]
    if not lines:
        raise Unsupported(f"Work order {order.number} has no lines to bill, so there is no document to make.")
    id = job.ensured[f"relation:{order.invoice_customer.debtor_number}"]
    data = {
        "documentSetId": document_set(job, gathered),
        "date": queries.date_time(order.work_date.isoformat()),
        "expirationDate": (order.work_date + timedelta(days=job.settings.payment_days)).isoformat(),
        "customerId": int(id) if id.isdecimal() else id,
        "fiscalZone": gathered.zone,
        # Our marker: how the document is found again after a lost answer (section 4.2, Idempotency).
        "ourReference": job.reference,
        "yourReference": order.reference,
        "notes": _notes(order),
        "status": _DRAFT,
        "products": [line.body(place) for place, line in enumerate(lines, 1)],
    }
    filled = {name: value for name, value in data.items() if value not in (None, "")}
    return Draft(
        _request(kind.create, job, filled),
        customer=id,
        total_excl=total_of(lines),
        currency=currency,
        day=order.work_date,
    )


def _request(operation: str, job: Job[SourceDocument, Settings], data: dict[str, Any]) -> Request:
    return Request("POST", queries.PATH, queries.call(operation, companyId=int(job.administration.code), data=data))


def _notes(order: WorkOrder) -> str:
    """What was done, and where, if that is not where the document goes: it has one customer."""
    site, payer = order.site_customer, order.invoice_customer
    elsewhere = "" if (site.name, site.address) == (payer.name, payer.address) else _place(site)
    texts = (order.short_description, order.description, elsewhere)
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _place(site: Customer) -> str:
    address = site.address
    parts = (site.name, f"{address.street} {address.house_number}", f"{address.postal_code} {address.city}")
    return ", ".join(part.strip() for part in parts if part.strip())
