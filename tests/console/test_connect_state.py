"""A callback, and a choice, count for who began the login: in that browser, once, and soon."""

from datetime import timedelta

import httpx
import pytest

from shared.store.collections import GRANTS
from tests.console.connecting import approved, begun, logged_in, logins, query
from tests.console.desk import Desk


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
