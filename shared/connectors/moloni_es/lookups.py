"""What is asked of Moloni before something is sent: what a mapping needs, and whether it is there already."""

from collections.abc import Sequence

from shared.mapping import Receipt
from shared.schemas.documents import Customer

from . import exports
from .client import Client
from .documents import CLOSED
from .gathered import Gathered, WorkOrderJob, references
from .kinds import INVOICE, ORDER, DocumentKind


async def for_work(client: Client, job: WorkOrderJob) -> Gathered:
    """The products of a work order, and what every document needs."""
    company, taxes, sets = await client.basics()
    products = await client.products_by_reference(references(job))
    return Gathered(products, taxes, sets, company.fiscalZone.fiscalZone if company.fiscalZone else None)


async def relation(client: Client, customer: Customer) -> Sequence[Receipt]:
    """The customer: by the id the platform knows, else by number, else by VAT number.

    A known id may come from another company; then it is not found here. Both numbers are one customer's alone, so a new
    one would be refused (section 3, customer rules).
    """
    known = exports.customer_id(customer)
    if known and (found := await client.customer(known)):
        return found
    if found := await client.customers_by("number", customer.debtor_number):
        return found
    number = exports.vat_number(customer)
    # Somebody may have written it with the prefix of Spain; other prefixes belong to the number.
    spellings = (number, f"ES{number}") if number else ()
    return [hit for one in spellings for hit in await client.customers_by("vat", one)]


async def invoice(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """Invoices with our reference."""
    return await client.documents_by_reference(INVOICE, job.reference, job.document.work_date)


async def purchase_order(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """Customers' orders with our reference."""
    return await client.documents_by_reference(ORDER, job.reference, job.document.work_date)


async def closed(client: Client, kind: DocumentKind, job: WorkOrderJob) -> Sequence[Receipt]:
    """The document, if it is closed: its state is read, no answer is trusted."""
    row = await client.document(kind, job.made["document"].vendor_id)
    if row is None or row.status != CLOSED:
        return []
    return [Receipt(str(row.documentId), number=str(row.number) if row.number else None)]
