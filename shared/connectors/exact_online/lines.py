"""A line of an Exact document: which item, how many, which price, which VAT. Pure.

Exact has no lines without an item (section 8).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared import vat
from shared.schemas.documents import VatRegime
from shared.schemas.money import line_total

from . import odata
from .gathered import WorkOrderJob
from .models import BilledItem

DESCRIPTION_LENGTH = 60
"""The one known length: an item's description (Exact fact sheet, section 8). Longer text goes to notes in full."""

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One line. `code` is what the work order asked for, `item` what Exact has for it; `price` None: Exact decides.

    `ledger` is a code; None leaves it to the item.
    """

    code: str
    item: BilledItem
    quantity: Decimal
    price: Decimal | None
    discount_percentage: Decimal
    vat_code: str
    text: str
    ledger: str | None = None

    @property
    def total(self) -> Decimal | None:
        """Excluding VAT, in cents; None when Exact decides the price."""
        if self.price is None:
            return None
        return line_total(self.quantity, self.price, self.discount_percentage)

    @property
    def body(self) -> dict[str, Any]:
        """As Exact wants it, in sales orders and sales invoices alike; without the ledger, which orders do not have."""
        return {
            "Item": self.item.ID,
            "Quantity": odata.number(self.quantity),
            **self._price,
            # Always sent: an item without a VAT code makes a line without VAT, and no error (section 10). Padded to 3.
            "VATCode": self.vat_code.ljust(3),
            "Description": clipped(self.text),
            **({"Notes": self.text} if clipped(self.text) != self.text else {}),
        }

    @property
    def _price(self) -> dict[str, float]:
        if not self.discount_percentage:
            return {} if self.price is None else {"NetPrice": odata.number(self.price)}
        # A fraction, where the header's discount is a percentage (section 8). Exact takes it off the unit price.
        discount = {"Discount": odata.number(self.discount_percentage / 100)}
        return discount if self.price is None else {"UnitPrice": odata.number(self.price)} | discount


def line(
    job: WorkOrderJob,
    item: BilledItem,
    *,
    quantity: Decimal,
    price: Decimal | None,
    percentage: Decimal | None,
    text: str,
    code: str | None = None,
    discount: Decimal = NOTHING,
    own_vat_code: str | None = None,
    own_ledger: str | None = None,
) -> Line:
    """A line with its VAT code and its ledger decided; `percentage` is that of its VAT. Raises as `shared/vat.py`."""
    settings = job.settings
    return Line(
        code=code or item.Code or "",
        item=item,
        quantity=quantity,
        price=price,
        discount_percentage=discount,
        vat_code=vat.choose(
            regime=regime(job, percentage),
            given=own_vat_code,
            product=item.SalesVatCode,
            percentage=percentage,
            settings=settings,
            what=f"Item {item.Code} on work order {job.document.number}",
        ).code,
        text=text or item.Description or item.Code or "",
        ledger=own_ledger or (None if item.GLRevenue else settings.ledger),
    )


def regime(job: WorkOrderJob, percentage: Decimal | None) -> VatRegime:
    """How a line with this VAT is taxed: who pays decides."""
    return vat.regime_of(job.document.invoice_customer, job.administration, percentage)


def on_one_line(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


def clipped(text: str) -> str:
    """The text as a description: on one line, and no longer than descriptions surely are."""
    return on_one_line(text)[:DESCRIPTION_LENGTH].rstrip()
