"""The platform's work orders, and the judge: what is in the books by the sandbox's own memory, and what the ledger says.

Each order has a total of its own, so that a document with the content of another one is noticed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shared import topics
from shared.envelope import Message
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportOutcome
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
    """What is not as promised, in sentences; none when every promise was kept."""

    double: Sequence[str] = ()
    lost: Sequence[str] = ()
    broken: Sequence[str] = ()

    def also(self, *broken: str) -> "Findings":
        """With more promises that were broken."""
        return replace(self, broken=[*self.broken, *broken])

    def tally(self, **more: int) -> Tally:
        """As numbers; `more` are points, scripts or runs."""
        return Tally(duplicates=len(self.double), lost=len(self.lost), violations=len(self.broken), **more)

    def __str__(self) -> str:
        return "\n".join([*self.double, *self.lost, *self.broken]) or "as promised"


async def findings(here: Installation, published: Sequence[Order]) -> Findings:
    """Compare what was published with the books, the ledger and the outcomes. To be asked when all is quiet."""
    entries = {entry.number: entry for entry in await ledger(here)}
    rows = here.sandbox.memory()["sales_orders"]
    books = {row["YourRef"]: row for row in rows}
    often = Counter(row["YourRef"] for row in rows)
    told = await _told(here)
    double = [f"{number} is in the books {times} times" for number, times in often.items() if times > 1]
    double += _twice_known(here)
    lost = [why for order in published if (why := _missing(order, books, entries))]
    broken = [why for order in published if (why := _wrong(order, books, entries, told))]
    strangers = often.keys() - {order.number for order in published}
    broken += [f"{number} is in the books, and nobody completed it" for number in sorted(strangers)]
    broken += [f"step {id} is still open" for id in await _open_steps(here)]
    return Findings(double, lost, broken)


async def ledger(here: Installation) -> list[Entry]:
    """All of it."""
    return [Entry.of(row) for row in await here.hub.store.find(LEDGER, {}, limit=MANY)]


async def _told(here: Installation) -> Mapping[str, ExportOutcome]:
    """The newest outcome of each document, as the contract says how to read them: by their sequence."""
    records = sorted(await here.records(topics.EXPORT_OUTCOMES), key=lambda record: dict(record.headers)["ce_sequence"])
    outcomes = [ExportOutcome.model_validate_json(record.value or b"") for record in records]
    return {outcome.number: outcome for outcome in outcomes}


def _twice_known(here: Installation) -> list[str]:
    """Customers that were made more than once in one administration."""
    accounts = Counter((row["Division"], row["Code"]) for row in here.sandbox.memory()["accounts"])
    return [f"customer {code} is there {times} times" for (_, code), times in accounts.items() if times > 1]


def _missing(order: Order, books: Mapping[str, object], entries: Mapping[str, Entry]) -> str | None:
    entry = entries.get(order.number)
    if entry is None:
        return f"{order.number} never reached the ledger"
    if order.number not in books and (entry.state == "confirmed" or not entry.reason):
        return f"{order.number} is not in the books, and nobody is told why ({entry.state})"
    return None


def _wrong(
    order: Order, books: Mapping[str, dict], entries: Mapping[str, Entry], told: Mapping[str, ExportOutcome]
) -> str | None:
    row, entry = books.get(order.number), entries.get(order.number)
    if row is None or entry is None:
        return None  # lost, or visibly waiting
    if entry.state != "confirmed" or entry.vendor_number != str(row["OrderNumber"]):
        return f"{order.number} is {row['OrderNumber']} in the books, {entry.state} {entry.vendor_number} in the ledger"
    if row["AmountFCExclVat"] != order.total:
        return f"{order.number} comes to {row['AmountFCExclVat']} in the books, not {order.total}"
    outcome = told.get(order.number)
    if outcome is None or (outcome.result, outcome.vendor_number) != ("exported", entry.vendor_number):
        return f"{order.number}: the platform was told {outcome and outcome.result}"
    return None


async def _open_steps(here: Installation) -> list[str]:
    rows = await here.hub.store.find(STEPS, {}, limit=MANY)
    return [row["id"] for row in rows if row["state"] in {"sending", "uncertain"}]
