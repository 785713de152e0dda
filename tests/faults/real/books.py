"""The platform's work orders, and the judge: the books by the sandbox's own memory, compared with what the ledger says.

Each order has a total of its own, so that a document with the content of another one is noticed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from shared import topics
from shared.envelope import Message
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportOutcome
from shared.store import Is
from shared.store.collections import LEDGER, STEPS
from tests.factories import completed, make_customer, make_work_order
from tests.faults.tally import Tally
from tests.kafka.installation import ONE_LINE, Installation

UNIT_PRICE = Decimal("42.50")
MANY = 1_000_000


@dataclass(frozen=True)
class Order:
    """One completed work order and what it must come to in the books, excluding VAT."""

    number: str
    total: Decimal
    message: Message


def orders(connections: Sequence[Connection], count: int, prefix: str = "WO") -> list[Order]:
    """So many, dealt out to the tenants in turn."""
    return [_order(connections[n % len(connections)], f"{prefix}-{n}", n + 1) for n in range(count)]


def _order(connection: Connection, number: str, quantity: int) -> Order:
    line = ONE_LINE.model_copy(update={"quantity": Decimal(quantity), "unit_price": UNIT_PRICE})
    debtor = str(90_000 + int(connection.tenant.rpartition("-")[2]))
    made = make_work_order(number, customer=make_customer(debtor_number=debtor), materials=(line,), hours=())
    return Order(number, quantity * UNIT_PRICE, completed(made, connection.tenant))


@dataclass(frozen=True)
class Findings:
    """What is not as promised, in sentences; none when every promise was kept.

    `faults`: how often something was killed, frozen, cut off or moved; `notes`: what else there is to say.
    """

    double: Sequence[str] = ()
    lost: Sequence[str] = ()
    broken: Sequence[str] = ()
    faults: int = 0
    notes: Sequence[str] = ()

    def also(self, *broken: str) -> Self:
        """With more promises that were broken."""
        return replace(self, broken=[*self.broken, *broken])

    def after(self, *notes: str, faults: int) -> Self:
        """With what was done, and what there is to say of it."""
        return replace(self, faults=faults, notes=notes)

    @property
    def tally(self) -> Tally:
        """As numbers."""
        found = {"duplicates": len(self.double), "lost": len(self.lost), "violations": len(self.broken)}
        return Tally(points=self.faults, runs=1, **found)

    def __str__(self) -> str:
        return "\n".join([*self.double, *self.lost, *self.broken]) or "as promised"


@dataclass(frozen=True)
class Evidence:
    """Both sides, when all is quiet.

    `rows` and `customers` are what was made in the package, `told` the newest outcome of each number, `open_steps` the
    ids of writes that nobody has settled.
    """

    published: Sequence[Order]
    rows: Sequence[Mapping[str, Any]]
    customers: Sequence[Mapping[str, Any]]
    entries: Mapping[str, Entry]
    told: Mapping[str, ExportOutcome]
    open_steps: Sequence[str] = ()


async def gathered(here: Installation, published: Sequence[Order]) -> Evidence:
    """What the package, the ledger and the topic of outcomes say now."""
    memory = here.sandbox.memory()
    unsettled = {"state": Is("in", ["sending", "uncertain"])}
    return Evidence(
        published,
        memory["sales_orders"],
        memory["accounts"],
        {entry.number: entry for entry in await ledger(here)},
        await _told(here),
        [row["id"] for row in await here.hub.store.find(STEPS, unsettled, limit=MANY)],
    )


async def ledger(here: Installation) -> list[Entry]:
    """All of it."""
    return [Entry.of(row) for row in await here.hub.store.find(LEDGER, {}, limit=MANY)]


async def _told(here: Installation) -> Mapping[str, ExportOutcome]:
    """The newest outcome of each document, as the contract says how to read them: by their sequence."""
    records = sorted(await here.records(topics.EXPORT_OUTCOMES), key=lambda record: dict(record.headers)["ce_sequence"])
    outcomes = [ExportOutcome.model_validate_json(record.value or b"") for record in records]
    return {outcome.number: outcome for outcome in outcomes}


def judge(evidence: Evidence) -> Findings:
    """Compare what was published with the books, the ledger and the outcomes. Pure."""
    books = {row["YourRef"]: row for row in evidence.rows}
    return Findings(
        list(_double(evidence)),
        [why for order in evidence.published if (why := _missing(order, books, evidence.entries))],
        [why for order in evidence.published if (why := _wrong(order, books, evidence))] + list(_odd(evidence)),
    )


def _double(evidence: Evidence) -> Iterator[str]:
    for number, times in Counter(row["YourRef"] for row in evidence.rows).items():
        if times > 1:
            yield f"{number} is in the books {times} times"
    for (_, code), times in Counter((row["Division"], row["Code"]) for row in evidence.customers).items():
        if times > 1:
            yield f"customer {code.strip()} was made {times} times"


def _missing(order: Order, books: Mapping[str, object], entries: Mapping[str, Entry]) -> str | None:
    entry = entries.get(order.number)
    if entry is None:
        return f"{order.number} never reached the ledger"
    if order.number not in books and (entry.state == "confirmed" or not entry.reason):
        return f"{order.number} is not in the books, and nobody is told why ({entry.state})"
    return None


def _wrong(order: Order, books: Mapping[str, Mapping[str, Any]], evidence: Evidence) -> str | None:
    row, entry = books.get(order.number), evidence.entries.get(order.number)
    if entry is None:
        return None  # lost
    if row is None:
        # Not lost; but nothing in these trials stands in a document's way for good.
        return f"{order.number} is {entry.state}: {entry.reason}" if entry.reason else None
    if entry.state != "confirmed" or entry.vendor_number != str(row["OrderNumber"]):
        return f"{order.number} is {row['OrderNumber']} in the books, {entry.state} {entry.vendor_number} in the ledger"
    if row["AmountFCExclVat"] != order.total:
        return f"{order.number} comes to {row['AmountFCExclVat']} in the books, not {order.total}"
    outcome = evidence.told.get(order.number)
    if outcome is None or (outcome.result, outcome.vendor_number) != ("exported", entry.vendor_number):
        return f"{order.number}: the platform was told {outcome and outcome.result}"
    return None


def _odd(evidence: Evidence) -> Iterator[str]:
    for number in sorted({row["YourRef"] for row in evidence.rows} - {order.number for order in evidence.published}):
        yield f"{number} is in the books, and nobody completed it"
    for id in evidence.open_steps:
        yield f"step {id} is still open"
