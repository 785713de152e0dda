"""An installation to be treated badly: its own topics and folder, services as forked processes, patience without end.

Nothing is left behind: whatever happens inside the block, processes are killed and the folder is deleted.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from shared.errors import Unavailable
from shared.ledger.states import FINAL
from shared.store import Is
from shared.store.collections import LEDGER
from shared.topics import all_topics
from tests.faults.real.books import Findings, Order, gathered, judge
from tests.faults.real.nursery import forked, owner_of
from tests.kafka.conftest import recreate
from tests.kafka.installation import CONNECTOR, ORDERS, Installation, installation
from tests.kafka.processes import Service

PATIENCE = 120.0
"""Seconds until a state that should come is given up: a busy machine is slow, not wrong."""

LOOK = 0.1


@asynccontextmanager
async def place(bootstrap: str, **fields: Any) -> AsyncIterator[Installation]:
    """An empty installation on empty topics. `fields` as those of `installation`."""
    await recreate(bootstrap, all_topics([CONNECTOR]))
    with tempfile.TemporaryDirectory(prefix="fieldledger-real-") as folder:
        given = {"spawn": forked, "lease": 2.0, "request_timeout": 1.5, **fields}
        async with installation(bootstrap, Path(folder), **given) as here:
            yield here


async def until(
    here: Installation, claim: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE
) -> None:
    """Wait until it is so; an outage of the store or Kafka meanwhile is what these tests are about."""

    async def so() -> bool:
        try:
            found = await claim()
        except Unavailable:
            found = False
        if not found:
            await asyncio.sleep(LOOK)
        return found

    await here.services.until(so, what, patience)


async def publish(here: Installation, published: Sequence[Order]) -> None:
    """The platform publishes each event twice, because Kafka may deliver it twice, and until Kafka took it."""
    messages = [order.message for order in published for _ in range(2)]
    await insist(lambda: here.hub.bus.publish(messages))


async def insist(work: Callable[[], Awaitable[object]]) -> None:
    """Do it as often as an outage demands."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await work()
                except Unavailable:
                    await asyncio.sleep(LOOK)
                else:
                    return
    except TimeoutError:
        raise TimeoutError(f"Kafka took nothing for {PATIENCE:.0f} s") from None


async def until_made(here: Installation, count: int) -> None:
    """Wait until the books hold so many documents."""

    async def made() -> bool:
        return len(here.sandbox.memory()["sales_orders"]) >= count

    await until(here, made, f"the package has {count} documents")


async def until_told(here: Installation, count: int) -> None:
    """Wait until so many documents are final, and the platform knows. Patience begins anew with each of them."""
    found = -1
    while found < count:
        await until(here, partial(_told_more, here, min(found + 1, count)), f"{count} documents are final and told")
        found = await told(here)


async def told(here: Installation) -> int:
    """How many documents are final, and the platform knows."""
    where = {"state": Is("in", sorted(FINAL)), "outcome_due": None}
    return await here.hub.store.count(LEDGER, where)


async def _told_more(here: Installation, wanted: int) -> bool:
    return await told(here) >= wanted


async def conclude(here: Installation, published: Sequence[Order]) -> Findings:
    """Wait until all is quiet, then judge."""
    await until_told(here, len(published))
    return judge(await gathered(here, published))


async def held_by(here: Installation, service: Service) -> Mapping[str, int]:
    """The lanes in which this process works, or did until it was frozen or killed: their ids and fences."""
    lanes = await here.hub.lanes.of_connector(CONNECTOR)
    return {lane.id: lane.fence for lane in lanes if lane.owner == owner_of(service.pid)}


async def crew(here: Installation, *names: str, **fields: Any) -> list[Service]:
    """Start these services, and wait until all of them serve."""
    started = [await here.services.start(name, **fields) for name in names]
    await until_running(here, *started)
    return started


async def until_running(here: Installation, *services: Service) -> None:
    """Wait until Kafka gave each of them its share."""

    async def running() -> bool:
        return all(service.running for service in services)

    await until(here, running, f"{' and '.join(service.title for service in services)} serve")


def slow_writes(here: Installation, seconds: float) -> None:
    """The package takes its time for an answer, so that much is under way at any moment."""
    here.sandbox.fail_next(kind="delay", when="after", seconds=seconds, match=ORDERS, method="POST", times=1_000_000)
