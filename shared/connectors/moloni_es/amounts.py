"""Our amounts and Moloni's. Pure (Moloni Spain fact sheet, section 4.2).

Moloni tells one total, which includes VAT. What it is without VAT follows from the lines, and every cent that they do
not explain is kept as a difference: retention, a surcharge or a global discount may be why (section 6, 11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.errors import Rejected
from shared.schemas.money import CENT, json_number, line_total, to_cents

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Priced:
    """What a line makes: in cents excluding VAT, and the percentage charged on it."""

    net: Decimal
    percentage: Decimal

    @classmethod
    def of(cls, quantity: Decimal, price: Decimal, discount: Decimal, percentage: Decimal) -> "Priced":
        """A line of so many at this price."""
        return cls(line_total(quantity, price, discount), percentage)


def excluding(total: Decimal | None, lines: Sequence[Priced]) -> Decimal | None:
    """Moloni's total without VAT; None where it tells no total, or no lines.

    VAT may be rounded by line or by rate (section 7 does not say), so as much as that can make is no difference.
    """
    if total is None or not lines:
        return None
    net = sum((line.net for line in lines), _NOTHING)
    unexplained = total - net - sum((line.net * line.percentage / 100 for line in lines), _NOTHING)
    slack = CENT / 2 * max(1, sum(1 for line in lines if line.percentage))
    return net if abs(unexplained) <= slack else net + to_cents(unexplained)


def number(amount: Decimal, what: str) -> float:
    """The amount as JSON wants it; `Rejected` when no other amount would do."""
    found = json_number(amount)
    if found is None:
        raise Rejected(f"{what} has more digits than Moloni can take: {amount}. Correct it on the platform.")
    return found
