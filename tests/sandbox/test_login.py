"""The login of a pretend package in the dialects there are: its token endpoint and its pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from shared.sandbox import sandbox_approve
from shared.sandbox.login import Dialect, LoginPages, TokenError
from shared.sandbox.oauth import App, OAuthServer, Refused, TokenRules, User

CALLBACK = "http://127.0.0.1:8765/callback"
PLAIN = Dialect(
    title="Books",
    authorize="/login",
    token="/token",
    sees=("everything",),
    errors={
        "malformed": TokenError(400, "malformed"),
        "bad_code": TokenError(400, "bad_code", "at {now}"),
        "wrong_client": TokenError(401, "who"),
    },
    answer=lambda issued: {"access_token": issued.access_token},
)
FIELDS = {"client_id": "us", "client_secret": "s3cr3t", "grant_type": "authorization_code", "redirect_uri": CALLBACK}


RULES = TokenRules(timedelta(hours=1), timedelta(days=1), timedelta(minutes=10))


def server(rules: TokenRules = RULES) -> OAuthServer:
    return OAuthServer(
        app=App("Fieldledger", "us", "s3cr3t", (CALLBACK,)),
        users=(User("1", "Karel", "karel@example.test"),),
        rules=rules,
        clock=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        seed=1,
    )


def client(dialect: Dialect, rules: TokenRules = RULES) -> httpx.AsyncClient:
    """A browser, or an app, in front of a login service of that dialect."""
    app = Starlette(routes=LoginPages(server(rules), dialect).routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://books.sandbox")


async def code(http: httpx.AsyncClient, **more: str) -> str:
    query = {"client_id": "us", "redirect_uri": CALLBACK, **more}
    back = await sandbox_approve(http, f"http://books.sandbox/login?{urlencode(query)}", "Karel")
    return parse_qs(urlsplit(back).query)["code"][0]


async def test_a_login_page_may_be_asked_for_without_a_response_type() -> None:
    async with client(replace(PLAIN, response_type=False)) as http:
        assert await code(http)
    async with client(PLAIN) as http:
        with pytest.raises(httpx.HTTPStatusError):
            await code(http)


async def test_a_token_is_given_only_for_fields_that_come_as_the_package_wants() -> None:
    async with client(replace(PLAIN, send="json")) as http:
        proof = FIELDS | {"code": await code(http, response_type="code")}
        assert (await http.post("/token", data=proof)).json() == {"error": "malformed"}
        assert (await http.post("/token", json=proof)).json().keys() == {"access_token"}
    async with client(PLAIN) as http:
        assert (await http.post("/token", json=FIELDS)).json() == {"error": "malformed"}


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_fields_that_are_no_json_object_are_malformed(body: str) -> None:
    async with client(replace(PLAIN, send="json")) as http:
        answer = await http.post("/token", content=body, headers={"Content-Type": "application/json"})
    assert answer.json() == {"error": "malformed"}


async def test_a_refusal_has_the_shape_of_the_package() -> None:
    def refuse(error: str, description: str | None) -> dict[str, object]:
        return {"errors": [{"Code": error, "Description": description}]}

    async with client(replace(PLAIN, refuse=refuse)) as http:
        answer = await http.post("/token", data=FIELDS | {"code": "unknown"})
    assert (answer.status_code, answer.json()) == (400, {"errors": [{"Code": "bad_code", "Description": "at None"}]})


async def test_a_token_may_be_asked_for_by_a_get_with_everything_in_the_query() -> None:
    async with client(replace(PLAIN, send="query")) as http:
        proof = FIELDS | {"code": await code(http, response_type="code")}
        assert (await http.post("/token", data=proof)).status_code == 405
        assert (await http.get("/token", params=proof)).json().keys() == {"access_token"}


def test_a_new_pair_may_end_the_old_access_token_at_once() -> None:
    for ends in (True, False):
        login = server(replace(RULES, ends_old_access=ends))
        first = login.log_in("1")
        second = login.token(FIELDS | {"grant_type": "refresh_token", "refresh_token": first.refresh_token})
        assert (login.grant_of(first.access_token) is None) is ends
        assert login.grant_of(second.access_token) is not None


async def test_a_package_may_have_names_of_its_own_and_want_the_address_once() -> None:
    names = {"apiClientId": "client_id", "redirectUri": "redirect_uri", "grantType": "grant_type"}
    dialect = replace(PLAIN, names=names, response_type=False)
    asked = {"grantType": "authorization_code", "apiClientId": "us", "client_secret": "s3cr3t"}
    query = urlencode({"apiClientId": "us", "redirectUri": CALLBACK})
    for bound, answered in ((True, "bad_code"), (False, None)):
        async with client(dialect, replace(RULES, bound_codes=bound)) as http:
            back = await sandbox_approve(http, f"http://books.sandbox/login?{query}", "Karel")
            proof = asked | {"code": parse_qs(urlsplit(back).query)["code"][0]}
            assert (await http.post("/token", data=proof)).json().get("error") == answered


@pytest.mark.parametrize("reusable", [True, False])
def test_an_older_refresh_token_works_only_where_the_package_lets_it(reusable: bool) -> None:
    login = server(replace(RULES, reusable=reusable))
    asked = FIELDS | {"grant_type": "refresh_token", "refresh_token": login.log_in("1").refresh_token}
    first = login.token(asked)
    if reusable:
        assert login.token(asked) != first
    else:
        with pytest.raises(Refused, match="reused"):
            login.token(asked)
