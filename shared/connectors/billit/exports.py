"""From our documents to Billit's requests. Pure (Billit fact sheet, section 4).

Work orders become invoices or offers, final invoices become invoices or credit notes. Billit adds them up itself, so
what it will make of them is computed here, and said where it differs.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shared.billed import shown
from shared.errors import Rejected, Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, Invoice, InvoiceLine, SourceDocument, WorkOrder
from shared.totals import must_add_up

from . import odata
from .gathered import Gathered, InvoiceJob, WorkOrderJob, line_reference
from .lines import Line, Vat, decided, reason, total_of, vat_of
from .marks import idempotency, payment_reference
from .settings import Settings
from .worked import hour_lines, material_lines

ORDERS = "/v1/orders"
_INVOICE, _CREDIT_NOTE = "Invoice", "CreditNote"
_IDENTIFIERS = {"BE": "CBE", "NL": "KVK"}
"""What a company's registration number is called (section 4.1, Identifier types)."""


def payer(job: Job[WorkOrder | Invoice, Settings], _gathered: Gathered) -> list[Customer]:
    """The relation a document needs: who pays."""
    document = job.document
    return [document.invoice_customer if isinstance(document, WorkOrder) else document.customer]


def debtor_number(customer: Customer) -> str:
    """A relation's identity on the platform."""
    return customer.debtor_number


def party_id(customer: Customer) -> str | None:
    """Billit's id of a customer, if the platform knows one that can be (a number)."""
    known = customer.external_id or ""
    return known if known.isascii() and known.isdigit() else None


def vat_number(customer: Customer) -> str | None:
    """A VAT number without the dots and spaces that people write."""
    return "".join(filter(str.isalnum, customer.vat_number or "")).upper() or None


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new customer. Raises `Unmappable` when the user wants customers to be added by hand.

    All that tells it from others is sent: Billit takes a customer without a VAT number for another one easily (4.1).
    """
    if not job.settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"Customer {customer.name} ({customer.debtor_number}) is not in Billit. Add it there and send the document "
            "again, or let customers be created in the settings.",
        )
    body = {
        "PartyType": "Customer",
        "Name": customer.name,
        "Nr": customer.debtor_number,
        "ExternalProviderID": customer.debtor_number,
        "Contact": customer.contact,
        "Email": customer.email,
        "Phone": customer.phone,
        "VATNumber": vat_number(customer),
        "VATLiable": bool(vat_number(customer)),
        "Addresses": _addresses(customer),
        "Identifiers": _identifiers(customer),
    }
    key = idempotency(job, f"relation {customer.debtor_number}")
    return Draft(Request("POST", "/v1/parties", odata.filled(body), key))


def invoice(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """An invoice of a work order, numbered by Billit, not sent."""
    return _of_work(job, gathered, _INVOICE)


def offer(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """An offer of a work order: it becomes an invoice in Billit, when somebody turns it into one."""
    return _of_work(job, gathered, "Offer")


def final_invoice(job: InvoiceJob, gathered: Gathered) -> Draft:
    """A final invoice or credit note under its own number.

    Raises `Rejected` when lines, totals and VAT contradict each other or the number is taken, `Unmappable` for what a
    setting has to decide, `Unsupported` for what Billit cannot hold.
    """
    document, sign = job.document, _sign(job.document)
    must_add_up(document)
    lines = [_line(line, sign, job, gathered) for line in shown(document)]
    if not lines:
        raise Unsupported(f"Invoice {document.number} has no lines to show, so there is no document to make.")
    _must_be_free(job, gathered)
    kind = order_type(document)
    own = {
        "OrderNumber": document.number,
        "OrderDate": document.invoice_date.isoformat(),
        "ExpiryDate": (document.due_date or _due(document.invoice_date, job)).isoformat(),
        "Reference": document.reference,
        "PaymentReference": _payment_reference(job),
        "AboutInvoiceNumber": job.made["credited"].number if "credited" in job.made else None,
        "Currency": document.currency,
    }
    total = total_of(lines)
    return Draft(
        _request(job, kind, document.customer, lines, own),
        customer=job.ensured[_key(document.customer)],
        total_excl=-total if kind == _CREDIT_NOTE else total,
        currency=document.currency,
        day=document.invoice_date,
        warnings=(*_vat_differs(document, sign * vat_of(lines)), *_unknown(lines)),
    )


def order_type(document: SourceDocument) -> str:
    """What a final invoice is in Billit."""
    return _CREDIT_NOTE if isinstance(document, Invoice) and document.type == "credit" else _INVOICE


def _of_work(job: WorkOrderJob, gathered: Gathered, kind: str) -> Draft:
    order = job.document
    lines = [*material_lines(job, gathered), *hour_lines(job, gathered)]
    if not lines:
        raise Unsupported(f"Work order {order.number} has no lines to bill, so there is no document to make.")
    currency = order.currency or job.administration.currency
    own = {
        "OrderDate": order.work_date.isoformat(),
        "ExpiryDate": _due(order.work_date, job).isoformat(),
        "DeliveryDate": order.work_date.isoformat(),
        "Reference": order.reference,
        "OrderTitle": order.number,
        "Comments": _comments(order),
        "Currency": currency,
    }
    return Draft(
        _request(job, kind, order.invoice_customer, lines, own),
        customer=job.ensured[_key(order.invoice_customer)],
        total_excl=total_of(lines),
        currency=currency,
        day=order.work_date,
        warnings=_unknown(lines),
    )


def _request(
    job: Job[Any, Settings], kind: str, customer: Customer, lines: Sequence[Line], own: Mapping[str, Any]
) -> Request:
    what = f"{'Work order' if isinstance(job.document, WorkOrder) else 'Invoice'} {job.document.number}"
    body = {
        "OrderType": kind,
        "OrderDirection": "Income",
        "CustomerID": _customer_id(job.ensured[_key(customer)]),
        # Our marker: how the document is found again after a lost answer (section 4.3, Lookup key).
        "ExternalProviderID": job.reference,
        "VentilationCode": reason(lines, what),
        **own,
        "OrderLines": [line.body for line in lines],
    }
    return Request("POST", ORDERS, odata.filled(body), idempotency(job, kind))


def _customer_id(id: str) -> int | str:
    """A number; only the stand-in for a party that has yet to be made is none."""
    return int(id) if id.isdigit() else id


def _key(customer: Customer) -> str:
    return f"relation:{customer.debtor_number}"


def _due(day: date, job: Job[Any, Settings]) -> date:
    """Billit wants a due date, of credit notes too (section 4.3, Required)."""
    return day + timedelta(days=job.settings.payment_days)


def _comments(order: WorkOrder) -> str:
    """What was done, and where, if that is not where the invoice goes: an order has one customer."""
    site = order.site_customer
    elsewhere = "" if site == order.invoice_customer else _place(site)
    texts = (order.short_description, order.description, elsewhere)
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _place(site: Customer) -> str:
    address = site.address
    parts = (site.name, f"{address.street} {address.house_number}", f"{address.postal_code} {address.city}")
    return ", ".join(part.strip() for part in parts if part.strip())


def _sign(document: Invoice) -> int:
    """Amounts of a credit note are positive in Billit (section 4.3); the platform may give them either sign."""
    return -1 if document.type == "credit" and document.total_incl < 0 else 1


def _line(line: InvoiceLine, sign: int, job: InvoiceJob, gathered: Gathered) -> Line:
    reference = line_reference(line, job.settings)
    product = gathered.product(reference)
    what = f"{_named(line)} on invoice {job.document.number}"
    how = Vat(job.document.customer, line.vat_percentage, line.vat_code)
    code, percentage = decided(job, how, product, what)
    return Line(
        text=line.description or (product and product.Description) or reference or "-",
        quantity=sign * line.quantity,
        price=line.unit_price,
        percentage=percentage,
        vat_code=code,
        discount=line.discount_percentage,
        code=reference,
        product=product,
        ledger=line.ledger,
    )


def _named(line: InvoiceLine) -> str:
    return f"Item {line.code}" if line.code else (line.description or "A line")


def _must_be_free(job: InvoiceJob, gathered: Gathered) -> None:
    """What Billit does with a number that is taken is not documented (section 6): perhaps nothing."""
    if gathered.taken:
        raise Rejected(
            f"Billit has {order_type(job.document)} {job.document.number} already (id {gathered.taken[0].OrderID}). If "
            "it is another one, change its number there, and send this one again."
        )


def _payment_reference(job: InvoiceJob) -> str | None:
    if job.settings.payment_reference == "billit":
        return None
    return payment_reference(job.document.number)


def _vat_differs(document: Invoice, theirs: Decimal) -> Sequence[str]:
    """Billit rounds the VAT of each percentage; the platform may have rounded each line."""
    if theirs == document.total_vat:
        return ()
    difference = f"Invoice {document.number} has {document.total_vat} VAT, and Billit computes {theirs}."
    return (f"{difference} Correct the invoice in Billit if that matters to you.",)


def _unknown(lines: Sequence[Line]) -> tuple[str, ...]:
    codes = dict.fromkeys(line.code for line in lines if line.code and line.product is None)
    return tuple(f"Item {code} is not in Billit; its line stands by itself." for code in codes)


def _addresses(customer: Customer) -> list[dict[str, Any]]:
    address = customer.address
    fields = {
        "AddressType": "InvoiceAddress",
        "Street": address.street,
        "StreetNumber": address.house_number,
        "Zipcode": address.postal_code,
        "City": address.city,
        "CountryCode": address.country,
    }
    return [odata.filled(fields)] if len(odata.filled(fields)) > 1 else []


def _identifiers(customer: Customer) -> list[dict[str, str]]:
    kind = _IDENTIFIERS.get(customer.address.country or "")
    return [{"IdentifierType": kind, "Identifier": customer.coc_number}] if kind and customer.coc_number else []
