"""Signing in and out, and that no foreign page can do anything in somebody's name."""

from datetime import timedelta

import httpx
import pytest
from starlette.routing import Route

from services.console import sessions
from shared.rate import BURST
from shared.store.collections import AUDIT, SESSIONS
from tests.console.desk import ISSUER, URL, Desk, routes


async def test_the_cookie_is_out_of_reach_of_scripts_other_hosts_and_plain_pages(console: Desk) -> None:
    answer = await console.visitor().post("/session", data={"token": console.token()})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-fieldledger=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


async def test_a_console_in_a_frame_has_a_cookie_for_frames(console: Desk) -> None:
    console.hub.settings = console.hub.settings.model_copy(update={"console_frames": ("https://app.test",)})
    answer = await console.visitor().post("/session", data={"token": console.token()})
    assert "SameSite=none" in answer.headers["set-cookie"]


async def test_what_the_store_keeps_of_a_session_signs_nobody_in(console: Desk, office: httpx.AsyncClient) -> None:
    kept = await console.hub.store.find(SESSIONS, {})
    visitor = console.visitor()
    visitor.cookies.set("__Host-fieldledger", kept[0]["id"])
    assert (await visitor.get("/")).status_code == 303


async def test_a_session_ends_with_its_token(console: Desk) -> None:
    soon = int(console.hub.now().timestamp()) + 60
    client = await console.signed_in(exp=soon)
    assert (await client.get("/")).status_code == 200
    now = console.hub.now()
    console.hub.now = lambda: now + timedelta(seconds=61)
    assert (await client.get("/")).status_code == 303


async def test_a_session_lasts_no_longer_than_the_operator_allows(console: Desk) -> None:
    client = await console.signed_in(exp=int(console.hub.now().timestamp()) + 30 * 86_400)
    now = console.hub.now()
    console.hub.now = lambda: now + timedelta(seconds=console.hub.settings.console_session + 1)
    assert (await client.get("/")).status_code == 303


async def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(
    console: Desk, office: httpx.AsyncClient
) -> None:
    copy = console.visitor()
    copy.cookies.update(office.cookies)
    assert (await office.post("/session/end")).status_code == 303
    assert (await copy.get("/")).status_code == 303


async def test_a_token_in_an_address_signs_nobody_in(console: Desk) -> None:
    answer = await console.visitor().post(f"/session?token={console.token()}")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_signing_in_goes_on_to_the_page_that_was_asked_for(console: Desk) -> None:
    answer = await console.visitor().post("/session", data={"token": console.token(), "next": "/connect/billit"})
    assert answer.headers["location"] == "/connect/billit"


ELSEWHERE = ["https://evil.test", "//evil.test", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)", "", "/a\nb"]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_signing_in_leads_nowhere_else(console: Desk, path: str) -> None:
    answer = await console.visitor().post("/session", data={"token": console.token(), "next": path})
    assert answer.headers["location"] == "/"


async def test_a_foreign_page_cannot_sign_somebody_in(console: Desk) -> None:
    data = {"token": console.token()}
    foreign = await console.visitor(Origin="https://evil.test").post("/session", data=data)
    assert foreign.status_code == 403
    assert "set-cookie" not in foreign.headers
    for origin in (URL, ISSUER):
        assert (await console.visitor(Origin=origin).post("/session", data=data)).status_code == 303


async def test_one_address_cannot_try_without_end(console: Desk) -> None:
    visitor = console.visitor()
    tries = int(console.hub.settings.console_rate * BURST) + 2
    answers = [(await visitor.post("/session", data={"token": "x"})).status_code for _ in range(tries)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_with_a_login_page_of_the_platform_one_is_led_there(console: Desk) -> None:
    login = "https://platform.test/login"
    console.hub.settings = console.hub.settings.model_copy(update={"platform_login": login})
    answer = await console.visitor().get("/session?next=/connect/billit")
    assert answer.headers["location"] == f"{login}?next=%2Fconnect%2Fbillit"


async def test_after_signing_out_one_is_not_signed_in_again_at_once(console: Desk, office: httpx.AsyncClient) -> None:
    console.hub.settings = console.hub.settings.model_copy(update={"platform_login": "https://platform.test/login"})
    there = (await office.post("/session/end")).headers["location"]
    assert (await office.get(there)).status_code == 200


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
async def test_a_change_without_the_sessions_own_token_is_refused(office: httpx.AsyncClient, csrf: str | None) -> None:
    del office.headers["X-CSRF-Token"]
    headers = {} if csrf is None else {"X-CSRF-Token": csrf.encode()}
    assert (await office.post("/session/end", headers=headers)).status_code == 403
    assert (await office.get("/")).status_code == 200


async def test_a_form_carries_the_token_in_a_field(console: Desk, office: httpx.AsyncClient) -> None:
    csrf = office.headers.pop("X-CSRF-Token")
    page = await office.get("/")
    assert f'<input type="hidden" name="csrf" value="{csrf}">' in page.text
    assert (await office.post("/session/end", data={"csrf": csrf})).status_code == 303


async def test_the_token_of_another_session_is_not_enough(console: Desk, office: httpx.AsyncClient) -> None:
    other = await console.signed_in(sub="user-2")
    answer = await office.post("/session/end", headers={"X-CSRF-Token": other.headers["X-CSRF-Token"]})
    assert answer.status_code == 403


async def test_a_program_needs_no_csrf_token(console: Desk) -> None:
    program = console.program()
    assert (await program.get("/api/v1/integrations")).status_code == 200
    assert (await program.post("/session/end")).status_code == 303


async def test_a_program_with_a_bad_token_is_told_so(console: Desk) -> None:
    answer = await console.visitor(Authorization="Bearer x").get("/api/v1/integrations")
    assert answer.status_code == 401
    assert answer.json() == {"error": "The sign-in of the platform is not valid any more. Sign in again."}


async def test_a_bad_token_is_not_made_good_by_a_cookie(console: Desk, office: httpx.AsyncClient) -> None:
    answer = await office.get("/api/v1/integrations", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401


OPEN = {"/static/{version}/{name:path}", "/session", "/preferences", "/api/v1/openapi.json"}
"""What everybody may ask for; nothing of it is a tenant's."""


async def test_every_other_route_asks_who_is_there(console: Desk) -> None:
    visitor = console.visitor()
    for method, path in routes():
        answer = await visitor.request(method, path.replace("{", "").replace("}", ""))
        assert answer.status_code in {303, 401}, f"{method} {path} answered {answer.status_code}"


async def test_a_route_that_forgets_to_ask_is_asked_for_all_the_same(console: Desk) -> None:
    @console.app.get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "open to all"

    assert (await console.visitor().get("/api/v1/forgotten")).status_code == 401
    assert (await console.program().get("/api/v1/forgotten")).status_code == 200


async def test_whoever_is_not_listed_as_open_is_a_route_of_an_area(console: Desk) -> None:
    outside = {route.path for route in console.app.routes if isinstance(route, Route)}
    assert outside == OPEN


async def test_part_of_a_page_leads_to_the_sign_in_as_a_whole(console: Desk) -> None:
    answer = await console.visitor(**{"HX-Request": "true"}).get("/connections/some/log")
    assert answer.status_code in {401, 404}
    answer = await console.visitor(**{"HX-Request": "true"}).get("/")
    assert answer.headers["hx-redirect"] == "/session?next=%2F"


async def test_another_tenants_connection_is_not_there(console: Desk) -> None:
    connection = await console.world.connected()
    for client in (await console.signed_in(tenant="other"), console.program(tenant="other")):
        for path in ("/connections/", "/embed/connections/", "/api/v1/connections/"):
            foreign = await client.get(f"{path}{connection.id}")
            unknown = await client.get(f"{path}no-such-thing")
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.text.replace(connection.id, "") == unknown.text.replace("no-such-thing", "")
    assert (await (await console.signed_in()).get(f"/connections/{connection.id}")).status_code == 200


async def test_secrets_of_a_session_are_in_no_other_collection(console: Desk, office: httpx.AsyncClient) -> None:
    value = office.cookies[sessions.cookie_name(console.hub.settings)]
    for collection in (AUDIT, SESSIONS):
        assert value not in str(await console.hub.store.find(collection, {}))
