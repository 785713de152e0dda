"""From a final invoice to a sales entry: the platform's own invoice, in the sales journal. Pure (Exact fact sheet, 8).

The package's totals are ours to the cent, or nothing is sent: what does not add up is refused with a sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Rejected, Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, Invoice, InvoiceLine
from shared.totals import Taxed, must_add_up, net_of, spread
from shared.vat import VatCode, check, choose, regime_of

from . import odata
from .gathered import hour_item
from .lines import clipped
from .models import SalesItem, VATCode
from .settings import Settings

InvoiceJob = Job[Invoice, Settings]

LARGEST_NUMBER = 2**31 - 1
"""`InvoiceNumber` is an Int32."""


@dataclass(frozen=True)
class Books:
    """What Exact has: items and VAT codes by code, the id of each ledger by its code."""

    items: Mapping[str, SalesItem]
    vat_codes: Mapping[str, VATCode]
    ledgers: Mapping[str, str]


@dataclass(frozen=True)
class _Line:
    """A line to be booked: `sign` -1 turns the amounts of a credit note that has positive ones."""

    line: InvoiceLine
    item: SalesItem | None
    ledger: str
    taxed: Taxed
    sign: int


def customers(job: InvoiceJob, _books: Books) -> list[Customer]:
    """The relation an invoice needs."""
    return [job.document.customer]


def booked(invoice: Invoice) -> list[InvoiceLine]:
    """The lines that book something: hidden ones and those without an amount are left out."""
    return [line for line in invoice.lines if not line.hidden and net_of(line)]


def item_codes(job: InvoiceJob) -> set[str]:
    """The codes of the items that may decide about a ledger or a VAT code."""
    return {code for line in booked(job.document) if (code := _item_code(line, job))}


def ledger_codes(job: InvoiceJob, items: Mapping[str, SalesItem]) -> set[str]:
    """The codes of the ledgers whose ids are needed: those of lines, and the setting's where nothing else decides."""
    own = {line.ledger for line in booked(job.document) if line.ledger}
    open_ones = [line for line in booked(job.document) if not line.ledger and not _item_ledger(line, job, items)]
    return own | ({job.settings.ledger} if open_ones and job.settings.ledger else set())


def sales_entry(job: InvoiceJob, books: Books) -> Draft:
    """A booking in the sales journal. A credit note has negative amounts, which makes it Exact's type 21.

    Raises `Rejected` when lines, totals, customer and VAT codes contradict each other, `Unmappable` for what a setting
    has to decide, `Unsupported` when there is nothing to book.
    """
    invoice, sign = job.document, _sign(job.document)
    must_add_up(invoice)
    lines = [_mapped(line, job, books) for line in booked(invoice)]
    if not lines:
        raise Unsupported(f"Invoice {invoice.number} has no amounts, so there is nothing to book.")
    taxes = spread([line.taxed for line in lines], sign * invoice.total_vat)
    bodies = [_body(line, tax, job) for line, tax in zip(lines, taxes, strict=True)]
    header = _header(job)
    return Draft(
        Request("POST", odata.path(job.administration.code, "salesentry/SalesEntries"), header | {_LINES: bodies}),
        customer=header["Customer"],
        total_excl=sign * invoice.total_excl,
        currency=invoice.currency,
        day=invoice.invoice_date,
        warnings=tuple(_warnings(lines, job)),
    )


_LINES = "SalesEntryLines"


def _header(job: InvoiceJob) -> dict[str, Any]:
    invoice = job.document
    if job.settings.journal is None:
        raise Unmappable("journal", "Choose the sales journal for invoices in the settings.")
    header = {
        "Customer": job.ensured[f"relation:{invoice.customer.debtor_number}"],
        "Journal": job.settings.journal,
        "EntryDate": invoice.invoice_date.isoformat(),
        "DueDate": invoice.due_date.isoformat() if invoice.due_date else None,
        # Our marker: how the entry is found again after a lost answer (section 7).
        "YourRef": job.reference,
        "InvoiceNumber": invoice_number(invoice),
        "Description": _description(job),
        "Currency": None if invoice.currency == job.administration.currency else invoice.currency,
    }
    return odata.filled(header)


def invoice_number(invoice: Invoice) -> int | None:
    """The number as Exact's own, if it is one as it stands: 1 to 2147483647, no other signs, no leading zeros.

    Nothing is stripped: `2026-12` and `20261-2` would become one number. Exact then takes the journal's next number,
    and the platform's stands in `YourRef` and the description.
    """
    plain = re.fullmatch("[1-9][0-9]{0,9}", invoice.number)
    return int(invoice.number) if plain and int(invoice.number) <= LARGEST_NUMBER else None


def _description(job: InvoiceJob) -> str:
    """Numbers first, so that a cut takes the rest: the invoice's, that of the one it credits, the customer's words."""
    credited = job.made.get("credited")
    parts = (job.document.number, credited.number if credited else None, job.document.reference)
    return clipped(" / ".join(part for part in parts if part))


def _sign(invoice: Invoice) -> int:
    """-1 for a credit note with positive totals: the platform's pages do not say which sign it gives them."""
    return -1 if invoice.type == "credit" and invoice.total_incl > 0 else 1


def _mapped(line: InvoiceLine, job: InvoiceJob, books: Books) -> _Line:
    item, sign = books.items.get(_item_code(line, job) or ""), _sign(job.document)
    code = _vat_code(line, item, job, books)
    taxed = Taxed(sign * net_of(line), line.vat_percentage, code)
    return _Line(line, item, _ledger(line, job, books), taxed, sign)


def _body(line: _Line, tax: Decimal, job: InvoiceJob) -> dict[str, Any]:
    body = {
        "GLAccount": line.ledger,
        # In the document's currency, excluding VAT: `AmountDC` would be ignored, and book nothing (section 3).
        "AmountFC": odata.number(line.taxed.net),
        "VATCode": line.taxed.code.ljust(3),
        "VATAmountFC": odata.number(tax),
        "Description": clipped(line.line.description or (line.item and line.item.Description) or ""),
        "Quantity": odata.number(line.sign * line.line.quantity),
        "CostCenter": job.settings.cost_centre,
        "CostUnit": job.settings.cost_unit,
    }
    return odata.filled(body)


def _vat_code(line: InvoiceLine, item: SalesItem | None, job: InvoiceJob, books: Books) -> str:
    what = f"{_named(line)} on invoice {job.document.number}"
    chosen = choose(
        regime=regime_of(job.document.customer, job.administration, line.vat_percentage),
        given=line.vat_code,
        product=item.SalesVatCode if item else None,
        percentage=line.vat_percentage,
        settings=job.settings,
        what=what,
    )
    check(chosen, vat_code(books.vat_codes.get(chosen.code)), line.vat_percentage, what)
    return chosen.code


def vat_code(row: VATCode | None) -> VatCode | None:
    """Exact's VAT code in neutral terms. Nothing is charged with type N, nor where the customer accounts for it."""
    if row is None or row.Code is None:
        return None
    charges_nothing = row.Type == "N" or row.Charged
    percentage = Decimal(0) if charges_nothing else row.Percentage
    return VatCode(
        code=row.Code,
        title=row.Description or row.Code,
        percentage=None if percentage is None else percentage * 100,
        including=row.Type == "I",
        for_sales=not row.IsBlocked and row.VATTransactionType != "P",
    )


def _ledger(line: InvoiceLine, job: InvoiceJob, books: Books) -> str:
    """The id of the line's own ledger, else of its item's, else of the one in the settings."""
    if line.ledger:
        return books.ledgers.get(line.ledger) or _no_such_ledger(line, job)
    return _item_ledger(line, job, books.items) or _chosen_ledger(line, job, books)


def _no_such_ledger(line: InvoiceLine, job: InvoiceJob) -> str:
    raise Rejected(
        f"Ledger {line.ledger} of {_named(line)} on invoice {job.document.number} is not in Exact Online. "
        "Add it there, and send the invoice again."
    )


def _chosen_ledger(line: InvoiceLine, job: InvoiceJob, books: Books) -> str:
    code = job.settings.ledger
    if code is None:
        raise Unmappable(
            "ledger",
            f"{_named(line)} on invoice {job.document.number} has no revenue ledger, and its item has none in Exact "
            "Online. Choose one in the settings.",
        )
    if code not in books.ledgers:
        raise Unmappable("ledger", f"Ledger {code}, chosen for revenue, is not in Exact Online. Choose another.")
    return books.ledgers[code]


def _item_ledger(line: InvoiceLine, job: InvoiceJob, items: Mapping[str, SalesItem]) -> str | None:
    item = items.get(_item_code(line, job) or "")
    return item.GLRevenue if item else None


def _item_code(line: InvoiceLine, job: InvoiceJob) -> str | None:
    """The item of a material, or of an hour type by the user's list."""
    if line.code or not line.hour_type:
        return line.code
    return hour_item(line.hour_type, job.settings)


def _named(line: InvoiceLine) -> str:
    return f"Item {line.code}" if line.code else (clipped(line.description) or "A line")


def _warnings(lines: list[_Line], job: InvoiceJob) -> list[str]:
    unknown = {_item_code(line.line, job) for line in lines if line.item is None} - {None, ""}
    return [
        f"Item {code} is not in Exact Online; it was booked without its item." for code in sorted(map(str, unknown))
    ]
