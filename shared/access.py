"""How a package lets us in: by OAuth 2.0, each vendor with its own dialect, or by credentials that open a session.

Either way the result is a token chain (`shared/oauth.py`): something short-lived that goes on every call, and something
lasting by which the next one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal

import httpx

from shared import clock
from shared.log import mask

Token = dict[str, Any]
"""A token answer under the names of RFC 6749: access_token, refresh_token, expires_in (text with Exact), token_type."""
_SHORT = 300
"""Characters of a page that are worth showing."""


@dataclass(frozen=True)
class Answer:
    """A vendor's answer as plain values, so that classifying it is pure. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @classmethod
    def of(cls, response: httpx.Response) -> Answer:
        """The answer that httpx got; its body must have been read."""
        return cls(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.text)

    @property
    def page(self) -> str | None:
        """What somebody reads who opens a page instead of the answer we asked for, shortened; None when it is empty.

        Secrets are masked while whole lines still tell where they end.
        """
        told = mask(re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>", " ", self.text))
        return " ".join(told.split())[:_SHORT] or None

    def retry_at(self, usual: timedelta) -> datetime:
        """When to ask again: the moment of `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3), else `usual`.

        Never in our past, or we would ask at once.
        """
        now, told = clock.now(), self.headers.get("retry-after", "").strip()
        if told.isdecimal():
            return now + timedelta(seconds=max(1, int(told)))
        try:
            moment = parsedate_to_datetime(told)
        except ValueError:
            return now + usual
        return max(now + timedelta(seconds=1), moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(frozen=True)
class TokenRefusal:
    """Why the token endpoint said no: `early` (somebody else renewed: re-read), `dead` (log in again), `later`."""

    kind: Literal["early", "dead", "later"]
    reason: str


class Refused(Exception):  # an answer; `oauth.py` and `login.py` turn it into a WorkError
    """The login service said no."""

    def __init__(self, refusal: TokenRefusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def standard_refusal(answer: Answer) -> TokenRefusal:
    """RFC 6749: `invalid_grant` and its kin are final, server trouble is not."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in {408, 429}:
        return TokenRefusal("later", f"the login service answered {answer.status}")
    return TokenRefusal("dead", f"the login service refused the token ({answer.status})")


def bearer(request: httpx.Request, token: str) -> httpx.Request:
    """The token in the `Authorization` header (RFC 6750)."""
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def unauthorized(answer: Answer) -> bool:
    """A 401 says that the token is no longer good (RFC 6750)."""
    return answer.status == HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True)
class Dialect:
    """How a login service differs from RFC 6749.

    `send`: how the fields of a token request travel: as a `form`, as `json`, or in the `query` of a GET. `names` gives
    the package's own names of RFC fields, of requests and answers alike; an empty name is never sent. `extra` goes on
    the address of the login page. `state` False: the package does not send our `state` back. `silent` are RFC fields
    that token requests leave out.
    """

    send: Literal["form", "json", "query"] = "form"
    names: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    state: bool = True
    silent: Collection[str] = ()

    def spell(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields under the package's names."""
        spelled = {self.names.get(name, name): value for name, value in fields.items()}
        spelled.pop("", None)
        return spelled

    def read(self, answer: Mapping[str, Any]) -> Token:
        """A token answer under the RFC's names."""
        back = {ours: name for name, ours in self.names.items() if ours}
        return {back.get(name, name): value for name, value in answer.items()}

    def request(self, url: str, fields: Mapping[str, str]) -> httpx.Request:
        """The call that asks for a token."""
        told = {name: value for name, value in fields.items() if name not in self.silent}
        spelled, json = self.spell(told), {"Accept": "application/json"}
        match self.send:
            case "form":
                return httpx.Request("POST", url, data=spelled, headers=json)
            case "json":
                return httpx.Request("POST", url, json=spelled, headers=json)
            case "query":
                return httpx.Request("GET", url, params=spelled, headers=json)


@dataclass(frozen=True, kw_only=True)
class Access:
    """What both ways have in common. `sites` maps a site (country) to its base URL.

    `site_names` are what people choose sites by, where they are no countries.
    `version` stands where a base URL says `{version}`, unless the operator has set another one (`api_version`).

    `carry(request, token)` puts the token on a call, `stale(answer)` knows the answer that wants a newer one (nothing
    was executed then). `access_life` is how long a token lasts when its answer does not say. `refresh_window`: a new
    one is asked for only in the last stretch of the old one's life, or after it. `refresh_token_life`: an unused grant
    lapses after this; None: it does not. `gated`: the package refuses to renew a token before its window.
    """

    sites: Mapping[str, str]
    refresh_window: timedelta
    refresh_token_life: timedelta | None
    version: str = ""
    site_names: Mapping[str, str] = field(default_factory=dict)
    access_life: timedelta = timedelta(minutes=10)
    gated: bool = False
    carry: Callable[[httpx.Request, str], httpx.Request] = bearer
    stale: Callable[[Answer], bool] = unauthorized


@dataclass(frozen=True, kw_only=True)
class OAuth2(Access):
    """By a login page. `authorize` and `token` are paths on the site; `pages`: hosts of the login page, if others."""

    authorize: str
    token: str
    pages: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = Dialect()
    refusal: Callable[[Answer], TokenRefusal] = standard_refusal


@dataclass(frozen=True)
class CredentialField:
    """One thing the user types. `label` is the package's own word for it; a `secret` is never shown."""

    name: str
    label: str
    secret: bool = True


@dataclass(frozen=True, kw_only=True)
class Credentials(Access):
    """By what the user types, once. `open(http, credentials)` opens a session; `Refused` when it is not let in.

    The credentials are kept encrypted in place of a refresh token, so that the next session can be opened.
    `whose(credentials)` names the login for a package that cannot be asked who it is; it tells no secret.
    """

    fields: tuple[CredentialField, ...]
    open: Callable[[httpx.AsyncClient, Mapping[str, str]], Awaitable[Token]]
    whose: Callable[[Mapping[str, str]], str] = lambda _: ""
