"""What is asked of Exact before something is sent: the items a mapping needs, and whether it is there already."""

from shared.mapping import Receipt
from shared.schemas.documents import Customer

from . import exports
from .client import Client
from .lines import Items, WorkOrderJob, item_codes


async def items(client: Client, job: WorkOrderJob) -> Items:
    """The items of all lines, by code."""
    return await client.items_by_code(item_codes(job))


async def relation(client: Client, customer: Customer) -> list[Receipt]:
    """The account of a customer: by the id the platform knows, else by number, else by search code.

    A known id may come from another administration; then it is not found here, and the number decides.
    """
    known, code = exports.account_id(customer), exports.account_code(customer)
    found = await client.account_by_id(known) if known else []
    if found:
        return found
    return await (client.accounts_by_code(code) if code else client.accounts_by_search_code(customer.debtor_number))


async def sales_order(client: Client, job: WorkOrderJob) -> list[Receipt]:
    """Sales orders that carry our reference."""
    return await client.sales_orders_by_reference(job.reference)


async def sales_invoice(client: Client, job: WorkOrderJob) -> list[Receipt]:
    """Sales invoices that carry our reference."""
    return await client.sales_invoices_by_reference(job.reference)
