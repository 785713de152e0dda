"""The lines of a final invoice, and whether Multivers will make its totals of them. Pure."""

from collections.abc import Sequence

from shared.billed import shown
from shared.errors import Unsupported
from shared.schemas.documents import InvoiceLine
from shared.totals import must_add_up

from .gathered import Gathered, InvoiceJob, line_product
from .lines import Line, line, text_lines, vat_of


def sign(job: InvoiceJob) -> int:
    """-1 for a credit note with positive totals: the platform's pages do not say which sign it gives them."""
    return -1 if job.document.type == "credit" and job.document.total_incl > 0 else 1


def lines(job: InvoiceJob, gathered: Gathered) -> list[Line]:
    """Its lines; `Rejected` when they do not make its totals, `Unsupported` if there are none."""
    must_add_up(job.document)
    found = [_line(one, job, gathered) for one in shown(job.document)]
    if not found:
        raise Unsupported(f"Invoice {job.document.number} has no lines to show, so there is nothing to send.")
    return [one.reversed() for one in found] if sign(job) < 0 else found


def texts(job: InvoiceJob) -> list[Line]:
    """What a credit note credits: an order has no field for that."""
    credited = job.made.get("credited")
    return text_lines(f"Creditering van {credited.number}") if credited and credited.number else []


def differences(found: Sequence[Line], job: InvoiceJob, *, charged: bool) -> tuple[str, ...]:
    """What the user is told when Multivers will compute another VAT: it rounds that of each code."""
    ours, theirs = sign(job) * job.document.total_vat, vat_of(found) if charged else 0
    if ours == theirs:
        return ()
    vat = f"The VAT of invoice {job.document.number} is {ours}, and Multivers computes {theirs}."
    return (f"{vat} Compare the totals there before the payment is booked.",)


def _line(one: InvoiceLine, job: InvoiceJob, gathered: Gathered) -> Line:
    id = line_product(one, job.settings)
    return line(
        job,
        gathered,
        gathered.products.get(id or ""),
        code=id,
        text=one.description,
        quantity=one.quantity,
        price=one.unit_price,
        percentage=one.vat_percentage,
        discount=one.discount_percentage,
        own_vat_code=one.vat_code,
        own_ledger=one.ledger,
    )
