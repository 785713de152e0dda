"""Every trial of this part: what is done to an installation, on which store, how often. The table is `trials`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.faults.real import clocks, outages
from tests.faults.real.books import Findings
from tests.faults.real.ground import Ground
from tests.faults.real.kills import random_kills
from tests.faults.real.late_writer import importer_frozen_in_a_publish
from tests.faults.real.rebalances import rebalanced
from tests.faults.real.replays import replayed
from tests.faults.real.zombies import frozen_in_a_write, hung_in_a_transaction, random_freezes

RELATIONS = 900
"""So many that a page of them does not fit into what a producer keeps in flight."""


@dataclass(frozen=True)
class Kills:
    """So many at random, while so many work orders come in."""

    times: int
    documents: int


@dataclass(frozen=True)
class Sizes:
    """How much of each is done. The same `seed` makes the same choices; moments differ all the same."""

    on_sqlite: Kills
    on_mongodb: Kills
    freezes: int
    documents: int
    members: int
    rebalances: int
    replayed: int
    seed: int = 20261121


SMALL = Sizes(Kills(20, 200), Kills(20, 200), 2, 12, 3, 2, 2_000)
"""For the ordinary suite."""

SHORT = Sizes(Kills(20, 200), Kills(20, 200), 5, 45, 20, 20, 100_000)
FULL = Sizes(Kills(200, 2_000), Kills(60, 600), 50, 300, 20, 20, 100_000)


@dataclass(frozen=True)
class Trial:
    """`play` makes an installation, treats it badly and judges it. `everyday`: the ordinary suite plays it too."""

    title: str
    play: Callable[[Ground], Awaitable[Findings]]
    everyday: bool = True


def trials(sizes: Sizes) -> Sequence[Trial]:
    """All of them."""
    given = Given(sizes)
    killed = {
        store: f"{kills.times} random kills over {kills.documents:,} work orders (seed {sizes.seed}), on {store}"
        for store, kills in (("SQLite", sizes.on_sqlite), ("MongoDB", sizes.on_mongodb))
    }
    freezes = f"{sizes.freezes} times an exporter frozen at work, and woken up after its lease (seed {sizes.seed})"
    return [
        Trial(killed["SQLite"], given.killed_on_sqlite),
        Trial(killed["MongoDB"], given.killed_on_mongodb, everyday=False),
        Trial("exporter frozen in a write, and woken up after its lease", given.exporter_frozen),
        Trial("importer frozen in a publish, and woken up after its lease", given.importer_frozen),
        Trial(f"{freezes}, on MongoDB", given.random_freezes, everyday=False),
        Trial("a process hangs in a transaction of SQLite, and is ended", given.hung),
        Trial("Kafka killed and restarted under load", given.broker_restarted),
        Trial("MongoDB restarted under load", given.store_restarted),
        Trial("partitions added under load", given.partitions_added),
        Trial("disk full under load (`max_page_count`)", given.disk_full),
        Trial("disk fails under load (`RLIMIT_FSIZE`)", given.disk_fails),
        Trial("SQLite read-only under load (`query_only`)", given.read_only),
        Trial("the machine's clock jumps, and back", given.machine_jumps),
        Trial("the clock of one process jumps, on MongoDB", given.process_jumps),
        Trial(f"{sizes.members} exporters, {sizes.rebalances} rebalances", given.rebalanced),
        Trial(f"replay of {sizes.replayed:,} exported events", given.replayed),
    ]


@dataclass(frozen=True)
class Given:
    """The trials, of these sizes."""

    sizes: Sizes

    async def killed_on_sqlite(self, ground: Ground) -> Findings:
        kills = self.sizes.on_sqlite
        async with ground.on_sqlite() as here:
            return await random_kills(here, self.sizes.seed, kills.times, kills.documents)

    async def killed_on_mongodb(self, ground: Ground) -> Findings:
        kills = self.sizes.on_mongodb
        async with ground.on_mongodb() as here:
            return await random_kills(here, self.sizes.seed, kills.times, kills.documents)

    async def exporter_frozen(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await frozen_in_a_write(here)

    async def importer_frozen(self, ground: Ground) -> Findings:
        async with ground.on_sqlite(accounts=RELATIONS) as here:
            return (await importer_frozen_in_a_publish(here, ground.kafka)).findings()

    async def random_freezes(self, ground: Ground) -> Findings:
        # Whoever is frozen in a transaction of SQLite keeps its file to himself, and nobody can take over.
        async with ground.on_mongodb() as here:
            return await random_freezes(here, self.sizes.seed, self.sizes.freezes, self.sizes.documents)

    async def hung(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await hung_in_a_transaction(here, ground.moods, self.sizes.documents)

    async def broker_restarted(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await outages.broker_restarted(here, ground.kafka, self.sizes.documents)

    async def store_restarted(self, ground: Ground) -> Findings:
        async with ground.on_mongodb() as here:
            return await outages.store_restarted(here, ground.mongo, self.sizes.documents)

    async def partitions_added(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await outages.partitions_added(here, self.sizes.documents)

    async def disk_full(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await outages.disk_full(here, ground.moods, self.sizes.documents)

    async def disk_fails(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await outages.disk_fails(here, self.sizes.documents)

    async def read_only(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await outages.read_only(here, ground.moods, self.sizes.documents)

    async def machine_jumps(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return await clocks.machine_jumps(here, ground.moods, self.sizes.documents)

    async def process_jumps(self, ground: Ground) -> Findings:
        async with ground.on_mongodb() as here:
            return await clocks.process_jumps(here, ground.moods, self.sizes.documents)

    async def rebalanced(self, ground: Ground) -> Findings:
        many, often = self.sizes.members, self.sizes.rebalances
        # Twenty that look for work ten times a second would leave no processor for it.
        async with ground.on_sqlite(poll=1.0, sweep=5.0) as here:
            return await rebalanced(here, self.sizes.seed, members=many, rebalances=often, documents=10 * often)

    async def replayed(self, ground: Ground) -> Findings:
        async with ground.on_sqlite() as here:
            return (await replayed(here, self.sizes.replayed)).findings()
