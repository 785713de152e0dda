"""Money and rates: exact decimals, never floats. Rounding happens here and nowhere else."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints

CENT = Decimal("0.01")


def _exact(value: object) -> object:
    """JSON numbers reach us as floats in Python; their shortest text is what the sender wrote."""
    return str(value) if isinstance(value, float) else value


Exact = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(lambda value: format(value, "f"), when_used="json")]
"""An exact decimal: text in JSON (`"12.50"`), a number is accepted too."""

Price = Annotated[Exact, Field(max_digits=18, decimal_places=6)]
"""A price that somebody types: no longer than any currency needs."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217, `EUR`."""


class JsonFraction(str):
    """A number with a fraction as it stood in JSON, digit for digit: text, so that nothing rounds it.

    Unlike other text, it can be sent back as the number it was.
    """

    __slots__ = ()


def json_number(amount: Decimal) -> float | None:
    """The amount for a JSON body; None when a double cannot hold it exactly, so that no other amount is ever sent.

    Python's JSON writes numbers from floats only. Nothing is ever calculated with this one.
    """
    double = float(amount)
    return double if Decimal(repr(double)) == amount else None


def to_cents(amount: Decimal) -> Decimal:
    """Round to cents, half away from zero, as the accounting packages do."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_total(quantity: Decimal, unit_price: Decimal, discount_percentage: Decimal = Decimal(0)) -> Decimal:
    """One line excluding VAT, rounded to cents. The discount is a percentage: 5 means 5 %."""
    return to_cents(quantity * unit_price * (1 - discount_percentage / 100))
