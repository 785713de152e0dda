"""A line of an invoice: how many, at which price, which VAT, which ledger. Pure (e-Boekhouden fact sheet, section 4).

A line has no discount and no amount of its own: the package multiplies. What does not come out even is sent as one
piece at the line's amount, so that it gets our cents, whatever it does with more than two decimals (section 15).
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shared import vat
from shared.errors import Rejected
from shared.schemas.documents import WorkOrder
from shared.schemas.money import line_total, to_cents

from . import lengths
from .gathered import BillJob, Gathered, ledger_of, payer
from .models import Artikel
from .vat_codes import VAT_CODES

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One line. `price` and `net` exclude VAT; `net` is in cents, with the discount (a percentage) taken off."""

    code: str
    text: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    unit: str
    vat_code: str
    ledger: str

    @property
    def net(self) -> Decimal:
        """What the line makes, in cents."""
        return line_total(self.quantity, self.price, self.discount)

    @property
    def percentage(self) -> Decimal:
        """What is charged with its VAT code; nothing where that is not known."""
        known = VAT_CODES.get(self.vat_code)
        return (known.percentage if known else None) or NOTHING

    def reversed(self) -> "Line":
        """The same line taken back."""
        return replace(self, quantity=-self.quantity)

    def body(self, cost_centre: str | None) -> dict[str, Any]:
        """As the package wants it."""
        return {
            **self._amounts,
            "Code": self.code,
            "BTWCode": self.vat_code,
            "TegenrekeningCode": self.ledger,
            "KostenplaatsID": int(cost_centre or 0),
        }

    @property
    def _amounts(self) -> dict[str, str]:
        price = self.price * (1 - self.discount / 100)
        if _plain(price) and _plain(self.quantity) and self.quantity * price == self.net:
            return _amounts(self.quantity, self.unit, self.text, price)
        return _amounts(Decimal(1), "", f"{self.text} ({self._calculation})", self.net)

    @property
    def _calculation(self) -> str:
        less = f" - {_comma(self.discount)} %" if self.discount else ""
        unit = f" {self.unit}" if self.unit else ""
        return f"{_comma(self.quantity)}{unit} x {_comma(self.price)}{less}"


def line(
    job: BillJob,
    gathered: Gathered,
    article: Artikel | None,
    *,
    code: str,
    text: str,
    quantity: Decimal,
    price: Decimal,
    percentage: Decimal | None,
    discount: Decimal = NOTHING,
    own_vat_code: str | None = None,
    own_ledger: str | None = None,
) -> Line:
    """A line with VAT code and ledger decided; `percentage` is that of its VAT, None: the code decides.

    Raises as `shared/vat.py`, and as `ledger_of`; `Rejected` for a code that is too long.
    """
    what = f"Item {code} on {named(job)}"
    lengths.must_fit(code, lengths.LINE_CODE, f"The code of item {code} on {named(job)}")
    return Line(
        code=code,
        text=text or (article.name if article else code),
        quantity=quantity,
        price=price,
        discount=discount,
        # Which units the package accepts is not known (section 15); those of its own articles it must.
        unit=(article.Eenheid if article else None) or "",
        vat_code=_vat_code(job, article, percentage, own_vat_code, what),
        ledger=ledger_of(own_ledger, article, job, gathered, what),
    )


def named(job: BillJob) -> str:
    """The document, as sentences name it."""
    kind = "work order" if isinstance(job.document, WorkOrder) else "invoice"
    return f"{kind} {job.document.number}"


def title(job: BillJob) -> str:
    """The document, as the books name it."""
    document = job.document
    if isinstance(document, WorkOrder):
        return f"Werkbon {document.number}"
    return f"{'Creditnota' if document.type == 'credit' else 'Factuur'} {document.number}"


def too_many(count: int, job: BillJob) -> None:
    """Raise `Rejected` for more lines than an invoice may have (section 8, CFACT006)."""
    if count > MOST_LINES:
        raise Rejected(
            f"{named(job).capitalize()} has {count} lines, and an invoice of e-Boekhouden has {MOST_LINES} at most. "
            "Split it on the platform, or book it by hand."
        )


MOST_LINES = 100


def _vat_code(job: BillJob, article: Artikel | None, percentage: Decimal | None, own: str | None, what: str) -> str:
    chosen = vat.choose(
        regime=vat.regime_of(payer(job.document), job.administration, percentage),
        given=own,
        product=article.BTWCode if article else None,
        percentage=percentage,
        settings=job.settings,
        what=what,
    )
    vat.check(chosen, VAT_CODES.get(chosen.code), percentage, what)
    return chosen.code


def _amounts(quantity: Decimal, unit: str, text: str, price: Decimal) -> dict[str, str]:
    return {
        "Aantal": f"{quantity:f}",
        "Eenheid": unit,
        "Omschrijving": text,
        "PrijsPerEenheid": f"{to_cents(price):f}",
    }


def _plain(amount: Decimal) -> bool:
    return amount == to_cents(amount)


def _comma(amount: Decimal) -> str:
    """As it is written in Dutch, without zeros at the end."""
    return f"{amount.normalize():f}".replace(".", ",")
