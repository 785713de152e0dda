"""From our documents to Exact Online's requests. Pure (Exact fact sheet, section 8).

A sales order and a sales invoice are alike but for the journal. Neither is printed, sent or booked by us.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, SourceDocument

from .lines import Items, Line, WorkOrderJob, clipped, lines
from .settings import Settings


def customers(job: WorkOrderJob, _items: Items) -> list[Customer]:
    """The relations a work order needs: who pays, and where the work was done if that is somebody else."""
    order = job.document
    found = {customer.debtor_number: customer for customer in (order.site_customer, order.invoice_customer)}
    return list(found.values())


def debtor_number(customer: Customer) -> str:
    """A relation's identity on the platform."""
    return customer.debtor_number


def account_code(customer: Customer) -> str | None:
    """The debtor number as an account code, if it can be one: up to 18 digits (Exact fact sheet, section 7).

    One with a leading zero cannot: whether Exact keeps the zero is not known. Such relations go by search code.
    """
    number = customer.debtor_number
    return number if re.fullmatch("[1-9][0-9]{0,17}", number) else None


def account_id(customer: Customer) -> str | None:
    """The account's id, if the platform knows one that can be Exact's (a GUID)."""
    known = (customer.external_id or "").strip("{}").lower()
    return known if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", known) else None


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new account. Status C, because only customers can be invoiced (section 8)."""
    address = customer.address
    body = {
        "Name": customer.name,
        "Status": "C",
        "Code": account_code(customer),
        "SearchCode": customer.debtor_number,
        "AddressLine1": f"{address.street} {address.house_number}".strip(),
        "Postcode": address.postal_code,
        "City": address.city,
        "Country": address.country,
        "Email": customer.email,
        "Phone": customer.phone,
        "VATNumber": customer.vat_number,
        "ChamberOfCommerce": customer.coc_number,
    }
    return Draft(Request("POST", _path(job, "crm/Accounts"), _filled(body)))


def sales_order(job: WorkOrderJob, items: Items) -> Draft:
    """A sales order, open."""
    return _draft(job, "salesorder/SalesOrders", "SalesOrderLines", lines(job, items))


def sales_invoice(job: WorkOrderJob, items: Items) -> Draft:
    """A sales invoice, open: Exact gives it a number and a date when a person processes it."""
    journal = job.settings.journal
    if journal is None:
        raise Unmappable("journal", "Choose the sales journal for invoices in the settings.")
    return _draft(job, "salesinvoice/SalesInvoices", "SalesInvoiceLines", lines(job, items), {"Journal": journal})


def _draft(
    job: WorkOrderJob, resource: str, collection: str, found: Sequence[Line], extra: Mapping[str, str] | None = None
) -> Draft:
    if not found:
        raise Unsupported(f"Work order {job.document.number} has no lines to bill, so there is no document to make.")
    body = _header(job) | dict(extra or {}) | {collection: [line.body for line in found]}
    return Draft(
        Request("POST", _path(job, resource), body),
        customer=body["OrderedBy"],
        total_excl=_total(found),
        currency=job.document.currency or job.administration.currency,
        day=job.document.work_date,
        warnings=tuple(_warnings(found)),
    )


def _header(job: WorkOrderJob) -> dict[str, Any]:
    order = job.document
    title = clipped(order.short_description or order.description or order.number)
    texts = (order.short_description, order.description)
    header = {
        "OrderedBy": _account(job, order.invoice_customer),
        "DeliverTo": _account(job, order.site_customer),
        # Our marker: how the document is found again after a lost answer (section 7). The date has no zone (section 3).
        "YourRef": job.reference,
        "OrderDate": order.work_date.isoformat(),
        "Description": title,
        "Remarks": "\n\n".join(text for text in texts if text and text != title),
        "Currency": order.currency,
    }
    # What equals the default is not sent: Exact delivers to who ordered, in the administration's currency.
    if header["DeliverTo"] == header["OrderedBy"]:
        del header["DeliverTo"]
    if header["Currency"] == job.administration.currency:
        del header["Currency"]
    return _filled(header)


def _account(job: WorkOrderJob, customer: Customer) -> str:
    return job.ensured[f"relation:{customer.debtor_number}"]


def _total(found: Sequence[Line]) -> Decimal | None:
    """The sum of the lines; None when Exact decides the price of one."""
    totals = [line.total for line in found if line.total is not None]
    return sum(totals, Decimal(0)) if len(totals) == len(found) else None


def _warnings(found: Sequence[Line]) -> list[str]:
    replaced = {line.code: line.item.Code for line in found if line.code != line.item.Code}
    return [f"Item {code} is not in Exact Online; item {other} was used." for code, other in replaced.items()]


def _path(job: Job[SourceDocument, Settings], resource: str) -> str:
    return f"/api/v1/{job.administration.code}/{resource}"


def _filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """Only what there is to say."""
    return {name: value for name, value in body.items() if value not in (None, "")}
