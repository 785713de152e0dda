"""The log of a connection: pages, the API, and lines as they come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import HTTPException

from services.console import sessions
from services.console.context import Office
from services.console.identity import User
from services.console.log import feed as feeds
from services.console.log.feed import BEHIND, PER_USER, Feed
from services.console.log.live import events
from services.console.log.views import Filter, top
from services.console.texts import texts
from shared.clock import stamp
from shared.paging import Place
from shared.schemas.connections import Connection
from tests.console.desk import Desk

EXPORTED = {"document": "WO-1", "flow": "workorder"}


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected()


def entry(connection: Connection, flow: str = "workorder", document: str = "row-1") -> str:
    return f"{connection.tenant}|{connection.scope}|{flow}|{document}"


class TestLines:
    async def test_the_panel_shows_what_happened_with_a_word_for_the_result(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        journal, id = console.hub.journal, connection.id
        await journal.write(id, "document.exported", "Work order WO-1 is in Exact Online.", **EXPORTED)  # type: ignore[arg-type]
        await journal.write(id, "document.refused", "It was refused.", level="error", vendor_says="Verplicht: <Klant>")
        await journal.write(id, "document.waiting", "It waits.", level="warning")
        page = (await office.get(f"/connections/{id}/log")).text
        for words in ("Work order WO-1 is in Exact Online.", "Done", "Failed", "Waits", "Verplicht: &lt;Klant&gt;"):
            assert words in page

    async def test_a_line_leads_to_its_document(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        own, foreign = entry(connection), entry(connection).replace("acme|", "bakker|")
        for id in (own, foreign):
            await console.hub.journal.write(connection.id, "document.exported", "x", document="WO-1", entry=id)
        lines = (await office.get(f"/api/v1/connections/{connection.id}/log")).json()["lines"]
        assert sorted(line["key"] is None for line in lines) == [False, True]

    async def test_script_in_a_line_is_text(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.journal.write(connection.id, "sync.failed", "<script>alert(1)</script>", level="error")
        page = (await office.get(f"/connections/{connection.id}/log")).text
        assert ("<script>alert" in page, "&lt;script&gt;alert" in page) == (False, True)

    async def test_older_lines_are_one_click_further(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.journal.write(connection.id, "sync.finished", "Run 000.")
        line = (await console.hub.journal.read(connection.id))[0]
        more = [{**line, "id": f"{n}", "text": f"Run {n:03}.", "at": stamp(console.hub.now())} for n in range(1, 45)]
        await console.hub.store.insert_many("log", more)
        first = (await office.get(f"/api/v1/connections/{connection.id}/log")).json()
        address = f"/connections/{connection.id}/log"
        shown = await office.get(address, params={"before": first["older"]}, headers={"HX-Request": "true"})
        assert shown.text.count("<li") == 15
        assert "Run 044." not in shown.text
        assert "Run 000." in shown.text

    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            ({"kind": "import"}, ["run"]),
            ({"kind": "product"}, ["run"]),
            ({"kind": "workorder"}, ["order"]),
            ({"kind": "connection"}, ["paused"]),
            ({"result": "error"}, []),
            ({"document": " WO-1 "}, ["order"]),
            ({"first": "2001-01-01", "last": "2001-12-31"}, []),
            ({"kind": "", "result": "", "document": "", "first": "", "last": ""}, ["paused", "order", "run"]),
        ],
    )
    async def test_filters_leave_what_is_looked_for(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, query: dict[str, str], texts: list[str]
    ) -> None:
        journal, id = console.hub.journal, connection.id
        await journal.write(id, "sync.finished", "run", counts={"product": {}})
        await journal.write(id, "document.exported", "order", **EXPORTED)  # type: ignore[arg-type]
        await journal.write(id, "connection.paused", "paused")
        found = (await office.get(f"/api/v1/connections/{id}/log", params=query)).json()["lines"]
        assert [line["text"] for line in found] == texts
        assert (await office.get(f"/connections/{id}/log", params=query)).status_code == 200

    async def test_a_day_is_one_of_the_connections_clock(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        late = {
            "id": "late",
            "connection": connection.id,
            "at": "2026-03-01T23:30:00.000000Z",
            "event": "sync.finished",
        }
        rest = {"about": "import", "level": "info", "text": "x", "document": None, "vendor_says": None, "details": {}}
        await console.hub.store.insert("log", late | rest)
        for day, count in (("2026-03-01", 0), ("2026-03-02", 1)):
            query = {"first": day, "last": day}
            found = (await office.get(f"/api/v1/connections/{connection.id}/log", params=query)).json()["lines"]
            assert len(found) == count, day

    @pytest.mark.parametrize("query", ["kind=nonsense", "result=x", "first=x", "before=x", "limit=0"])
    async def test_what_cannot_be_looked_for_is_said(
        self, office: httpx.AsyncClient, connection: Connection, query: str
    ) -> None:
        answer = await office.get(f"/api/v1/connections/{connection.id}/log?{query}")
        assert (answer.status_code, list(answer.json())) == (422, ["error"])

    async def test_another_tenants_log_is_not_there(self, console: Desk, connection: Connection) -> None:
        stranger = await console.signed_in(tenant="bakker")
        for path in ("log", "log/stream", "standing", "documents", "control", "control/sync"):
            for base in ("", "/api/v1"):
                answer = await stranger.get(f"{base}/connections/{connection.id}/{path}")
                assert (answer.status_code, "De Vries" in answer.text) == (404, False), path


def somebody(console: Desk, **changes: Any) -> Office:
    user = User(
        tenant="acme", subject="user-1", name="Olivia", role="office", expires=console.hub.now() + timedelta(hours=1)
    )
    return Office(console.hub, user.model_copy(update=changes), texts("en"))


@pytest.fixture
def feed(console: Desk, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """One that looks often."""
    monkeypatch.setattr(feeds, "PAUSE", 0.01)
    return Feed(console.hub)


class Stream:
    """A stream that is read event by event."""

    def __init__(self, console: Desk, feed: Feed, connection: Connection, after: Place, **more: Any) -> None:
        here = more.get("here") or somebody(console)
        wanted = more.get("wanted") or Filter()
        self.body: AsyncIterator[str] = events(feed, here, connection, wanted, after, lambda one: one.text)

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return await anext(self.body)

    async def texts(self, count: int) -> list[str]:
        return [(await self.next()).split("data: ")[1].strip() for _ in range(count)]


@pytest.fixture
async def place(console: Desk, connection: Connection) -> Place:
    await console.hub.journal.write(connection.id, "sync.finished", "before")
    return Place.read(await top(console.hub, connection))


class TestLive:
    async def test_lines_come_as_they_are_written(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        stream = Stream(console, feed, connection, place)
        assert await stream.next() == "retry: 3000\n\n"
        for text in ("one", "two"):
            await console.hub.journal.write(connection.id, "sync.finished", text)
            assert await stream.texts(1) == [text]

    async def test_it_goes_on_behind_the_last_line_that_the_browser_has(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        stream = Stream(console, feed, connection, place)
        await stream.next()
        await console.hub.journal.write(connection.id, "sync.finished", "one")
        had = (await stream.next()).splitlines()[0].removeprefix("id: ")
        await console.hub.journal.write(connection.id, "sync.finished", "missed")
        again = Stream(console, feed, connection, Place.read(had))
        await again.next()
        assert await again.texts(1) == ["missed"]

    async def test_a_line_comes_once_though_it_is_found_at_several_looks(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        stream = Stream(console, feed, connection, place)
        await stream.next()
        assert await stream.next() == ": still here\n\n"  # it waits for what comes
        monkeypatch.setattr(feeds, "HEARTBEAT", 10)
        await console.hub.journal.write(connection.id, "sync.finished", "one")
        assert await stream.texts(1) == ["one"]
        for _ in range(3):
            await feed.look()
        await console.hub.journal.write(connection.id, "sync.finished", "two")
        assert await stream.texts(1) == ["two"]

    async def test_only_what_is_looked_for_comes(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        stream = Stream(console, feed, connection, place, wanted=Filter(result="error"))
        await stream.next()
        await console.hub.journal.write(connection.id, "sync.finished", "fine")
        await console.hub.journal.write(connection.id, "sync.failed", "failed", level="error")
        assert await stream.texts(1) == ["failed"]

    async def test_lines_of_other_connections_do_not(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        stream = Stream(console, feed, connection, place)
        await stream.next()
        await console.hub.journal.write("other", "sync.finished", "theirs")
        await console.hub.journal.write(connection.id, "sync.finished", "ours")
        assert await stream.texts(1) == ["ours"]

    async def test_silence_gets_a_sign_of_life(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        stream = Stream(console, feed, connection, place)
        assert [await stream.next() for _ in range(3)][1:] == [": still here\n\n"] * 2

    async def test_it_ends_with_the_token(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        here = somebody(console, expires=console.hub.now())
        stream = Stream(console, feed, connection, place, here=here)
        assert len([text async for text in stream.body]) == 2

    async def test_it_ends_when_the_user_signs_out(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        here = somebody(console)
        session = sessions.Session(id="ended", user=here.user, csrf="x")
        stream = Stream(console, feed, connection, place, here=Office(console.hub, here.user, here.texts, "x", session))
        assert len([text async for text in stream.body]) == 2

    async def test_a_user_watches_a_few_at_a_time_and_others_still_can(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        streams = [Stream(console, feed, connection, place) for _ in range(PER_USER)]
        for stream in streams:
            await stream.next()
        with pytest.raises(HTTPException) as refused:
            await Stream(console, feed, connection, place).next()
        assert refused.value.status_code == 429
        await Stream(console, feed, connection, place, here=somebody(console, subject="user-2")).next()
        await streams[0].body.aclose()  # type: ignore[attr-defined]
        await Stream(console, feed, connection, place).next()

    async def test_who_reads_too_slowly_is_ended_and_misses_nothing(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        stream = Stream(console, feed, connection, place)
        await stream.next()
        assert await stream.next() == ": still here\n\n"  # it waits for what comes
        line = (await console.hub.journal.read(connection.id))[0]
        many = [{**line, "id": f"line-{n:03}", "at": stamp(console.hub.now())} for n in range(BEHIND + 50)]
        await console.hub.store.insert_many("log", many)
        await feed.look()
        rest = [event async for event in stream.body]
        had = Place.read(rest[-1].splitlines()[0].removeprefix("id: "))
        behind = await console.hub.journal.since(connection.id, had, limit=1000)
        assert len(rest) + len(behind) == BEHIND + 50
        assert behind

    async def test_nobody_looks_while_nobody_listens(
        self, console: Desk, feed: Feed, connection: Connection, place: Place
    ) -> None:
        stream = Stream(console, feed, connection, place)
        await stream.next()
        await console.hub.journal.write(connection.id, "sync.finished", "one")
        await stream.next()
        await stream.body.aclose()  # type: ignore[attr-defined]
        looking = feed._looking
        assert looking is not None
        await asyncio.wait_for(looking, 10)
        assert not feed._listeners

    async def test_the_address_answers_with_events(
        self, console: Desk, connection: Connection, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        await console.hub.journal.write(connection.id, "sync.finished", "Line <one>.")
        for path, shown in (("/connections", "Line &lt;one&gt;."), ("/api/v1/connections", '"text":"Line <one>."')):
            answer = await _until_the_end(console, office, f"{path}/{connection.id}/log/stream")
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert shown in answer.text

    async def test_too_many_streams_are_answered_with_a_sentence(
        self, console: Desk, connection: Connection, office: httpx.AsyncClient
    ) -> None:
        feed = console.app.state.feed = Feed(console.hub)
        feed._users["acme", "user-1"] = PER_USER
        answer = await office.get(f"/api/v1/connections/{connection.id}/log/stream")
        assert (answer.status_code, "Wait a minute" in answer.json()["error"]) == (429, True)


async def _until_the_end(console: Desk, office: httpx.AsyncClient, path: str) -> httpx.Response:
    """The stream from the beginning of the log, ended by the user's signing out."""
    cookie = office.cookies[sessions.cookie_name(console.hub.settings)]
    kept = await console.hub.store.get("sessions", sessions.digest(cookie))
    assert kept is not None
    reading = asyncio.create_task(office.get(path, params={"after": "1970-01-01T00:00:00.000000Z -"}))
    feed = None
    while not reading.done() and (feed is None or not feed._listeners):
        await asyncio.sleep(0)
        feed = getattr(console.app.state, "feed", None)
    await console.hub.store.delete_many("sessions", [kept["id"]])
    answer = await asyncio.wait_for(reading, 10)
    await console.hub.store.insert("sessions", kept)
    return answer
