"""Who may come in: only somebody with a fresh token of the platform that is meant for us."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

from services.console.identity import KEYS_LIVE, KEYS_PAUSE, NotSignedIn, Platform
from shared.errors import Misconfigured, Unavailable
from shared.settings import Settings
from tests.console.desk import KEY, PLATFORM, token
from tests.fakes import FakeClock

JWKS = "https://platform.test/jwks"


def make(clock: FakeClock, **changes: Any) -> Platform:
    return Platform(Settings(_env_file=None, **{**PLATFORM, **changes}), clock)


def at(clock: FakeClock, **claims: Any) -> str:
    return token(now=clock().timestamp(), **claims)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_a_token_of_the_platform_says_who_somebody_is(clock: FakeClock) -> None:
    user = await make(clock).user(at(clock, locale="nl-BE"))
    assert (user.tenant, user.subject, user.name, user.role) == ("acme", "user-1", "Olivia Office", "office")
    assert user.locale == "nl-BE"
    assert user.expires == clock().replace(microsecond=0) + timedelta(hours=1)


WRONG: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://elsewhere.test"},
    "without an issuer": {"iss": None},
    "meant for somebody else": {"aud": "another-app"},
    "meant for nobody": {"aud": None},
    "without an end": {"exp": None},
    "without a subject": {"sub": None},
    "without a tenant": {"tenant": None},
    "of an empty tenant": {"tenant": " "},
    "of a tenant that is no text": {"tenant": ["acme"]},
    "of a tenant with a line break": {"tenant": "acme\nother"},
    "without a role": {"role": None},
    "with a role that is none of ours": {"role": "gardener"},
    "with a name that is no text": {"name": {"a": 1}},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
async def test_a_token_is_refused(clock: FakeClock, claims: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        await make(clock).user(at(clock, **claims))


async def test_a_token_ends_at_its_moment(clock: FakeClock) -> None:
    given = at(clock)
    clock.advance(timedelta(hours=1, seconds=31))
    with pytest.raises(NotSignedIn):
        await make(clock).user(given)


async def test_a_token_that_is_not_valid_yet_is_refused(clock: FakeClock) -> None:
    with pytest.raises(NotSignedIn):
        await make(clock).user(at(clock, nbf=int(clock().timestamp()) + 600))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "..", "é.é.é", "x" * 10_000, "eyJhbGciOiJub25lIn0.e30."], ids=range(7)
)
async def test_what_is_no_token_is_refused(clock: FakeClock, text: str) -> None:
    with pytest.raises(NotSignedIn):
        await make(clock).user(text)


async def test_a_token_signed_by_somebody_else_is_refused(clock: FakeClock) -> None:
    forged = ECKey.generate_key("P-256", {"kid": KEY.kid}, auto_kid=False)
    with pytest.raises(NotSignedIn):
        await make(clock).user(at(clock, key=forged))


async def test_a_signature_with_the_public_key_as_a_secret_is_refused(clock: FakeClock) -> None:
    """The classic confusion of algorithms: everybody knows the public key."""
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode(), {"kid": KEY.kid})
    forged = at(clock, key=secret, algorithm="HS256")
    with pytest.raises(NotSignedIn):
        await make(clock).user(forged)


KINDS: dict[str, Key] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}, auto_kid=False),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}, auto_kid=False),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed-2"}, auto_kid=False),
}


@pytest.mark.parametrize("algorithm", KINDS)
async def test_these_signatures_are_taken(clock: FakeClock, algorithm: str) -> None:
    key = KINDS[algorithm]
    platform = make(clock, platform_jwks=json.dumps(KeySet([*KINDS.values()]).as_dict(private=False)))
    assert (await platform.user(at(clock, key=key, algorithm=algorithm))).subject == "user-1"


@pytest.mark.parametrize("algorithm", ["RS512", "PS256"])
async def test_other_signatures_are_not_taken_although_the_key_could_make_them(
    clock: FakeClock, algorithm: str
) -> None:
    platform = make(clock, platform_jwks=json.dumps(KeySet([*KINDS.values()]).as_dict(private=False)))
    with pytest.raises(NotSignedIn):
        await platform.user(at(clock, key=KINDS["RS256"], algorithm=algorithm))


async def test_of_several_keys_the_token_must_name_its_own(clock: FakeClock) -> None:
    signer = ECKey.import_key(KINDS["ES256"].as_dict(private=True) | {"kid": ""})
    several = KeySet([KINDS["ES256"], KINDS["RS256"]]).as_dict(private=False)
    with pytest.raises(NotSignedIn):
        await make(clock, platform_jwks=json.dumps(several)).user(at(clock, key=signer))
    alone = KeySet([KINDS["ES256"]]).as_dict(private=False)
    assert await make(clock, platform_jwks=json.dumps(alone)).user(at(clock, key=signer))


async def test_the_names_of_claims_and_roles_are_the_platforms(clock: FakeClock) -> None:
    named = {
        "platform_tenant_claim": "https://platform.test/company",
        "platform_role_claim": "roles",
        "platform_operator_role": "ops",
    }
    claims = {"https://platform.test/company": "bouw", "roles": ["office", "ops"], "tenant": None, "role": None}
    user = await make(clock, **named).user(at(clock, **claims))
    assert (user.tenant, user.role) == ("bouw", "operator")


async def test_without_settings_nobody_signs_in_and_the_sentence_says_which(clock: FakeClock) -> None:
    with pytest.raises(Misconfigured, match="FIELDLEDGER_PLATFORM_ISSUER"):
        await make(clock, platform_issuer="").user(at(clock))


class Published:
    """The platform's keys behind an address, and how often they were asked for."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.status = 200

    def platform(self, clock: FakeClock) -> Platform:
        settings = Settings(_env_file=None, **{**PLATFORM, "platform_jwks": JWKS})
        return Platform(settings, clock, httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == JWKS
        self.asked += 1
        return httpx.Response(self.status, json=KeySet(self.keys).as_dict(private=False))


async def test_keys_are_fetched_once(clock: FakeClock) -> None:
    published = Published(KEY)
    platform = published.platform(clock)
    for _ in range(3):
        await platform.user(at(clock))
    assert published.asked == 1


async def test_a_new_key_is_looked_for_but_forged_tokens_do_not_make_us_ask_each_time(clock: FakeClock) -> None:
    published = Published(KEY)
    platform = published.platform(clock)
    await platform.user(at(clock))
    clock.advance(KEYS_PAUSE + timedelta(seconds=1))
    published.keys = [KINDS["ES256"]]
    assert await platform.user(at(clock, key=KINDS["ES256"]))
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await platform.user(at(clock, key=KINDS["RS256"], algorithm="RS256"))
    assert published.asked == 2


async def test_a_key_that_the_platform_withdrew_is_refused_in_the_end(clock: FakeClock) -> None:
    published = Published(KEY)
    platform = published.platform(clock)
    await platform.user(at(clock))
    published.keys = [KINDS["ES256"]]
    clock.advance(KEYS_LIVE + timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        await platform.user(at(clock))


async def test_keys_that_cannot_be_fetched_are_nobodys_fault(clock: FakeClock) -> None:
    published = Published(KEY)
    published.status = 500
    with pytest.raises(Unavailable):
        await published.platform(clock).user(at(clock))


async def test_what_is_no_set_of_keys_is_said(clock: FakeClock) -> None:
    with pytest.raises(Misconfigured, match="JWKS"):
        await make(clock, platform_jwks="{}").user(at(clock))
