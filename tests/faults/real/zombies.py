"""SIGSTOP: a process is frozen in its work for longer than its lease, another one finishes, and the first wakes up."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from deploy.local.kafka import RealKafka
from shared import topics
from shared.schemas.connections import Connection
from shared.store import Document
from shared.store.collections import FINGERPRINTS
from tests.faults.real.books import MANY, Findings, orders
from tests.faults.real.place import conclude, crew, publish, slow_writes, until, until_made, until_running, until_told
from tests.kafka.installation import CONNECTOR, ORDERS, RESOURCES, Installation
from tests.kafka.processes import Service

TENANTS = 6
PAGE = "sync/CRM/Accounts"
"""Where relations are read."""


async def frozen_in_a_write(here: Installation) -> Findings:
    """An exporter is frozen after the package made the document and before it read the answer."""
    published = orders(await here.connect(1), 2)
    here.sandbox.fail_next(kind="delay", when="after", seconds=1.0, match=ORDERS, method="POST")
    (zombie,) = await crew(here, "exporter")
    await publish(here, published[:1])
    await until_made(here, 1)
    async with frozen(zombie):
        other = await here.services.start("exporter")
        await until_told(here, 1)
    await until_it_noticed(here, zombie)
    # What it would do with its stale answer it has done by now; and it works on.
    await until_running(here, other)
    assert await other.stop() == 0
    await publish(here, published[1:])
    return await conclude(here, published)


async def random_freezes(here: Installation, seed: int, freezes: int, documents: int) -> Findings:
    """One exporter after the other is frozen at a random moment, until others took what it was at."""
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.02)
    group = await crew(here, "exporter", "exporter", "exporter", "importer")
    for n in range(freezes):
        await publish(here, published[documents * n // freezes : documents * (n + 1) // freezes])
        await asyncio.sleep(dice.uniform(0, 0.3))
        async with frozen(dice.choice(group[:3])):
            await _until_taken_over(here)
    return await conclude(here, published)


@asynccontextmanager
async def frozen(service: Service) -> AsyncIterator[None]:
    """Frozen while the block runs."""
    service.freeze()
    try:
        yield
    finally:
        service.thaw()


async def _until_taken_over(here: Installation) -> None:
    """Every lane that is held now is given back, or somebody else's by then.

    Who is frozen in the middle of a transaction locks the file of SQLite: then all wait, which is as good.
    """
    held = {lane.id: lane.fence for lane in await here.hub.lanes.of_connector(CONNECTOR) if lane.owner}

    async def others_have_them() -> bool:
        lanes = await here.hub.lanes.of_connector(CONNECTOR)
        free = all(lane.fence > held.get(lane.id, -1) or lane.owner is None for lane in lanes)
        return free or await _file_is_locked(here)

    await until(here, others_have_them, "others took over")


async def _file_is_locked(here: Installation) -> bool:
    settings = here.hub.settings
    return not settings.on_mongodb and await asyncio.to_thread(_locked, settings.sqlite_path)


def _locked(file: Path) -> bool:
    """Whether somebody holds the file of SQLite for longer than any transaction takes."""
    with contextlib.closing(sqlite3.connect(file, timeout=2.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


async def until_it_noticed(here: Installation, zombie: Service) -> None:
    """Wait until a process that was frozen knows that it lost its lane."""

    async def noticed() -> bool:
        return "turn ended" in zombie.log

    await until(here, noticed, f"{zombie.title} notices that it lost its lane")


@dataclass(frozen=True)
class LateWriter:
    """What an importer did that was frozen in the middle of publishing a page.

    `late` keys have an older record behind a newer one; `present` is what a consumer believes who goes by the sequence,
    `books` what the package holds; `overwritten` fingerprints are not as the importer left them that took over.
    """

    late: int
    present: Mapping[str, str]
    books: Mapping[str, str]
    overwritten: int

    def findings(self) -> Findings:
        """What should not have happened; and that nothing came late, because then nothing was proved."""
        broken = [f"{self.overwritten} fingerprints were overwritten"] if self.overwritten else []
        broken += ["consumers believe what the package does not hold"] if self.present != self.books else []
        broken += [] if self.late else ["nothing was published late, so nothing was proved"]
        return Findings(broken=broken)


async def importer_frozen_in_a_publish(here: Installation, kafka: RealKafka) -> LateWriter:
    """Kafka stops answering while a page is published, so that most of it waits inside the importer; that is frozen.

    Somebody changes the books, another importer takes the lane over and finishes; then the first one wakes up, and what
    it still had to send is sent.
    """
    (connection,) = await here.connect(1, exports_from=None)
    (zombie,) = await crew(here, "importer")
    await here.tick([connection], "first")
    await until(here, lambda: here.synced([connection]), "the first sync is finished")
    _rename_all(here, connection, "Renamed before")
    here.sandbox.fail_next(kind="delay", when="after", seconds=0.5, match=PAGE, method="GET")
    calls = len(here.sandbox.calls)
    await here.tick([connection], "second")
    await until(here, lambda: _asked(here, calls), "the importer asks for what changed")
    kafka.freeze()
    try:
        await _until_stuck(here, zombie)
        zombie.freeze()
    finally:
        kafka.thaw()
    here.change_books()
    _rename_all(here, connection, "Renamed meanwhile")
    other = await here.services.start("importer")
    await until(here, lambda: here.synced([connection], 2), "the other importer finished the sync")
    before = await _fingerprints(here)
    zombie.thaw()
    await until_it_noticed(here, zombie)
    assert await zombie.stop() == 0  # which sends whatever still waits
    await until_running(here, other)
    after = await _fingerprints(here)
    overwritten = sum(before.get(id) != row for id, row in after.items()) + len(before.keys() - after.keys())
    present, late = await _by_sequence(here)
    return LateWriter(late, present, here.books("relation", connection), overwritten)


def _rename_all(here: Installation, connection: Connection, name: str) -> None:
    division = int(connection.administration.code)
    for id in list(here.sandbox.division(division).tables[RESOURCES["relation"]].rows):
        here.sandbox.change(division, RESOURCES["relation"], id, Name=name)


async def _asked(here: Installation, before: int) -> bool:
    return any(PAGE in call.path for call in here.sandbox.calls[before:])


async def _until_stuck(here: Installation, service: Service) -> None:
    """It got its page and has nothing to do any more but to wait for Kafka: it sleeps, and uses no processor."""
    quiet, used = 0, -1

    async def stuck() -> bool:
        nonlocal quiet, used
        state, now = _processor(service)
        answered = all(call.status for call in here.sandbox.calls)
        quiet = quiet + 1 if answered and state == "S" and now - used <= 1 else 0
        used = now
        return quiet >= QUIET_LOOKS

    await until(here, stuck, f"{service.title} waits for Kafka")


QUIET_LOOKS = 8


def _processor(service: Service) -> tuple[str, int]:
    """State of a process and the ticks it used; see proc(5), /proc/PID/stat."""
    fields = Path(f"/proc/{service.pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], int(fields[11]) + int(fields[12])


async def _fingerprints(here: Installation) -> dict[str, Document]:
    return {row["id"]: row for row in await here.hub.store.find(FINGERPRINTS, {}, limit=MANY)}


async def _by_sequence(here: Installation) -> tuple[dict[str, str], int]:
    """What is on the topic of relations to who ignores a lower sequence: vendor id -> name; and how often one did."""
    newest: dict[str, tuple[str, bytes | None]] = {}
    late = set()
    for record in await here.records(topics.entities("relation")):
        key, sequence = record.key or "", dict(record.headers)["ce_sequence"].decode()
        if sequence < newest.get(key, ("", None))[0]:
            late.add(key)
        else:
            newest[key] = sequence, record.value
    values = [json.loads(value) for _, value in newest.values() if value]
    return {value["vendor_id"]: value["record"]["name"] for value in values}, len(late)
