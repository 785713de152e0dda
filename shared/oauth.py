"""Grants: one token chain per vendor user, shared by all connections that use it; renewed by one at a time.

A refresh with rotation is a foreign write that must happen once: recorded before, done under a lease by one process,
the new pair stored before it is used. A lost answer is retried at once with the old token; then the owner is asked.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any, Literal

import httpx
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]  # ships no types
    prepare_grant_uri,
    prepare_token_request,
)

from shared import clock
from shared.clock import Clock, Moment
from shared.connector import Answer, Connector, TokenRefusal, VendorUser
from shared.errors import NeedsOwner, TryLater
from shared.keys import KeyRing
from shared.log import get
from shared.records import Record
from shared.schemas.base import Frozen
from shared.settings import ConnectorAccess
from shared.store import Is, Store, StoreNow
from shared.store.collections import GRANTS

_log = get(__name__)

TRIES_AFTER_A_LOST_ANSWER = 3
REFRESH_LEASE = timedelta(seconds=100)
"""Longer than three token calls at their time-out."""
TOKEN_TIMEOUT = 30.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
Token = dict[str, Any]
"""A token answer: access_token, refresh_token, expires_in (text with Exact), token_type."""
LOOK_AGAIN = 0.1


class Tokens(Frozen):
    """One token pair. Only ever stored sealed."""

    access: str
    refresh: str


class Grant(Record):
    """A token chain. `version` rises with every new pair; `renewing` marks a refresh that was begun."""

    connector: str
    site: str | None
    user: str
    user_name: str
    sealed: str
    version: int
    issued: Moment
    expires: Moment
    state: Literal["live", "dead"] = "live"
    reason: str | None = None
    renewing_until: Moment = clock.EPOCH
    renewing_fence: int = 0


class Refused(Exception):  # an answer, turned into a WorkError right here
    """The token endpoint said no."""

    def __init__(self, refusal: TokenRefusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def grant_id(connector: str, site: str | None, user: str) -> str:
    """A grant belongs to a vendor user on a site, not to a tenant."""
    return f"{connector}|{site or ''}|{user}"


class TokenEndpoint:
    """The vendor's login service: the address to send a user to, and the calls that give tokens."""

    def __init__(
        self, connector: Connector, access: ConnectorAccess, base_url: str, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._connector = connector
        self._access = access
        self._base = base_url
        self._transport = transport

    def authorize_url(self, state: str) -> str:
        """Where the user logs in; `state` comes back with the code."""
        url = self._base + self._connector.auth.authorize
        redirect = self._access.redirect_uri
        return str(prepare_grant_uri(url, self._access.client_id, "code", redirect_uri=redirect, state=state))

    async def exchange(self, code: str) -> Token:
        """A one-time code for the first token pair."""
        return await self._ask("authorization_code", code=code, redirect_uri=self._access.redirect_uri)

    async def refresh(self, refresh_token: str) -> Token:
        """A new pair for an old refresh token."""
        return await self._ask("refresh_token", refresh_token=refresh_token)

    async def _ask(self, grant_type: str, **fields: str) -> Token:
        secret = self._access.client_secret.get_secret_value()
        body = prepare_token_request(grant_type, client_id=self._access.client_id, client_secret=secret, **fields)
        async with httpx.AsyncClient(timeout=TOKEN_TIMEOUT, transport=self._transport) as http:
            response = await http.post(self._base + self._connector.auth.token, content=body, headers=_FORM)
        if response.status_code != httpx.codes.OK:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise Refused(self._connector.auth.refusal(Answer(response.status_code, headers, response.text)))
        token: Token = response.json()
        if "access_token" not in token:
            raise ValueError("the login service answered without a token")
        return token


class Grants:
    """Keeps token chains. `endpoint` builds the login service of a connector and site."""

    def __init__(
        self,
        store: Store,
        keys: KeyRing,
        endpoint: Callable[[str, str | None], TokenEndpoint],
        window: Callable[[str], timedelta],
        now: Clock = clock.now,
    ) -> None:
        self._store = store
        self._keys = keys
        self._endpoint = endpoint
        self._window = window
        self._now = now

    async def save_login(self, connector: str, site: str | None, user: VendorUser, token: Token) -> str:
        """Keep the pair of a fresh login. It replaces the chain of that user for every connection that uses it."""
        id = grant_id(connector, site, user.id)
        fresh = {**self._pair(token), "user_name": user.name, "state": "live", "reason": None}
        if await self._store.update(GRANTS, id, set=fresh, inc={"version": 1}) is None:
            born = {"id": id, "connector": connector, "site": site, "user": user.id, "version": 1, **fresh}
            if not await self._store.insert(GRANTS, born):
                await self._store.update(GRANTS, id, set=fresh, inc={"version": 1})
        return id

    def _pair(self, token: Token, old: Tokens | None = None) -> dict[str, Any]:
        refresh = token.get("refresh_token") or (old.refresh if old else "")
        pair = Tokens(access=token["access_token"], refresh=refresh)
        issued = self._now()
        # Exact sends `expires_in` as text; some vendors leave it out.
        expires = issued + timedelta(seconds=int(token.get("expires_in") or 600))
        return {
            "sealed": self._keys.seal(pair.model_dump_json()),
            "issued": clock.stamp(issued),
            "expires": clock.stamp(expires),
            "renewing_until": clock.stamp(clock.EPOCH),
        }

    async def get(self, id: str) -> Grant:
        """The grant; `NeedsOwner` when there is none."""
        found = await self._store.get(GRANTS, id)
        if found is None:
            raise NeedsOwner("Log in to the package again: this connection has no access any more.")
        return Grant.of(found)

    def _tokens(self, grant: Grant) -> Tokens:
        return Tokens.model_validate(json.loads(self._keys.open(grant.sealed)))

    async def access_token(self, id: str, *, refused: str | None = None) -> str:
        """A token that works now, renewed if it must be. `refused` is a token the vendor just answered 401 to."""
        while True:
            grant = await self.get(id)
            if grant.state == "dead":
                raise NeedsOwner(grant.reason or "Authentication expired. Reconnect the integration to sync data.")
            tokens = self._tokens(grant)
            renewable = grant.expires - self._window(grant.connector)
            if self._now() < renewable:
                if tokens.access != refused:
                    return tokens.access
                # The vendor refuses a young token and would refuse to renew it now (Exact: not before 570 s).
                raise TryLater("the package refused our access", after=renewable - self._now())
            if mine := await self._begin(grant):
                # Shielded: a turn that loses its lease must not throw away a pair the vendor has already rotated.
                return await asyncio.shield(self._renew(mine, tokens))
            await asyncio.sleep(LOOK_AGAIN)

    async def _begin(self, grant: Grant) -> Grant | None:
        """Record that a refresh begins; None when somebody else is at it (or just was)."""
        document = await self._store.update(
            GRANTS,
            grant.id,
            where={"version": grant.version, "renewing_until": Is("<=", StoreNow())},
            set={"renewing_until": StoreNow(REFRESH_LEASE)},
            inc={"renewing_fence": 1},
        )
        return Grant.of(document) if document else None

    async def _renew(self, grant: Grant, tokens: Tokens) -> str:
        endpoint = self._endpoint(grant.connector, grant.site)
        try:
            token = await self._ask(endpoint, tokens.refresh)
        except Refused as error:
            return await self._refused(grant, tokens, error.refusal)
        except TryLater:
            await self._release(grant)
            raise
        mine = {"version": grant.version, "renewing_fence": grant.renewing_fence}
        # Stored before it is used: a pair that is used but not stored is lost with the process.
        stored = await self._store.update(
            GRANTS, grant.id, where=mine, set=self._pair(token, tokens), inc={"version": 1}
        )
        if stored is None:
            _log.info("a newer login replaced the renewed token", grant=grant.id)
        return await self.access_token(grant.id)

    async def _ask(self, endpoint: TokenEndpoint, refresh_token: str) -> Token:
        for attempt in range(TRIES_AFTER_A_LOST_ANSWER):
            try:
                return await endpoint.refresh(refresh_token)
            except (httpx.TransportError, ValueError) as error:
                # Lost or unreadable. The old token again, at once: some services answer it with the same pair.
                if attempt + 1 == TRIES_AFTER_A_LOST_ANSWER:
                    raise TryLater("the login service of the package cannot be reached") from error
        raise AssertionError("unreachable")

    async def _refused(self, grant: Grant, tokens: Tokens, refusal: TokenRefusal) -> str:
        current = await self.get(grant.id)
        if current.version != grant.version:
            return await self.access_token(grant.id, refused=tokens.access)
        if refusal.kind == "dead":
            reason = "Authentication expired. Reconnect the integration to sync data."
            dead = {"state": "dead", "reason": reason, "renewing_until": clock.stamp(clock.EPOCH)}
            await self._store.update(GRANTS, grant.id, where={"version": grant.version}, set=dead)
            _log.warning("grant is dead", grant=grant.id, why=refusal.reason)
            return await self.access_token(grant.id)
        await self._release(grant)
        if self._now() < grant.expires:
            return tokens.access
        pause = self._window(grant.connector) if refusal.kind == "early" else None
        raise TryLater(refusal.reason, after=pause)

    async def _release(self, grant: Grant) -> None:
        mine = {"version": grant.version, "renewing_fence": grant.renewing_fence}
        await self._store.update(GRANTS, grant.id, where=mine, set={"renewing_until": clock.stamp(clock.EPOCH)})


class GrantAuth(httpx.Auth):
    """Puts the bearer token on each call; on a 401 asks once for a newer one and repeats (nothing was executed)."""

    def __init__(self, grants: Grants, grant: str) -> None:
        self._grants = grants
        self._grant = grant

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx, "Customising authentication"."""
        token = await self._grants.access_token(self._grant)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            newer = await self._grants.access_token(self._grant, refused=token)
            request.headers["Authorization"] = f"Bearer {newer}"
            yield request


class TokenAuth(httpx.Auth):
    """A fixed token, for the moment between a login and its grant."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx, "Customising authentication"."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
