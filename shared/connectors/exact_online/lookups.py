"""What is asked of Exact before something is sent: what a mapping needs, and whether it is there already."""

from dataclasses import replace

from shared.mapping import Receipt
from shared.schemas.documents import Customer

from . import exports, projects, sales_entries
from .client import Client
from .gathered import Gathered, WorkOrderJob, item_codes, ledger_codes, missing_items, warehouse_code
from .materials import NewItem
from .projects import Work
from .sales_entries import Books, InvoiceJob


async def for_order(client: Client, job: WorkOrderJob) -> Gathered:
    """What the lines of a sales order refer to, and its warehouse."""
    code = warehouse_code(job)
    return replace(await _goods(client, job), warehouses=await client.warehouse_ids([code] if code else []))


async def for_invoice(client: Client, job: WorkOrderJob) -> Gathered:
    """What the lines of a sales invoice refer to, ledgers included.

    Exact books a line without a ledger on that of its item, or of the item's group. The chosen one is only for items
    that have neither, so where one is chosen the groups are asked for theirs.
    """
    found, ledgers = await _goods(client, job), await client.ledger_ids(ledger_codes(job))
    items = await client.with_ledgers(found.items) if job.settings.ledger else found.items
    return replace(found, items=items, ledgers=ledgers)


async def _goods(client: Client, job: WorkOrderJob) -> Gathered:
    """The items of all lines; the item group only where an item is to be made."""
    items = await client.items_by_code(item_codes(job))
    makes = job.settings.create_products and missing_items(job, items)
    return Gathered(items, item_group=await client.item_group_id(job.settings.new_product_category) if makes else None)


async def for_project(client: Client, job: WorkOrderJob) -> Work:
    """What the lines of a work order refer to, its project and who worked on it."""
    goods, code = await _goods(client, job), projects.project_code(job)
    return Work(
        items=goods.items,
        item_group=goods.item_group,
        projects=await client.project_ids([code] if code else []),
        employees=await client.employee_ids(projects.employee_codes(job)),
    )


async def product(client: Client, new: NewItem) -> list[Receipt]:
    """The item with this code."""
    return [Receipt(item.ID, item.Code) for item in (await client.items_by_code([new.code])).values()]


async def processed(client: Client, job: WorkOrderJob) -> list[Receipt]:
    """The invoice, once it is processed."""
    return await client.processed_invoices(job.made["document"].vendor_id)


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


async def books(client: Client, job: InvoiceJob) -> Books:
    """What the lines of an invoice refer to. Items and ledgers are asked for only where a line needs them."""
    found = await client.sales_items(sales_entries.item_codes(job))
    ledgers = await client.ledger_ids(sales_entries.ledger_codes(job, found))
    return Books(found, {row.Code: row for row in await client.vat_codes() if row.Code}, ledgers)


async def sales_entry(client: Client, job: InvoiceJob) -> list[Receipt]:
    """Sales entries that carry our reference."""
    return await client.sales_entries_by_reference(job.reference)
