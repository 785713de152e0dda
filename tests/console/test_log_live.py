"""The log of a connection as it is written: each line comes once, and none is missed."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import HTTPException

from services.console import sessions
from services.console.context import Office
from services.console.identity import User
from services.console.log import feed as feeds
from services.console.log.feed import BEHIND, PER_USER, Feed
from services.console.log.keys import key_of
from services.console.log.live import events
from services.console.log.views import Filter, top
from services.console.texts import texts
from shared.clock import stamp
from shared.journal import Journal
from shared.paging import Paged, Place
from shared.schemas.connections import Connection
from tests.console.desk import Desk
from tests.factories import completed, make_work_order


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected()


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

    async def waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All that was written is read; it waits for what comes."""
        monkeypatch.setattr(feeds, "HEARTBEAT", 0.01)
        assert await self.next() == "retry: 3000\n\n"
        assert await self.next() == ": still here\n\n"
        monkeypatch.setattr(feeds, "HEARTBEAT", 10)

    async def texts(self, count: int) -> list[str]:
        return [(await self.next()).split("data: ")[1].strip() for _ in range(count)]


@pytest.fixture
async def place(console: Desk, connection: Connection) -> Place:
    await console.hub.journal.write(connection.id, "sync.finished", "before")
    return await top(console.hub, connection)


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
        stream = Stream(console, feed, connection, place)
        await stream.waiting(monkeypatch)
        await console.hub.journal.write(connection.id, "sync.finished", "one")
        assert await stream.texts(1) == ["one"]
        for _ in range(3):
            await feed.look()
        await console.hub.journal.write(connection.id, "sync.finished", "two")
        assert await stream.texts(1) == ["two"]

    async def test_a_line_of_a_process_whose_clock_is_behind_comes_too_and_nothing_a_second_time(
        self, console: Desk, feed: Feed, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stream = Stream(console, feed, connection, place)
        await stream.waiting(monkeypatch)
        slow = Journal(console.hub.store, lambda: console.hub.now() - timedelta(seconds=5))
        await console.hub.journal.write(connection.id, "sync.finished", "in time")
        assert await stream.texts(1) == ["in time"]
        await slow.write(connection.id, "sync.finished", "late")
        had, _, told = (await stream.next()).partition("event: ")
        assert "data: late" in told
        await feed.look()
        await console.hub.journal.write(connection.id, "sync.finished", "next")
        assert await stream.texts(1) == ["next"]
        again = Stream(console, feed, connection, Place.read(had.strip().removeprefix("id: ")))
        await again.next()
        assert await again.texts(1) == ["next"]  # who lost the stream behind the late line has the one in time

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

    @pytest.mark.parametrize("moment", ["before the lines are read", "after"])
    async def test_a_line_that_comes_while_the_page_is_made_is_shown_or_streamed(
        self,
        console: Desk,
        feed: Feed,
        connection: Connection,
        office: httpx.AsyncClient,
        monkeypatch: pytest.MonkeyPatch,
        moment: str,
    ) -> None:
        journal = console.hub.journal
        read = journal.page
        await journal.write(connection.id, "sync.finished", "old line")

        async def disturbed(*args: Any, **more: Any) -> Paged:
            if moment == "after":
                found = await read(*args, **more)
                await journal.write(connection.id, "sync.finished", "new line")
                return found
            await journal.write(connection.id, "sync.finished", "new line")
            return await read(*args, **more)

        monkeypatch.setattr(journal, "page", disturbed)
        shown = (await office.get(f"/connections/{connection.id}/log")).text
        stream = Stream(console, feed, connection, _goes_on(shown))
        await stream.next()
        await journal.write(connection.id, "sync.finished", "last line")
        coming = await stream.texts(1 if "new line" in shown else 2)
        assert ("new line" in shown, coming) == (
            (False, ["new line", "last line"]) if moment == "after" else (True, ["last line"])
        )

    async def test_the_page_of_a_document_hears_of_what_happens_while_it_is_made(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await console.world.publish(completed(make_work_order("WO-1")))
        (entry,) = await console.hub.entries.list({"number": "WO-1"})
        journal = console.hub.journal
        read = journal.page

        async def disturbed(*args: Any, **more: Any) -> Paged:
            found = await read(*args, **more)
            await journal.write(connection.id, "document.exported", "new line", document="WO-1")
            return found

        monkeypatch.setattr(journal, "page", disturbed)
        page = (await office.get(f"/connections/{connection.id}/documents/{key_of(connection, entry.id)}")).text
        (coming,) = await journal.since(connection.id, _goes_on(page))
        assert coming["text"] == "new line"

    async def test_too_many_streams_are_answered_with_a_sentence(
        self, console: Desk, connection: Connection, office: httpx.AsyncClient
    ) -> None:
        feed = console.app.state.feed = Feed(console.hub)
        feed._users["acme", "user-1"] = PER_USER
        answer = await office.get(f"/api/v1/connections/{connection.id}/log/stream")
        assert (answer.status_code, "Wait a minute" in answer.json()["error"]) == (429, True)


def _goes_on(page: str) -> Place:
    """Where the stream of a page begins."""
    (address,) = re.findall(r'sse-connect="([^"]+)"', page)
    return Place.read(parse_qs(urlsplit(html.unescape(address)).query)["after"][0])


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
