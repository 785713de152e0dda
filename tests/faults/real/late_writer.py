"""An importer that is frozen in the middle of publishing a page, and publishes the rest when it is too late."""

from dataclasses import dataclass

from deploy.local.kafka import RealKafka
from shared import topics
from shared.schemas.connections import Connection
from shared.store import Document
from shared.store.collections import FINGERPRINTS
from tests.faults.real.books import MANY, Findings
from tests.faults.real.imported import Names, believed, rename
from tests.faults.real.place import crew, until, until_running
from tests.faults.real.zombies import processor, until_it_noticed
from tests.kafka.installation import Installation
from tests.kafka.processes import Service

PAGE = "sync/CRM/Accounts"
"""Where relations are read."""

QUIET_LOOKS = 8


@dataclass(frozen=True)
class LateWriter:
    """What an importer did that was frozen in the middle of publishing a page.

    `late` keys have an older record behind a newer one; `present` is what a consumer believes who goes by the sequence,
    `books` what the package holds; `overwritten` fingerprints are not as the importer left them that took over.
    """

    late: int
    present: Names
    books: Names
    overwritten: int

    def findings(self) -> Findings:
        """What should not have happened; and that nothing came late, because then nothing was proved."""
        broken = [f"{self.overwritten} fingerprints were overwritten"] if self.overwritten else []
        broken += ["consumers believe what the package does not hold"] if self.present != self.books else []
        broken += [] if self.late else ["nothing was published late, so nothing was proved"]
        late = f"{self.late} records were published late, and ignored by their sequence"
        return Findings(broken=broken).after(late, faults=1)


async def importer_frozen_in_a_publish(here: Installation, kafka: RealKafka) -> LateWriter:
    """An importer is frozen with most of a page still to be sent, and wakes up when another one has sent it anew.

    Meanwhile somebody changed everything in the books, so whatever comes late is old.
    """
    (connection,) = await here.connect(1, exports_from=None)
    (zombie,) = await crew(here, "importer")
    await here.tick([connection], "first")
    await until(here, lambda: here.synced([connection]), "the first sync is finished")
    rename(here, [connection], "Renamed before")
    await _freeze_in_a_publish(here, kafka, connection, zombie)
    here.change_books()
    rename(here, [connection], "Renamed meanwhile")
    other = await here.services.start("importer")
    await until(here, lambda: here.synced([connection], 2), "the other importer finished the sync")
    before = await _fingerprints(here)
    zombie.thaw()
    await until_it_noticed(here, zombie)
    assert await zombie.stop() == 0  # which sends whatever still waits
    await until_running(here, other)
    after = await _fingerprints(here)
    overwritten = sum(before.get(id) != row for id, row in after.items()) + len(before.keys() - after.keys())
    found = believed(await here.records(topics.entities("relation")))
    present, books = found.names[connection.id], here.books("relation", connection)
    return LateWriter(found.late, present, books, overwritten)


async def _freeze_in_a_publish(here: Installation, kafka: RealKafka, connection: Connection, importer: Service) -> None:
    """Kafka stops answering while a page is published, so that most of it waits inside the importer."""
    here.sandbox.fail_next(kind="delay", when="after", seconds=0.5, match=PAGE, method="GET")
    calls = len(here.sandbox.calls)
    await here.tick([connection], "second")
    await until(here, lambda: _asked(here, calls), "the importer asks for what changed")
    kafka.freeze()
    try:
        await _until_stuck(here, importer)
        importer.freeze()
    finally:
        kafka.thaw()


async def _asked(here: Installation, before: int) -> bool:
    return any(PAGE in call.path for call in here.sandbox.calls[before:])


async def _until_stuck(here: Installation, service: Service) -> None:
    """It got its page and has nothing to do any more but to wait for Kafka: it sleeps, and uses no processor."""
    quiet, used = 0, -1

    async def stuck() -> bool:
        nonlocal quiet, used
        state, now = processor(service)
        answered = all(call.status for call in here.sandbox.calls)
        quiet = quiet + 1 if answered and state == "S" and now - used <= 1 else 0
        used = now
        return quiet >= QUIET_LOOKS

    await until(here, stuck, f"{service.title} waits for Kafka")


async def _fingerprints(here: Installation) -> dict[str, Document]:
    return {row["id"]: row for row in await here.hub.store.find(FINGERPRINTS, {}, limit=MANY)}
