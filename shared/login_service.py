"""The package's login service as Grants and login see it: a first token for a proof, and a newer one for an old one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]  # ships no types

from shared.access import Answer, Credentials, OAuth2, Refused, Token
from shared.errors import Misconfigured
from shared.settings import ConnectorAccess

TOKEN_TIMEOUT = 30.0
Proof = str | Mapping[str, str]
"""What a login brings: the one-time code of OAuth, or the credentials the user typed."""


class LoginService(Protocol):
    """Both calls raise `Refused` when the package says no, `httpx.TransportError` or `ValueError` for a lost answer."""

    async def exchange(self, proof: Proof) -> Token:
        """The first token."""

    async def refresh(self, refresh_token: str) -> Token:
        """A newer token for what an older one left behind."""


class OAuthService:
    """The address to send a user to, and the token endpoint. `pages`, `api`: the hosts of both."""

    def __init__(
        self, auth: OAuth2, access: ConnectorAccess, pages: str, api: str, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._auth = auth
        self._access = access
        self._pages = pages
        self._api = api
        self._transport = transport

    def authorize_url(self, state: str) -> str:
        """Where the user logs in; `state` comes back with the code."""
        bare = "https://name.invalid/"
        rfc = prepare_grant_uri(
            bare, self._access.client_id, "code", redirect_uri=self._access.redirect_uri, state=state
        )
        spelled = self._auth.dialect.spell(dict(httpx.URL(rfc).params)) | dict(self._auth.dialect.extra)
        return str(httpx.URL(self._pages + self._auth.authorize, params=spelled))

    async def exchange(self, proof: Proof) -> Token:
        """A one-time code for the first token pair."""
        assert isinstance(proof, str), "OAuth gives a code"
        return await self._ask("authorization_code", code=proof, redirect_uri=self._access.redirect_uri)

    async def refresh(self, refresh_token: str) -> Token:
        """A new pair for an old refresh token."""
        return await self._ask("refresh_token", refresh_token=refresh_token)

    async def _ask(self, grant_type: str, **fields: str) -> Token:
        app = {"client_id": self._access.client_id, "client_secret": self._access.client_secret.get_secret_value()}
        asked = self._auth.dialect.request(self._api + self._auth.token, {"grant_type": grant_type, **fields, **app})
        async with httpx.AsyncClient(timeout=TOKEN_TIMEOUT, transport=self._transport) as http:
            response = await http.send(asked)
        if response.status_code != httpx.codes.OK:
            raise Refused(self._auth.refusal(Answer.of(response)))
        answer = response.json()
        if isinstance(answer, dict) and "error" in answer:
            # Not every package says no with a status (Moloni Spain).
            raise Refused(self._auth.refusal(Answer.of(response)))
        token = self._auth.dialect.read(answer) if isinstance(answer, dict) else {}
        if "access_token" not in token:
            raise ValueError("the login service answered without a token")
        return token


class SessionService:
    """Opens sessions with what the user typed; the credentials themselves are what the next session is opened with."""

    def __init__(self, auth: Credentials, api: str, transport: httpx.AsyncBaseTransport | None) -> None:
        self._auth = auth
        self._api = api
        self._transport = transport

    async def exchange(self, proof: Proof) -> Token:
        """The first session. `Misconfigured` names what was not typed."""
        assert isinstance(proof, Mapping), "credentials are typed, there is no code"
        missing = [one.label for one in self._auth.fields if not proof.get(one.name, "").strip()]
        if missing:
            raise Misconfigured(f"Fill in {', '.join(missing)}.")
        return await self._open({one.name: proof[one.name].strip() for one in self._auth.fields})

    async def refresh(self, refresh_token: str) -> Token:
        """A new session with the credentials kept."""
        return await self._open(json.loads(refresh_token))

    async def _open(self, credentials: Mapping[str, str]) -> Token:
        async with httpx.AsyncClient(base_url=self._api, timeout=TOKEN_TIMEOUT, transport=self._transport) as http:
            token = await self._auth.open(http, credentials)
        return {**token, "refresh_token": json.dumps(credentials), "whose": self._auth.whose(credentials)}
