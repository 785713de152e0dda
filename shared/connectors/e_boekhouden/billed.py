"""The lines of a final invoice, and whether the package will make its totals of them. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from shared.billed import shown
from shared.errors import Unsupported
from shared.schemas.documents import InvoiceLine
from shared.schemas.money import to_cents
from shared.totals import must_add_up, net_of

from .gathered import Gathered, InvoiceJob, line_article
from .lines import NOTHING, Line, line


def sign(job: InvoiceJob) -> int:
    """-1 for a credit note with positive totals: the platform's pages do not say which sign it gives them."""
    return -1 if job.document.type == "credit" and job.document.total_incl > 0 else 1


def lines(job: InvoiceJob, gathered: Gathered) -> list[Line]:
    """Its lines, those of hours included. `Rejected` when they do not make its totals, `Unsupported` if there are none.

    Lines without an amount are sent too, as long as there is one with an amount: they are texts of the invoice.
    """
    must_add_up(job.document)
    if not any(map(net_of, shown(job.document))):
        raise Unsupported(f"Invoice {job.document.number} has no amounts, so there is nothing to send.")
    found = [_line(one, job, gathered) for one in shown(job.document)]
    return [one.reversed() for one in found] if sign(job) < 0 else found


def differences(found: Sequence[Line], job: InvoiceJob) -> list[str]:
    """What the user is told when the package's VAT may not be the invoice's.

    It takes no VAT amounts, but computes the VAT of the lines; whether it rounds that once, or for each rate, is not
    certain (sections 4 and 15).
    """
    ours = sign(job) * job.document.total_vat
    others = sorted({_once(found), _by_rate(found)} - {ours})
    if not others:
        return []
    theirs = " or ".join(map(str, others))
    vat = f"The VAT of invoice {job.document.number} is {ours}, and e-Boekhouden may compute {theirs} of its lines."
    return [f"{vat} Compare the totals there before the payment is booked."]


def _once(found: Sequence[Line]) -> Decimal:
    return to_cents(sum((one.net * one.percentage / 100 for one in found), NOTHING))


def _by_rate(found: Sequence[Line]) -> Decimal:
    rates = {one.percentage for one in found}
    return sum((_once([one for one in found if one.percentage == rate]) for rate in rates), NOTHING)


def _line(one: InvoiceLine, job: InvoiceJob, gathered: Gathered) -> Line:
    code = line_article(one, job.settings)
    return line(
        job,
        gathered,
        gathered.articles.get(code or ""),
        code=code or job.settings.line_code,
        text=one.description,
        quantity=one.quantity,
        price=one.unit_price,
        percentage=one.vat_percentage,
        discount=one.discount_percentage,
        own_vat_code=one.vat_code,
        own_ledger=one.ledger,
    )


def total(found: Sequence[Line]) -> Decimal:
    """Excluding VAT, in cents."""
    return sum((one.net for one in found), NOTHING)
