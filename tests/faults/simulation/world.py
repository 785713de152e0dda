"""One installation of the simulation: store, Kafka and package in memory, processes that are started again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from random import Random

from services.exporter.app import exporter
from services.exporter.intake import topics_of
from services.importer.app import importer
from services.importer.tables import names
from services.scheduler.app import Scheduler
from shared import connectors
from shared.connector import Connector
from shared.envelope import Message
from shared.errors import FieldledgerError, StoreUnavailable
from shared.hub import Hub
from shared.keys import KeyRing
from shared.reference import Reference
from shared.sandbox import Sandbox, SandboxClock, create
from shared.sandbox.scenario import scenario
from shared.schemas.connections import Connection
from shared.service import every
from shared.settings import Settings
from shared.turns import FuseBlown
from tests.faults.arrows import At, WatchedBus, WatchedStore, WatchedTransport
from tests.faults.flows import chosen
from tests.faults.memory_store import Memory, MemoryStore
from tests.faults.simulation.chaos import LEASE, Chaos
from tests.faults.simulation.documents import Platform
from tests.faults.simulation.invariants import Invariants
from tests.faults.simulation.kafka import MemoryKafka
from tests.faults.simulation.owner import TENANTS, Owner
from tests.faults.simulation.package import Package
from tests.faults.simulation.process import Killed, Over, Process
from tests.faults.simulation.service_bus import MemoryBroker, MemoryBus
from tests.faults.simulation.story import Story
from tests.faults.simulation.trouble import bad_days, troubles
from tests.faults.virtual_time import clock_of
from tests.world import access_to

DAY = 86_400.0
SYNC = 900
TURN = 40.0
"""Seconds after which the next document comes all the same."""


def settings(sandbox: Sandbox, connector: str, *, sweeps: bool) -> Settings:
    """Times of real life, but for polling, which costs the simulation most."""
    times = {"lease": LEASE, "poll": 45.0, "sweep": 90.0 if sweeps else DAY, "sync_interval": SYNC}
    return Settings(_env_file=None, **access_to(connector, sandbox.base_url), **times)


class World:
    """Everything of one seed. `span`: seconds until what goes wrong has begun; `sweeps`: whether they are on.

    Without sweeps nothing dies and nothing is away, so that a wake-up that gets lost stays lost. `closed`: the package
    is down for maintenance.
    """

    def __init__(self, random: Random, connector: str) -> None:
        loop = asyncio.get_running_loop()
        self.connector = connector
        self.known = scenario(connector)
        self.random = random
        self.story = Story()
        self.span = random.choice([60.0, 300.0, 900.0])
        self.sweeps = random.random() < 0.85
        self.now = clock_of(loop)
        self.sandbox = create(self.connector, clock=SandboxClock(self.now), **self.known.least)
        self.closed = False
        self.settings = settings(self.sandbox, self.connector, sweeps=self.sweeps)
        self.keys = KeyRing.from_settings(self.settings)
        self.memory = Memory()
        self.invariants = Invariants(self.known, self.memory, self.keys, self.now, self.story)
        self.kafka = MemoryKafka(random)
        self.exporters = self.kafka.group(f"exporter.{self.connector}", topics_of(self.connector))
        self.chaos = Chaos(random, self.story, gentle=not self.sweeps)
        self.store_down_until = self.kafka_down_until = 0.0
        self.processes: dict[str, Process] = {}
        self.platforms = [self._a_platform(tenant) for tenant in TENANTS[: random.choice([1, 1, 2])]]
        self._outside = copy_context()
        self._loop = loop
        self._tasks: list[asyncio.Task[None]] = []
        self.console = self.hub(Process("console", random), _calm)
        self.owner = Owner(self.console, self._declared, self.sandbox, self.story, random, self.platforms, self.publish)

    # parts

    @property
    def _declared(self) -> Connector:
        return connectors.get(self.connector)

    def _a_platform(self, tenant: str) -> Platform:
        flows, item = chosen(self._declared), self.known.materials[0]
        return Platform(tenant, self.random, self.span, dense=not self.sweeps, flows=flows, item=item)

    def hub(self, process: Process, at: At) -> Hub:
        """All that a process may touch, each over its own line."""
        store = WatchedStore(Over(MemoryStore(self.memory, self.now), process, self._store_away), at)
        bus = WatchedBus(Over(MemoryBus(self.kafka, self._kafka_down), process), at)
        line = Package(self.sandbox.transport(), process, self._outside, self.random, self.invariants.calls, self._shut)
        transports = {self.connector: WatchedTransport(self.connector, line, at)}
        hub = Hub(self.settings, store, self.keys, bus, now=process.now, transports=transports)
        self.invariants.owners[process.name] = hub.lanes.owner
        return hub

    def broker(self, process: Process) -> MemoryBroker:
        """The consuming side of a process."""
        made = MemoryBroker(self.kafka, process, self._at(process))
        self.chaos.brokers[process.name] = made
        return made

    def _at(self, process: Process) -> At:
        return lambda arrow: self.chaos.at(process, arrow)

    def _store_away(self) -> StoreUnavailable | None:
        away = self._loop.time() < self.store_down_until
        return StoreUnavailable("The store does not answer (an outage of the simulation).") if away else None

    def _shut(self) -> bool:
        return self.closed

    def _kafka_down(self) -> bool:
        return self._loop.time() < self.kafka_down_until

    # life

    async def live(self) -> None:
        """Connect, start every process, publish what the platform publishes, while everything goes wrong that may."""
        await self.console.open()
        for platform in self.platforms:
            connection = await self.owner.connect(platform.tenant)
            if self.random.random() < 0.8:
                await self._knows_tables(connection)
        for name, role in self._roles():
            self._tasks.append(asyncio.create_task(self._keep_running(name, role), name=name))
        self._tasks.append(asyncio.create_task(self.owner.mend_for_ever(), name="owner"))
        if not self.sweeps:
            self._tasks.append(asyncio.create_task(self._watch_wake_ups(), name="watch"))
        else:
            for fault in bad_days(self.random, self.known):
                self.story.say("package", f"will have a bad day: {fault!r}")
                self.sandbox.script(fault)
        await asyncio.gather(troubles(self), *(self._platform(platform) for platform in self.platforms))
        await asyncio.sleep(self.random.random() * 120)

    async def _knows_tables(self, connection: Connection) -> None:
        """Reference data was read before: that is most of the calls of a first import, and tells us little."""
        for name in names(self._declared):
            await Reference(self.console.store).save(connection.scope, name, [])

    def calm_down(self) -> None:
        """Nothing more goes wrong from now on."""
        self.story.say("world", "calms down", loud=True)
        self.closed = False
        self.chaos.striking = False
        self.sandbox.heal()
        self.store_down_until = self.kafka_down_until = 0.0

    async def end(self) -> None:
        """Stop everything."""
        for task in self._tasks:
            task.cancel()
        for process in self.processes.values():
            process.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch_wake_ups(self) -> None:
        while True:
            await asyncio.sleep(5)
            self.invariants.nobody_forgotten()

    def _roles(self) -> Sequence[tuple[str, Callable[[Hub], Awaitable[None]]]]:
        roles: list[tuple[str, Callable[[Hub], Awaitable[None]]]] = [
            (f"exporter-{n}", lambda hub: exporter(hub, self.connector).run())
            for n in range(self.random.choice([1, 2, 2, 3] if self.sweeps else [3]))
        ]
        roles += [
            (f"importer-{n}", lambda hub: importer(hub, self.connector).run())
            for n in range(self.random.choice([1, 1, 2]))
        ]
        return [*roles, ("scheduler", lambda hub: every(60, Scheduler(hub).emit_due))]

    async def _keep_running(self, name: str, role: Callable[[Hub], Awaitable[None]]) -> None:
        """As an orchestrator does: whatever ended is started again some time later."""
        while True:
            drift = timedelta(seconds=self.random.choice([0, 0, -4, -1, 2, 4]))
            process = self.processes[name] = Process(name, self.random, drift)
            self.story.say(name, f"starts, its clock {drift.total_seconds():+.0f} s")
            await self._life_of(process, role)
            await asyncio.sleep(1)
            if left := process.remains():
                self.story.broke(f"{name} is dead, but {left} goes on")
            await asyncio.sleep(self.random.choice([1.0, 5.0, 60.0, 200.0]) * self.random.random())

    async def _life_of(self, process: Process, role: Callable[[Hub], Awaitable[None]]) -> None:
        async def lead() -> None:
            hub = self.hub(process, self._at(process))
            await hub.open()
            await role(hub)

        life = process.start(lead())
        await asyncio.wait({life})
        error = None if life.cancelled() else life.exception()
        if isinstance(error, FuseBlown) or not isinstance(error, Killed | FieldledgerError | None):
            self.story.broke(f"{process.name} ended by {error!r}")
        process.kill()

    async def _platform(self, platform: Platform) -> None:
        began = self._loop.time()
        for sent in platform.sent:
            await (self._until(began + sent.at) if self.sweeps else self._as_a_turn_ends())
            await self.publish([sent.message])

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(moment - self._loop.time())

    async def _as_a_turn_ends(self) -> None:
        """The moment in which a wake-up is lost most easily."""
        self.chaos.paused.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.chaos.paused.wait(), TURN)
        await asyncio.sleep(self.random.random() * 0.5)

    async def publish(self, messages: Sequence[Message]) -> None:
        """The platform publishes; its own Kafka client waits for better days."""
        for message in messages:
            while self._kafka_down():  # noqa: ASYNC110  # as any client: ask until it answers
                await asyncio.sleep(1)
            self.story.say("platform", f"publishes {message.headers['ce_id']}")
            self.kafka.append(message)


async def _calm(_: object) -> None:
    """The console's arrows: nothing happens there."""
