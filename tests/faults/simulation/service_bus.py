"""The bus of a simulated process: what `shared.bus` gives a service, over Kafka in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.bus import BusUnavailable, Record
from shared.envelope import Message
from shared.errors import FieldledgerError
from tests.faults.arrows import At, WatchedIntake
from tests.faults.simulation.kafka import Group, Member, MemoryKafka
from tests.faults.simulation.process import Process

Handler = Callable[[Sequence[Record]], Awaitable[None]]

SESSION = 10.0
"""Seconds of silence after which a group gives a member up for dead."""
PAUSE = 5.0
LIMIT = 60.0
"""As in `shared.bus.intake`: how long one handler may take."""


class MemoryBus:
    """The publishing side. An outage may come in the middle of a batch: then its first messages are out."""

    def __init__(self, kafka: MemoryKafka, down: Callable[[], bool]) -> None:
        self._kafka = kafka
        self._down = down

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `shared.bus.Bus.publish`."""
        for message in messages:
            if self._down():
                raise BusUnavailable("Kafka does not answer (an outage of the simulation).")
            self._kafka.append(message)
            await asyncio.sleep(0)


class MemoryBroker:
    """The consuming side of one service: started, stopped and asked for its health like FastStream's."""

    def __init__(self, kafka: MemoryKafka, process: Process, at: At) -> None:
        self._kafka = kafka
        self._process = process
        self._at = at
        self._intakes: list[tuple[Group, Handler]] = []
        self._members: list[Member] = []
        self._tasks: list[asyncio.Task[None]] = []

    def subscribe(self, topics: Sequence[str], *, group: str, handler: Handler) -> None:
        """See `shared.bus.subscribe`."""
        self._intakes.append((self._kafka.group(group, topics), handler))

    async def start(self) -> None:
        """Join the groups and take in."""
        for group, handler in self._intakes:
            member = group.join()
            self._members.append(member)
            self._tasks.append(asyncio.create_task(self._take_in(group, member, handler), name="intake"))
            self._tasks[-1].add_done_callback(_report)
        self._process.on_death.append(self._die)

    async def stop(self) -> None:
        """Leave the groups."""
        for task in self._tasks:
            task.cancel()
        for member in self._members:
            member.group.leave(member)

    @property
    def running(self) -> bool:
        """As FastStream's."""
        return bool(self._members)

    def silent(self) -> None:
        """The groups have not heard of it for a session: they go on without it."""
        for member in self._members:
            member.group.leave(member)

    def _die(self) -> None:
        asyncio.get_running_loop().call_later(SESSION, self.silent)

    async def _take_in(self, group: Group, member: Member, handler: Handler) -> None:
        async def commit(batch: Sequence[Record]) -> None:
            await self._process.reach()
            group.commit(member, batch)

        watched = WatchedIntake(handler, self._at, commit)
        while True:
            batch = await member.poll()
            await self._process.reach()
            if not batch:
                group.rejoin(member)
            while batch and not await _succeeds(watched, batch):  # noqa: ASYNC110  # tried again, not waited for
                await asyncio.sleep(PAUSE)


def _report(intake: asyncio.Task[None]) -> None:
    """An intake that ended by a bug of ours takes nothing in any more: somebody must hear of that."""
    if not intake.cancelled() and (error := intake.exception()):
        intake.get_loop().call_exception_handler({"message": "an intake ended", "exception": error})


async def _succeeds(handler: Handler, batch: Sequence[Record]) -> bool:
    """As in `shared.bus.intake`, where a batch that failed is tried again; but a bug of ours is not hidden by that."""
    try:
        async with asyncio.timeout(LIMIT):
            await handler(batch)
    except (FieldledgerError, TimeoutError):
        return False
    return True


def started_as(broker: Any) -> Awaitable[bool]:
    """See `shared.bus.started`."""

    async def start() -> bool:
        await broker.start()
        return True

    return start()
