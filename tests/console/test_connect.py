"""From a package's login page to a live connection, for every package; and every way that goes wrong."""

import json
from datetime import timedelta

import httpx
import pytest

from shared import connectors
from shared.sandbox.browser import sandbox_approve
from shared.schemas.connections import Connection
from shared.store.collections import AUDIT, CONNECTIONS, GRANTS, LOG, LOGINS
from tests.console.connecting import approved, begun, connected, logged_in, logins, query
from tests.console.desk import Desk
from tests.logs import recorded_log

EACH = pytest.mark.parametrize("console_of", connectors.names(), indirect=True)
BACK = "https://console.test/connect/callback"


class TestConnecting:
    @EACH
    async def test_each_package_is_connected_through_its_login_page_or_by_what_is_typed(self, console_of: Desk) -> None:
        browser = await console_of.signed_in()
        made = await connected(console_of, browser)
        scenario = console_of.world.scenario
        assert (made.tenant, made.administration.code, made.state) == ("acme", scenario.administration, "connected")
        assert made.site == scenario.site
        assert made.exports_from is None, "nothing is exported before the preview"
        assert await logins(console_of) == []
        (line,) = await console_of.hub.store.find(AUDIT, {"what": "connection.connected"})
        assert (line["who"], line["connection"]) == ("user-1", made.id)

    @EACH
    async def test_no_secret_of_a_login_is_shown_logged_or_kept_in_the_open(self, console_of: Desk) -> None:
        seen: list[str] = []
        with recorded_log() as logged:
            made = await _looked_at(console_of, seen)
            seen.append(logged())
        hub = console_of.hub
        sealed: dict[str, str] = json.loads(hub.keys.open((await hub.grants.get(made.grant)).sealed))
        typed = [value for name, value in console_of.world.scenario.credentials.items() if name != "username"]
        secrets = [*filter(None, sealed.values()), *typed, "demo-secret"]
        stored = [await hub.store.find(name, {}, limit=100) for name in (CONNECTIONS, GRANTS, LOGINS, LOG, AUDIT)]
        everything = "".join(seen) + str(stored)
        assert made.administration.name in everything, "it is really looked through"
        assert [secret for secret in secrets if secret in everything] == []

    async def test_the_page_says_what_the_way_is_and_that_nothing_leaves_unasked(
        self, office: httpx.AsyncClient
    ) -> None:
        page = (await office.get("/connect/exact_online")).text
        assert "Nothing leaves before you say so" in page
        assert "Netherlands" in page
        assert "Spain" in page
        assert "checked" not in page, "no country is likelier than the others"

    async def test_an_unknown_package_is_not_there(self, office: httpx.AsyncClient) -> None:
        assert (await office.get("/connect/quickbooks")).status_code == 404
        assert (await begun(office, "quickbooks")).status_code == 404

    @pytest.mark.parametrize("console_of", ["billit"], indirect=True)
    async def test_what_a_package_cannot_promise_is_said_before_it_is_connected(self, console_of: Desk) -> None:
        page = (await (await console_of.signed_in()).get("/connect/billit")).text
        assert "Billit has no draft invoices" in page
        assert "09:00" in page

    async def test_without_a_country_nothing_begins_and_it_is_said_beside_the_field(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        for site in ("", "pt"):
            answer = await begun(office, "exact_online", site=site)
            assert answer.status_code == 422
            assert 'id="site-error"' in answer.text
        assert await logins(console) == []

    async def test_the_login_page_is_asked_with_our_own_address_and_a_state_nobody_can_guess(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        first = (await begun(office, "exact_online", site="nl")).headers["location"]
        second = (await begun(office, "exact_online", site="nl")).headers["location"]
        assert query(first)["redirect_uri"] == BACK
        assert query(first)["state"] != query(second)["state"]
        assert len(query(first)["state"]) >= 43
        assert query(first)["state"] not in str(await logins(console)), "the store could finish nobody's login"

    async def test_the_choice_is_said_to_be_final_and_one_must_be_made(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        choice = (await logged_in(console, office)).headers["location"]
        page = (await office.get(choice)).text
        assert "final for this connection" in page
        assert "Logged in" in page
        for wrong in ({}, {"administration": "nobody's"}):
            answer = await office.post(choice, data=wrong)
            assert answer.status_code == 422
            assert "Choose an administration first" in answer.text
        assert await console.hub.connections.all() == []

    async def test_a_finished_login_chooses_once(self, console: Desk, office: httpx.AsyncClient) -> None:
        choice = (await logged_in(console, office)).headers["location"]
        wanted = {"administration": console.world.scenario.administration}
        assert (await office.post(choice, data=wanted)).status_code == 303
        assert (await office.post(choice, data=wanted)).status_code == 404
        assert len(await console.hub.connections.all()) == 1

    async def test_nothing_of_a_login_stands_in_an_address_of_ours(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        asked = (await begun(office, "exact_online", site="nl")).headers["location"]
        back = await approved(console, asked)
        choice = (await office.get(back)).headers["location"]
        assert query(back)["code"] not in choice
        assert query(back)["state"] not in choice

    async def test_whoever_tries_logins_one_after_the_other_is_slowed_down(self, office: httpx.AsyncClient) -> None:
        tries = [(await begun(office, "exact_online", site="nl")).status_code for _ in range(30)]
        assert tries[-1] == 429

    async def test_so_is_a_program_that_does(self, console: Desk) -> None:
        program, wish = console.program(), {"site": "nl"}
        tries = [(await program.post("/api/v1/connect/exact_online", json=wish)).status_code for _ in range(30)]
        assert tries[-1] == 429


class TestState:
    """A callback counts for who began the login, in that session, once, and soon."""

    async def _back(self, console: Desk, browser: httpx.AsyncClient) -> str:
        return await approved(console, (await begun(browser, "exact_online", site="nl")).headers["location"])

    async def _is_refused(self, console: Desk, browser: httpx.AsyncClient, back: str) -> None:
        answer = await browser.get(back)
        assert answer.status_code == 400
        assert "not begun here" in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert await console.hub.store.find(GRANTS, {}) == [], "the code was not even traded"

    async def test_a_foreign_state_is_refused(self, console: Desk, office: httpx.AsyncClient) -> None:
        code = query(await self._back(console, office))["code"]
        await self._is_refused(console, office, f"/connect/callback?code={code}&state=guessed")

    async def test_a_missing_state_is_refused(self, console: Desk, office: httpx.AsyncClient) -> None:
        code = query(await self._back(console, office))["code"]
        await self._is_refused(console, office, f"/connect/callback?code={code}")

    async def test_another_users_state_is_refused_and_stays_good_for_its_own(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        back = await self._back(console, office)
        for other in ({"sub": "user-2"}, {"tenant": "globex"}):
            await self._is_refused(console, await console.signed_in(**other), back)
        assert (await office.get(back)).status_code == 303

    async def test_the_same_user_in_another_browser_is_refused(self, console: Desk, office: httpx.AsyncClient) -> None:
        back = await self._back(console, office)
        await self._is_refused(console, await console.signed_in(), back)

    async def test_a_login_that_took_too_long_is_refused(self, console: Desk, office: httpx.AsyncClient) -> None:
        back = await self._back(console, office)
        console.world.sandbox.clock.advance(timedelta(minutes=15))
        await self._is_refused(console, office, back)

    async def test_a_callback_counts_once(self, console: Desk, office: httpx.AsyncClient) -> None:
        back = await self._back(console, office)
        assert (await office.get(back)).status_code == 303
        again = await office.get(back)
        assert again.status_code == 400
        assert "used already" in again.text

    async def test_a_choice_that_took_too_long_is_refused(self, console: Desk, office: httpx.AsyncClient) -> None:
        choice = (await logged_in(console, office)).headers["location"]
        console.world.sandbox.clock.advance(timedelta(minutes=15))
        wanted = {"administration": console.world.scenario.administration}
        assert (await office.post(choice, data=wanted)).status_code == 400
        assert await console.hub.connections.all() == []

    async def test_another_users_finished_login_is_not_there(self, console: Desk, office: httpx.AsyncClient) -> None:
        choice = (await logged_in(console, office)).headers["location"]
        wanted = {"administration": console.world.scenario.administration}
        for other in ({"sub": "user-2"}, {"tenant": "globex"}, {}):
            browser = await console.signed_in(**other)
            assert (await browser.get(choice)).status_code == 404
            assert (await browser.post(choice, data=wanted)).status_code == 404
        assert await console.hub.connections.all() == []

    async def test_a_login_that_is_not_finished_offers_nothing(self, console: Desk, office: httpx.AsyncClient) -> None:
        await self._back(console, office)
        (under_way,) = await logins(console)
        assert (await office.get(f"/connect/logins/{under_way['id']}")).status_code == 404

    async def test_without_a_session_the_callback_leads_to_the_sign_in_without_its_code(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        answer = await console.visitor().get(await self._back(console, office))
        assert answer.headers["location"] == "/session?next=%2Fconnect%2Fcallback"

    @pytest.mark.parametrize("console_of", ["moloni_pt"], indirect=True)
    async def test_where_the_package_sends_no_state_only_the_browser_that_began_can_finish(
        self, console_of: Desk
    ) -> None:
        browser = await console_of.signed_in()
        back = await approved(console_of, (await begun(browser, "moloni_pt")).headers["location"])
        assert "state" not in query(back)
        for other in ({"sub": "user-2"}, {}):
            await self._is_refused(console_of, await console_of.signed_in(**other), back)
        assert (await browser.get(back)).status_code == 303
        assert (await browser.get(back)).status_code == 400


class TestFailures:
    async def test_a_user_who_says_no_reads_so_and_can_try_again(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        answer = await logged_in(console, office, allow=False)
        assert "did not give access" in answer.text
        assert 'href="/connect/exact_online"' in answer.text

    async def test_a_package_that_does_not_answer_is_said_with_what_to_do(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        back = await approved(console, (await begun(office, "exact_online", site="nl")).headers["location"])
        console.world.sandbox.fail_next(kind="cut", match="token", times=5)
        answer = await office.get(back)
        assert "did not answer. Start again in a moment." in answer.text
        assert 'href="/connect/exact_online"' in answer.text

    @pytest.mark.parametrize("console_of", ["e_boekhouden"], indirect=True)
    async def test_what_is_not_typed_is_said_beside_its_field_and_no_secret_comes_back(self, console_of: Desk) -> None:
        browser = await console_of.signed_in()
        answer = await begun(browser, "e_boekhouden", username="anouk", code1="geheim-1")
        assert answer.status_code == 422
        assert 'aria-describedby="error-code2"' in answer.text
        assert 'id="error-code1"' not in answer.text
        assert 'value="anouk"' in answer.text
        assert "geheim-1" not in answer.text
        spoiled = {**console_of.world.scenario.credentials, "code1": "a\x00b"}
        assert 'aria-describedby="error-code1"' in (await begun(browser, "e_boekhouden", **spoiled)).text

    @pytest.mark.parametrize("console_of", ["e_boekhouden"], indirect=True)
    async def test_credentials_that_the_package_does_not_take_are_said_at_once(self, console_of: Desk) -> None:
        browser = await console_of.signed_in()
        typed = {**console_of.world.scenario.credentials, "code1": "wrong-code"}
        answer = await begun(browser, "e_boekhouden", **typed)
        assert answer.status_code == 422
        assert "The login was not accepted" in answer.text
        assert "wrong-code" not in answer.text
        assert await console_of.hub.store.find(GRANTS, {}) == []


class TestReconnecting:
    async def test_a_new_login_gives_a_live_connection_new_access_without_a_choice(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        made = await connected(console, office)
        console.world.scenario.revoke(console.world.sandbox)
        answer = await logged_in(console, office)
        assert answer.headers["location"] == f"/connections/{made.id}"
        assert len(await console.hub.connections.all()) == 1
        async with console.hub.connect(await console.hub.connections.get(made.id), "import") as client:
            assert (await client.whoami()).name

    async def test_a_user_of_the_package_who_cannot_open_it_is_told_so_and_nothing_changes(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        world = console.world
        made = await connected(console, office, world.scenario.second_administration)
        other = _who_cannot_open(console, world.scenario.second_administration)
        answer = await logged_in(console, office, user=other)
        assert answer.status_code == 400
        assert "final for this connection" in answer.text
        assert (await console.hub.connections.get(made.id)).grant == made.grant

    async def test_the_page_says_which_administration_and_asks_for_no_country(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        made = await connected(console, office)
        page = (await office.get("/connect/exact_online")).text
        assert f"{made.administration.name} is connected" in page.replace("&amp;", "&")
        assert 'name="site"' not in page


class TestApi:
    async def test_the_platform_sends_its_user_and_finishes_the_login_itself(self, console: Desk) -> None:
        program = console.program()
        asked = (await program.get("/api/v1/connect/exact_online")).json()
        assert (asked["by"], asked["live"]) == ("login page", None)
        wish = {"site": "nl", "back": "platform"}
        begun = (await program.post("/api/v1/connect/exact_online", json=wish)).json()
        assert query(begun["login_page"])["redirect_uri"] == "http://127.0.0.1:8765/callback"
        async with httpx.AsyncClient(transport=console.world.sandbox.transport()) as there:
            back = query(await sandbox_approve(there, begun["login_page"], console.world.scenario.user))
        offer = (await program.post("/api/v1/connect/callback", json=back)).json()
        code = console.world.scenario.administration
        assert code in {one["code"] for one in offer["administrations"]}
        assert (await program.get(f"/api/v1/connect/logins/{offer['login']}")).json() == offer
        chosen = {"administration": code}
        made = (await program.post(f"/api/v1/connect/logins/{offer['login']}", json=chosen)).json()
        assert (made["connector"], made["exports_on_hold"]) == ("exact_online", True)
        assert (await program.post("/api/v1/connect/callback", json=back)).status_code == 422

    async def test_a_login_that_the_platform_began_is_finished_in_any_browser_of_that_user_only(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        begun = (await console.program().post("/api/v1/connect/exact_online", json={"site": "nl"})).json()
        back = await approved(console, begun["login_page"])
        assert (await (await console.signed_in(sub="user-2")).get(back)).status_code == 400
        assert (await office.get(back)).status_code == 303

    @pytest.mark.parametrize("console_of", ["e_boekhouden"], indirect=True)
    async def test_credentials_are_checked_at_once(self, console_of: Desk) -> None:
        program = console_of.program()
        typed = dict(console_of.world.scenario.credentials)
        answer = await program.post("/api/v1/connect/e_boekhouden", json={"credentials": typed})
        offer = answer.json()["offer"]
        assert offer["administrations"], answer.text
        assert [v for name, v in typed.items() if name != "username" and v in answer.text] == []
        typed["code1"] = "wrong-code"
        refused = await program.post("/api/v1/connect/e_boekhouden", json={"credentials": typed})
        assert (refused.status_code, "not accepted" in refused.json()["error"]) == (409, True)

    @pytest.mark.parametrize(
        "wish", [{}, {"site": "pt"}, {"credentials": {"username": "x"}}, {"back": "https://evil.example"}]
    )
    async def test_a_wish_that_cannot_be_met_is_said(self, console: Desk, wish: dict[str, object]) -> None:
        answer = await console.program().post("/api/v1/connect/exact_online", json=wish)
        assert (answer.status_code, list(answer.json())) == (422, ["error"])


async def _looked_at(desk: Desk, seen: list[str]) -> Connection:
    """A connection made in the console and shown by the API; all that was answered on the way."""

    async def keep(response: httpx.Response) -> None:
        await response.aread()
        to = response.headers.get("location", "")
        seen.append(
            response.text + (to if to.startswith("/") else "")
        )  # the package's own page is told what it must be

    browser, program = await desk.signed_in(), desk.program()
    for one in (browser, program):
        one.event_hooks["response"].append(keep)
    made = await connected(desk, browser)
    for path in (f"/connect/{made.connector}", f"/connections/{made.id}", f"/connections/{made.id}/preview"):
        await browser.get(path)
    await program.get(f"/api/v1/connect/{made.connector}")
    return made


def _who_cannot_open(console: Desk, administration: str) -> str:
    users = console.world.sandbox.oauth.users.values()
    return next(user.id for user in users if administration not in user.scopes)


async def test_the_policy_of_our_pages_lets_a_form_lead_to_login_pages_and_nowhere_else(
    office: httpx.AsyncClient,
) -> None:
    policy = (await office.get("/connect/exact_online")).headers["content-security-policy"]
    (targets,) = [part.split()[1:] for part in policy.split("; ") if part.startswith("form-action")]
    assert set(targets) == {"'self'", "http://exact.sandbox"}
