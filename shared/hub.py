"""Everything a turn or a handler may touch, built once per process. Nothing here decides anything."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Protocol
from zlib import crc32

import httpx

from shared import clock, connectors
from shared.access import Access, OAuth2, Token
from shared.budgets import Budgets, Kind
from shared.clock import Clock
from shared.connections import Connections
from shared.connector import Client, Connector
from shared.doors import Doors
from shared.envelope import Message
from shared.errors import Misconfigured
from shared.fates import Patience
from shared.http import Unlimited, VendorHttp
from shared.journal import Journal
from shared.keys import KeyRing
from shared.lanes import Lanes
from shared.ledger.entries import Entries
from shared.ledger.recovery import Recoveries
from shared.ledger.steps import Steps
from shared.links import Links
from shared.login_service import LoginService, OAuthService, SessionService
from shared.oauth import GrantAuth, Grants, TokenAuth, user_of_grant
from shared.pdf import PdfSource
from shared.schemas.connections import Connection
from shared.settings import Settings
from shared.store import Store

KEEP_ALIVE = 2.0
"""Seconds an idle connection is reused: a stale one turns a create into an uncertain one for nothing."""

POOLS = 64
"""Clients per package, connections spread over them: httpx looks at every open line of a client at every call."""


class Publisher(Protocol):
    """The sending half of the bus."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all, return when the broker has acknowledged all."""


@dataclass
class Hub:
    """The parts, plugged together. `transports` replaces the network per connector, and for `pdf` (tests)."""

    settings: Settings
    store: Store
    keys: KeyRing
    bus: Publisher
    now: Clock = clock.now
    transports: Mapping[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    _clients: dict[tuple[str, int], httpx.AsyncClient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lanes = Lanes(self.store, self.settings.lease_time)
        self.entries = Entries(self.store)
        self.steps = Steps(self.store)
        self.recoveries = Recoveries(self.store, self.lanes)
        self.links = Links(self.store)
        self.doors = Doors(self.store, self.keys)
        self.connections = Connections(self.store, self.lanes, self.entries)
        self.budgets = Budgets(self.store, self.now)
        self.journal = Journal(self.store, self.now)
        self.grants = Grants(self.store, self.keys, self.login_service, _access, self.now)
        self.patience = Patience(timedelta(seconds=self.settings.retry_first), self.settings.max_attempts)

    async def fetch_pdf(self, url: str) -> bytes:
        """A PDF of the platform's, from the hosts the operator named; see `pdf.py` for the errors."""
        source = PdfSource(self.settings.pdf_hosts, self.settings.pdf_max_bytes, transport=self.transports.get("pdf"))
        return await source.fetch(url)

    async def open(self) -> None:
        """Open the store."""
        await self.store.open()

    async def close(self) -> None:
        """Close connections to packages, then the store."""
        for client in self._clients.values():
            await client.aclose()
        await self.store.close()

    def base_url(self, connector: Connector, site: str | None) -> str:
        """Where the package of this site is reached: the configured address, else the vendor's own."""
        access, sites = self.settings.access(connector.name), connector.auth.sites
        if access.base_url:
            return access.base_url.rstrip("/")
        if site is None or site not in sites:
            raise Misconfigured(f"{connector.title} has no site {site!r}. Choose one of: {', '.join(sites)}.")
        return sites[site].format(version=access.api_version or connector.auth.version)

    def login_service(self, connector: str, site: str | None, back: str | None = None) -> LoginService:
        """Where this package gives tokens; `back` as it was said to the login page."""
        how = connectors.get(connector)
        if isinstance(how.auth, OAuth2):
            return self._oauth(how, how.auth, site, back)
        return SessionService(how.auth, self.base_url(how, site), self.transports.get(connector))

    def login_page(self, connector: str, site: str | None, state: str, back: str | None = None) -> str:
        """Where the user logs in by OAuth; `state` comes back with the code, if the package sends it back.

        `back` is the address it comes back to, where that is not the configured one.
        """
        how = connectors.get(connector)
        assert isinstance(how.auth, OAuth2), f"{how.title} has no login page"
        return self._oauth(how, how.auth, site, back).authorize_url(state)

    def _oauth(self, how: Connector, auth: OAuth2, site: str | None, back: str | None) -> OAuthService:
        access, api = self.settings.require_access(how.name), self.base_url(how, site)
        access = access.model_copy(update={"redirect_uri": back}) if back else access
        pages = api if access.base_url else auth.pages.get(site or "", api)
        return OAuthService(auth, access, pages, api, self.transports.get(how.name))

    def request_timeout(self, connector: Connector) -> timedelta:
        """The time-out of one call."""
        override = self.settings.request_timeout
        return connector.request_timeout if override is None else timedelta(seconds=override)

    def settle_after(self, connector: Connector) -> timedelta:
        """How long an uncertain write may still arrive."""
        override = self.settings.settle_after
        return connector.settle_after if override is None else timedelta(seconds=override)

    def budget_scope(self, connection: Connection) -> str:
        """Packages count calls per app and administration, so connections to one administration share a budget."""
        app = self.settings.access(connection.connector).client_id
        return f"{connection.connector}|{app}|{connection.administration.code}"

    def _http(self, connector: Connector, site: str | None, user: str = "") -> httpx.AsyncClient:
        """The client for one user of the package (a connection); the same user always gets the same one."""
        url = self.base_url(connector, site)
        key = url, crc32(user.encode()) % POOLS
        if key not in self._clients:
            self._clients[key] = httpx.AsyncClient(
                verify=tls(),
                base_url=url,
                headers=dict(connector.headers),
                timeout=self.request_timeout(connector).total_seconds(),
                limits=httpx.Limits(max_connections=None, keepalive_expiry=KEEP_ALIVE),
                transport=self.transports.get(connector.name),
                follow_redirects=False,
            )
        return self._clients[key]

    @asynccontextmanager
    async def connect(self, connection: Connection, kind: Kind) -> AsyncIterator[Any]:
        """The package's client for one turn of this connection, under its rate budget."""
        connector = connectors.get(connection.connector)
        budget = await self.budgets.load(connector.limit, self.budget_scope(connection), kind)
        http = VendorHttp(
            self._http(connector, connection.site, connection.id),
            auth=GrantAuth(self.grants, connection.grant, connector.auth),
            classify=connector.classify,
            budget=budget,
            windows=connector.limit.read,
            name=connector.name,
            whose=user_of_grant(connection.grant),
        )
        try:
            yield connector.client(http, connection.administration.code)
        finally:
            await self.budgets.save(budget)

    def connect_new(self, connector: Connector, site: str | None, token: Token) -> Client:
        """A client right after login, before there is a connection: for `whoami` and `administrations`."""
        http = VendorHttp(
            self._http(connector, site),
            auth=TokenAuth(token["access_token"], connector.auth),
            classify=connector.classify,
            budget=Unlimited(),
            windows=lambda _: {},
            name=connector.name,
            whose=token.get("whose", ""),
        )
        return connector.client(http, None)


@cache
def tls() -> ssl.SSLContext:
    """Made once: reading the certificates of all authorities takes longer than a call."""
    return httpx.create_ssl_context()


def _access(connector: str) -> Access:
    return connectors.get(connector).auth
