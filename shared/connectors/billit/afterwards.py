"""What may follow an invoice: marking it as sent, its PDF, sending it. Each is a step of its own, none of them needed.

Marking comes first, so that Billit's daily sending meets the invoice unmarked for a moment only; sending comes last,
because nothing can be added to what has left.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import get_args

from shared.connector import FollowUp
from shared.mapping import Draft, Job, Receipt, Request
from shared.schemas.documents import Invoice, SourceDocument

from .client import Client
from .exports import ORDERS
from .marks import idempotency
from .settings import Settings, Transport

AnyJob = Job[SourceDocument, Settings]

_TRANSPORTS = get_args(Transport)


def pdf_wanted(job: AnyJob) -> bool:
    """Whether the user wants PDFs attached, and there is one."""
    return job.settings.attach_pdf and bool(getattr(job.document, "pdf_url", None))


def file_name(job: AnyJob) -> str:
    """The PDF's name: the document's number, without the signs that file names cannot have."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", f"{job.reference}.pdf")


def file(job: AnyJob) -> Draft:
    """The PDF: of a final invoice in place of Billit's own, of a work order as an attachment (section 4.8)."""
    assert job.pdf is not None, "the PDF is fetched before it is mapped"
    content = {"FileName": file_name(job), "FileContent": b64encode(job.pdf).decode("ascii")}
    how = {"OrderPDF": content} if isinstance(job.document, Invoice) else {"Attachments": [content]}
    return Draft(Request("POST", ORDERS, {"OrderID": _id(job)} | how, idempotency(job, "pdf")))


def mark(job: AnyJob) -> Draft:
    """Mark it as sent: the customer has it from the platform."""
    return Draft(Request("PATCH", f"{ORDERS}/{job.made['document'].vendor_id}", {"IsSent": True}))


def send(job: AnyJob) -> Draft:
    """Send it in the way the user chose, and in no other: Billit would fall back to another one (section 4.7)."""
    body = {"TransportType": job.settings.sent_by, "OrderIDs": [_id(job)]}
    headers = {"StrictTransportType": "true", **idempotency(job, "send")}
    return Draft(Request("POST", f"{ORDERS}/commands/send", body, headers))


def _id(job: AnyJob) -> int | str:
    """The order's number; only a preview has none yet."""
    id = job.made["document"].vendor_id
    return int(id) if id.isdigit() else id


async def _filed(client: Client, job: AnyJob) -> Sequence[Receipt]:
    order = await client.order(job.made["document"].vendor_id)
    files = (*order.Attachments, *([order.OrderPDF] if order.OrderPDF else [])) if order else ()
    return [Receipt(str(order.OrderID)) for one in files if order and one.FileName == file_name(job)][:1]


async def _sent(client: Client, job: AnyJob) -> Sequence[Receipt]:
    order = await client.order(job.made["document"].vendor_id)
    return [Receipt(str(order.OrderID))] if order and order.IsSent else []


PDF = FollowUp("pdf", "attaching the PDF", pdf_wanted, _filed, file, Client.attach, optional=True, needs_pdf=True)

FOLLOW_UPS = (
    FollowUp(
        "mark",
        "marking it as sent",
        lambda job: job.settings.sent_by == "platform",
        _sent,
        mark,
        Client.mark_sent,
        optional=True,
    ),
    PDF,
    FollowUp(
        "send",
        "sending it",
        lambda job: job.settings.sent_by in _TRANSPORTS,
        _sent,
        send,
        Client.send_order,
        optional=True,
    ),
)
"""Behind an invoice; behind an offer only the PDF."""
