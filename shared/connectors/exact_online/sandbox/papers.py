"""Documents and their attachments (Exact fact sheet, section 8)."""

from __future__ import annotations

from base64 import b64decode
from decimal import Decimal

from .columns import Row
from .kinds import ATTACHMENTS, DOCUMENTS, ENTRIES, INVOICES
from .refusals import bad_reference
from .store import Division

SALES_INVOICE = 10
"""The document type of sales invoices."""


def document(division: Division, row: Row) -> None:
    """A document: its own number and address; the entry it belongs to must be there."""
    linked = row.get("FinancialTransactionEntryID")
    if linked is not None and not any(linked in division.tables[path].rows for path in (ENTRIES, INVOICES)):
        raise bad_reference("Boeking")
    row["HID"] = row.get("HID") or division.next_number("documents")
    row["DocumentDate"] = row.get("DocumentDate") or division.local_now().replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    row["DocumentViewUrl"] = f"{_site(division)}/docs/DocView.aspx?DocumentID={row['ID']}&_Division_={division.code}"


def attachment(division: Division, row: Row) -> None:
    """An attachment: its size in bytes and the address it can be fetched from."""
    row["FileSize"] = Decimal(len(b64decode(row["Attachment"])))
    row["Url"] = f"{_site(division)}/docs/SysAttachment.aspx?ID={row['ID']}&_Division_={division.code}"


def _site(division: Division) -> str:
    return f"https://start.exactonline.{division.info['Country'].lower()}"


def attachments_of(division: Division, key: str) -> list[Row]:
    """The attachments of a document."""
    return [row for row in division.tables[ATTACHMENTS].after() if row["Document"] == key]


def drop_attachments(division: Division, key: str, by: str) -> None:
    """Delete the attachments of a document."""
    for row in attachments_of(division, key):
        division.drop(ATTACHMENTS, row["ID"], entity_type=4, by=by)


def invoice_document(division: Division, invoice: Row, pdf: str) -> str:
    """The document that processing an invoice leaves, `pdf` (base64) attached; its id.

    It is tied to the invoice's id from its own side only: `SalesInvoices.Document` stays as it was.
    """
    common = {name: invoice[name] for name in ("Created", "Creator", "Division")}
    row = common | {
        "ID": division.new_id(), "Subject": f"Verkoopfactuur {invoice['InvoiceNumber']}", "Type": SALES_INVOICE,
        "Account": invoice["InvoiceTo"], "FinancialTransactionEntryID": invoice["InvoiceID"],
        "SalesInvoiceNumber": invoice["InvoiceNumber"], "AmountFC": invoice["AmountFC"],
        "Currency": invoice["Currency"],
    }  # fmt: skip
    file = common | {"ID": division.new_id(), "Document": row["ID"], "FileName": f"{invoice['InvoiceNumber']}.pdf",
                     "Attachment": pdf}  # fmt: skip
    document(division, row)
    attachment(division, file)
    division.save(DOCUMENTS, row)
    division.save(ATTACHMENTS, file)
    return str(row["ID"])
