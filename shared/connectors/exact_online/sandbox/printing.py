"""Printing a sales invoice is what processes it: number, entry, ledger, document (Exact fact sheet, section 8)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from shared.sandbox.oauth import User

from . import ledger, papers, rules, writes
from .columns import Row
from .kinds import ACCOUNTS, ENTRIES, ENTRY_LINES, INVOICE_LINES, INVOICES, Resource
from .store import Division

_MAILED = {2: "e-mail", 4: "mailbox", 8: "send and track"}
"""`InvoicingMethod` of a relation that lets an invoice leave the house by itself."""


def print_invoice(division: Division, resource: Resource, body: Any, user: User) -> Row:
    """Process an open invoice and hand it on as asked; the answer with what succeeded.

    A processed one is refused (500): the sheet does not say what Exact answers, only that it cannot be changed.
    """
    asked = writes.checked(division, resource, body)
    invoice = dict(division.tables[INVOICES].rows[asked["InvoiceID"]])
    rules.check_open(INVOICES, invoice)
    _process(division, invoice, asked, user)
    document = papers.invoice_document(
        division, invoice, b64encode(f"%PDF-1.4 {invoice['InvoiceNumber']}".encode()).decode()
    )
    told = {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice["InvoiceNumber"], "Division": division.code}
    division.outbox.setdefault("printed", []).append(told | {"Document": document})
    answer = asked | told | {"Document": document, "DocumentCreationSuccess": True, "DocumentCreationError": None}
    return answer | _send(division, invoice, asked, told)


def _process(division: Division, invoice: Row, asked: Row, user: User) -> None:
    invoice["InvoiceDate"] = asked.get("InvoiceDate") or invoice["InvoiceDate"]
    lines = [dict(line) for line in division.tables[INVOICE_LINES].lines_of(invoice["InvoiceID"])]
    entry = _entry(division, invoice, asked, user)
    invoice.update(Status=rules.PROCESSED, InvoiceNumber=entry["InvoiceNumber"], DueDate=entry["DueDate"])
    invoice.update(Entry=entry["EntryID"], Modifier=user.id, ModifierFullName=user.name)
    for line in lines:
        copied = line | {"ID": division.new_id(), "EntryID": entry["EntryID"], "AmountFC": line["Net"]}
        division.save(ENTRY_LINES, copied)
    rules.keep(division, ENTRIES, entry, lines)
    division.save(INVOICES, invoice)


def _entry(division: Division, invoice: Row, asked: Row, user: User) -> Row:
    copied = ("Journal", "DueDate", "YourRef", "Description", "PaymentCondition", "PaymentReference", "Currency",
              "Rate", "Division", "OrderNumber")  # fmt: skip
    customer = division.tables[ACCOUNTS].rows[invoice["InvoiceTo"]]
    entry = {name: invoice.get(name) for name in copied} | {
        "EntryID": division.new_id(), "Customer": customer["ID"], "CustomerName": customer["Name"],
        "EntryDate": invoice["InvoiceDate"], "ReportingYear": asked.get("ReportingYear"), "Status": rules.PROCESSED,
        "ReportingPeriod": asked.get("ReportingPeriod"), "Created": division.local_now(), "Creator": user.id,
        "CreatorFullName": user.name,
    }  # fmt: skip
    ledger.number(division, entry)
    return entry


def _send(division: Division, invoice: Row, asked: Row, told: Row) -> Row:
    customer = division.tables[ACCOUNTS].rows[invoice["InvoiceTo"]]
    usual = _MAILED.get(customer.get("InvoicingMethod") or 0) if asked.get("SendOutputBasedOnAccount") else None
    channel = "e-mail" if asked.get("SendEmailToCustomer") else usual
    channel = "mailbox" if asked.get("SendInvoiceToCustomerPostbox") else channel
    answer: Row = {}
    if channel:
        answer |= _deliver(division, "mailed", "Email", customer.get("Email"), told | {"channel": channel})
    if asked.get("SendInvoiceViaPeppol"):
        answer |= _deliver(division, "peppol", "Peppol", customer.get("PeppolIdentifier"), told)
    return answer


def _deliver(division: Division, list: str, prefix: str, to: str | None, told: Row) -> Row:
    # A failure to send is told in the answer; the invoice stays processed.
    if to:
        division.outbox.setdefault(list, []).append(told | {"to": to})
    error = None if to else f"{prefix}: geen adres bij relatie"
    return {f"{prefix}CreationSuccess": to is not None, f"{prefix}CreationError": error}
