"""Only a token that the platform made, for us, that has not ended, lets anybody in; and only a session of ours."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from services.console import sessions
from services.console.app import create_app
from shared.store.collections import SESSIONS
from shared.store.sqlite import SqliteStore
from tests.console.desk import KEY, PLATFORM, Desk
from tests.world import make_world

ANOTHER = ECKey.generate_key("P-256", {"kid": KEY.kid}, auto_kid=False)
RSA = RSAKey.generate_key(2048, {"kid": KEY.kid}, auto_kid=False)
HOUR = 3600


def part(value: object) -> str:
    """One of the three parts of a token."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def headed(desk: Desk, header: object) -> str:
    """A good token under another header; its signature is of the old one."""
    _, claims, signature = desk.token().split(".")
    return f"{part(header)}.{claims}.{signature}"


def signed(desk: Desk, secret: str) -> str:
    """With a secret that everybody knows."""
    text = f"{part({'alg': 'HS256', 'kid': KEY.kid})}.{desk.token().split('.')[1]}"
    signature = hmac.digest(secret.encode(), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def now(desk: Desk) -> int:
    return int(desk.hub.now().timestamp())


DEEP = "[" * 3000 + "]" * 3000
GOOD = {"alg": "ES256", "kid": KEY.kid}

BAD: dict[str, Callable[[Desk], str]] = {
    "of another key by the same name": lambda desk: desk.token(key=ANOTHER),
    "of a key of another kind": lambda desk: desk.token(key=RSA, algorithm="RS256"),
    "with an unknown key": lambda desk: headed(desk, {**GOOD, "kid": "another"}),
    "with a key that is no name": lambda desk: headed(desk, {**GOOD, "kid": ["platform-1"]}),
    "with a key in a file": lambda desk: headed(desk, {**GOOD, "kid": "../../../dev/null"}),
    "that brings its own key": lambda desk: headed(desk, {**GOOD, "jwk": ANOTHER.as_dict(private=False)}),
    "that says where its key is": lambda desk: headed(desk, {**GOOD, "jku": "https://evil.test/jwks"}),
    "with something that must be understood": lambda desk: headed(desk, {**GOOD, "crit": ["b64"], "b64": False}),
    "without a signature": lambda desk: desk.token().rpartition(".")[0] + ".",
    "that says it needs none": lambda desk: headed(desk, {"alg": "none", "kid": KEY.kid}).rpartition(".")[0] + ".",
    "that says so in capitals": lambda desk: headed(desk, {"alg": "NONE"}).rpartition(".")[0] + ".",
    "signed with the public key": lambda desk: signed(desk, KEY.as_pem(private=False).decode()),
    "signed with the published key": lambda desk: signed(desk, json.dumps(KEY.as_dict(private=False))),
    "that has ended": lambda desk: desk.token(exp=now(desk) - 60),
    "that begins later": lambda desk: desk.token(nbf=now(desk) + HOUR),
    "that was made later": lambda desk: desk.token(iat=now(desk) + HOUR),
    "that never ends": lambda desk: desk.token(exp=None),
    "that ends at no moment": lambda desk: desk.token(exp="tomorrow"),
    "that ends beyond all time": lambda desk: desk.token(exp=10**30),
    "of another issuer": lambda desk: desk.token(iss="https://elsewhere.test"),
    "of a longer issuer": lambda desk: desk.token(iss="https://platform.test.evil.test"),
    "for somebody else": lambda desk: desk.token(aud="another-app"),
    "for nobody": lambda desk: desk.token(aud=[]),
    "of no company": lambda desk: desk.token(tenant=None),
    "of many companies": lambda desk: desk.token(tenant=["acme", "bakker"]),
    "of nobody": lambda desk: desk.token(sub=None),
    "without a role": lambda desk: desk.token(role=None),
    "of an unknown role": lambda desk: desk.token(role="administrator"),
    "of a role that is no text": lambda desk: desk.token(role={"operator": True}),
    "of a role in a list in a list": lambda desk: desk.token(role=[["operator"]]),
    "that was altered": lambda desk: desk.token()[:-4] + "AAAA",
    "with a deep header": lambda _: f"{part(DEEP)}.e30.AA",
    "with a header that is a list": lambda desk: headed(desk, ["ES256"]),
    "with a header that is no JSON": lambda desk: headed(desk, "hello"),
    "of two parts": lambda desk: desk.token().rpartition(".")[0],
    "of five parts": lambda desk: f"{desk.token()}.a.b",
    "that is encrypted": lambda _: f"{part({'alg': 'dir', 'enc': 'A128GCM'})}..AAAA.AAAA.AAAA",
    "that is nothing": lambda _: ".",
    "that is far too long": lambda _: "a" * 100_000,
}


@pytest.mark.parametrize("made", BAD.values(), ids=BAD)
async def test_a_bad_token_opens_nothing(console: Desk, made: Callable[[Desk], str]) -> None:
    """Neither a page, nor the API, nor a session; and the answer is the same, whatever was wrong with it."""
    bad = made(console)
    program = console.visitor(Authorization=f"Bearer {bad}")
    answer = await program.get("/api/v1/integrations")
    assert answer.status_code == 401, answer.text
    assert answer.json() == {"error": "The sign-in of the platform is not valid any more. Sign in again."}
    assert (await program.get("/")).status_code == 303
    signing = await console.visitor().post("/session", data={"token": bad})
    assert signing.status_code == 401
    assert "set-cookie" not in signing.headers
    assert len(bad) < 20 or bad not in signing.text
    assert await console.hub.store.find(SESSIONS, {}) == []


async def test_a_good_token_opens_it(console: Desk) -> None:
    """So that those above fail for what they say."""
    assert (await console.program().get("/api/v1/integrations")).status_code == 200
    assert headed(console, {**GOOD, "alg": "ES256"}).count(".") == 2


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, json={"keys": "none"}), None])
async def test_without_the_platforms_keys_nobody_comes_in(console: Desk, answer: httpx.Response | None) -> None:
    """And it is not said to be their own fault."""

    def platform(request: httpx.Request) -> httpx.Response:
        if answer is None:
            raise httpx.ConnectError("away", request=request)
        return answer

    hub = console.hub
    hub.settings = hub.settings.model_copy(update={"platform_jwks": "https://platform.test/jwks"})
    hub.transports["platform"] = httpx.MockTransport(platform)
    console.app = create_app(hub)
    for seen in (
        await console.program().get("/api/v1/integrations"),
        await console.visitor().post("/session", data={"token": console.token()}),
    ):
        assert seen.status_code in {422, 503}
        assert "set-cookie" not in seen.headers
    assert await hub.store.find(SESSIONS, {}) == []


COOKIES: dict[str, Callable[[str], str]] = {
    "with another end": lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
    "with more": lambda value: value + "A",
    "with less": lambda value: value[:-1],
    "in capitals": lambda value: value.upper() + "x",
    "as it is kept": sessions.digest,
    "empty": lambda _: "",
    "of quotes": lambda _: '"; DROP TABLE sessions; --',
}


@pytest.mark.parametrize("altered", COOKIES.values(), ids=COOKIES)
async def test_a_cookie_that_we_did_not_give_is_no_session(console: Desk, altered: Callable[[str], str]) -> None:
    client = await console.signed_in()
    name = sessions.cookie_name(console.hub.settings)
    stranger = console.visitor(Cookie=f"{name}={altered(client.cookies[name])}")
    assert (await stranger.get("/")).status_code == 303
    assert (await stranger.get("/api/v1/integrations")).status_code == 401


async def test_a_session_of_another_installation_is_none_here(console: Desk, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "other.db")
    await store.open()
    other = Desk(make_world(store, settings=PLATFORM))
    client = await other.signed_in()
    here = console.visitor()
    here.cookies.update(client.cookies)
    assert (await client.get("/")).status_code == 200
    assert (await here.get("/")).status_code == 303
    await other.close()
    await other.hub.close()


async def test_what_is_over_opens_nothing_any_more(console: Desk) -> None:
    """Neither a session that was ended, nor one whose time is up; pages, programs and changes alike."""
    out, late = await console.signed_in(), await console.signed_in(sub="user-2")
    await out.post("/session/end")
    kept = console.hub.now()
    console.hub.now = lambda: kept + timedelta(seconds=console.hub.settings.console_session + 1)
    for client in (out, late):
        assert (await client.get("/")).status_code == 303
        assert (await client.get("/api/v1/integrations")).status_code == 401
        assert (await client.post("/connect/exact_online")).status_code == 303


async def test_a_session_cannot_be_chosen_by_somebody_else(console: Desk) -> None:
    """Signing in gives a new cookie, whatever the browser had before."""
    name = sessions.cookie_name(console.hub.settings)
    planted = console.visitor(Cookie=f"{name}=planted-by-somebody")
    answer = await planted.post("/session", data={"token": console.token()})
    assert answer.cookies[name] != "planted-by-somebody"
    assert (await console.visitor(Cookie=f"{name}=planted-by-somebody").get("/")).status_code == 303


async def test_a_token_says_who_somebody_is_and_nothing_else_does(console: Desk) -> None:
    """Neither a header, nor a query, nor a second cookie makes an operator."""
    headers: dict[str, Any] = {"X-Role": "operator", "X-Tenant": "bakker", "X-Forwarded-User": "oscar"}
    client = await console.signed_in()
    assert (await client.get("/operate?role=operator&tenant=bakker", headers=headers)).status_code == 403
