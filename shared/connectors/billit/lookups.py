"""What is asked of Billit before something is sent: what a mapping needs, and whether it is there already."""

from collections.abc import Sequence

from shared.errors import Rejected
from shared.mapping import Receipt
from shared.schemas.documents import Customer

from . import exports
from .client import Client
from .gathered import Gathered, InvoiceJob, WorkOrderJob, invoice_references, references


async def for_work(client: Client, job: WorkOrderJob) -> Gathered:
    """The products of a work order."""
    return Gathered(await client.products_by_reference(references(job)))


async def for_invoice(client: Client, job: InvoiceJob) -> Gathered:
    """The products of an invoice, and what has its number already."""
    taken = await client.orders_by_number(job.document.number, exports.order_type(job.document))
    return Gathered(await client.products_by_reference(invoice_references(job)), taken)


async def relation(client: Client, customer: Customer) -> Sequence[Receipt]:
    """The party of a customer: by the id the platform knows, else by number, else by VAT number.

    A known id may come from another company; then it is not found here. `Rejected` when there is another customer with
    the same e-mail address: Billit would put this one onto that one.
    """
    known = exports.party_id(customer)
    if known and (found := await client.party(known)):
        return found
    if found := await client.parties_by_number(customer.debtor_number):
        return found
    number = exports.vat_number(customer)
    if number and (found := await client.parties_by_vat_number(number)):
        return found
    return await _with_same_email(client, customer) if customer.email else []


async def _with_same_email(client: Client, customer: Customer) -> Sequence[Receipt]:
    assert customer.email is not None
    alike = await client.parties_by_email(customer.email)
    same = [row for row in alike if (row.Name or "").casefold() == customer.name.casefold()]
    if alike and not same:
        raise Rejected(
            f"Customer {customer.name} ({customer.debtor_number}) is not in Billit, and {alike[0].Name} there has the "
            f"same e-mail address, {customer.email}: Billit would mix them up. Add the customer in Billit by hand with "
            f"number {customer.debtor_number}, and send the document again."
        )
    return [Receipt(str(row.PartyID), number=row.Nr) for row in same]


async def invoice(client: Client, job: WorkOrderJob | InvoiceJob) -> Sequence[Receipt]:
    """Invoices, or credit notes, that carry our reference."""
    return await client.orders_by_reference(job.reference, exports.order_type(job.document))


async def offer(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """Offers that carry our reference."""
    return await client.orders_by_reference(job.reference, "Offer")
