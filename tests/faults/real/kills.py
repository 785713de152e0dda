"""SIGKILL at random moments: exporters, importer and scheduler die and are started again while they work."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.exporting import request_message
from shared.ledger.entry import Entry
from shared.runs import Runs
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest
from shared.store.collections import LEDGER
from tests.faults.real.books import Findings, Order, ledger, orders
from tests.faults.real.imported import misread, rename
from tests.faults.real.place import conclude, held_by, publish, slow_writes, told, until, until_told
from tests.faults.simulation.owner import BY_MISTAKE
from tests.kafka.installation import Installation, end_sessions
from tests.kafka.processes import Service

CREW = ("exporter", "exporter", "importer", "scheduler")
LIKELY = (4, 4, 4, 1)
"""How often each of them is hit."""

TENANTS = 6
CALLS = 3
"""Calls between two kills, at most, for each document; one takes more than half of that: kills fall into the work."""

READS = 2
"""Calls before an importer is killed, at most, for each connection: a sync takes about as many."""


SHARES = 10
"""Not all relations get another name before each kill: what is lost of one would come with the next."""


@dataclass
class Killed:
    """How often each service was killed, and how often it held a lane then."""

    times: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CREW, 0))
    at_work: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CREW, 0))

    def findings(self, found: Findings) -> Findings:
        """Together with what came of it; and who was never hit at work, because then nothing was proved."""
        missed = [name for name in ("exporter", "importer") if not self.at_work[name]]
        notes = [f"{name}: {times} times, {self.at_work[name]} of them at work" for name, times in self.times.items()]
        done = found.after(*notes, faults=sum(self.times.values()))
        return done.also(*(f"no {name} was killed at work, so nothing was proved of it" for name in missed))


async def random_kills(here: Installation, seed: int, kills: int, documents: int) -> Findings:
    """So many kills while so many documents are made and the books change; then all must be as promised.

    Most are in the ledger before the first kill, so that there is always something to hit; the others are published in
    between, a few before each kill.
    """
    dice, killed = Random(seed), Killed()
    connections = await here.connect(TENANTS)
    published = orders(connections, documents)
    slow_writes(here, 0.05)
    crew = [await here.services.start(name) for name in CREW]
    done = documents * 3 // 4
    await publish(here, published[:done])
    await _until_taken_in(here, done)
    for n in range(kills):
        before, done = done, documents * 3 // 4 + documents * (n + 1) // kills // 4
        await publish(here, published[before:done])
        (place,) = dice.choices(range(len(CREW)), LIKELY)
        if CREW[place] == "importer":
            await _something_to_read(here, connections, n)
            await _in_the_middle(here, dice, READS * TENANTS, done, "sync/")
        else:
            await _in_the_middle(here, dice, CALLS * documents // kills, done)
        await _kill_one(here, crew, place, killed)
    await publish(here, published[done:])
    await end_sessions(here.hub.settings.kafka)
    found = await concluded(here, published)
    return killed.findings(found.also(*await misread(here, connections)))


async def _until_taken_in(here: Installation, count: int) -> None:
    async def taken_in() -> bool:
        return await here.hub.store.count(LEDGER, {}) >= count

    await until(here, taken_in, f"the ledger holds {count} documents")


async def _something_to_read(here: Installation, connections: Sequence[Connection], n: int) -> None:
    """A share of the relations gets another name, and a sync of each connection is under way or will be in a moment."""
    rename(here, connections, f"Renamed before kill {n}", slice(n % SHARES, None, SHARES))
    if not await Runs(here.hub.store).all_active():
        await end_sessions(here.hub.settings.kafka)  # or the importer that lives waits for the one that was killed
        await here.tick(connections, f"before kill {n}")


async def _in_the_middle(here: Installation, dice: Random, most: int, published: int, path: str = "") -> None:
    """Until so many more calls reached the package, and a moment longer: the kill may fall anywhere in the work."""
    before, more = len(here.sandbox.calls), dice.randint(1, most)

    async def called() -> bool:
        calls = sum(path in call.path for call in here.sandbox.calls[before:])
        return calls >= more or await told(here) >= published

    await until(here, called, "the package is called")
    await asyncio.sleep(dice.uniform(0, 0.05))


async def _kill_one(here: Installation, crew: list[Service], place: int, killed: Killed) -> None:
    victim, name = crew[place], CREW[place]
    await victim.kill()
    killed.times[name] += 1
    killed.at_work[name] += bool(await held_by(here, victim))
    crew[place] = await here.services.start(name)


async def concluded(here: Installation, published: Sequence[Order]) -> Findings:
    """As `conclude`, but people do their part before, once: what was put aside by mistake is sent again.

    That is what stopped its worker three times in a row: by chance, here. Of what may have arrived they look first.
    """
    await until_told(here, len(published))
    if mistaken := [entry for entry in await ledger(here) if _put_aside_by_mistake(entry)]:
        now, books = await here.hub.store.now(), {row["YourRef"]: row for row in here.sandbox.memory()["sales_orders"]}
        words = [(entry, _word(entry, books.get(entry.number))) for entry in mistaken]
        await here.hub.bus.publish([request_message(entry, word, "test", now) for entry, word in words])
        await until(here, lambda: _all_heard(here, mistaken), "what was put aside is tried again")
    return await conclude(here, published)


def _put_aside_by_mistake(entry: Entry) -> bool:
    return entry.state in {"refused", "unsure"} and BY_MISTAKE in (entry.reason or "")


def _word(entry: Entry, there: Mapping[str, Any] | None) -> ExportRequest:
    if there is None:
        return ExportRequest(connection=entry.connection, entry=entry.id)
    made = {"vendor_id": there["OrderID"], "vendor_number": str(there["OrderNumber"])}
    return ExportRequest(connection=entry.connection, entry=entry.id, reason="it_is_there", **made)


async def _all_heard(here: Installation, asked: Sequence[Entry]) -> bool:
    now = {entry.id: entry for entry in await ledger(here)}
    return all(now[entry.id].asked_at is not None for entry in asked)
