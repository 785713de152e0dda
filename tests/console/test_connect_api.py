"""Connecting by the API, as the platform that embeds it does."""

import httpx
import pytest

from shared.sandbox.browser import sandbox_approve
from tests.console.connecting import approved, query
from tests.console.desk import Desk


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
