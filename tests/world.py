"""A whole installation in one process, without Kafka: store, sandbox, hub, and turns taken one by one by the test."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.fernet import Fernet

from services.exporter.intake import ExportIntake
from services.exporter.turn import turn as export_turn
from services.importer.intake import ImportIntake
from services.importer.turn import turn as import_turn
from shared import envelope, topics
from shared.envelope import Message
from shared.hub import Hub
from shared.keys import KeyRing
from shared.lanes import Kind
from shared.login import LoggedIn, connect, finish_login
from shared.resting import rest
from shared.sandbox import Sandbox, create, sandbox_approve
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick
from shared.settings import Settings
from shared.store import Store
from shared.turns import Fuse, Worker
from tests.fakes import RecordingBus, received

REDIRECT = "http://127.0.0.1:8765/callback"
KEY = Fernet.generate_key().decode()


def make_settings(**changes: Any) -> Settings:
    """Short times, so that tests wait for nothing."""
    fields: dict[str, Any] = {
        "keys": KEY,
        "retry_first": 0.01,
        "settle_after": 0.05,
        "lease": 20.0,
        "connectors": {
            "exact_online": {
                "client_id": "fieldledger-demo",
                "client_secret": "demo-secret",
                "base_url": "http://exact.sandbox",
                "redirect_uri": REDIRECT,
            }
        },
    }
    return Settings(_env_file=None, **{**fields, **changes})


@dataclass
class World:
    """One process of each service, driven by hand."""

    store: Store
    sandbox: Sandbox
    connector: str = "exact_online"
    settings: Settings = field(default_factory=make_settings)
    bus: RecordingBus = field(default_factory=RecordingBus)

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

    async def log_in(self, user: str = "Anouk de Vries", site: str = "nl") -> LoggedIn:
        """Walk the login pages as a person would."""
        url = self.hub.token_endpoint(self.connector, site).authorize_url("state-1")
        async with httpx.AsyncClient(transport=self.sandbox.transport()) as browser:
            callback = await sandbox_approve(browser, url, user)
        code = parse_qs(urlsplit(callback).query)["code"][0]
        return await finish_login(self.hub, self.connector, site, code)

    async def connected(
        self, tenant: str = "acme", *, exports_from: date | None = date(2026, 1, 1), **settings: Any
    ) -> Connection:
        """A live connection to the user's first administration."""
        login = await self.log_in()
        connection = await connect(self.hub, tenant, login, login.administrations[0].code, settings)
        if exports_from:
            connection = await self.hub.connections.start_exports(connection.id, exports_from)
        return connection

    async def publish(self, *messages: Message) -> None:
        """The platform publishes; the exporter's intake takes it in."""
        await self.exporting([received(message, offset) for offset, message in enumerate(messages)])

    async def tick(self, connection: Connection, slot: str = "slot-1", kinds: Sequence[str] = (), **more: Any) -> None:
        """A sync tick reaches the importer."""
        tick = SyncTick(connection=connection.id, slot=slot, kinds=tuple(kinds), **more)
        message = envelope.message(
            topics.ticks(self.connector),
            connection.id,
            tick,
            type=envelope.SYNC_TICK,
            source="test",
            tenant=connection.tenant,
        )
        await self.importing([received(message)])

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
            fuse=Fuse(3),
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
        """Take turns (of these kinds, else of both) until nothing is due, also shortly afterwards; how many."""
        turns = 0
        waited = 0.0
        while waited < patience:
            if any([await self.one_turn(kind) for kind in kinds or ("export", "import")]):
                turns += 1
                waited = 0.0
            else:
                await asyncio.sleep(0.02)
                waited += 0.02
        return turns


def make_world(store: Store, **options: Any) -> World:
    """A world with a fresh sandbox; `settings` goes to Settings, the rest to the sandbox."""
    settings = options.pop("settings", {})
    defaults = {"accounts": 40, "items": 30, "minutely_limit": 10_000}
    return World(store, create("exact_online", **{**defaults, **options}), settings=make_settings(**settings))
