"""Who somebody is, by a token of the platform: a JWT that is checked against the platform's public keys."""

import asyncio
import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, KeySet
from pydantic import ValidationError

from shared.clock import EPOCH, Clock, Moment
from shared.errors import Misconfigured, Unavailable
from shared.schemas.base import Frozen
from shared.settings import Settings

ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
"""Signatures by a private key. One with a shared secret, or none at all, is never taken."""

MOST_TOKEN = 8_192
"""Characters."""

LEEWAY = 30
"""Seconds that the platform's clock and ours may differ."""

KEYS_LIVE = timedelta(hours=1)
"""How long fetched keys are believed: a key that the platform withdraws is refused within that time."""

KEYS_PAUSE = timedelta(seconds=30)
"""Between two looks for a key that nobody knows, so that forged tokens do not make us ask the platform each time."""

Role = Literal["office", "operator"]


class NotSignedIn(Exception):  # named by what happens next: the person signs in
    """Nobody is signed in, or the token says nothing we believe. `str()` is a sentence for the person."""


class User(Frozen):
    """A person of a tenant, until `expires`. `locale` is what the platform says of their language."""

    tenant: str
    subject: str
    name: str
    role: Role
    locale: str | None = None
    expires: Moment


class Platform:
    """Reads the platform's tokens. `transport` replaces the network (tests)."""

    def __init__(self, settings: Settings, now: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._now = now
        self._keys = _Keys(settings.platform_jwks, now, transport)

    async def user(self, token: str) -> User:
        """Whose token it is; `NotSignedIn` when it is forged, expired or meant for somebody else."""
        if not self._settings.platform_issuer or not self._settings.platform_jwks:
            raise Misconfigured(
                "Nobody can sign in: set FIELDLEDGER_PLATFORM_ISSUER and FIELDLEDGER_PLATFORM_JWKS to the platform's."
            )
        try:
            return self._user(await self._claims(token))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise NotSignedIn("The sign-in of the platform is not valid any more. Sign in again.") from None

    async def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > MOST_TOKEN:
            raise ValueError("too long for a token")
        header = jws.extract_compact(token.encode()).headers()
        key = await self._keys.find(header.get("kid"))
        with warnings.catch_warnings():
            # RFC 9864 gave EdDSA a second name; platforms use the first one still.
            warnings.simplefilter("ignore", SecurityWarning)
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
        self._registry().validate(claims)
        return claims

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._settings.platform_issuer},
            aud={"essential": True, "value": self._settings.platform_audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def _user(self, claims: Mapping[str, Any]) -> User:
        settings = self._settings
        role = self._role(claims[settings.platform_role_claim])
        return User(
            tenant=_text(claims[settings.platform_tenant_claim]),
            subject=_text(claims["sub"]),
            name=_text(claims.get("name") or claims["sub"]),
            role=role,
            locale=claims["locale"][:20] if isinstance(claims.get("locale"), str) else None,
            expires=datetime.fromtimestamp(claims["exp"], UTC),
        )

    def _role(self, said: Any) -> Role:
        """Of somebody with several roles, the one that may do more."""
        if not isinstance(said, str | list):
            raise TypeError("neither a role nor a list of them")
        roles = {said} if isinstance(said, str) else set(said)
        if self._settings.platform_operator_role in roles:
            return "operator"
        if self._settings.platform_office_role in roles:
            return "office"
        raise ValueError("no role of ours")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():  # noqa: PLR2004
        raise ValueError("not a name or an id")
    return value


class _Keys:
    """The platform's public keys: given in the settings, or fetched and kept for a while."""

    def __init__(self, source: str, now: Clock, transport: httpx.AsyncBaseTransport | None) -> None:
        self._source = source
        self._now = now
        self._transport = transport
        self._set: KeySet | None = None
        self._fetched = EPOCH
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None) -> Key:
        """The key of that name; `ValueError` when there is none, also after a second look."""
        if self._set is None or self._now() - self._fetched > KEYS_LIVE:
            await self._load()
        if (key := self._named(kid)) is None and self._now() - self._fetched > KEYS_PAUSE:
            await self._load()
            key = self._named(kid)
        if key is None:
            raise ValueError("no such key")
        return key

    def _named(self, kid: str | None) -> Key | None:
        keys = self._set.keys if self._set else []
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.kid == kid), None)

    async def _load(self) -> None:
        asked = self._fetched
        async with self._fetching:
            if self._fetched != asked:
                return  # somebody else fetched them while we waited
            self._set = _key_set(await self._read())
            self._fetched = self._now()

    async def _read(self) -> str:
        if self._source.lstrip().startswith("{"):
            return self._source
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=5.0) as client:
                answer = await client.get(self._source)
            return answer.raise_for_status().text
        except httpx.HTTPError:
            raise Unavailable("The platform's keys cannot be fetched at this moment. Try again in a minute.") from None


def _key_set(text: str) -> KeySet:
    try:
        return KeySet.import_key_set(json.loads(text))
    except (JoseError, ValueError, KeyError, TypeError, ValidationError):
        raise Misconfigured("FIELDLEDGER_PLATFORM_JWKS does not lead to a set of public keys (JWKS).") from None
