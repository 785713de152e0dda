"""Whether an invoice adds up, and how its VAT is spread over its lines: the same for every package. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.billed import shown
from shared.errors import Rejected
from shared.mapping import Job
from shared.schemas.documents import Invoice, InvoiceLine
from shared.schemas.money import CENT, line_total, to_cents

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Taxed:
    """A line to be booked: cents excluding VAT, the percentage that is charged on it, and its VAT code."""

    net: Decimal
    percentage: Decimal
    code: str

    @property
    def vat(self) -> Decimal:
        """Unrounded."""
        return self.net * self.percentage / 100


def net_of(line: InvoiceLine) -> Decimal:
    """A line excluding VAT, in cents."""
    return line_total(line.quantity, line.unit_price, line.discount_percentage)


def must_add_up(invoice: Invoice) -> None:
    """Raise `Rejected` unless the lines that are booked make the invoice's totals.

    Excluding VAT that is to the cent. The VAT may have been rounded by line, by rate or once, so it may differ from the
    exact one by as much as all charged lines can differ together: each has rounded its VAT by half a cent at most, and
    its amount, on which the VAT was computed, by half a cent too.
    """
    lines = shown(invoice)
    net = sum(map(net_of, lines), _NOTHING)
    if net != invoice.total_excl:
        raise Rejected(_net_differs(invoice, net))
    taxed = [Taxed(net_of(line), line.vat_percentage, "") for line in lines]
    exact = sum((line.vat for line in taxed), _NOTHING)
    if abs(invoice.total_vat - exact) > _slack(taxed):
        raise Rejected(
            f"The lines of invoice {invoice.number} make {to_cents(exact)} VAT, but its VAT is {invoice.total_vat}. "
            f"{_WHAT_TO_DO}"
        )


def must_be_ours(job: Job[Any, Any], package: str) -> None:
    """Before what can never be undone: `Rejected` when the package's total of the document is not ours."""
    if job.difference is not None:
        raise Rejected(
            f"{package}'s total of the draft differs from ours by {job.difference} {job.administration.currency}, so "
            f"it was not closed. Look at the draft in {package}, and close it there if it is right."
        )


def spread(lines: Sequence[Taxed], total_vat: Decimal) -> list[Decimal]:
    """The VAT of each line in cents, so that all together are `total_vat`, an amount that `must_add_up` allows.

    Each line is rounded by itself. Where the invoice was rounded by rate, what is then missing goes to the largest line
    of each VAT code; where it was rounded in another way, to the largest charged line of all.
    """
    amounts = [to_cents(line.vat) for line in lines]
    for places, wanted in _targets(lines, total_vat):
        largest = max(places, key=lambda place: abs(lines[place].net))
        amounts[largest] += wanted - sum(amounts[place] for place in places)
    return amounts


def _targets(lines: Sequence[Taxed], total_vat: Decimal) -> Iterable[tuple[list[int], Decimal]]:
    """Which lines should make how much VAT together."""
    charged = [place for place, line in enumerate(lines) if line.percentage]
    codes = dict.fromkeys(lines[place].code for place in charged)
    groups = [[place for place in charged if lines[place].code == code] for code in codes]
    by_code = [(places, to_cents(sum((lines[place].vat for place in places), _NOTHING))) for places in groups]
    if sum(wanted for _, wanted in by_code) == total_vat:
        return by_code
    return [(charged, total_vat)]


def _slack(lines: Iterable[Taxed]) -> Decimal:
    return sum((CENT / 2 * (1 + abs(line.percentage) / 100) for line in lines if line.percentage), _NOTHING)


def _net_differs(invoice: Invoice, net: Decimal) -> str:
    hidden = sum((net_of(line) for line in invoice.lines if line.hidden), _NOTHING)
    because = f" Hidden lines are not sent, and those of this invoice make {hidden}." if hidden else ""
    return (
        f"The lines of invoice {invoice.number} make {net} excluding VAT, but its total is {invoice.total_excl}."
        f"{because} {_WHAT_TO_DO}"
    )


_WHAT_TO_DO = "Credit it on the platform and make it anew, or book it by hand."
