"""Events that were exported long ago come again, all of them: nothing is asked of the package, nothing is made.

The ledger is filled through the store's own calls, with entries exactly as the exporter leaves them: two documents are
exported in earnest, and the others are copies of their entry and step under names of their own. Exporting a hundred
thousand would take an hour and prove the same.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.document_events import wanted
from shared.ledger.entry import Entry, document_step, entry_id
from shared.ledger.writes import Step
from shared.schemas.connections import Connection
from shared.store import Is
from shared.store.collections import LEDGER, STEPS
from tests.faults.real.books import Findings, Order, orders
from tests.faults.real.place import PATIENCE, publish, until, until_running, until_told
from tests.kafka.groups import committed, extents
from tests.kafka.installation import Installation

EARNEST = 2
PAGE = 5_000
SLOWEST = 250
"""Events a second below which we give up waiting: far below what a busy machine does."""


@dataclass(frozen=True)
class Replayed:
    """What a replay came to. `calls` and `made` are what the package saw of it; `changed` entries are not as before."""

    events: int
    seconds: float
    calls: int
    made: int
    changed: int

    def findings(self) -> Findings:
        """What should not have happened."""
        broken = [f"the package was called {self.calls} times"] if self.calls else []
        broken += [f"{self.changed} entries of the ledger changed"] if self.changed else []
        double = [f"a second document, number {n + 1}" for n in range(self.made)]
        speed = f"{self.events:,} events in {self.seconds:.1f} s: {self.events / self.seconds:,.0f} a second"
        return Findings(double, broken=broken).after(speed, faults=0)


async def replayed(here: Installation, count: int) -> Replayed:
    """The replay of so many confirmed documents."""
    (connection,) = await here.connect(1)
    published = orders([connection], count)
    done, own = await _export_two(here, *published[:2])
    await _fill(here, connection, done, published)
    for begin in range(EARNEST, count, PAGE):
        await here.hub.bus.publish([order.message for order in published[begin : begin + PAGE]])
    before = len(here.sandbox.calls)
    seconds = await _take_in(here)
    # One more behind them all: what the replay had woken would have its turn before it.
    await publish(here, orders([connection], 1, "NEW"))
    await until_told(here, count + 1)
    as_before = {"version": done.version, "number": Is("!=", "NEW-0")}
    changed = count - await here.hub.store.count(LEDGER, as_before)
    calls = len(here.sandbox.calls) - before - own
    return Replayed(count, seconds, calls, len(here.sandbox.memory()["sales_orders"]) - EARNEST - 1, changed)


async def _export_two(here: Installation, first: Order, second: Order) -> tuple[Entry, int]:
    """What an exported document leaves in the ledger; and how many calls it takes when its customer is known."""
    exporter = await here.services.start("exporter")
    await publish(here, [first])
    await until_told(here, 1)
    before = len(here.sandbox.calls)
    await publish(here, [second])
    await until_told(here, 2)
    assert await exporter.stop() == 0
    done, _ = await here.entries()
    return done, len(here.sandbox.calls) - before


async def _fill(here: Installation, connection: Connection, done: Entry, published: Sequence[Order]) -> None:
    step = await here.hub.steps.get(document_step(done.id))
    assert step is not None
    for begin in range(EARNEST, len(published), PAGE):
        copies = [_entry(done, connection, order) for order in published[begin : begin + PAGE]]
        await here.hub.store.put_many(STEPS, [_step(step, entry).stored() for entry in copies])
        await here.hub.store.put_many(LEDGER, [entry.stored() for entry in copies])


def _entry(done: Entry, connection: Connection, order: Order) -> Entry:
    says = wanted(order.message.headers["ce_type"], order.message.body, connection.timezone)
    own = {"document": says.document, "number": says.number, "body": says.body, "content_hash": says.content_hash}
    id = entry_id(connection, says.flow, says.document)
    return done.model_copy(update={**own, "id": id, "vendor_id": f"vendor-{says.number}"})


def _step(step: Step, entry: Entry) -> Step:
    own = {"id": document_step(entry.id), "entry": entry.id, "vendor_id": entry.vendor_id}
    return step.model_copy(update={**own, "remote_key": f"{entry.scope}|{entry.vendor_id}"})


async def _take_in(here: Installation) -> float:
    """Seconds an exporter needs to read everything again, from its first share of the topics."""
    bootstrap = here.hub.settings.kafka
    ends = await extents(bootstrap)
    exporter = await here.services.start("exporter")
    await until_running(here, exporter)
    begun = time.monotonic()

    async def all_of_it() -> bool:
        return await committed(bootstrap) == ends

    await until(here, all_of_it, "the exporter has read everything again", PATIENCE + sum(ends.values()) / SLOWEST)
    return time.monotonic() - begun
