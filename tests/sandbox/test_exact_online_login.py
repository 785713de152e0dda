from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from shared.connectors.exact_online.sandbox import create
from shared.sandbox import sandbox_approve
from tests.sandbox.conftest import client, stranger

CALLBACK = "http://127.0.0.1:8765/callback"
APP = {"client_id": "fieldledger-demo", "client_secret": "demo-secret"}


def authorize_url(**changes: str) -> str:
    wanted = {"client_id": "fieldledger-demo", "redirect_uri": CALLBACK, "response_type": "code", "state": "s/1&"}
    return f"http://exact.sandbox/api/oauth2/auth?{urlencode({**wanted, **changes})}"


async def approve(exact, user: str = "Anouk de Vries", **options) -> dict[str, list[str]]:
    async with stranger(exact) as http:
        return parse_qs(urlsplit(await sandbox_approve(http, authorize_url(), user, **options)).query)


async def token(exact, **fields: str) -> httpx.Response:
    async with stranger(exact) as http:
        return await http.post("/api/oauth2/token", data={**APP, **fields})


async def exchange(exact, code: str, **fields: str) -> httpx.Response:
    return await token(exact, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **fields)


async def renew(exact, refresh_token: str) -> httpx.Response:
    return await token(exact, grant_type="refresh_token", refresh_token=refresh_token)


async def test_a_user_logs_in_agrees_and_the_code_becomes_a_token(exact):
    back = await approve(exact)
    assert back["state"] == ["s/1&"]
    answer = await exchange(exact, back["code"][0])
    assert answer.json()["expires_in"] == "600"
    assert answer.json()["token_type"] == "bearer"
    assert exact.oauth.grant_of(answer.json()["access_token"]).user.name == "Anouk de Vries"


async def test_the_consent_page_says_who_asks_for_what(exact):
    async with stranger(exact) as http:
        login = await http.get(authorize_url())
        user = next(iter(exact.oauth.users))
        consent = await http.post("/api/oauth2/auth", data={**parse_first(authorize_url()), "user": user})
    assert "Anouk de Vries" in login.text
    assert "Fieldledger" in consent.text
    assert "sales invoices" in consent.text
    assert "De Vries Technieken BV" in consent.text
    assert "<script" not in login.text + consent.text


def parse_first(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_a_user_may_grant_some_divisions_only(exact):
    code = (await approve(exact, only={"900002"}))["code"][0]
    access = (await exchange(exact, code)).json()["access_token"]
    assert exact.oauth.grant_of(access).scopes == {"900002"}


async def test_a_user_who_cancels_sends_no_code(exact):
    back = await approve(exact, allow=False)
    assert back["error"] == ["access_denied"]
    assert "code" not in back


async def test_a_user_who_does_not_exist_cannot_be_chosen(exact):
    with pytest.raises(LookupError, match="Nobody"):
        await approve(exact, "Nobody")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "other"}, 400),
        ({"redirect_uri": "http://127.0.0.1:8765/elsewhere"}, 401),
        ({"response_type": "token"}, 400),
    ],
)
async def test_a_strange_request_to_authorise_gets_no_login_page(exact, changes, status):
    async with stranger(exact) as http:
        answer = await http.get(authorize_url(**changes))
    assert answer.status_code == status
    assert "<form" not in answer.text


async def test_a_registered_callback_without_https_is_refused_unless_it_is_this_machine():
    exact = create(accounts=1, items=20, redirect_uris=("http://shop.example.com/cb", "https://shop.example.com/cb"))
    async with stranger(exact) as http:
        plain = await http.get(authorize_url(redirect_uri="http://shop.example.com/cb"))
        safe = await http.get(authorize_url(redirect_uri="https://shop.example.com/cb"))
    assert (plain.status_code, safe.status_code) == (401, 200)


async def test_a_code_works_once(exact):
    code = (await approve(exact))["code"][0]
    assert (await exchange(exact, code)).status_code == 200
    again = await exchange(exact, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_lives_three_minutes(exact):
    code = (await approve(exact))["code"][0]
    exact.clock.advance(timedelta(minutes=3, seconds=1))
    assert (await exchange(exact, code)).json()["error"] == "invalid_grant"


async def test_a_code_is_tied_to_its_callback(exact):
    code = (await approve(exact))["code"][0]
    answer = await token(
        exact, grant_type="authorization_code", code=code, redirect_uri="http://localhost:8765/callback"
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("fields", [{"client_secret": "wrong"}, {"grant_type": "client_credentials"}])
async def test_wrong_credentials_and_grant_types_are_malformed(exact, fields):
    issued = exact.log_in()
    answer = await token(exact, **{"grant_type": "refresh_token", "refresh_token": issued.refresh_token, **fields})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


async def test_the_token_endpoint_wants_a_form(exact):
    async with stranger(exact) as http:
        answer = await http.post("/api/oauth2/token", json={**APP, "grant_type": "refresh_token"})
    assert answer.json()["error"] == "invalid_request"


async def test_a_token_may_be_renewed_in_its_last_thirty_seconds(exact):
    issued = exact.log_in()
    exact.clock.advance(timedelta(seconds=569))
    early = await renew(exact, issued.refresh_token)
    assert (early.status_code, early.json()["error"]) == (400, "access_denied")
    assert early.headers["Reason"].startswith("TooEarlyToRefreshTokens")
    exact.clock.advance(timedelta(seconds=1))
    assert (await renew(exact, issued.refresh_token)).status_code == 200


async def test_the_gate_can_be_switched_off():
    exact = create(accounts=1, items=20, token_gate=False)
    assert (await renew(exact, exact.log_in().refresh_token)).status_code == 200


async def test_an_access_token_lives_six_hundred_seconds(exact):
    async with client(exact) as http:
        assert (await http.get("vat/VATCodes")).status_code == 200
        exact.clock.advance(timedelta(seconds=600))
        assert (await http.get("vat/VATCodes")).status_code == 401


async def test_reusing_an_old_refresh_token_kills_the_chain(exact):
    first = exact.log_in()
    exact.clock.advance(timedelta(seconds=580))
    second = (await renew(exact, first.refresh_token)).json()
    reused = await renew(exact, first.refresh_token)
    assert (reused.status_code, reused.json()) == (
        401, {"error": "unauthorized_client", "error_description": "Old refresh token used."}
    )  # fmt: skip
    exact.clock.advance(timedelta(seconds=580))
    broken = await renew(exact, second["refresh_token"])
    assert broken.json()["error"] == "invalid_grant"
    assert exact.oauth.grant_of(second["access_token"]) is None


async def test_a_lost_answer_to_a_renewal_is_the_same_dead_end(exact):
    issued = exact.log_in()
    exact.clock.advance(timedelta(seconds=580))
    exact.fail_next(kind="cut", when="after", match="oauth2/token")
    with pytest.raises(httpx.RemoteProtocolError):
        await renew(exact, issued.refresh_token)
    assert (await renew(exact, issued.refresh_token)).json()["error"] == "unauthorized_client"


async def test_a_second_login_of_the_same_user_kills_the_first_chain(exact):
    first, other = exact.log_in(), exact.log_in("Bram Peeters")
    exact.log_in()
    exact.clock.advance(timedelta(seconds=580))
    assert (await renew(exact, first.refresh_token)).json()["error"] == "invalid_grant"
    assert (await renew(exact, other.refresh_token)).status_code == 200


async def test_a_refresh_token_unused_for_thirty_days_is_expired(exact):
    issued = exact.log_in()
    exact.clock.advance(timedelta(days=30, seconds=1))
    answer = await renew(exact, issued.refresh_token)
    assert answer.status_code == 400
    assert answer.json()["error_description"] == (
        "The refresh token expired at 12/20/2026 09:00:00 AM and it is now 12/20/2026 09:00:01 AM."
    )


async def test_an_invented_refresh_token_is_malformed(exact):
    assert (await renew(exact, "stampNL001.invented")).json() == {"error": "invalid_request"}


async def test_a_user_has_two_hundred_token_calls_a_day():
    exact = create(accounts=1, items=20, token_gate=False)
    refresh_token = exact.log_in().refresh_token
    for _ in range(200):
        refresh_token = (await renew(exact, refresh_token)).json()["refresh_token"]
    assert (await renew(exact, refresh_token)).status_code == 429
    exact.clock.advance(timedelta(days=1))
    assert (await renew(exact, refresh_token)).status_code == 200


@pytest.mark.parametrize("changes", [{"redirect_uri": "https://evil.example.com/"}, {"user": "nobody"}])
async def test_a_forged_consent_is_refused(exact, changes):
    fields = {**parse_first(authorize_url()), "user": next(iter(exact.oauth.users)), "decision": "allow", **changes}
    async with stranger(exact) as http:
        answer = await http.post("/api/oauth2/auth", data=fields)
    assert answer.status_code in {400, 401}
    assert "Location" not in answer.headers


async def test_nobody_grants_more_than_they_have(exact):
    fields = {**parse_first(authorize_url()), "user": next(iter(exact.oauth.users)), "decision": "allow"}
    async with stranger(exact) as http:
        answer = await http.post("/api/oauth2/auth", data={**fields, "scope": ["900001", "900003"]})
    code = parse_first(answer.headers["Location"])["code"]
    access = (await exchange(exact, code)).json()["access_token"]
    assert exact.oauth.grant_of(access).scopes == {"900001"}
