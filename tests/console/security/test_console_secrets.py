"""Nothing that opens a door is in an answer, a header, an address, a log line or a line of the store that people read."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import Request

from services.console import sessions
from shared import connectors
from shared.store.collections import AUDIT, LOG, LOGINS, REPLAYS, SESSIONS
from tests.console.connecting import logged_in
from tests.console.desk import Desk, routes
from tests.console.security.conftest import Town
from tests.console.security.ground import STREAMS, Ground
from tests.console.test_preview import on_hold
from tests.factories import completed, make_work_order
from tests.logs import recorded_log
from tests.world import KEY

READ_BY_PEOPLE = (LOG, AUDIT, LOGINS, REPLAYS, SESSIONS)


class Kept:
    """All that was answered, but for the cookie that an answer gives."""

    def __init__(self, *clients: httpx.AsyncClient) -> None:
        self.texts: list[str] = []
        for client in clients:
            client.event_hooks["response"] = [self._keep]

    async def _keep(self, answer: httpx.Response) -> None:
        await answer.aread()
        headers = [f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie"]
        self.texts.append("\n".join([str(answer.status_code), *headers, answer.text]))

    def all(self) -> str:
        """As one text."""
        return "\n".join(self.texts)


async def secrets_of(desk: Desk, *clients: httpx.AsyncClient) -> dict[str, str]:
    """What opens a door here, by what it is."""
    found = {"client secret": "demo-secret", "webhook secret": "demo-webhook-secret", "key": KEY}
    for row in await desk.hub.store.find("grants", {}):
        found |= {f"sealed {row['id']}": row["sealed"]}
        sealed: dict[str, Any] = json.loads(desk.hub.keys.open(row["sealed"]))
        found |= {f"{name} {row['id']}": value for name, value in sealed.items() if _is_secret(name, value)}
    for row in await desk.hub.store.find("doors", {}):
        found |= {f"door {name}": str(value) for name, value in _leaves(row) if "secret" in name or "sealed" in name}
    for n, client in enumerate(clients):
        found |= {f"cookie {n}": value for name, value in client.cookies.items() if name.endswith("fieldledger")}
        found |= {f"session {n}": sessions.digest(value) for value in list(client.cookies.values())}
        found |= {f"token {n}": client.headers["authorization"][7:]} if "authorization" in client.headers else {}
    return found


def _is_secret(name: str, value: object) -> bool:
    return isinstance(value, str) and len(value) > 3 and name not in {"username", "user_name", "expires", "scope"}  # noqa: PLR2004


def _leaves(row: dict[str, Any], name: str = "") -> Iterator[tuple[str, object]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.{key}")
        else:
            yield f"{name}.{key}", value


def leaked(secrets: dict[str, str], text: str) -> list[str]:
    """Which of them are there."""
    return [name for name, value in secrets.items() if value in text]


async def _asked_for_everything(made: Ground, office: httpx.AsyncClient, operator: httpx.AsyncClient) -> int:
    """Every route by every method; what changes something last, and what ends all of it at the end."""
    asked = 0
    for method, path in sorted(routes(), key=lambda one: (one[0], "disconnect" in one[1], "session" in one[1])):
        if path in STREAMS or any(f"{{{name}" in path and name not in made.ids for name in ("run", "replay", "offset")):
            continue
        client = operator if "/operate" in path else office
        sent = {"number": "1", "from": "2026-11-01", "site": "nl"}
        options: dict[str, Any] = {"json": sent} if path.startswith("/api/") else {"data": sent}
        query = "?connector=exact_online" if "/dead/" in path else ""
        answer = await client.request(method, made.path(path) + query, **({} if method == "GET" else options))
        assert answer.status_code < 500, f"{method} {path}: {answer.text}"  # noqa: PLR2004
        asked += 1
    return asked


async def test_no_answer_and_no_log_line_has_a_secret(town: Town) -> None:
    """Everything that the console can be asked for, by an office worker and by an operator."""
    desk, office, oscar = town.desk, town.acme.office, town.oscar
    program = desk.program(role="operator")
    secrets = await secrets_of(desk, office, oscar, program)
    assert len(secrets) > 10
    kept = Kept(office, oscar, program)
    with recorded_log() as logged:
        assert await _asked_for_everything(town.acme, program, program) > 90
        assert await _asked_for_everything(town.acme, office, oscar) > 90
        seen = kept.all() + logged()
    secrets |= await secrets_of(desk, office, oscar)
    seen += str([await desk.hub.store.find(name, {}, limit=1000) for name in READ_BY_PEOPLE if name != SESSIONS])
    assert town.acme.connection.administration.name in seen, "it is really looked through"
    # The console itself hands the login page's address to the browser; a session's own hash stands in its logins.
    assert [name for name in leaked(secrets, seen) if not name.startswith("session")] == []


@pytest.mark.parametrize("console_of", connectors.names(), indirect=True)
async def test_nor_has_any_page_about_any_package(console_of: Desk) -> None:
    """Each keeps other secrets, and sends them in other ways."""
    office, program = await console_of.signed_in(), console_of.program()
    kept = Kept(office, program)
    with recorded_log() as logged:
        connection = await on_hold(console_of, completed(make_work_order("WO-1")))
        await logged_in(console_of, office)
        (entry,) = await console_of.hub.entries.list({"connection": connection.id})
        for client in (office, program):
            for method, path in routes():
                if method == "GET" and path not in STREAMS and "/operate" not in path and "callback" not in path:
                    ids = {"connection": connection.id, "connector": console_of.world.connector, "name": "vat_codes",
                           "document": entry.id, "key": "x", "run": "x", "login": "x"}  # fmt: skip
                    await client.get(Ground(console_of, "acme", connection, connection, office, ids).path(path))
        seen = kept.all() + logged()
    secrets = await secrets_of(console_of, office, program)
    typed = {name: value for name, value in console_of.world.scenario.credentials.items() if name != "username"}
    stored = str([await console_of.hub.store.find(name, {}) for name in (LOG, AUDIT)])
    assert connection.administration.name in seen
    assert [one for one in leaked(secrets | typed, seen + stored) if not one.startswith("session")] == []


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_failure_of_ours_is_logged_without_what_was_sent(console: Desk, as_json: bool) -> None:  # noqa: FBT001
    """An exception has all that was at hand when it was raised."""

    @console.app.post("/fail")
    async def fail(request: Request) -> None:
        typed = (await request.form())["password"]
        raise RuntimeError(f"a text of {len(str(typed))} letters")

    client = await console.signed_in()
    with recorded_log(as_json=as_json) as logged:
        answer = await client.post("/fail", data={"password": "hunter2-hunter2"})
        seen = logged()
    assert answer.status_code == 500
    assert "a text of 15 letters" in seen
    assert "hunter2" not in seen + answer.text
    assert leaked(await secrets_of(console, client), seen) == []
