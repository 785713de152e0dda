"""A pretend OAuth 2.0 server: who may log in, chains of rotating refresh tokens, and what is refused when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from shared.clock import Clock

Problem = Literal[
    "wrong_client", "malformed", "bad_code", "unknown", "reused", "broken", "expired", "early", "too_many"
]
"""Why the token endpoint refuses: `reused` an older refresh token, `broken` the chain was killed, `early` the gate."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Refused(Exception):  # the answer to a caller, not an error of ours
    """The token endpoint says no. `at` and `now` are moments a vendor may want to mention."""

    def __init__(self, problem: Problem, *, at: datetime | None = None, now: datetime | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at
        self.now = now


@dataclass(frozen=True)
class User:
    """A demo user. `scopes` maps what the user can open (an administration) to the name the consent page shows."""

    id: str
    name: str
    email: str
    scopes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class App:
    """The one registered app."""

    name: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]

    def redirects_to(self, uri: str) -> bool:
        """Whether `uri` is registered and safe: https, or a loopback host as RFC 8252 allows for local use."""
        parts = urlsplit(uri)
        return uri in self.redirect_uris and (parts.scheme == "https" or parts.hostname in _LOOPBACK)


@dataclass(frozen=True)
class TokenRules:
    """The vendor's rules. `gate`: a new token may be asked for only so long after the previous one (None: always).

    `reusable`: older refresh tokens of a login go on working beside the newest. `ends_old_access`: a new pair ends the
    access token of the old one at once, not only its refresh token. `bound_codes`: the redirect URI is said
    again with the code (RFC 6749, section 4.1.3).
    """

    access_life: timedelta
    refresh_life: timedelta
    code_life: timedelta
    gate: timedelta | None = None
    reusable: bool = False
    calls_per_day: int | None = None
    prefix: str = ""
    ends_old_access: bool = False
    bound_codes: bool = True


@dataclass
class Chain:
    """One login of one user: the newest refresh token, and since when. `alive` False: the user must log in again."""

    user: User
    scopes: frozenset[str]
    issued: datetime
    newest: str = ""
    alive: bool = True


@dataclass(frozen=True)
class Issued:
    """A token pair as handed out."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class _Code:
    user: User
    scopes: frozenset[str]
    redirect_uri: str
    until: datetime


class OAuthServer:
    """Issues codes and tokens for one app. Deterministic by `seed`; a killed chain also ends its access tokens."""

    def __init__(self, *, app: App, users: tuple[User, ...], rules: TokenRules, clock: Clock, seed: int) -> None:
        self.app = app
        self.users = {user.id: user for user in users}
        self.rules = rules
        self._clock = clock
        self._seed = seed
        self._issued = 0
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, Chain] = {}
        self._access: dict[str, tuple[Chain, datetime]] = {}
        self._calls: Counter[tuple[str, date]] = Counter()

    def grant_of(self, access_token: str) -> Chain | None:
        """The login behind an access token; None when it is unknown, expired or its chain was killed."""
        chain, until = self._access.get(access_token, (None, None))
        valid = chain is not None and until is not None and chain.alive and self._clock() < until
        return chain if valid else None

    def authorize(self, user_id: str, scopes: frozenset[str], redirect_uri: str) -> str:
        """The code for a user who agreed. `KeyError` for an unknown user."""
        user = self.users[user_id]
        code = self._secret("code")
        granted = scopes & user.scopes.keys()
        self._codes[code] = _Code(user, granted, redirect_uri, self._clock() + self.rules.code_life)
        return code

    def log_in(self, user_id: str, scopes: frozenset[str] | None = None) -> Issued:
        """A finished login without the pages, for tests. All the user's scopes unless `scopes` narrows them."""
        user = self.users[user_id]
        return self._begin(user, user.scopes.keys() & (scopes if scopes is not None else user.scopes.keys()))

    def token(self, form: Mapping[str, str]) -> Issued:
        """What the token endpoint does with the fields of its form; `Refused` says why not."""
        app = self.app
        if (form.get("client_id"), form.get("client_secret")) != (app.client_id, app.client_secret):
            raise Refused("wrong_client")
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form.get("code", ""), form.get("redirect_uri", ""))
        if form.get("grant_type") == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        raise Refused("malformed")

    def revoke(self, user_id: str) -> None:
        """The user withdraws the app's access: every chain of theirs is dead."""
        for chain in self._refresh.values():
            if chain.user.id == user_id:
                chain.alive = False

    def _exchange(self, text: str, redirect_uri: str) -> Issued:
        code = self._codes.pop(text, None)
        elsewhere = code is not None and self.rules.bound_codes and code.redirect_uri != redirect_uri
        if code is None or elsewhere or self._clock() > code.until:
            raise Refused("bad_code")
        self._count(code.user)
        return self._begin(code.user, code.scopes)

    def _begin(self, user: User, scopes: Iterable[str]) -> Issued:
        self.revoke(user.id)
        return self._issue(Chain(user, frozenset(scopes), self._clock()))

    def _renew(self, token: str) -> Issued:
        chain, now = self._refresh.get(token), self._clock()
        if chain is None:
            raise Refused("unknown")
        self._count(chain.user)
        if token != chain.newest and not self.rules.reusable:
            chain.alive = False
            raise Refused("reused")
        if not chain.alive:
            raise Refused("broken")
        if now > chain.issued + self.rules.refresh_life:
            raise Refused("expired", at=chain.issued + self.rules.refresh_life, now=now)
        if self.rules.gate and now < chain.issued + self.rules.gate:
            raise Refused("early")
        return self._issue(chain)

    def _count(self, user: User) -> None:
        today = (user.id, self._clock().date())
        self._calls[today] += 1
        if self.rules.calls_per_day is not None and self._calls[today] > self.rules.calls_per_day:
            raise Refused("too_many")

    def _issue(self, chain: Chain) -> Issued:
        now = self._clock()
        access, chain.newest, chain.issued = self._secret("access"), self._secret("refresh"), now
        self._refresh[chain.newest] = chain
        if self.rules.ends_old_access:
            self._access = {token: held for token, held in self._access.items() if held[0] is not chain}
        self._access[access] = (chain, now + self.rules.access_life)
        return Issued(access, chain.newest, int(self.rules.access_life.total_seconds()))

    def _secret(self, kind: str) -> str:
        self._issued += 1
        return self.rules.prefix + sha256(f"{self._seed}:{kind}:{self._issued}".encode()).hexdigest()[:40]
