"""What must be true when all is quiet. The package's own memory decides, then the ledger must agree with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from shared import connectors, topics
from shared.clock import stamp
from shared.ledger.entry import Entry
from shared.sandbox.scenario import Booked
from shared.schemas.messages import ExportOutcome
from shared.store.collections import CONNECTIONS, FINGERPRINTS, LEDGER, RUNS, STEPS
from tests.faults.calls import overrun
from tests.faults.flows import chosen, export_of, kinds_of
from tests.faults.simulation.absences import Absences
from tests.faults.simulation.documents import Published
from tests.faults.simulation.owner import unanswered
from tests.faults.simulation.world import World
from tests.faults.virtual_time import BEGIN

HOURS_UNTIL_QUIET = 12
LOOK = 60.0
LATEST = timedelta(seconds=120)
"""How long after its call the package may still do what it was asked for."""
TOO_MANY = 429
CHANGED = "it was completed again"
"""The one reason to refuse a document of the simulation: it is in the package, and cannot be changed there."""
RESULTS = {
    "confirmed": "exported",
    "refused": "refused",
    "skipped": "skipped",
    "unsure": "unsure",
    "waiting": "waiting",
}


async def until_quiet(world: World) -> None:
    """Wait until everything was done that can be done, and every connection was read once more."""
    loop = asyncio.get_running_loop()
    calm = loop.time()
    while busy := _busy(world, calm):
        if loop.time() - calm > HOURS_UNTIL_QUIET * 3600:
            world.story.broke(f"not quiet after {HOURS_UNTIL_QUIET} hours: {', '.join(busy)}")
            return
        await asyncio.sleep(LOOK)
    await asyncio.sleep(LOOK)
    await world.sandbox.arrive()


def _busy(world: World, calm: float) -> list[str]:
    """What is still to be done."""
    live = {row["id"] for row in world.memory.documents(CONNECTIONS) if row["state"] == "connected"}
    entries = [Entry.of(row) for row in world.memory.documents(LEDGER)]
    served = [entry for entry in entries if entry.connection in live]
    found = [f"{entry.id} is {entry.state} ({entry.reason})" for entry in served if entry.due]
    found += [f"{entry.id} needs a word" for entry in served if unanswered(entry)]
    found += [f"outcome of {entry.id}" for entry in entries if entry.outcome_due]
    found += [f"run {row['id']}" for row in world.memory.documents(RUNS) if row["state"] == "active"]
    found += [f"{world.kafka.behind()} events"] if world.kafka.behind() else []
    since = max(BEGIN + timedelta(seconds=calm), world.invariants.last_write + LATEST)
    read = {row["connection"] for row in world.memory.documents(RUNS) if row["started"] > stamp(since)}
    return found + [f"sync of {id}" for id in sorted(live - read)]


class Oracle:
    """Compares the books, the ledger, what the platform was told and what was imported."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._story = world.story
        self._booked = world.known.documents(world.sandbox)
        self._entries = [Entry.of(row) for row in world.memory.documents(LEDGER)]
        self._live = {row["id"] for row in world.memory.documents(CONNECTIONS) if row["state"] == "connected"}
        self._published = [one for platform in world.platforms for one in platform.documents.values()]
        self._absences = Absences(self._booked, self._published, world.owner)

    def judge(self) -> None:
        """Everything; what is wrong is told to the story."""
        for document in self._published:
            self._once(document)
            self._not_lost(document)
        self._billed_once()
        self._ledger_agrees()
        self._revisions()
        self._within_budget()
        self._told()
        self._customers()
        self._imported()

    def _once(self, document: Published) -> None:
        made = [one for one in self._booked if one.reference == document.number]
        if len(made) > 1:
            self._story.duplicate(f"{document.number}, {len(made)} times")
        for one in made:
            if one.total not in document.totals.values():
                self._story.broke(f"{document.number} is in the books with {one.total}, never published so")

    def _not_lost(self, document: Published) -> None:
        """In the books, and known to be; or absent, and for a reason."""
        entries = [one for one in self._entries if one.number == document.number and one.tenant == document.tenant]
        there = {one.administration for one in self._booked if one.reference == document.number}
        tell = self._story.broke if there else self._story.gone
        judged = [one for one in entries if one.connection in self._live or not there]
        if not judged:
            tell(f"{document.number} has no entry in the ledger")
        absences = [one for one in judged if one.administration not in there]
        wrong = [one for one in absences if not self._absences.explained(document, one, entries)]
        wrong += [one for one in judged if one.administration in there and not _kept(one)]
        if wrong:
            tell(f"{document.number} is {', '.join(f'{one.state} ({one.reason})' for one in wrong)}")

    def _billed_once(self) -> None:
        """Of a work order and the invoices for it, one is in the books; what only records bills nothing."""
        made, orders_bill = {one.reference for one in self._booked}, self._work_orders_bill()
        bills = [one for one in self._published if one.number in made and not self._taken_back(one)]
        billed = Counter(one.work for one in bills if orders_bill or one.work != one.number)
        for work, times in billed.items():
            if work and times > 1:
                self._story.duplicate(f"the work of {work}, billed {times} times")

    def _work_orders_bill(self) -> bool:
        declared = connectors.get(self._world.connector)
        return "workorder" in chosen(declared) and export_of(declared, "workorder").bills

    def _taken_back(self, document: Published) -> bool:
        """All of it, by a credit note in the books: the work may be billed anew."""
        notes = {one.number: one.totals[1] for one in self._published if one.credits == document.number}
        return any(notes.get(one.reference) == -document.totals[1] for one in self._booked)

    def _ledger_agrees(self) -> None:
        by_id = self._by_id()
        confirmed = Counter((entry.administration, entry.vendor_id) for entry in self._entries if entry.vendor_id)
        for entry in self._entries:
            if entry.vendor_id and (entry.administration, entry.vendor_id) not in by_id:
                self._story.broke(f"{entry.id} is confirmed, but not in the books")
        for one in self._booked:
            count = confirmed[one.administration, one.id]
            if count != 1 and not self._left_by_an_ended_connection(one):
                self._story.broke(f"{one.reference} is in the books, and {count} entries are confirmed as it")

    def _by_id(self) -> dict[tuple[str, str], Booked]:
        """By administration and id: packages may give the same id in each."""
        return {(one.administration, one.id): one for one in self._booked}

    def _left_by_an_ended_connection(self, booked: Booked) -> bool:
        """Its connection ended between the call and the last word of the ledger; the step that made it is there."""
        ended = {entry.id for entry in self._entries if entry.connection not in self._live}
        steps = [row for row in self._world.memory.documents(STEPS) if row["entry"] in ended]
        perhaps = {row["entry"] for row in steps if row["state"] != "confirmed"}
        return any(row["vendor_id"] == booked.id for row in steps) or any(
            entry.number == booked.reference and entry.id in perhaps for entry in self._entries
        )

    def _revisions(self) -> None:
        """What is in the books is the very revision that the ledger calls sent."""
        totals = {one.number: one.totals for one in self._published}
        by_id = self._by_id()
        for entry in self._entries:
            made = by_id.get((entry.administration, entry.vendor_id or ""))
            if made and entry.sent_revision and totals[entry.number].get(entry.sent_revision) != made.total:
                self._story.broke(f"{entry.number}: revision {entry.sent_revision} is not what the books have")

    def _within_budget(self) -> None:
        """The package never had to refuse a call because there were too many, nor did more come than it allows."""
        calls = self._world.sandbox.calls
        too_many = sum(call.status == TOO_MANY for call in calls)
        if too_many:
            self._story.broke(f"the package refused {too_many} calls because there were too many")
        administrations = {row["administration"]["code"] for row in self._world.memory.documents(CONNECTIONS)}
        for window in connectors.get(self._world.connector).limit.windows:
            allowed = replace(window, calls=window.calls * len(administrations))  # each has its own
            if overrun(calls, allowed):
                self._story.broke(f"more than {allowed.calls} calls in a {window.name}")

    def _told(self) -> None:
        """The last the platform heard of each document is how it is."""
        told = self._last_told()
        for entry in self._entries:
            result = RESULTS.get(entry.state) if entry.final or entry.waits_for else None
            now, heard = f"{result} {entry.vendor_number}", told.get((entry.connection, entry.document))
            if entry.connection in self._live and result and heard != now:
                self._story.broke(f"{entry.number} is {now}, and the last the platform was told is {heard}")

    def _last_told(self) -> dict[tuple[str, str], str]:
        """By connection and document what its newest outcome says, as the contract says how to read them."""
        records = self._world.kafka.records(topics.EXPORT_OUTCOMES)
        in_order = sorted(records, key=lambda record: dict(record.headers)["ce_sequence"] or b"")
        outcomes = [ExportOutcome.model_validate_json(record.value or b"") for record in in_order]
        return {(one.connection, one.document): f"{one.result} {one.vendor_number}" for one in outcomes}

    def _customers(self) -> None:
        """Each customer was made once, however many documents needed it at once."""
        needed = self._world.known.records(self._world.sandbox)
        made = Counter((one.administration, one.kind, one.key) for one in needed)
        for (administration, kind, key), count in made.items():
            if count > 1:
                self._story.duplicate(f"{kind} {key} of {administration}, {count} times")

    def _imported(self) -> None:
        """What a new consumer would read of each live connection is what the package has."""
        for row in self._world.memory.documents(CONNECTIONS):
            if row["state"] == "connected":
                self._compare(row["id"], row["administration"]["code"])

    def _compare(self, connection: str, administration: str) -> None:
        scope = f"{connection}|{administration}"
        (kind,) = kinds_of(self._world.connector)[:1]
        kept = {
            one["vendor_id"] for one in self._world.memory.documents(FINGERPRINTS) if one["scope"] == f"{scope}|{kind}"
        }
        present = _present(self._world, scope, kind)
        there = self._world.known.listed(self._world.sandbox, administration, kind).keys()
        if present != kept:
            self._story.broke(f"{kind}s of {scope}: {len(present)} on the topic, {len(kept)} remembered")
        if different := present ^ there:
            self._story.broke(f"{kind}s of {scope}: {sorted(different)} differ between package and topic")


def _kept(entry: Entry) -> bool:
    """Whether the ledger may say that of a document that is in the books."""
    return entry.state == "confirmed" or (entry.state == "refused" and (entry.reason or "").startswith(CHANGED))


def _present(world: World, scope: str, kind: str) -> set[str]:
    """Vendor ids on the topic of a kind: of each key the one with the highest sequence, deletions left out."""
    newest: dict[str, tuple[str, bool]] = {}
    for record in world.kafka.records(topics.entities(kind)):
        key, headers = record.key or "", dict(record.headers)
        sequence = (headers["ce_sequence"] or b"").decode()
        if key.startswith(f"{scope}|") and sequence >= newest.get(key, ("", False))[0]:
            newest[key] = sequence, record.value is not None
    return {key.rpartition("|")[2] for key, (_, there) in newest.items() if there}
