"""A platform that signs people in, and the console over a `World`: what tests of pages and API calls begin with."""

import json
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet

from services.console import sessions
from services.console.app import AREAS, create_app
from shared.hub import Hub
from tests.world import World

URL = "https://console.test"
ISSUER = "https://platform.test"
AUDIENCE = "fieldledger"
KEY = ECKey.generate_key("P-256", {"kid": "platform-1", "alg": "ES256", "use": "sig"}, auto_kid=False)

PLATFORM: dict[str, Any] = {
    "console_url": URL,
    "platform_issuer": ISSUER,
    "platform_audience": AUDIENCE,
    "platform_jwks": json.dumps(KeySet([KEY]).as_dict(private=False)),
}
"""The settings by which the console knows that platform: `make_world(store, settings=PLATFORM)`."""


def token(*, key: Any = KEY, algorithm: str = "ES256", now: float | None = None, **claims: Any) -> str:
    """A token of the platform for an office worker of `acme`; a claim given as None is left out."""
    issued = int(time.time() if now is None else now)
    usual = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-1",
        "name": "Olivia Office",
        "tenant": "acme",
        "role": "office",
        "iat": issued,
        "exp": issued + 3600,
    }
    chosen = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    header = {"alg": algorithm, **({"kid": key.kid} if key.kid else {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA has a second name by now
        return jwt.encode(header, chosen, key, algorithms=[algorithm])


def routes() -> list[tuple[str, str]]:
    """Every method and path of every area, also of routers that an area's router includes."""
    return [(method, route.path) for route in all_routes() for method in sorted(route.methods)]


def all_routes() -> list[APIRoute]:
    """The routes themselves."""
    return [route for area in AREAS for route in _routes(area)]


def _routes(router: APIRouter) -> Iterator[APIRoute]:
    for one in router.routes:
        if isinstance(one, APIRoute):
            yield one
        else:
            yield from _routes(one.original_router)


@dataclass
class Desk:
    """The console over a world. Close it when the test is over."""

    world: World
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app: FastAPI = create_app(self.hub)

    @property
    def hub(self) -> Hub:
        """The world's."""
        return self.world.hub

    def token(self, **claims: Any) -> str:
        """A platform token by the world's clock."""
        return token(now=self.hub.now().timestamp(), **claims)

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        """A browser in which nobody is signed in."""
        transport = httpx.ASGITransport(self.app)
        client = httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)
        self._clients.append(client)
        return client

    async def signed_in(self, *, tenant: str = "acme", role: str = "office", **claims: Any) -> httpx.AsyncClient:
        """A browser with a session; it sends the CSRF token along, as htmx does. `client.headers` may lose it."""
        client = self.visitor()
        answer = await client.post("/session", data={"token": self.token(tenant=tenant, role=role, **claims)})
        assert answer.status_code == 303, answer.text
        client.headers["X-CSRF-Token"] = await self.csrf(client)
        return client

    async def csrf(self, client: httpx.AsyncClient) -> str:
        """The CSRF token of that browser's session."""
        cookie = client.cookies[sessions.cookie_name(self.hub.settings)]
        found = await self.hub.store.get("sessions", sessions.digest(cookie))
        assert found is not None
        return str(found["csrf"])

    def program(self, *, tenant: str = "acme", role: str = "office", **claims: Any) -> httpx.AsyncClient:
        """A caller of the API with a platform token and no cookie."""
        return self.visitor(Authorization=f"Bearer {self.token(tenant=tenant, role=role, **claims)}")

    async def close(self) -> None:
        """Close all browsers."""
        for client in self._clients:
            await client.aclose()
