"""Pure: what was made of a document, and the sentences about what cannot be."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shared.connector import Connector
from shared.errors import Behind, Rejected
from shared.ledger.entry import Entry
from shared.mapping import Job, Receipt
from shared.schemas.documents import Invoice
from shared.words import singular

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Made:
    """What is in the books now: which revision, and by how much the package's total differs from ours (None: not).

    `more`: something may still follow that the document does not depend on.
    """

    receipt: Receipt
    document_type: str
    revision: int
    difference: Decimal | None
    warnings: tuple[str, ...]
    more: bool


def completed(receipt: Receipt, job: Job[Any, Any]) -> Receipt:
    """The document's receipt with what its follow-ups made of it: a processed invoice has a number at last."""
    for name, follow_up in job.made.items():
        if name not in {"document", "credited"}:
            number, url = follow_up.number or receipt.number, follow_up.url or receipt.url
            total = receipt.total_excl if follow_up.total_excl is None else follow_up.total_excl
            receipt = replace(receipt, number=number, url=url, total_excl=total)
    return receipt


def behind(credit_note: Invoice, invoice: Entry | None, connector: Connector) -> Behind:
    """Why a credit note waits."""
    assert credit_note.credits is not None
    if invoice is None:
        why = f"the invoice it belongs to ({credit_note.credits}) was never sent to {connector.title}"
    else:
        state = _IN_WORDS.get(invoice.state, invoice.state)
        why = f"invoice {invoice.number}, which it belongs to, is not in {connector.title} ({state})"
    return Behind("invoice", credit_note.credits, f"{why}; send that one first, or send the credit note without it")


_IN_WORDS = {"ready": "it is being sent", "held": "on hold", "skipped": "left out"}


def cannot_change(entry: Entry, name: str, connector: Connector) -> Rejected:
    """Why a newer version of a sent document is not sent."""
    number = entry.vendor_number or entry.vendor_id
    happened = "completed again" if entry.flow == "workorder" else "changed"
    return Rejected(
        f"it was {happened} (revision {entry.revision}) after it had been sent as {singular(name)} {number}; "
        f"change that one in {connector.title} by hand"
    )


def difference(theirs: Decimal | None, ours: Decimal | None) -> Decimal | None:
    """By how much the package's total differs from ours; None: not, or one of them is not known."""
    if theirs is None or ours is None or abs(theirs - ours) < CENT:
        return None
    return theirs - ours
