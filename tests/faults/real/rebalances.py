"""Twenty exporters of one group, and twenty times one leaves or joins: partitions move, documents stay single."""

from random import Random

from tests.faults.real.books import Findings, orders
from tests.faults.real.place import conclude, publish, slow_writes, until, until_running
from tests.kafka.groups import stable_members
from tests.kafka.installation import Installation
from tests.kafka.processes import Service

TENANTS = 6


async def rebalanced(here: Installation, seed: int, *, members: int, rebalances: int, documents: int) -> Findings:
    """So many exporters share the topics while one after the other leaves in order or joins."""
    dice = Random(seed)
    published = orders(await here.connect(TENANTS), documents)
    slow_writes(here, 0.02)
    group = [await here.services.start("exporter") for _ in range(members)]
    await until_running(here, *group)
    for n in range(rebalances):
        await publish(here, published[documents * n // rebalances : documents * (n + 1) // rebalances])
        await (_leave(group, dice) if len(group) == members else _join(here, group))
        await _until_shared(here, len(group))
    return await conclude(here, published)


async def _leave(group: list[Service], dice: Random) -> None:
    """One is told to stop: it ends its documents, and Kafka shares its partitions among the others."""
    leaver = group.pop(dice.randrange(len(group)))
    code = await leaver.stop()
    assert code == 0, f"{leaver.title} ended with {code}.\n{leaver.log}"


async def _join(here: Installation, group: list[Service]) -> None:
    group.append(await here.services.start("exporter"))


async def _until_shared(here: Installation, members: int) -> None:
    async def shared() -> bool:
        return await stable_members(here.hub.settings.kafka) == members

    await until(here, shared, f"{members} exporters share the partitions")
