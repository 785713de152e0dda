"""Who changed what is written down, on every route that changes something; and whoever hurries is slowed down."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from services.console.changes.deeds import DEEDS
from services.console.operate.background import WORK
from shared.rate import BURST
from shared.store.collections import AUDIT
from tests.console.connecting import approved, begun, query
from tests.console.desk import Desk
from tests.console.forms import changed, untouched
from tests.console.security.conftest import Town
from tests.console.security.ground import DOUBT, UNSURE, Ground, changing

DEED = {
    "/connect/{connector}": "login.begun",
    "/connect/callback": "login.finished",
    "/connect/logins/{login}": "connection.connected",
    "/connections/{connection}/settings": "settings.changed",
    "/connections/{connection}/mappings/{name}": "settings.changed",
    "/connections/{connection}/documents/{key}/send-again": "document.send_again",
    "/connections/{connection}/documents/{key}/leave-out": "document.left_out",
    "/connections/{connection}/documents/{key}/it-is-there": "document.it_is_there",
    "/connections/{connection}/control/sync": "sync.asked",
    "/connections/{connection}/control/pause": "connection.paused",
    "/connections/{connection}/control/resume": "connection.resumed",
    "/connections/{connection}/control/send": "documents.sent",
    "/connections/{connection}/preview/start": "exports.started",
    "/connections/{connection}/move/look": "document.looked_for",
    "/connections/{connection}/move": "documents.left_out",
    "/connections/{connection}/reconciliation": "reconciliation.started",
    "/connections/{connection}/reconciliation/{run}/published": "reconciliation.published",
    "/operate/connections/{connection}/reconciliations": "reconciliation.started",
    "/operate/reconciliations/{run}/published": "reconciliation.published",
    "/operate/replays": "replay.previewed",
    "/operate/replays/{replay}/start": "replay.started",
    "/connections/{connection}/disconnect": "connection.ended",
    "/session/end": "session.ended",
}
"""What is written down of each, in the order in which one person does them all."""


def area(path: str) -> str:
    """The same in a page and in the API."""
    return path.removeprefix("/api/v1")


def in_order(*, api: bool) -> list[tuple[str, str]]:
    """The routes of programs, or of people; a route that nobody gave a deed to is an error."""
    mine = [one for one in changing() if one[1].startswith("/api/") is api]
    return sorted(mine, key=lambda one: list(DEED).index(area(one[1])))


async def as_program(made: Ground, path: str, method: str) -> Mapping[str, Any]:
    """What a program sends to that route."""
    ended, left = made.ended.id, (await made.entry(DOUBT)).id
    settings = await made.office.get(made.path("/api/v1/connections/{connection}/settings"))
    version = settings.json()["version"]
    known: dict[str, Mapping[str, Any]] = {
        "/connect/{connector}": {"site": "nl"},
        "/connect/callback": await _back(made),
        "/connect/logins/{login}": {"administration": made.connection.administration.code},
        "/connections/{connection}/settings": {
            "settings": {**made.connection.settings, "journal": "70" if method == "PUT" else "80"}, "version": version,
        },
        "/connections/{connection}/mappings/{name}": {"pairs": {"6": "2"}},
        "/connections/{connection}/documents/{key}/it-is-there": {"number": "1", "vendor_id": "x"},
        "/connections/{connection}/control/send": {"all": True},
        "/connections/{connection}/preview/start": {"from": "2026-11-01"},
        "/connections/{connection}/move/look": {"ended": ended, "document": left},
        "/connections/{connection}/move": {"ended": ended, "act": "leave"},
        "/operate/replays": {"connector": made.desk.world.connector, "what": "dead"},
    }  # fmt: skip
    return {"json": known.get(area(path), {})}


async def as_person(made: Ground, path: str) -> Mapping[str, Any]:
    """What the form of that page sends."""
    left = (await made.entry(DOUBT)).id
    place = made.path("/connections/{connection}/settings")
    form = changed(untouched((await made.office.get(place)).text, place), journal="70")
    known: dict[str, Any] = {
        "/connect/{connector}": {"site": "nl"},
        "/connect/logins/{login}": {"administration": made.connection.administration.code},
        "/connections/{connection}/settings": _as_dict(form),
        "/connections/{connection}/documents/{key}/it-is-there": {"number": "1", "vendor_id": "x"},
        "/connections/{connection}/control/send": {"all": "true"},
        "/connections/{connection}/preview/start": {"from": "2026-11-01"},
        "/connections/{connection}/move/look": {"from": made.ended.id, "document": left, "act": "gone"},
        "/connections/{connection}/move": {"from": made.ended.id, "act": "leave_all"},
        "/operate/replays": {"connector": made.desk.world.connector, "what": "dead"},
    }
    return {"data": known.get(path, {})}


def _as_dict(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {name: [value for known, value in pairs if known == name] for name, _ in pairs}


async def _back(made: Ground) -> Mapping[str, str]:
    """What the package sends an office worker back with."""
    return query(await approved(made.desk, (await begun(made.office, made.desk.world.connector, site="nl")).headers["location"]))


async def deeds(desk: Desk) -> list[dict[str, Any]]:
    """All that was written down."""
    return await desk.hub.store.find(AUDIT, {}, limit=1000)


@pytest.mark.parametrize("api", [True, False], ids=["api", "pages"])
async def test_every_change_is_written_down_with_who_did_it(town: Town, api: bool) -> None:  # noqa: FBT001
    """Each route is used for what it is for."""
    made, desk, missing = town.acme, town.desk, []
    for method, path in in_order(api=api):
        who = town.oscar if "/operate" in path else made.office
        if "it-is-there" in path:
            made.ids["key"] = await made.key(UNSURE)
        sent = await as_program(made, path, method) if api else await as_person(made, path)
        before = {one["id"] for one in await deeds(desk)}
        answer = await who.request(method, made.path(path), **sent)
        await WORK.ended()
        new = [one for one in await deeds(desk) if one["id"] not in before]
        wanted = DEED[area(path)]
        about = made.connection.id if "{connection}" in path else None
        if [one["what"] for one in new] != [wanted] or (about and new[0]["connection"] != about):
            missing.append(f"{method} {path}: {answer.status_code} {answer.text[-200:]} wrote {[one['what'] for one in new]}")
        elif new[0]["who"] != ("operator-1" if "/operate" in path else "user-1"):
            missing.append(f"{method} {path}: {new[0]['who']}")
    assert missing == []


async def test_coming_back_from_a_login_page_is_written_down(desk: Desk) -> None:
    """It is a page that is only looked at, and changes something all the same."""
    office = await desk.signed_in()
    back = await approved(desk, (await begun(office, desk.world.connector, site="nl")).headers["location"])
    await office.get(back)
    assert {one["what"] for one in await deeds(desk)} == {"session.began", "login.begun", "login.finished"}


def test_every_deed_has_words() -> None:
    assert set(DEED.values()) <= DEEDS.keys()


def hurried(desk: Desk) -> int:
    """More tries than one address has at once."""
    return int(desk.hub.settings.console_rate * BURST) + 3


@pytest.mark.parametrize("way", ["/session", "/connect/exact_online", "/api/v1/connect/exact_online"])
async def test_whoever_tries_again_and_again_is_slowed_down(console: Desk, way: str) -> None:
    """And is told so by a sentence, in the form that they asked in."""
    client = console.visitor() if way == "/session" else await console.signed_in()
    sent: dict[str, Any] = {"json": {"site": "nl"}} if "api" in way else {"data": {"token": "x", "site": "nl"}}
    answers = [await client.post(way, **sent) for _ in range(hurried(console))]
    assert answers[0].status_code != 429
    assert answers[-1].status_code == 429
    assert "tried too often" in answers[-1].text


async def test_one_user_who_hurries_slows_down_nobody_else(console: Desk) -> None:
    """A platform asks for all of its users from one address."""
    for _ in range(hurried(console)):
        await console.program().post("/api/v1/connect/exact_online", json={"site": "nl"})
    other = console.program(sub="user-2")
    assert (await other.post("/api/v1/connect/exact_online", json={"site": "nl"})).status_code == 200


async def test_a_good_token_is_slowed_down_no_less(console: Desk) -> None:
    """Else it could be found out by trying which one is good."""
    visitor = console.visitor()
    answers: list[httpx.Response] = []
    for _ in range(hurried(console)):
        answers.append(await visitor.post("/session", data={"token": "x"}))  # noqa: PERF401
    assert (await visitor.post("/session", data={"token": console.token()})).status_code == 429


async def test_an_address_that_the_visitor_makes_up_does_not_help(console: Desk) -> None:
    visitor = console.visitor()
    tries = [{"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"} for n in range(hurried(console))]
    answers = [await visitor.post("/session", data={"token": "x"}, headers=headers) for headers in tries]
    assert answers[-1].status_code == 429
