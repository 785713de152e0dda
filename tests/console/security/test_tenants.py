"""Nobody reads or changes what is another company's, on any route; and nobody who is not known gets in."""

from urllib.parse import quote

import httpx
import pytest
from starlette.routing import Route

from shared.store.collections import AUDIT, SESSIONS
from tests.console.desk import Desk, routes
from tests.console.security.conftest import Town
from tests.console.security.ground import HELD, LEFT, NUMBERS, OWN, REFUSED, Ground, everything

OPEN = {"/static/{version}/{name:path}", "/session", "/preferences", "/api/v1/openapi.json"}
"""What everybody may ask for; nothing of it is a tenant's."""

BODIES = {
    "/it-is-there": {"number": "1"},
    "/sync": {},
    "/send": {"documents": ["x"]},
    "/start": {"from": "2026-11-01"},
    "/move": {"ended": "acme-ended", "act": "leave"},
    "/move/look": {"ended": "acme-ended", "document": "x"},
    "/reconciliation": {},
}
"""What a program sends along, by how its address ends, so that nothing else is wrong with the request."""


def body(path: str) -> dict[str, object]:
    return next((body for end, body in BODIES.items() if path.endswith(end)), {})


def without(answer: httpx.Response, *asked: str) -> tuple[int, str, dict[str, str]]:
    """What an answer says, apart from what was asked for: a page knows its own address."""
    text = answer.text
    for id in sorted((form for one in asked for form in (one, quote(one), quote(one, safe=""))), key=len, reverse=True):
        text = text.replace(id, "")
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, text, headers


def test_every_route_is_in_the_table(desk: Desk) -> None:
    """A route that is added in another way than the others would be looked at by none of these tests."""
    assert {route.path for route in desk.app.routes if isinstance(route, Route)} == OPEN
    assert len(routes()) > 100


@pytest.mark.parametrize("role", ["office", "operator"])
async def test_what_is_another_companys_is_as_if_it_were_not_there(town: Town, role: str) -> None:
    """On every route, by every method: with its own ids, and below one's own connection."""
    before = await everything(town.desk)
    clients = [
        await town.desk.signed_in(tenant="bakker", role=role),
        town.desk.program(tenant="bakker", role=role, sub="user-1"),
    ]
    wrong = [found for client in clients for found in await _looked_at(town, client)]
    assert wrong == []
    after = await everything(town.desk)
    for name in (SESSIONS, AUDIT):  # only that somebody signed in
        del before[name], after[name]
    assert after == before


async def _looked_at(town: Town, client: httpx.AsyncClient) -> list[str]:
    wrong: list[str] = []
    for method, path in routes():
        own = {name for name, _ in OWN.findall(path)}
        if not own or "/operate" in path:
            continue
        foreign = {name: town.acme.ids[name] for name in own}
        tries = [foreign]
        if own - {"connection"} and "connection" in own:
            tries.append({**foreign, "connection": town.bakker.connection.id})
        for asked in tries:
            answer = await client.request(method, town.acme.path(path, **asked), json=body(path))
            missing = {name: "none-such" if asked[name] in foreign.values() else asked[name] for name in own}
            nothing = await client.request(method, town.acme.path(path, **missing), json=body(path))
            status, text, _ = said = without(answer, *asked.values())
            if status != 404 or said != without(nothing, *missing.values()) or _told(town.acme, text):
                wrong.append(f"{method} {path} ({asked}): {answer.status_code} {answer.text[:200]}")
    return wrong


def _told(owner: Ground, answer: httpx.Response | str) -> bool:
    """Whether an answer says anything that only its owner may know."""
    said = answer if isinstance(answer, str) else answer.text + str(answer.headers)
    return any(one in said for one in (owner.connection.administration.name, "acme|", *NUMBERS))


async def test_lists_hold_only_what_is_ones_own(town: Town) -> None:
    other = await town.desk.signed_in(tenant="third")
    program = town.desk.program(tenant="third")
    asked = 0
    for method, path in routes():
        if method == "GET" and not OWN.search(path) and "/operate" not in path:
            for client in (other, program):
                answer = await client.get(town.acme.path(path))
                assert answer.status_code in {200, 400}, (path, answer.text)
                assert not _told(town.acme, answer), path
                asked += 1
    assert asked >= 8


async def test_ids_in_a_body_are_ones_own_too(town: Town) -> None:
    """Documents and ended connections of another company, asked for below one's own connection."""
    acme, place = town.acme, f"/connections/{town.bakker.connection.id}"
    client = await town.desk.signed_in(tenant="bakker")
    ended, entry = acme.ended.id, (await acme.entry(LEFT)).id
    before = await everything(town.desk)
    answers = [
        await client.post(f"/api/v1{place}/move", json={"ended": ended, "act": "move"}),
        await client.post(f"/api/v1{place}/move", json={"ended": ended, "act": "leave", "documents": [entry]}),
        await client.post(f"/api/v1{place}/move/look", json={"ended": ended, "document": entry}),
        await client.post(f"{place}/move", data={"from": ended, "act": "move_all"}),
        await client.post(f"{place}/move/look", data={"from": ended, "document": entry, "act": "gone"}),
        await client.post(f"/api/v1{place}/control/send", json={"documents": [acme.ids["key"]]}),
        await client.post(f"{place}/control/send", data={"document": acme.ids["key"]}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    mine = {"ended": town.bakker.ended.id, "document": entry}
    answers.append(await client.post(f"/api/v1{place}/move/look", json=mine))
    answers.append(await client.post(f"/api/v1{place}/move", json={**mine, "act": "move", "documents": [entry]}))
    assert not any(_told(acme, answer) for answer in answers)
    assert {answer.status_code for answer in answers} <= {404, 422}
    after = await everything(town.desk)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


async def test_a_search_in_ones_own_log_finds_nothing_of_others(town: Town) -> None:
    client = await town.desk.signed_in(tenant="third")
    mine = await town.desk.world.connected("third")
    for place in (f"/connections/{mine.id}", f"/api/v1/connections/{mine.id}"):
        for list in (f"log?document={REFUSED}", f"documents?number={REFUSED}", f"documents?number={HELD}"):
            answer = await client.get(f"{place}/{list}")
            assert answer.status_code == 200
            assert town.acme.connection.administration.name not in answer.text


async def test_nobody_who_is_not_signed_in_gets_anything(town: Town) -> None:
    """Nor anybody whose token is no good. A page leads to the sign-in, a program is told."""
    strangers = [town.desk.visitor(), town.desk.visitor(Authorization="Bearer x"), town.desk.visitor(Cookie="a=b")]
    strangers.append(town.desk.visitor(**{"HX-Request": "true"}))
    before = await everything(town.desk)
    for method, path in routes():
        for stranger in strangers:
            answer = await stranger.request(method, town.acme.path(path), json=body(path))
            wanted = {401} if path.startswith("/api/") else {303, 401}
            assert answer.status_code in wanted, f"{method} {path} answered {answer.status_code}"
            assert not _told(town.acme, without(answer, *town.acme.ids.values())[1])
    assert await everything(town.desk) == before


async def test_an_office_worker_gets_nothing_of_operation(town: Town) -> None:
    before = await everything(town.desk)
    asked = 0
    for method, path in routes():
        if "/operate" in path:
            for client in (town.bakker.office, town.desk.program(tenant="bakker")):
                answer = await client.request(method, town.acme.path(path), json=body(path))
                assert answer.status_code == 403, f"{method} {path} answered {answer.status_code}"
                assert not _told(town.acme, without(answer, *town.acme.ids.values())[1])
                asked += 1
    assert asked > 50
    assert await everything(town.desk) == before


async def test_methods_that_a_route_does_not_have_are_refused(town: Town) -> None:
    known = routes()
    for path in {path for _, path in known}:
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - {one for one, of in known if of == path}:
            answer = await town.bakker.office.request(method, town.acme.path(path))
            assert answer.status_code in {404, 405}, f"{method} {path} answered {answer.status_code}"
