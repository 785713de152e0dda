"""A package's login service: where a user is sent to, and the calls that give tokens."""

from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]  # ships no types
    prepare_grant_uri,
    prepare_token_request,
)

from shared.connector import Answer, Connector, TokenRefusal
from shared.settings import ConnectorAccess

TOKEN_TIMEOUT = 30.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
Token = dict[str, Any]
"""A token answer: access_token, refresh_token, expires_in (text with Exact), token_type."""


class Refused(Exception):  # an answer, turned into a WorkError right here
    """The token endpoint said no."""

    def __init__(self, refusal: TokenRefusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


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
