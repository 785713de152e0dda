"""What is asked of e-Boekhouden before something is sent: what a mapping needs, and whether it is there already."""

from shared.mapping import Receipt
from shared.schemas.documents import Customer, WorkOrder

from .client import Client
from .exports import marker
from .gathered import BillJob, Gathered, article_codes, payer
from .models import Relatie

_REVENUE = frozenset({"VW", "BAL"})
"""Categories of ledgers that a line may be booked on (section 8, CMUT012); which ones exactly is not documented."""


async def for_invoice(client: Client, job: BillJob) -> Gathered:
    """The articles of the lines, one call each; all ledgers; the relation, if it is there."""
    found = [await client.article_by_code(code) for code in article_codes(job)]
    ledgers = [row.Code for row in await client.ledgers() if row.Categorie in _REVENUE]
    rows = await _relations(client, payer(job.document))
    return Gathered(
        articles={one.ArtikelCode: one for one in found if one and one.ArtikelCode},
        ledgers=frozenset(ledgers),
        relation=rows[0] if rows else None,
    )


async def relation(client: Client, customer: Customer) -> list[Receipt]:
    """The relation of a customer."""
    return [Receipt(one.ID, one.Code) for one in await _relations(client, customer)]


async def invoice(client: Client, job: BillJob) -> list[Receipt]:
    """Invoices with our number; else those that the package numbered, by our mark on their first line.

    Both are looked for: the user may have changed who numbers while the answer was lost.
    """
    numbered = await client.invoices_by_number(job.reference)
    return numbered or await _marked(client, job)


async def _marked(client: Client, job: BillJob) -> list[Receipt]:
    document = job.document
    rows = await _relations(client, payer(document))
    day = document.work_date if isinstance(document, WorkOrder) else document.invoice_date
    return await client.invoices_marked(rows[0].Code, day, marker(job.reference)) if rows else []


async def _relations(client: Client, customer: Customer) -> list[Relatie]:
    """By the id the platform knows, else by number. A known id may be another administration's: then it is not here."""
    known = customer.external_id or ""
    found = await client.relation_by_id(known) if known.isdecimal() else []
    return found or await client.relations_by_code(customer.debtor_number)
