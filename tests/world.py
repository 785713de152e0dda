"""A whole installation in one process, without Kafka: store, sandbox, hub, and turns taken one by one by the test."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from services.exporter.intake import ExportIntake
from services.exporter.turn import turn as export_turn
from services.importer.intake import ImportIntake
from services.importer.turn import turn as import_turn
from shared import connectors, envelope, topics
from shared.envelope import Message
from shared.hub import Hub
from shared.keys import KeyRing
from shared.lanes import Kind, Lane
from shared.login import LoggedIn, connect
from shared.resting import rest
from shared.sandbox import Sandbox, create
from shared.sandbox.scenario import Scenario, scenario
from shared.sandbox.visit import log_in
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.settings import Settings
from shared.store import Store
from shared.store.sqlite import SqliteStore
from shared.turns import Fuse, Worker
from tests.fakes import RecordingBus, received

REDIRECT = "http://127.0.0.1:8765/callback"
REGISTERED = (REDIRECT, "https://console.test/connect/callback")
"""Where the packages send users back to: the command line, and the console of `tests/console`."""
KEY = Fernet.generate_key().decode()


SHORT = {"retry_first": 0.01, "settle_after": 0.05, "lease": 20.0}
"""Short times, so that tests on the real clock wait for nothing."""


def access_to(connector: str, base_url: str) -> dict[str, Any]:
    """The settings by which a connector reaches its sandbox."""
    access = {
        "client_id": "fieldledger-demo",
        "client_secret": "demo-secret",
        "redirect_uri": REDIRECT,
        "webhook_secret": "demo-webhook-secret",
    }
    return {"keys": KEY, "connectors": {connector: {**access, "base_url": base_url}}}


def make_settings(**changes: Any) -> Settings:
    """Settings for Exact Online's sandbox, with short times."""
    access = access_to("exact_online", "http://exact.sandbox")
    return Settings(_env_file=None, **{**access, **SHORT, **changes})


@dataclass
class World:
    """One process of each service, driven by hand.

    `own_time`: the store goes by the sandbox's clock too, so waiting moves that clock and takes no time at all.
    """

    store: Store
    sandbox: Sandbox
    connector: str = "exact_online"
    settings: Settings = field(default_factory=make_settings)
    bus: RecordingBus = field(default_factory=RecordingBus)
    own_time: bool = False

    def __post_init__(self) -> None:
        self.hub = Hub(
            self.settings,
            self.store,
            KeyRing.from_settings(self.settings),
            self.bus,
            now=self.sandbox.clock.now,
            transports={self.connector: self.sandbox.transport()},
        )
        self.exporting = ExportIntake(self.hub, self.connector, lambda: None)
        self.importing = ImportIntake(self.hub, self.connector, lambda: None)
        self._turns = {"export": export_turn, "import": import_turn}

    @property
    def scenario(self) -> Scenario:
        """What this connector's sandbox says of itself."""
        return scenario(self.connector)

    async def log_in(self) -> LoggedIn:
        """As the scenario's user would."""
        return await log_in(self.hub, self.connector, self.sandbox.transport())

    async def connected(
        self, tenant: str = "acme", *, exports_from: date | None = date(2026, 1, 1), **settings: Any
    ) -> Connection:
        """A live connection to the administration of the scenario."""
        login = await self.log_in()
        connection = await connect(self.hub, tenant, login, self.scenario.administration, settings)
        if exports_from:
            connection = await self.hub.connections.start_exports(connection.id, exports_from)
        return connection

    async def publish(self, *messages: Message) -> None:
        """The platform publishes; the exporter's intake takes it in."""
        await self.exporting([received(message, offset) for offset, message in enumerate(messages)])

    async def tick(
        self, connection: Connection, slot: str = "slot-1", kinds: Sequence[str] | None = (), **more: Any
    ) -> None:
        """A sync tick reaches the importer. Where some kinds are read only when asked for, no kinds means all of them.

        `kinds=None` means the tick of the clock, which names none.
        """
        tick = SyncTick(connection=connection.id, slot=slot, kinds=self._asked(kinds), **more)
        message = envelope.message(
            topics.ticks(self.connector),
            connection.id,
            tick,
            type=envelope.SYNC_TICK,
            source="test",
            tenant=connection.tenant,
        )
        await self.importing([received(message)])

    def _asked(self, kinds: Sequence[str] | None) -> tuple[str, ...]:
        known = connectors.get(self.connector)
        if kinds or kinds is None or not any(known.import_of(kind).manual_only for kind in known.kinds):
            return tuple(kinds or ())
        return known.kinds

    def worker(self, kind: Kind) -> Worker:
        """A worker as a service has it; the test calls `one_turn`."""
        turn = self._turns[kind]
        return Worker(
            self.hub.lanes,
            self.connector,
            kind,
            lambda held: turn(held, self.hub),
            rest=lambda lane, error: rest(self.hub, lane, error),
            size=1,
            poll=0.01,
            # What a connector of the contract suite does wrong is raised where it happens, not retried for hours.
            fuse=Fuse(1 if self.own_time else 3),
        )

    async def one_turn(self, kind: Kind) -> bool:
        """Claim and run one turn; False when nothing is due."""
        worker = self.worker(kind)
        lane = await self.hub.lanes.claim(self.connector, kind)
        if lane is None:
            return False
        await worker.one_turn(lane)
        return True

    async def quiet(self, *kinds: Kind, patience: float = 0.4) -> int:
        """Take turns (of these kinds, else of both) until none is due within `patience` seconds; how many."""
        wanted: tuple[Kind, ...] = kinds or ("export", "import")
        turns = 0
        while True:
            begun = await self.store.now()
            if any([await self.one_turn(kind) for kind in wanted]):
                turns += 1
                continue
            moments = [moment for moment in await self._moments(wanted) if moment > begun]
            pause = min(moments, default=datetime.max.replace(tzinfo=begun.tzinfo)) - begun
            if pause > timedelta(seconds=patience):
                return turns
            await self.wait(pause)

    async def _moments(self, kinds: Sequence[Kind]) -> list[datetime]:
        """When a lane can next be claimed. What was due before and was not taken gives way to the other kind."""
        lanes = await self.hub.lanes.of_connector(self.connector)
        return [moment for lane in lanes for moment in claimable(lane, kinds)]

    async def wait(self, span: timedelta) -> None:
        """Let time pass."""
        if self.own_time:
            self.sandbox.clock.advance(span)
            await self.sandbox.arrive()
        else:
            await asyncio.sleep(max(0.0, span.total_seconds()))


def claimable(lane: Lane, kinds: Sequence[Kind]) -> Iterator[datetime]:
    """When work of these kinds can next be taken from a lane."""
    for kind in kinds:
        due = lane.of_kind(kind).due
        if due is not None:
            yield max(due, lane.lease_until, lane.rest_until)


def make_world(store: Store, **options: Any) -> World:
    """Exact Online on the real clock, with short times; `settings` goes to Settings, the rest to the sandbox."""
    settings = options.pop("settings", {})
    defaults = {"accounts": 40, "items": 30, "minutely_limit": 10_000, "redirect_uris": REGISTERED}
    return World(store, create("exact_online", **{**defaults, **options}), settings=make_settings(**settings))


def make_contract_world(connector: str, folder: Path, *, paged: bool = False, **settings: Any) -> World:
    """Any connector, with the times of real life on a clock of its own. The caller opens and closes the store.

    `paged`: so many records that a read takes several pages.
    """
    known = scenario(connector)
    sandbox = create(connector, redirect_uris=REGISTERED, **(known.paged if paged else known.small))
    store = SqliteStore(folder / "store.db", clock=sandbox.clock)
    chosen = Settings(_env_file=None, **access_to(connector, sandbox.base_url), **settings)
    return World(store, sandbox, connector, chosen, own_time=True)
