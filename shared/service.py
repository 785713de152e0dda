"""How a service runs: its intake, its lanes, its sweep and its health page, started and stopped together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from faststream.kafka import KafkaBroker

from shared import clock
from shared.bus import Record, broker, started, subscribe
from shared.errors import FieldledgerError, Misconfigured, Unavailable
from shared.hub import Hub
from shared.lanes import Kind
from shared.log import get
from shared.resting import rest
from shared.turns import Fuse, Turn, Worker

_log = get(__name__)

CLOCK_DRIFT = timedelta(seconds=5)
Handler = Callable[[Sequence[Record]], Awaitable[None]]


async def check_clock(hub: Hub) -> None:
    """Refuse to work when this machine's clock is far from the store's: leases and dates would lie."""
    drift = abs(await hub.store.now() - hub.now())
    if drift > CLOCK_DRIFT:
        seconds = int(drift.total_seconds())
        raise Misconfigured(
            f"This machine's clock is {seconds} s off the store's clock. Set it right, then start again."
        )


async def keep_checking_clock(hub: Hub) -> None:
    """A clock can be moved while we work, so look at it as often as the sweep does. Ends with `Misconfigured`."""
    while True:
        await asyncio.sleep(hub.settings.sweep)
        with contextlib.suppress(Unavailable):
            await check_clock(hub)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again; an outage of our own parts only delays it."""
    while True:
        try:
            await work()
        except FieldledgerError as error:
            _log.warning("will be tried again", why=str(error))
        await asyncio.sleep(seconds)


async def take_in(broker: KafkaBroker, hub: Hub, name: str) -> None:
    """Read the topics until cancelled, from when Kafka answers.

    Beside other work, which needs no Kafka: after a crash it gives us our share only when the old session ends.
    """
    try:
        while not await started(broker):  # noqa: ASYNC110  # nobody announces that Kafka is back
            await asyncio.sleep(hub.settings.poll)
        _log.info("running", service=name, since=clock.stamp(hub.now()))
        await asyncio.Event().wait()
    finally:
        await broker.stop()


class LaneService:
    """Importer or exporter of one connector. `health` is true while everything it needs answers."""

    def __init__(
        self,
        hub: Hub,
        *,
        name: str,
        connector: str,
        kind: Kind,
        topics: Sequence[str],
        turn: Turn,
        intake: Callable[[Callable[[], None]], Handler],
        sweep: Callable[[], Awaitable[None]],
    ) -> None:
        self.name = f"{name}.{connector}"
        self._hub = hub
        self._sweep = sweep
        settings = hub.settings
        self.worker = Worker(
            hub.lanes,
            connector,
            kind,
            turn,
            rest=lambda lane, error: rest(hub, lane, error),
            size=settings.lanes,
            poll=settings.poll,
            fuse=Fuse(settings.fuse_tenants),
        )
        self._broker = broker(settings, client_id=self.name)
        subscribe(self._broker, topics, group=self.name, handler=intake(self.worker.nudge))

    async def run(self) -> None:
        """Until cancelled; then intake stops, no new turn begins, and those under way end. Raises `FuseBlown`."""
        await check_clock(self._hub)
        working = asyncio.create_task(self.worker.run())
        beside = [
            asyncio.create_task(every(self._hub.settings.sweep, self._sweep)),
            asyncio.create_task(take_in(self._broker, self._hub, self.name)),
            asyncio.create_task(keep_checking_clock(self._hub)),
        ]
        try:
            await asyncio.wait([working, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.worker.stop()
            for task in beside:
                task.cancel()
            await asyncio.gather(working, *beside, return_exceptions=True)
        for task in (working, *beside):
            if not task.cancelled():
                task.result()

    async def health(self) -> bool:
        """Whether the store answers, and messages are taken in. Kafka itself is a part of every health page."""
        await self._hub.store.now()
        return self._broker.running
