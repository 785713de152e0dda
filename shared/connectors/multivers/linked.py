"""An order that a work order was made of gets what was used and worked, line by line. Pure.

What the office wrote there stays. A line with an article that was used gets the quantity that was used, and keeps its
price; what the order does not have yet is added. Each line that is ours says so in its text, so that it is found again:
after a lost answer, and when the same work order is sent once more.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shared.errors import Rejected
from shared.mapping import Draft, Request
from shared.schemas.money import line_total

from . import worked
from .forms import as_it_came, number
from .gathered import Gathered, Linked, WorkOrderJob
from .imports import per_one
from .lines import DESCRIPTION, NOTHING, Line
from .models import Order, OrderLine

_MARKED = re.compile(r"\[Werkbon [^\]]*\]")
RawLine = dict[str, Any]


def gone(id: str) -> Rejected:
    """The order was deleted meanwhile."""
    return Rejected(
        f"Order {id}, which this work order was made of, is not in Multivers any more. Take the order off the work "
        "order on the platform and complete it again: then it gets a new order, if you allow that in the settings."
    )


def closed(id: str, why: str) -> Rejected:
    """The order can no longer be changed."""
    return Rejected(
        f"Order {id}, which this work order was made of, cannot be changed any more: {why}. Take that back in "
        "Multivers and send the work order again, or book the materials and hours there by hand."
    )


def marker(reference: str) -> str:
    """What the text of our lines ends with."""
    return f"[Werkbon {reference}]"


def is_ours(line: OrderLine, reference: str) -> bool:
    """Whether a line was written for that work order."""
    return marker(reference) in (line.description or "")


def is_shared(lines: Sequence[OrderLine]) -> bool:
    """Whether work orders have written into an order of the office."""
    return any(_MARKED.search(line.description or "") for line in lines)


def update(job: WorkOrderJob, gathered: Gathered, linked: Linked, path: str) -> Draft:
    """The order with the work order's lines; `Rejected` when it cannot be changed any more."""
    order = Order.model_validate(linked.raw)
    if linked.info.is_billed:
        raise closed(order.order_id, f"it was billed as invoice {linked.info.invoice_id}")
    if not order.can_change:
        raise closed(order.order_id, order.cannot_change_reason or "Multivers does not say why")
    merge = _Merge(job, [dict(line) for line in linked.raw.get("orderLines") or ()])
    for line in (*worked.lines(job, gathered), *worked.texts(job)):
        merge.take(line)
    body = as_it_came({**linked.raw, "orderLines": merge.lines})
    return Draft(
        Request("PUT", path, body),
        total_excl=merge.total,
        currency=job.administration.currency,
        warnings=tuple(merge.warnings),
    )


class _Merge:
    """The lines of an order while they take up those of a work order."""

    def __init__(self, job: WorkOrderJob, lines: Sequence[RawLine]) -> None:
        self._job = job
        self._mark = marker(job.reference)
        self._old = lines
        self._shapes = [OrderLine.model_validate(line) for line in lines]
        # Ours of an earlier try are written anew; those of other work orders belong to them.
        self._ours = [place for place, one in enumerate(self._shapes) if is_ours(one, job.reference)]
        self._free = [place for place, one in enumerate(self._shapes) if not _MARKED.search(one.description or "")]
        self._lines: dict[int, RawLine] = {n: line for n, line in enumerate(lines) if n not in self._ours}
        self._new: list[RawLine] = []
        self.total = NOTHING
        self.warnings: list[str] = []

    @property
    def lines(self) -> list[RawLine]:
        """All lines, at the places they had, new ones behind them."""
        return [*(line for _, line in sorted(self._lines.items())), *self._new]

    def take(self, line: Line) -> None:
        """One line of the work order: onto the line it belongs to, else as a new one."""
        place = self._place_of(line)
        if place is not None and line.product is not None:
            self._use(line, place)
            return
        own = line.body(self._job.document.work_date, self._job.settings.cost_centre)
        own["description"] = self._marked(line.text)
        self.total += line.total
        if place is None:
            self._new.append(own)
        else:  # of an earlier try, surely ours
            self._lines[place] = _without_amount(self._old[place]) | own

    def _use(self, line: Line, place: int) -> None:
        """So much was used of what the order has; its price, discount and words stay."""
        old = self._shapes[place]
        quantity = number(line.quantity, f"The quantity of {line.product}")
        used = {"quantityOrdered": quantity, "quantityDelivered": quantity, "autoCalculatePrice": False}
        text = self._marked(old.description or line.text)
        self._lines[place] = {**_without_amount(self._old[place]), **used, "description": text}
        price = per_one(old.price, old.price_per) or NOTHING
        self.total += line_total(line.quantity, price, (old.discount or NOTHING) * 100)
        self._compare(line, price)

    def _place_of(self, line: Line) -> int | None:
        """Where the order has it: on a line of ours, else its article on one of the office; each is taken once."""
        for places, fits in ((self._ours, self._was), (self._free, self._is_for)):
            for place in places:
                if fits(self._shapes[place], line):
                    places.remove(place)
                    return place
        return None

    @staticmethod
    def _is_for(old: OrderLine, line: Line) -> bool:
        return line.product is not None and old.product_id == line.product

    def _was(self, old: OrderLine, line: Line) -> bool:
        """Whether a line of ours is this one; without an article its words tell."""
        if line.product is not None:
            return old.product_id == line.product
        return old.product_id is None and old.description == self._marked(line.text)

    def _marked(self, text: str) -> str:
        plain = text.replace(self._mark, "").strip()
        return f"{plain[: DESCRIPTION - len(self._mark) - 1]} {self._mark}".strip()

    def _compare(self, line: Line, price: Decimal) -> None:
        if line.price != price:
            self.warnings.append(
                f"The work order has {line.product} at {line.price:f}, and the order at {price:f}: the order's price "
                "was kept."
            )


def _without_amount(line: RawLine) -> RawLine:
    """Multivers computes it anew."""
    return {name: value for name, value in line.items() if name != "orderLineAmount"}


def our_total(lines: Sequence[OrderLine], reference: str) -> Decimal | None:
    """What the lines of that work order make; None when there are none."""
    ours = [line for line in lines if is_ours(line, reference)]
    return sum((line.order_line_amount or NOTHING for line in ours), NOTHING) if ours else None
