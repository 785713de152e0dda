"""Who changed what: written down with every change, read by the tenant's own people."""

import ast
from datetime import timedelta
from pathlib import Path

import httpx

import services.console
from services.console.audit import note
from services.console.changes.deeds import DEEDS
from services.console.context import Office
from services.console.identity import User
from services.console.texts import texts
from shared.store.collections import AUDIT
from tests.console.desk import Desk


def at_work(console: Desk, tenant: str = "acme") -> Office:
    user = User(tenant=tenant, subject="user-9", name="Nina <b>", role="office", expires=console.hub.now())
    return Office(console.hub, user, texts("en"))


async def test_what_somebody_did_stands_in_the_log_with_who_and_when(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    await note(at_work(console), "settings.changed", connection, settings=["journal"], documents=3)
    found = (await office.get("/api/v1/changes")).json()["changes"][0]
    assert (found["who"], found["what"], found["connection"]) == ("user-9", "settings.changed", connection.id)
    page = (await office.get("/changes")).text
    assert "Changed the settings" in page
    assert "Documents: 3; Settings: journal" in page
    assert "Nina &lt;b&gt;" in page


async def test_another_tenant_reads_nothing_of_it(console: Desk) -> None:
    await note(at_work(console), "settings.changed")
    other = await console.signed_in(tenant="other")
    found = (await other.get("/api/v1/changes")).json()["changes"]
    assert [one["what"] for one in found] == ["session.began"]


async def test_a_secret_is_not_written_down(console: Desk) -> None:
    await note(at_work(console), "settings.changed", password="hunter2", nested={"client_secret": "s3cret"})
    kept = str(await console.hub.store.find(AUDIT, {}))
    assert "hunter2" not in kept
    assert "s3cret" not in kept


async def test_older_changes_are_a_page_further(console: Desk, office: httpx.AsyncClient) -> None:
    begun = console.hub.now()
    for number in range(5):
        console.hub.now = lambda number=number: begun + timedelta(seconds=number)
        await note(at_work(console), "sync.asked", number=number)
    seen: list[int | None] = []
    before = None
    while True:
        asked = {"limit": "2", **({"before": before} if before else {})}
        answer = (await office.get("/api/v1/changes", params=asked)).json()
        seen += [one["details"].get("number") for one in answer["changes"]]
        before = answer["before"]
        if before is None:
            break
    assert seen == [4, 3, 2, 1, 0, None]  # the first of all was signing in


async def test_changes_of_one_moment_are_all_shown_though_a_page_ends_among_them(
    console: Desk, office: httpx.AsyncClient
) -> None:
    moment = console.hub.now()
    console.hub.now = lambda: moment
    for number in range(5):
        await note(at_work(console), "sync.asked", number=number)
    seen, before = set[int](), "-"
    while before is not None:
        asked = {"limit": "2", **({"before": before} if before != "-" else {})}
        answer = (await office.get("/api/v1/changes", params=asked)).json()
        seen |= {one["details"]["number"] for one in answer["changes"] if one["what"] == "sync.asked"}
        before = answer["before"]
    assert seen == {0, 1, 2, 3, 4}


async def test_a_place_that_is_none_is_said(office: httpx.AsyncClient) -> None:
    answer = await office.get("/api/v1/changes", params={"before": "yesterday"})
    assert (answer.status_code, list(answer.json())) == (422, ["error"])


async def test_signing_in_and_out_is_written_down(console: Desk, office: httpx.AsyncClient) -> None:
    await office.post("/session/end")
    kept = await console.hub.store.find(AUDIT, {"tenant": "acme"}, sort=("at",))
    assert [one["what"] for one in kept] == ["session.began", "session.ended"]


def test_everything_that_is_written_down_has_words() -> None:
    folder = Path(services.console.__file__).parent
    calls = [
        node
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "note"
    ]
    keys = {one.args[1].value for one in calls if len(one.args) > 1 and isinstance(one.args[1], ast.Constant)}
    assert keys, "there are some"
    assert keys <= set(DEEDS)
