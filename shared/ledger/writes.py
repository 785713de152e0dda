"""What the ledger keeps of one write to a package, and what makes a write happen. Pure."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import Field

from shared.clock import EPOCH, Moment
from shared.ledger.states import IN_DOUBT, StepState
from shared.mapping import Draft, Receipt, Request
from shared.records import Record
from shared.schemas.base import Frozen
from shared.schemas.money import Exact

TOLERANCE = Decimal("0.05")
"""How far a found document's total may lie from ours and still be ours: the package's own rounding of lines."""


class Expected(Frozen):
    """What was sent, as far as a look-up or a reconciliation can compare it."""

    customer: str | None = None
    total_excl: Exact | None = None
    currency: str | None = None
    day: date | None = None
    request_hash: str = ""


class Sent(Frozen):
    """What a write was made of: the event's body, and the settings of the connection. A look-up goes by these."""

    body: dict[str, Any] = Field(repr=False)
    settings: dict[str, Any]


class Step(Record):
    """The stored record of one write.

    `revision` is that of the document that was sent, and `sent` what it was made of, as long as its answer is in doubt;
    a newer one may have come since. `resends` counts sends after a look-up said absent.
    """

    entry: str
    what: str
    state: StepState = "planned"
    version: int = 0
    fence: int = 0
    revision: int = 0
    attempt: int = 0
    resends: int = 0
    absences: int = 0
    settle_at: Moment = EPOCH
    expected: Expected = Expected()
    sent: Sent | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    url: str | None = None
    total_excl: Exact | None = None
    remote_key: str | None = None
    vendor_says: str | None = None

    @property
    def in_doubt(self) -> bool:
        """It may be in the package."""
        return self.state in IN_DOUBT

    @property
    def receipt(self) -> Receipt:
        """What the package holds, once confirmed."""
        assert self.vendor_id is not None
        return Receipt(self.vendor_id, self.vendor_number, self.url, self.expected.customer, self.total_excl)


@dataclass(frozen=True)
class Write:
    """How to make one write happen. `prepare` is called only when something is to be sent.

    `what` names it for people ("sales order", "relation 4711"); `scope` tells apart equal vendor ids of other
    administrations; `settle_after` is the vendor's longest processing time, `timeout` that of one call.
    `makes_record` False: it changes a record that another step made, so both have the same vendor id.
    `find_proves_absence` False: what `find` does not show may be there all the same. `sent` is kept until it is
    settled, for look-ups that go by what a newer revision may change (days, customers). `adopt` is set while the
    ledger is not trusted: what `find` shows before the first send is compared with what it gives, and taken over.
    """

    id: str
    entry: str
    revision: int
    what: str
    scope: str
    find: Callable[[], Awaitable[Sequence[Receipt]]]
    prepare: Callable[[], Awaitable[Draft]]
    send: Callable[[Request], Awaitable[Receipt]]
    timeout: timedelta
    settle_after: timedelta
    find_before_first_send: bool = False
    makes_record: bool = True
    find_proves_absence: bool = True
    sent: Sent | None = None
    adopt: Callable[[], Awaitable[Expected]] | None = None


def matches(hit: Receipt, expected: Expected) -> bool:
    """Whether what the package holds can be what was sent: same customer, and the same total but for its rounding."""
    if hit.customer and expected.customer and hit.customer != expected.customer:
        return False
    if hit.total_excl is None or expected.total_excl is None:
        return True
    return abs(hit.total_excl - expected.total_excl) <= TOLERANCE


def expected_of(draft: Draft) -> Expected:
    """What a look-up compares with."""
    body = dumps(draft.request.body, sort_keys=True, default=str)
    return Expected(
        customer=draft.customer,
        total_excl=draft.total_excl,
        currency=draft.currency,
        day=draft.day,
        request_hash=sha256(body.encode()).hexdigest(),
    )
