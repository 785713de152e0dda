"""What is asked of Multivers before something is sent: what a mapping needs, and whether it is there already."""

from dataclasses import replace

from shared.mapping import Receipt
from shared.schemas.documents import Customer

from . import exports
from .client import Client
from .gathered import BillJob, Gathered, InvoiceJob, WorkOrderJob, day_of, linked_id, payer, product_ids
from .models import Customer as Debtor


async def for_invoice(client: Client, job: BillJob) -> Gathered:
    """The products of the lines, one call each; all VAT codes; the customer's payment condition, if it is there."""
    found = await _customers(client, payer(job.document))
    return Gathered(
        products=await client.products_by_id(product_ids(job)),
        vat_codes=await client.vat_codes_on(day_of(job.document)),
        payment_condition=found[0].payment_condition_id if found else None,
    )


async def for_order(client: Client, job: WorkOrderJob) -> Gathered:
    """The same, and last, so that nobody has time to change it, the order that is to be updated."""
    gathered, id = await for_invoice(client, job), linked_id(job)
    return replace(gathered, linked=await client.linked_order(id, job.reference)) if id else gathered


async def relation(client: Client, customer: Customer) -> list[Receipt]:
    """The customer: by the id the platform knows, else by number."""
    return [Receipt(one.customer_id, one.customer_id) for one in await _customers(client, customer)]


async def document(client: Client, job: WorkOrderJob | InvoiceJob) -> list[Receipt]:
    """Orders that carry our reference; of an order that is updated, whether our lines are in it."""
    if id := linked_id(job):
        return await client.lines_in(id, job.reference)
    found = await _customers(client, payer(job.document))
    types, day = exports.order_types(job), day_of(job.document)
    return [
        hit for one in found for hit in await client.orders_by_reference(one.customer_id, job.reference, day, types)
    ]


async def processed(client: Client, job: InvoiceJob) -> list[Receipt]:
    """The order, once it is an invoice."""
    return await client.billed_order(job.made["document"].vendor_id)


async def _customers(client: Client, customer: Customer) -> list[Debtor]:
    """By the id the platform knows, else by our number as the id, else by the number we wrote on one.

    A known id may be another administration's; one that is not here is passed over.
    """
    for id in dict.fromkeys(filter(None, (customer.external_id, customer.debtor_number))):
        if len(id) <= exports.CUSTOMER_ID and (found := await client.customer(id)):
            return [found]
    return await client.customers_by_business_number(customer.debtor_number)
