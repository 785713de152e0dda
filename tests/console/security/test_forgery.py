"""No foreign page does anything in the name of somebody who is signed in."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.console.desk import URL, Desk, routes
from tests.console.security.conftest import Town
from tests.console.security.ground import STREAMS, changing, everything

Asked = Mapping[str, Any]


def whose(town: Town, path: str) -> httpx.AsyncClient:
    """The browser of somebody who may use that route."""
    return town.oscar if "/operate" in path else town.acme.office


async def tries(town: Town, client: httpx.AsyncClient) -> Mapping[str, Asked]:
    """What a foreign page could send, along with the cookie that the browser adds."""
    own = client.headers["X-CSRF-Token"]
    others = [await town.desk.signed_in(tenant="bakker"), await town.desk.signed_in(sub="user-1")]
    stolen = {
        f"of another session, {n}": {"headers": _header(one.headers["X-CSRF-Token"])} for n, one in enumerate(others)
    }
    return {
        "nothing": {},
        "an empty token": {"headers": _header("")},
        "a wrong token": {"headers": _header(own[:-1])},
        "a token in the address": {"params": {"csrf": own}},
        "a token in a cookie": {"headers": {"Cookie": f"{_cookie(client)}; csrf={own}; X-CSRF-Token={own}"}},
        "a token as JSON": {"json": {"csrf": own}},
        "a token in plain text": {"content": f"csrf={own}", "headers": {"Content-Type": "text/plain"}},
        "an empty token before a form": {"data": {"csrf": "x"}, "headers": _header("")},
        "the right one, from elsewhere": {"headers": {**_header(own), "Sec-Fetch-Site": "cross-site"}},
        "the right one, from a neighbour": {"headers": {**_header(own), "Sec-Fetch-Site": "same-site"}},
        "the right one in a form, from elsewhere": {"data": {"csrf": own}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        **stolen,
    }


def _header(csrf: str) -> dict[str, str]:
    return {"X-CSRF-Token": csrf}


def _cookie(client: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def test_a_change_needs_the_token_of_its_own_session(town: Town) -> None:
    """On every route that changes something; and then nothing has changed."""
    forged = {who: await tries(town, who) for who in (town.acme.office, town.oscar)}
    tokens = {who: who.headers.pop("X-CSRF-Token") for who in forged}
    before = await everything(town.desk)
    for method, path in changing():
        who = whose(town, path)
        for name, asked in forged[who].items():
            answer = await who.request(method, town.acme.path(path), **asked)
            assert answer.status_code == 403, f"{method} {path} took {name}: {answer.status_code}"
    assert await everything(town.desk) == before
    for method, path in sorted(changing(), key=lambda one: "session/end" in one[1]):
        who = whose(town, path)
        headers = {**_header(tokens[who]), "Sec-Fetch-Site": "same-origin", "Origin": URL}
        answer = await who.request(method, town.acme.path(path), headers=headers)
        assert answer.status_code not in {401, 403}, f"{method} {path} refuses its own page: {answer.text}"


async def test_what_is_only_looked_at_changes_nothing(town: Town) -> None:
    """A foreign page can make a browser load any address: a picture of it, or a link."""
    before = await everything(town.desk)
    for method, path in routes():
        if method == "GET" and path not in STREAMS:
            answer = await whose(town, path).get(town.acme.path(path))
            assert answer.status_code < 500, f"{path}: {answer.text}"
    after = await everything(town.desk)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"budgets", "lanes"}, "a look into a package takes the lane, as any turn"


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "https://console.test.evil.test", "http://console.test"]
)
async def test_a_foreign_page_signs_nobody_in(desk: Desk, origin: str) -> None:
    """Else somebody could be made to work in the name of another, and to tell them what they type."""
    answer = await desk.visitor(Origin=origin).post("/session", data={"token": desk.token()})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_foreign_page_does_not_choose_how_ours_look(desk: Desk) -> None:
    answer = await desk.visitor(**{"Sec-Fetch-Site": "cross-site"}).post("/preferences", data={"language": "fr"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_no_foreign_page_may_read_an_answer(town: Town) -> None:
    """Nobody is told that another origin may: neither beforehand nor with the answer."""
    headers = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/api/v1/integrations", f"/api/v1/connections/{town.acme.connection.id}"):
        for method in ("GET", "OPTIONS"):
            answer = await town.acme.office.request(method, path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]
