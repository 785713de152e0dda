"""Grants: one token chain per vendor user, shared by all connections that use it; renewed by one at a time.

A refresh with rotation is a foreign write that must happen once: recorded before with the fence and a hash of the old
token, done under a lease by one process, the new pair stored before it is used (an outage of the store is waited out).
A lost answer is retried at once with the old token; then the store is read again; only then the owner is asked.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import httpx

from shared import clock
from shared.access import Access, Answer, Refused, Token, TokenRefusal
from shared.clock import Clock, Moment
from shared.connector import VendorUser
from shared.errors import EXPIRED, NeedsOwner, StoreUnavailable, TryLater
from shared.keys import KeyRing
from shared.log import get
from shared.login_service import LoginService
from shared.records import Record
from shared.schemas.base import Frozen
from shared.store import Is, Store, StoreNow
from shared.store.collections import GRANTS

_log = get(__name__)

TRIES_AFTER_A_LOST_ANSWER = 3
REFRESH_LEASE = timedelta(seconds=100)
"""Longer than three token calls at their time-out."""
LOOK_AGAIN = 0.1


class Tokens(Frozen):
    """One token pair. Only ever stored sealed."""

    access: str
    refresh: str


class Grant(Record):
    """A token chain. `version` rises with every new pair. `ended`: nobody uses it, and its tokens are thrown away.

    `renewing_until`, `renewing_fence` and `renewing_hash` (of the old refresh token) mark a refresh that was begun. If
    they are still there after a crash, the package may have rotated that token already.
    """

    connector: str
    site: str | None
    user: str
    user_name: str
    sealed: str
    version: int
    issued: Moment
    expires: Moment
    state: Literal["live", "dead", "ended"] = "live"
    reason: str | None = None
    renewing_until: Moment = clock.EPOCH
    renewing_fence: int = 0
    renewing_hash: str | None = None


def grant_id(connector: str, site: str | None, user: str) -> str:
    """A grant belongs to a vendor user on a site, not to a tenant."""
    return f"{connector}|{site or ''}|{user}"


def user_of_grant(id: str) -> str:
    """The vendor user that a grant belongs to."""
    return id.split("|", 2)[-1]


class Grants:
    """Keeps token chains. `endpoint` builds the login service of a connector and site, `access` gives its rules."""

    def __init__(
        self,
        store: Store,
        keys: KeyRing,
        endpoint: Callable[[str, str | None], LoginService],
        access: Callable[[str], Access],
        now: Clock = clock.now,
    ) -> None:
        self._store = store
        self._keys = keys
        self._endpoint = endpoint
        self._access = access
        self._now = now

    async def save_login(self, connector: str, site: str | None, user: VendorUser, token: Token) -> str:
        """Keep the pair of a fresh login. It replaces the chain of that user for every connection that uses it."""
        id = grant_id(connector, site, user.id)
        fresh = {**self._pair(connector, token), "user_name": user.name, "state": "live", "reason": None}
        if await self._store.update(GRANTS, id, set=fresh, inc={"version": 1}) is None:
            born = {"id": id, "connector": connector, "site": site, "user": user.id, "version": 1, **fresh}
            if not await self._store.insert(GRANTS, born):
                await self._store.update(GRANTS, id, set=fresh, inc={"version": 1})
        return id

    def _pair(self, connector: str, token: Token, old: Tokens | None = None) -> dict[str, Any]:
        refresh = token.get("refresh_token") or (old.refresh if old else "")
        pair = Tokens(access=token["access_token"], refresh=refresh)
        issued = self._now()
        # Exact sends `expires_in` as text; some vendors leave it out.
        expires = issued + _life(token.get("expires_in"), self._access(connector).access_life)
        return {
            "sealed": self._keys.seal(pair.model_dump_json()),
            "issued": clock.stamp(issued),
            "expires": clock.stamp(expires),
            **_NOT_RENEWING,
        }

    async def get(self, id: str) -> Grant:
        """The grant; `NeedsOwner` when there is none."""
        found = await self._store.get(GRANTS, id)
        if found is None:
            raise NeedsOwner("Log in to the package again: this connection has no access any more.")
        return Grant.of(found)

    async def unused(self, connector: str, before: datetime, *, limit: int) -> Sequence[str]:
        """Ids of grants that nobody renewed since `before`, the oldest first."""
        where = {"connector": connector, "state": "live", "issued": Is("<", clock.stamp(before))}
        return [row["id"] for row in await self._store.find(GRANTS, where, sort=("issued",), limit=limit)]

    async def end(self, id: str, unused_since: datetime) -> None:
        """Throw the tokens away, unless somebody used them since, or logs in at this moment."""
        nothing = self._keys.seal(Tokens(access="", refresh="").model_dump_json())
        same = {"state": "live", "issued": Is("<", clock.stamp(unused_since))}
        ended = {"state": "ended", "reason": EXPIRED, "sealed": nothing}
        await self._store.update(GRANTS, id, where=same, set=ended, inc={"version": 1})

    def _tokens(self, grant: Grant) -> Tokens:
        return Tokens.model_validate(json.loads(self._keys.open(grant.sealed)))

    async def access_token(self, id: str, *, refused: str | None = None) -> str:
        """A token that works now, renewed if it must be. `refused` is a token the vendor just answered 401 to."""
        while True:
            grant = await self.get(id)
            if grant.state != "live":
                raise NeedsOwner(grant.reason or EXPIRED)
            tokens = self._tokens(grant)
            access = self._access(grant.connector)
            renewable = grant.expires - access.refresh_window
            if self._now() < renewable and tokens.access != refused:
                return tokens.access
            if self._now() < renewable and access.gated:
                # The vendor refuses a young token and would refuse to renew it now (Exact: not before 570 s).
                raise TryLater("the package refused our access", after=renewable - self._now())
            if mine := await self._begin(grant, _hash(tokens.refresh)):
                # Shielded: a turn that loses its lease must not throw away a pair the vendor has already rotated.
                return await asyncio.shield(self._renew(mine, tokens))
            await asyncio.sleep(LOOK_AGAIN)

    async def _begin(self, grant: Grant, old: str) -> Grant | None:
        """Record that a refresh begins; None when somebody else is at it (or just was)."""
        if grant.renewing_hash == old:
            _log.warning("a refresh was begun and never ended; it is tried again with the same token", grant=grant.id)
        document = await self._store.update(
            GRANTS,
            grant.id,
            where={"version": grant.version, "renewing_until": Is("<=", StoreNow())},
            set={"renewing_until": StoreNow(REFRESH_LEASE), "renewing_hash": old},
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
        # Stored before it is used: a pair that is used but not stored is lost with the process.
        if not await self._keep(grant, self._pair(grant.connector, token, tokens)):
            _log.info("a newer login replaced the renewed token", grant=grant.id)
        return await self.access_token(grant.id)

    async def _keep(self, grant: Grant, pair: dict[str, Any]) -> bool:
        """Store the new pair; the package has rotated already, so an outage of the store is waited out.

        A write without an answer may have been made: then the version has moved, and the pair that stands there counts.
        """
        for pause in _STORE_AWAY:
            await asyncio.sleep(pause)
            try:
                kept = await self._store.update(GRANTS, grant.id, where=_mine(grant), set=pair, inc={"version": 1})
            except StoreUnavailable:
                _log.warning("the store does not answer; a new token waits to be stored", grant=grant.id)
            else:
                return kept is not None
        raise StoreUnavailable("a new token could not be stored in time")

    async def _ask(self, endpoint: LoginService, refresh_token: str) -> Token:
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
            dead = {"state": "dead", "reason": EXPIRED, **_NOT_RENEWING}
            if await self._store.update(GRANTS, grant.id, where=_mine(grant), set=dead) is None:
                return await self.access_token(grant.id)  # somebody took the refresh over: theirs is the newer word
            _log.warning("grant is dead", grant=grant.id, why=refusal.reason)
            return await self.access_token(grant.id)
        await self._release(grant)
        if self._now() < grant.expires:
            return tokens.access
        pause = self._access(grant.connector).refresh_window if refusal.kind == "early" else None
        raise TryLater(refusal.reason, after=pause)

    async def _release(self, grant: Grant) -> None:
        await self._store.update(GRANTS, grant.id, where=_mine(grant), set=_NOT_RENEWING)


_NOT_RENEWING = {"renewing_until": clock.stamp(clock.EPOCH), "renewing_hash": None}
_STORE_AWAY = (0.0, 0.2, 1.0, 3.0, 10.0)
"""Seconds between tries to store a new pair, far within the lease of the refresh."""


def _mine(grant: Grant) -> dict[str, int]:
    """The refresh that was begun, as long as nobody logged in or took it over."""
    return {"version": grant.version, "renewing_fence": grant.renewing_fence}


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _life(said: object, usual: timedelta) -> timedelta:
    """How long a token lives; one that says nothing readable must not be lost for that."""
    text = str(said)
    return timedelta(seconds=int(text)) if text.isdigit() and int(text) else usual


class GrantAuth(httpx.Auth):
    """Puts the token on each call; on an answer that calls it stale asks once for a newer one and repeats.

    Nothing was executed then.
    """

    def __init__(self, grants: Grants, grant: str, access: Access) -> None:
        self._grants = grants
        self._grant = grant
        self._access = access

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx, "Customising authentication"."""
        token = await self._grants.access_token(self._grant)
        response = yield self._access.carry(request, token)
        await response.aread()  # some packages say so in the body only
        if self._access.stale(Answer.of(response)):
            newer = await self._grants.access_token(self._grant, refused=token)
            yield self._access.carry(request, newer)


class TokenAuth(httpx.Auth):
    """A fixed token, for the moment between a login and its grant."""

    def __init__(self, token: str, access: Access) -> None:
        self._token = token
        self._access = access

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See httpx, "Customising authentication"."""
        yield self._access.carry(request, self._token)
