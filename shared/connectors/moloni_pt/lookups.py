"""What is asked of Moloni before something is sent: what a mapping needs, and whether it is there already."""

from collections.abc import Awaitable, Callable, Sequence

from shared.errors import Rejected
from shared.mapping import Receipt
from shared.schemas.documents import Customer

from .client import Client
from .documents import receipt
from .gathered import Gathered, Payer, WorkOrderJob, references
from .kinds import TRANSPORT, Kind
from .models import CLOSED
from .models import Customer as Known
from .parties import FINAL_CONSUMER, customer_id, tax_number

_HOME = {None, "PT"}


def for_document(kind: Kind) -> Callable[[Client, WorkOrderJob], Awaitable[Gathered]]:
    """The gathering for a kind of document: in as few calls as it needs."""

    async def gather(client: Client, job: WorkOrderJob) -> Gathered:
        order, settings = job.document, job.settings
        moves = kind.class_of(settings.service_list_class) in TRANSPORT
        abroad = {order.invoice_customer.address.country, *([order.site_customer.address.country] if moves else ())}
        return Gathered(
            products=await client.products_by_reference(references(job)),
            taxes=await client.taxes(),
            series=[] if settings.document_set else await client.series(),
            terms=[] if kind.paid else await client.maturity_dates(),
            countries=[] if abroad <= _HOME else await client.countries(),
            company=await client.company() if moves else None,
        )

    return gather


async def relation(client: Client, payer: Payer) -> Sequence[Receipt]:
    """The customer: by the id the platform knows, else by number, else by tax number (never that of everybody).

    A known id may come from another company; then it is not found here. `Rejected` when the number is somebody else's:
    numbers of another system can clash (section 5, trap 13).
    """
    customer = payer.customer
    known = customer_id(customer)
    if known and (found := await client.customer(known)):
        return [_receipt(row) for row in found]
    if found := await client.customers_by_number(customer.debtor_number):
        return [_receipt(_same(row, customer)) for row in found]
    number = tax_number(customer)
    return [] if number == FINAL_CONSUMER else [_receipt(row) for row in await client.customers_by_vat(number)]


def _same(row: Known, customer: Customer) -> Known:
    ours, theirs = tax_number(customer), row.vat or FINAL_CONSUMER
    if FINAL_CONSUMER not in (ours, theirs) and ours != theirs:
        raise Rejected(
            f"Number {customer.debtor_number} is {customer.name} (tax number {ours}) on the platform, and {row.name} "
            f"(tax number {theirs}) in Moloni. Give one of them another number, and send the document again."
        )
    return row


def _receipt(row: Known) -> Receipt:
    return Receipt(str(row.customer_id), number=row.number)


def by_reference(kind: Kind) -> Callable[[Client, WorkOrderJob], Awaitable[Sequence[Receipt]]]:
    """The search for documents of a kind that carry our reference."""

    async def find(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
        found = [await client.documents_by_reference(cls, job.reference) for cls in kind.classes]
        return [receipt for some in found for receipt in some]

    return find


async def closed(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """The document once it is closed; read by its id, because a search may lag behind."""
    found = await client.document(job.made["document"].vendor_id)
    return [receipt(found)] if found is not None and found.status == CLOSED else []
