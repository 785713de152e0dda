"""What VAT is in Moloni: a rate that a line carries, or the reason why it carries none (section 5, trap 6). Pure.

A code is the id of a rate (`41`), its name, or an exemption reason (`M07`). A rate of 0 % is none: Moloni wants its
reason instead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable
from shared.mapping import Job
from shared.schemas.documents import Customer, SourceDocument
from shared.schemas.money import json_number
from shared.vat import VatCode, check, choose, regime_of

from .models import Product, Tax
from .settings import Settings

NOTHING = Decimal(0)
_EXEMPTION = re.compile(r"M\d{2}")


@dataclass(frozen=True)
class Vat:
    """What a line carries: a rate, or a reason for none."""

    percentage: Decimal
    tax: int | None = None
    reason: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """As a line has it. `value` is required, and never 0 (section 4.3)."""
        if self.tax is None:
            return {"exemption_reason": self.reason}
        return {"taxes": [{"tax_id": self.tax, "value": json_number(self.percentage), "order": 0, "cumulative": 0}]}


def code_of(product: Product) -> str | None:
    """The code of a product: its rate, else its reason for none."""
    tax = next(product.vat, None)
    return str(tax.tax_id) if tax else product.exemption_reason


@dataclass(frozen=True)
class Asked:
    """What a line says of its VAT. `own` is the code of its product, `what` names the line in sentences."""

    what: str
    customer: Customer
    percentage: Decimal | None
    given: str | None = None
    own: str | None = None


def decided(job: Job[SourceDocument, Settings], taxes: Sequence[Tax], asked: Asked) -> Vat:
    """The VAT of a line. Raises as `shared/vat.py` does, and `Unmappable` for a rate of 0 % without a reason."""
    what, percentage = asked.what, asked.percentage
    regime = regime_of(asked.customer, job.administration, percentage)
    chosen = choose(
        regime=regime, given=asked.given, product=asked.own, percentage=percentage, settings=job.settings, what=what
    )
    tax = _tax(taxes, chosen.code, percentage)
    check(chosen, _neutral(chosen.code, tax), percentage if regime == "domestic" else NOTHING, what)
    if tax is None:
        return Vat(NOTHING, reason=chosen.code)
    return Vat(tax.value, tax=tax.tax_id) if tax.value else Vat(NOTHING, reason=_reason(tax, what))


def _reason(tax: Tax, what: str) -> str:
    """A rate of 0 % cannot stand on a line; its reason can."""
    if tax.exemption_reason is None:
        raise Unmappable(
            "vat_codes",
            f"{what} has no VAT, and rate {tax.name or tax.tax_id} does not say why. Choose an exemption reason "
            "(as M07) for 0 % in the settings.",
            key="0",
        )
    return tax.exemption_reason


def _tax(taxes: Sequence[Tax], code: str, percentage: Decimal | None) -> Tax | None:
    """The rate with this id, else with this name; of several names alike the one that charges what the line says."""
    by_id = next((tax for tax in taxes if str(tax.tax_id) == code), None)
    if by_id is not None:
        return by_id
    named = [tax for tax in taxes if tax.name and tax.name.casefold() == code.casefold()]
    fitting = [tax for tax in named if percentage in (None, tax.value)]
    return next(iter(fitting or named), None)


def _neutral(code: str, tax: Tax | None) -> VatCode | None:
    if tax is not None:
        return VatCode(code, tax.name or code, tax.value, for_sales=tax.is_vat)
    return VatCode(code, "exemption reason", NOTHING) if _EXEMPTION.fullmatch(code) else None
