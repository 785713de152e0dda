"""The victim: importer or exporter as a process of its own, which works until it is quiet or dies at its point."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from services.exporter.app import exporter
from services.exporter.intake import ExportIntake
from services.importer.app import importer
from services.importer.intake import ImportIntake
from shared import clock, log
from shared.bus import Record
from shared.envelope import Message
from shared.errors import LostLease, Unavailable
from shared.hub import Hub
from shared.keys import KeyRing
from shared.lanes import Kind
from shared.service import Handler, LaneService
from shared.settings import Settings
from shared.store.sqlite import SqliteStore
from tests.faults.arrows import Arrow, At, WatchedBus, WatchedIntake, WatchedStore, WatchedTransport
from tests.faults.matrix.line import LineTransport
from tests.faults.matrix.plan import Event, Plan, Point
from tests.world import access_to, claimable

PDF_HOST = "https://files.example.com"
PATIENCE = timedelta(days=1)
"""Quiet is when nothing is due for so long."""
SWEEP = timedelta(minutes=1)
TURNS = 400
"""More than any story takes: who needs more runs in circles."""
LIFETIME = 60
"""Seconds of real time after which a victim that hangs is ended."""


def _pdf(_: httpx.Request) -> httpx.Response:
    """The platform's host of PDFs."""
    return httpx.Response(200, content=b"%PDF-1.7 signed by the customer")


Parts = tuple[Callable[[Hub, str], LaneService], Callable[[Hub, str, Callable[[], None]], Handler]]

_PARTS: Mapping[Kind, Parts] = {"export": (exporter, ExportIntake), "import": (importer, ImportIntake)}
"""How a service and its intake are built."""


def _nobody() -> None:
    """Nobody is nudged: the victim looks for itself."""


def live(plan: Plan) -> None:
    """One life, in a process that was forked for it."""
    signal.alarm(LIFETIME)
    log.configure("WARNING")
    asyncio.run(_live(plan))


async def _live(plan: Plan) -> None:
    life = Life(plan)
    service = Service(plan, life.clock, life.at)
    life.service = service
    async with service.running():
        await service.take_in()
        await service.until_quiet()


class FileBus:
    """The bus of one run: a file to which every victim of it appends."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def publish(self, messages: Sequence[Message]) -> None:
        lines = "".join(f"{Event.of(message).model_dump_json()}\n" for message in messages)
        with self._file.open("a") as file:
            file.write(lines)


class Life:
    """What happens to one victim: it leaves its points in a file, and at one of them its fate is done to it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._met: Counter[Arrow] = Counter()
        self._busy = False
        self.clock = SandboxTime(plan.offset)
        self.service: Service | None = None

    async def at(self, arrow: Arrow) -> None:
        """Note the point; kill, let events arrive or suspend if it is the one."""
        if self._busy:
            return
        point = Point(name=arrow.name, side=arrow.side, nth=self._met[arrow])
        self._met[arrow] += 1
        with self._plan.arrows.open("a") as file:
            file.write(f"{point.model_dump_json()}\n")
        if point == self._plan.point:
            self._busy = True
            await self._suffer()
            self._busy = False

    async def _suffer(self) -> None:
        match self._plan.act:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "arrive":
                assert self.service is not None
                await self.service.intake([event.record(100 + n) for n, event in enumerate(self._plan.later)])
            case "suspend":
                await self._sleep_while_another_works()

    async def _sleep_while_another_works(self) -> None:
        """This machine stands still: its own clock does not see it. The lease ends, and another process takes over."""
        other = Service(self._plan, self.clock, _unwatched)
        async with other.running():
            await other.wait(other.hub.lanes.lease + timedelta(seconds=1))
            await other.take_in()
            await other.until_quiet()


async def _unwatched(_: Arrow) -> None:
    pass


class SandboxTime:
    """The sandbox's clock, as its victim knows it."""

    def __init__(self, offset: float) -> None:
        self.offset = timedelta(seconds=offset)

    def __call__(self) -> datetime:
        return clock.now() + self.offset


class Service:
    """The parts of one service process, plugged together as for real but for the bus, and driven turn by turn."""

    def __init__(self, plan: Plan, now: SandboxTime, at: At) -> None:
        self._plan = plan
        self._clock = now
        given = {
            **access_to(plan.connector, plan.url),
            "keys": plan.keys,
            "pdf_hosts": (PDF_HOST,),
            "public_url": plan.public,
        }
        settings = Settings(_env_file=None, **given)
        self.hub = Hub(
            settings,
            WatchedStore(SqliteStore(plan.store, clock=now), at),
            KeyRing.from_settings(settings),
            WatchedBus(FileBus(plan.published), at),
            now=now,
            transports={
                plan.connector: WatchedTransport(plan.connector, LineTransport(), at),
                "pdf": httpx.MockTransport(_pdf),
            },
        )
        build, handler = _PARTS[plan.kind]
        self._service = build(self.hub, plan.connector)
        self.intake = WatchedIntake(handler(self.hub, plan.connector, _nobody), at, self._commit)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open for the length of the block."""
        await self.hub.open()
        try:
            yield
        finally:
            await self.hub.close()

    async def take_in(self) -> None:
        """The events of the plan, until their offsets are committed: after a crash they come again."""
        if not self._plan.committed.exists():
            await self.intake([event.record(n) for n, event in enumerate(self._plan.events)])

    async def _commit(self, _: Sequence[Record]) -> None:
        self._plan.committed.touch()

    async def until_quiet(self) -> None:
        """Turns and sweeps until nothing is due for a day; waiting moves the clock."""
        for _ in range(TURNS):
            if await self._one_turn():
                continue
            due = await self._due()
            if due is not None and due < self._clock() + PATIENCE:
                await self.wait(due - self._clock())
            elif not await self._swept():
                return
        raise AssertionError("it never gets quiet")

    async def _one_turn(self) -> bool:
        lane = await self.hub.lanes.claim(self._plan.connector, self._plan.kind)
        if lane is None:
            return False
        with contextlib.suppress(LostLease, Unavailable):
            await self._service.worker.one_turn(lane)
        return True

    async def _due(self) -> datetime | None:
        lanes = await self.hub.lanes.of_connector(self._plan.connector)
        return min((moment for lane in lanes for moment in claimable(lane, [self._plan.kind])), default=None)

    async def _swept(self) -> bool:
        """A sweep, when the time for one has come; whether it found something to do."""
        if not self._plan.sweeps:
            return False
        await self.wait(SWEEP)
        before = self._plan.published.stat().st_size if self._plan.published.exists() else 0
        await self._service._sweep()
        after = self._plan.published.stat().st_size if self._plan.published.exists() else 0
        due = await self._due()
        return after > before or (due is not None and due < self._clock() + PATIENCE)

    async def wait(self, span: timedelta) -> None:
        """Let time pass, in the package too."""
        seconds = max(0.0, span.total_seconds())
        async with httpx.AsyncClient(transport=LineTransport()) as control:
            answer = await control.post(f"{self._plan.url}/_sandbox/clock", json={"advance_seconds": seconds})
            answer.raise_for_status()
        self._clock.offset += timedelta(seconds=seconds)
