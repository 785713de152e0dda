"""Packages let us in each in its own way: dialects of OAuth, and credentials that open sessions."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared import clock
from shared.access import Access, Answer, CredentialField, Credentials, Dialect, OAuth2, Refused, Token, TokenRefusal
from shared.connector import VendorUser
from shared.errors import Misconfigured, NeedsOwner, Rejected
from shared.keys import KeyRing
from shared.login_service import OAuthService, SessionService
from shared.oauth import GrantAuth, Grants, grant_id, user_of_grant
from shared.settings import ConnectorAccess
from shared.store import Store
from shared.store.collections import GRANTS

API = "https://api.package.example"
PAGES = "https://www.package.example"
OURS = ConnectorAccess(client_id="us", client_secret=SecretStr("s3cr3t"), redirect_uri="https://ours.example/back")
CAMEL = {
    "grant_type": "grantType",
    "client_id": "apiClientId",
    "client_secret": "clientSecret",
    "redirect_uri": "redirectUri",
    "response_type": "",
    "access_token": "accessToken",
    "refresh_token": "refreshToken",
}


class TokenService:
    """A login service that hands out numbered tokens and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        routes = [Route("/token", self.token, methods=["GET", "POST"])]
        self.transport = httpx.ASGITransport(Starlette(routes=routes))

    async def token(self, request: Request) -> Response:
        body = (await request.body()).decode()
        if request.method == "GET":
            how, fields = "query", dict(request.query_params)
        elif request.headers["content-type"] == "application/json":
            how, fields = "json", json.loads(body)
        else:
            how, fields = "form", dict(parse_qsl(body))
        self.asked.append((how, fields))
        names = ("accessToken", "refreshToken") if "grantType" in fields else ("access_token", "refresh_token")
        return JSONResponse({names[0]: f"a{len(self.asked)}", names[1]: f"r{len(self.asked)}", "expires_in": 60})


def service(dialect: Dialect, transport: httpx.AsyncBaseTransport | None = None) -> OAuthService:
    auth = OAuth2(
        sites={"": API},
        authorize="/login",
        token="/token",
        refresh_window=timedelta(minutes=5),
        refresh_token_life=None,
        dialect=dialect,
    )
    return OAuthService(auth, OURS, PAGES, API, transport)


@pytest.mark.parametrize("send", ["form", "json", "query"])
async def test_a_token_is_asked_for_in_the_way_the_package_wants(send: Any) -> None:
    package = TokenService()
    login = service(Dialect(send=send), package.transport)
    first = await login.exchange("code-1")
    second = await login.refresh(first["refresh_token"])
    app = {"client_id": "us", "client_secret": "s3cr3t"}
    assert package.asked == [
        (send, {"grant_type": "authorization_code", "code": "code-1", "redirect_uri": OURS.redirect_uri, **app}),
        (send, {"grant_type": "refresh_token", "refresh_token": "r1", **app}),
    ]
    assert (second["access_token"], second["refresh_token"]) == ("a2", "r2")


async def test_names_of_the_packages_own_are_used_both_ways() -> None:
    package = TokenService()
    token = await service(Dialect(send="json", names=CAMEL), package.transport).exchange("code-1")
    assert package.asked[0][1].keys() == {"grantType", "code", "redirectUri", "apiClientId", "clientSecret"}
    assert (token["access_token"], token["refresh_token"]) == ("a1", "r1")


async def test_what_a_package_does_not_ask_for_again_is_left_out_of_token_requests() -> None:
    package = TokenService()
    await service(Dialect(silent=("redirect_uri",)), package.transport).exchange("code-1")
    assert package.asked[0][1].keys() == {"grant_type", "code", "client_id", "client_secret"}


async def test_a_refusal_that_comes_with_200_is_a_refusal_and_no_lost_answer() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"error": "invalid_grant"}))
    with pytest.raises(Refused) as told:
        await service(Dialect(), transport).refresh("r0")
    assert told.value.refusal.kind == "dead"


def test_the_login_page_may_be_on_a_host_of_its_own_with_names_of_its_own() -> None:
    url = httpx.URL(service(Dialect(names=CAMEL, extra={"scope": "http://a b/*"})).authorize_url("st&te"))
    assert str(url).startswith(f"{PAGES}/login?")
    assert dict(url.params) == {
        "apiClientId": "us",
        "redirectUri": OURS.redirect_uri,
        "state": "st&te",
        "scope": "http://a b/*",
    }


class SessionPackage:
    """A package without login pages: the codes open a session, which every call carries in its body."""

    def __init__(self) -> None:
        self.code = "right"
        self.opened = 0
        self.done: list[str] = []
        routes = [Route("/open", self.open, methods=["POST"]), Route("/do", self.do, methods=["POST"])]
        self.transport = httpx.ASGITransport(Starlette(routes=routes))

    async def open(self, request: Request) -> Response:
        asked = await request.json()
        if asked["code"] != self.code:
            return JSONResponse({"error": "E001"})
        self.opened += 1
        return JSONResponse({"session": f"session-{self.opened}"})

    async def do(self, request: Request) -> Response:
        asked = await request.json()
        if asked["session"] != f"session-{self.opened}":
            return JSONResponse({"error": "E002"})
        self.done.append(asked["what"])
        return JSONResponse({"error": ""})


async def open_session(http: httpx.AsyncClient, credentials: Mapping[str, str]) -> Token:
    answer = (await http.post("/open", json=dict(credentials))).json()
    if answer.get("error"):
        raise Refused(TokenRefusal("dead", "the codes are not right"))
    return {"access_token": answer["session"]}


def in_the_body(request: httpx.Request, token: str) -> httpx.Request:
    return httpx.Request("POST", request.url, json={**json.loads(request.content), "session": token})


AUTH = Credentials(
    sites={"": API},
    refresh_window=timedelta(0),
    refresh_token_life=None,
    access_life=timedelta(hours=1),
    fields=(CredentialField("user", "Username", secret=False), CredentialField("code", "Security Code")),
    open=open_session,
    carry=in_the_body,
    stale=lambda answer: "E002" in answer.text,
    whose=lambda credentials: credentials["user"],
)


@pytest.fixture
def package() -> SessionPackage:
    return SessionPackage()


@pytest.fixture
def grants(store: Store, package: SessionPackage) -> Grants:
    def endpoint(_connector: str, _site: str | None) -> SessionService:
        return SessionService(AUTH, API, package.transport)

    return Grants(store, KeyRing([Fernet.generate_key().decode()]), endpoint, lambda _: AUTH)


async def logged_in(grants: Grants, package: SessionPackage) -> str:
    token = await SessionService(AUTH, API, package.transport).exchange({"user": "jan", "code": " right "})
    return await grants.save_login("sessions", None, VendorUser("jan", "Jan"), token)


def client(grants: Grants, grant: str, package: SessionPackage) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=API, auth=GrantAuth(grants, grant, AUTH), transport=package.transport)


async def test_a_session_is_opened_once_and_opened_again_when_the_package_has_closed_it(
    grants: Grants, package: SessionPackage
) -> None:
    grant = await logged_in(grants, package)
    async with client(grants, grant, package) as http:
        await http.post("/do", json={"what": "one"})
        await http.post("/do", json={"what": "two"})
        assert package.opened == 1
        package.opened += 1  # somebody logged in by hand: ours is closed
        await http.post("/do", json={"what": "three"})
    assert package.opened == 3
    assert package.done == ["one", "two", "three"]


async def test_codes_that_no_longer_open_a_session_ask_for_the_owner(grants: Grants, package: SessionPackage) -> None:
    grant = await logged_in(grants, package)
    package.opened, package.code = package.opened + 1, "changed with the password"
    async with client(grants, grant, package) as http:
        with pytest.raises(NeedsOwner):
            await http.post("/do", json={"what": "one"})
        with pytest.raises(NeedsOwner):  # and the package is not asked again
            await http.post("/do", json={"what": "one"})
    assert package.done == []


async def test_what_the_user_typed_is_kept_but_not_readable(
    grants: Grants, package: SessionPackage, store: Store
) -> None:
    grant = await logged_in(grants, package)
    kept = json.dumps(await store.get(GRANTS, grant))
    assert "right" not in kept
    assert "session-1" not in kept


async def test_a_login_says_whose_it_is_where_the_package_cannot_be_asked(package: SessionPackage) -> None:
    token = await SessionService(AUTH, API, package.transport).exchange({"user": "jan", "code": "right"})
    assert token["whose"] == "jan"
    assert user_of_grant(grant_id("sessions", None, "jan|van|dam")) == "jan|van|dam"


async def test_something_left_empty_is_named(package: SessionPackage) -> None:
    with pytest.raises(Misconfigured, match="Fill in Security Code"):
        await SessionService(AUTH, API, package.transport).exchange({"user": "jan", "code": " "})
    assert package.opened == 0


def test_an_answer_of_401_is_stale_unless_the_package_says_it_otherwise() -> None:
    unauthorized, fine = Answer(401, {}, ""), Answer(200, {}, "E002.3")
    access = Access(sites={}, refresh_window=timedelta(0), refresh_token_life=None)
    assert (access.stale(unauthorized), access.stale(fine)) == (True, False)
    assert (AUTH.stale(unauthorized), AUTH.stale(fine)) == (False, True)


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        ("Fri, 20 Nov 2026 12:02:00 GMT", 120),
        ("Fri, 20 Nov 2026 12:02:00 -0000", 120),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 1),
        ("soon", 60),
        (None, 60),
    ],
)
def test_a_limited_caller_comes_back_when_it_is_told_to_and_never_at_once(
    monkeypatch: pytest.MonkeyPatch, told: str | None, seconds: int
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    answer = Answer(429, {} if told is None else {"retry-after": told}, "")
    assert answer.retry_at(timedelta(minutes=1)) == NOON + timedelta(seconds=seconds)


def test_a_secret_that_a_shortened_page_cuts_in_two_is_masked() -> None:
    page = Answer(502, {}, "x" * 270 + ' {"access_token": "abcdefghijklmnopqrstuvwxyz"}').page
    assert page is not None
    assert "abc" not in page


def test_masking_a_header_that_a_page_quotes_leaves_its_next_line() -> None:
    page = Answer(403, {}, "<pre>Blocked.\nAuthorization: Bearer abc\n</pre><p>Ask your provider.</p>").page
    assert page == "Blocked. Authorization: *** Ask your provider."


def test_what_the_package_says_is_told_without_secrets_and_otherwise_as_it_is() -> None:
    words = "Blocked: https://api.example/v1/?access_token=abc&page=2\n  (code 17)"
    told = Rejected(f"The package refused: {words}", vendor_says=words)
    clean = words.replace("abc", "***")
    assert (told.vendor_says, told.reason, str(told)) == (clean, *[f"The package refused: {clean}"] * 2)
