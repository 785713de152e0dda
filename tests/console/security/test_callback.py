"""What comes back from a package's login page counts for whoever began there, once: beyond what `test_connect` says."""

import asyncio

import httpx
import pytest

from shared.store.collections import CONNECTIONS, GRANTS, LOGINS
from tests.console.connecting import approved, begun, logged_in, query
from tests.console.desk import Desk


async def back_from_package(desk: Desk, browser: httpx.AsyncClient) -> str:
    """The address that the package sends the user to."""
    return await approved(desk, (await begun(browser, "exact_online", site="nl")).headers["location"])


async def test_two_answers_at_once_open_one_login(console: Desk, office: httpx.AsyncClient) -> None:
    back = await back_from_package(console, office)
    answers = await asyncio.gather(*[office.get(back) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400, 400]
    assert len(await console.hub.store.find(LOGINS, {"phase": "open"})) == 1


async def test_a_code_that_was_used_opens_no_second_login(console: Desk, office: httpx.AsyncClient) -> None:
    """Not even with a good state of one's own."""
    first, second = await back_from_package(console, office), await back_from_package(console, office)
    assert (await office.get(first)).status_code == 303
    mixed = f"/connect/callback?code={query(first)['code']}&state={query(second)['state']}"
    assert (await office.get(mixed)).status_code == 400
    assert len(await console.hub.store.find(LOGINS, {"phase": "open"})) == 1
    assert (await office.get(second)).status_code == 400, "its state is used up"


async def test_a_code_of_another_package_is_worth_nothing(console: Desk, office: httpx.AsyncClient) -> None:
    """Which package is asked stands with the state, not in the address."""
    state = query(await back_from_package(console, office))["state"]
    answer = await office.get(f"/connect/callback?code=of-another-package&state={state}&connector=billit")
    assert answer.status_code == 400
    assert await console.hub.store.find(GRANTS, {}) == []


async def test_a_login_of_the_browser_is_finished_by_no_program(console: Desk, office: httpx.AsyncClient) -> None:
    """A token of the platform that leaked is not enough to go on with what somebody does in a browser."""
    back = query(await back_from_package(console, office))
    answer = await console.program().post("/api/v1/connect/callback", json=back)
    assert (answer.status_code, await console.hub.store.find(GRANTS, {})) == (422, [])


async def test_a_login_ends_with_the_session_it_was_begun_in(console: Desk, office: httpx.AsyncClient) -> None:
    back = await back_from_package(console, office)
    await office.post("/session/end")
    assert (await office.get(back)).headers["location"].startswith("/session")
    again = await console.signed_in()
    assert (await again.get(back)).status_code == 400


async def test_companies_whose_names_run_into_each_other_are_two(console: Desk) -> None:
    """`a` with the user `b|c` is not `a|b` with the user `c`."""
    one = console.program(tenant="a", sub="b|c")
    page = (await one.post("/api/v1/connect/exact_online", json={"site": "nl"})).json()["login_page"]
    back = await approved(console, page)
    other = console.program(tenant="a|b", sub="c")
    assert (await other.post("/api/v1/connect/callback", json=query(back))).status_code == 422
    offer = (await one.post("/api/v1/connect/callback", json=query(back))).json()
    assert (await other.get(f"/api/v1/connect/logins/{offer['login']}")).status_code == 404


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded"])
async def test_nobody_but_the_operator_says_where_a_package_sends_people_back_to(console: Desk, name: str) -> None:
    browser = await console.signed_in()
    answer = await browser.post("/connect/exact_online", data={"site": "nl"}, headers={name: "evil.test"})
    assert query(answer.headers["location"])["redirect_uri"] == "https://console.test/connect/callback"


@pytest.mark.parametrize("code", ["999999", "", "<script>", "' OR 1=1"])
async def test_only_what_the_login_opens_can_be_chosen(console: Desk, office: httpx.AsyncClient, code: str) -> None:
    choice = (await logged_in(console, office)).headers["location"]
    assert (await office.post(choice, data={"administration": code})).status_code == 422
    assert (await office.post(f"/api/v1{choice}", json={"administration": code})).status_code == 422
    assert await console.hub.store.find(CONNECTIONS, {}) == []
