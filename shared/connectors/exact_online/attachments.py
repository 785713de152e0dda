"""The platform's PDF behind a document: a sheet in Exact's archive, the file on it, and what ties it to the books.

Each is a step of its own. None of them is needed: the document is in the books already (Exact fact sheet, section 8,
Documents).
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

from shared.connector import FollowUp
from shared.exporting import flow_of
from shared.mapping import Draft, Job, Receipt, Request
from shared.schemas.documents import SourceDocument
from shared.words import FLOWS

from . import odata
from .client import Client
from .settings import Settings

SALES_INVOICE = 10
"""The one document type whose number is known and the same everywhere (section 8); the others are each site's own."""

_MARK = 8
"""Digits of an id that tell apart two documents with one reference."""

AnyJob = Job[SourceDocument, Settings]
Link = Callable[[AnyJob], Draft]
"""What ties the sheet in the archive, `job.made["paper"]`, to the document in the books, `job.made["document"]`."""


def follow_ups(link: Link) -> tuple[FollowUp, ...]:
    """The steps that attach the PDF to a document; `link` is how documents of its kind are tied to it."""

    async def linked(client: Client, job: AnyJob) -> list[Receipt]:
        return await client.tied(link(job).request)

    return (
        # Fetched before the sheet is made, too: a PDF that cannot be had leaves no empty sheet behind.
        FollowUp(
            "paper", "filing of the PDF", wanted, _papers, paper, Client.create_document, optional=True, needs_pdf=True
        ),
        FollowUp(
            "attachment",
            "upload of the PDF",
            wanted,
            _files,
            upload,
            Client.attach,
            optional=True,
            needs_pdf=True,
            needs="paper",
        ),
        FollowUp("link", "link to the PDF", wanted, linked, link, Client.tie, optional=True, needs="attachment"),
    )


def wanted(job: Job[Any, Settings]) -> bool:
    """Whether the user wants PDFs attached, and there is one."""
    return job.settings.attach_pdf and bool(job.document.pdf_url)


def paper(job: AnyJob) -> Draft:
    """The sheet in the archive that the PDF is attached to."""
    body = {"Subject": subject(job), "Type": SALES_INVOICE, "Account": job.made["document"].customer}
    return _draft(job, "POST", "documents/Documents", odata.filled(body))


def upload(job: AnyJob) -> Draft:
    """The PDF itself. `job.pdf` is there by then."""
    assert job.pdf is not None, "the PDF is fetched before it is mapped"
    body = {
        "Document": job.made["paper"].vendor_id,
        "FileName": file_name(job),
        "Attachment": b64encode(job.pdf).decode("ascii"),
    }
    return _draft(job, "POST", "documents/DocumentAttachments", body)


def order_link(job: AnyJob) -> Draft:
    """Of a sales order: its own field."""
    return _changed(job, "salesorder/SalesOrders", "document", "Document", "paper")


def invoice_link(job: AnyJob) -> Draft:
    """Of a sales invoice that is still open: its own field."""
    return _changed(job, "salesinvoice/SalesInvoices", "document", "Document", "paper")


def booking_link(job: AnyJob) -> Draft:
    """Of a sales entry, and of a sales invoice that is processed and can no longer be changed: a field of the sheet.

    Exact ties the paper of an invoice that it printed itself in the same way, by the id of the invoice.
    """
    return _changed(job, "documents/Documents", "paper", "FinancialTransactionEntryID", "document")


def subject(job: AnyJob) -> str:
    """What the sheet is called. Ends with a part of the document's id in Exact: two may carry one number."""
    kind = FLOWS[flow_of(job.document)].capitalize()
    return f"{kind} {job.reference} ({job.made['document'].vendor_id[:_MARK]})"


def file_name(job: AnyJob) -> str:
    """The PDF's name: the document's number, without the signs that file names cannot have."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", f"{job.reference}.pdf")


async def _papers(client: Client, job: AnyJob) -> Sequence[Receipt]:
    return await client.documents_by_subject(subject(job))


async def _files(client: Client, job: AnyJob) -> Sequence[Receipt]:
    return await client.attachments(job.made["paper"].vendor_id, file_name(job))


def _changed(job: AnyJob, resource: str, of: str, field: str, to: str) -> Draft:
    path = f"{resource}(guid'{job.made[of].vendor_id}')"
    return _draft(job, "PUT", path, {field: job.made[to].vendor_id})


def _draft(job: AnyJob, method: Any, path: str, body: dict[str, Any]) -> Draft:
    return Draft(Request(method, odata.path(job.administration.code, path), body))
