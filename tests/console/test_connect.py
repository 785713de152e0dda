"""From a package's login page to a live connection, for every package; and every way that goes wrong."""

import json

import httpx
import pytest

from shared import connectors
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
