"""Ending a connection from the console, and the user's word on what waited there."""

from datetime import date

import httpx
import pytest

from shared.ledger.entry import Entry, document_step
from shared.ledger.writes import Step
from shared.login import disconnect
from shared.schemas.connections import Connection
from shared.store.collections import AUDIT, STEPS
from tests.console.connecting import connected
from tests.console.desk import Desk
from tests.factories import completed, make_work_order


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected()


@pytest.fixture
async def left(console: Desk, connection: Connection) -> list[Entry]:
    """Two documents of an ended connection: WO-1 was never sent, WO-2 may have been."""
    orders = [completed(make_work_order(number)) for number in ("WO-1", "WO-2")]
    await console.world.publish(*orders)
    entries = sorted(await console.hub.entries.list({}), key=lambda one: one.number)
    doubtful = Step(id=document_step(entries[1].id), entry=entries[1].id, what="order", state="uncertain")
    await console.hub.store.insert(STEPS, doubtful.stored())
    await disconnect(console.hub, connection.id)
    return entries


@pytest.fixture
async def other(console: Desk, office: httpx.AsyncClient, left: list[Entry]) -> Connection:
    return await connected(console, office, console.world.scenario.second_administration)


async def states(console: Desk, connection: Connection) -> dict[str, str]:
    return {one.number: one.state for one in await console.hub.entries.list({"connection": connection.id})}


class TestDisconnecting:
    async def test_the_question_says_what_happens_with_numbers_and_changes_nothing(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.world.publish(*[completed(make_work_order(number)) for number in ("WO-1", "WO-2")])
        page = await office.get(f"/connections/{connection.id}/disconnect")
        assert "2 documents that are not sent yet are kept here" in page.text
        assert "Nothing is sent or read any more" in page.text
        assert (await console.hub.connections.get(connection.id)).state == "connected"

    async def test_yes_ends_it_and_is_written_down(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        answer = await office.post(f"/connections/{connection.id}/disconnect")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await console.hub.connections.get(connection.id)).state == "disconnected"
        (line,) = await console.hub.store.find(AUDIT, {"what": "connection.ended"})
        assert line["connection"] == connection.id

    async def test_on_the_way_to_another_administration_it_goes_on_to_the_login(
        self, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        page = await office.get(f"/connections/{connection.id}/disconnect?then=move")
        assert 'name="then" value="move"' in page.text
        answer = await office.post(f"/connections/{connection.id}/disconnect", data={"then": "move"})
        assert answer.headers["location"] == "/connect/exact_online"

    async def test_one_that_was_ended_cannot_be_ended_again(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await disconnect(console.hub, connection.id)
        for answer in (
            await office.get(f"/connections/{connection.id}/disconnect"),
            await office.post(f"/connections/{connection.id}/disconnect"),
            await console.program().post(f"/api/v1/connections/{connection.id}/disconnect"),
        ):
            assert (answer.status_code, "ended already" in answer.text) == (409, True)
        assert await console.hub.store.find(AUDIT, {"what": "connection.ended"}) == []

    async def test_the_platform_can_end_it(self, console: Desk, connection: Connection) -> None:
        program = console.program()
        path = f"/api/v1/connections/{connection.id}/disconnect"
        assert (await program.get(path)).json()["unsent"] == 0
        assert (await program.post(path)).status_code == 200
        assert (await console.hub.connections.get(connection.id)).state == "disconnected"


class TestMoving:
    async def test_a_new_connection_leads_to_what_waits_in_the_old_one_and_nothing_moves_by_itself(
        self, console: Desk, office: httpx.AsyncClient, left: list[Entry]
    ) -> None:
        made = await connected(console, office, console.world.scenario.second_administration)
        page = (await office.get(f"/connections/{made.id}/move")).text
        assert "2 documents wait in" in page
        assert "Nothing goes to other books by itself" in page
        assert page.count('name="document"') == 2
        assert page.count('type="checkbox"') == 1, "one that may be in the old books cannot be ticked"
        assert await states(console, made) == {}

    async def test_the_chosen_go_to_the_other_books(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        word = {"from": connection.id, "document": left[0].id, "act": "move"}
        answer = await office.post(f"/connections/{other.id}/move", data=word)
        assert "1 document goes to" in answer.text
        assert await states(console, other) == {"WO-1": "held"}
        assert await states(console, connection) == {"WO-1": "skipped", "WO-2": "ready"}
        (line,) = await console.hub.store.find(AUDIT, {"what": "documents.moved"})
        assert line["details"] == {"of": connection.id, "moved": 1, "left_out": 0, "doubtful": 0}

    async def test_one_that_may_be_in_the_old_books_never_goes_along(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        for word in ({"document": left[1].id, "act": "move"}, {"act": "move_all"}):
            await office.post(f"/connections/{other.id}/move", data={"from": connection.id, **word})
        assert await states(console, other) == {"WO-1": "held"}
        assert (await states(console, connection))["WO-2"] == "ready"

    async def test_the_chosen_may_also_be_left_out(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        word = {"from": connection.id, "document": left[0].id, "act": "leave"}
        assert "was left out" in (await office.post(f"/connections/{other.id}/move", data=word)).text
        assert await states(console, other) == {}
        assert (await states(console, connection))["WO-1"] == "skipped"

    async def test_after_the_word_that_it_is_not_there_it_can_go(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        look = {"from": connection.id, "document": left[1].id, "act": "not_there"}
        assert (await office.post(f"/connections/{other.id}/move/look", data=look)).status_code == 200
        word = {"from": connection.id, "act": "move_all"}
        await office.post(f"/connections/{other.id}/move", data=word)
        assert await states(console, other) == {"WO-1": "held", "WO-2": "held"}

    async def test_the_word_that_it_is_there_needs_its_number_and_keeps_it_there(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        look = {"from": connection.id, "document": left[1].id, "act": "there"}
        missing = await office.post(f"/connections/{other.id}/move/look", data={**look, "number": " "})
        assert (missing.status_code, "Fill in the number" in missing.text) == (422, True)
        await office.post(f"/connections/{other.id}/move/look", data={**look, "number": "26000007"})
        assert (await states(console, connection))["WO-2"] == "confirmed"
        gone = await office.post(f"/connections/{other.id}/move/look", data={**look, "number": "26000007"})
        assert (gone.status_code, "does not wait there any more" in gone.text) == (422, True)

    async def test_nothing_chosen_is_said(
        self, office: httpx.AsyncClient, connection: Connection, other: Connection
    ) -> None:
        answer = await office.post(f"/connections/{other.id}/move", data={"from": connection.id, "act": "move"})
        assert (answer.status_code, "Choose at least one" in answer.text) == (422, True)

    async def test_documents_of_another_connection_are_not_taken_by_any_name(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        foreign = await console.world.connected("globex")
        await console.world.publish(completed(make_work_order("G-1"), "globex"))
        await disconnect(console.hub, foreign.id)
        (entry,) = await console.hub.entries.list({"connection": foreign.id})
        path = f"/connections/{other.id}/move"
        for ended, document, status in ((connection.id, entry.id, 422), (foreign.id, entry.id, 404)):
            word = {"from": ended, "document": document, "act": "move"}
            assert (await office.post(path, data=word)).status_code == status
            decision = {"ended": ended, "documents": [document], "act": "move"}
            assert (await console.program().post(f"/api/v1{path}", json=decision)).status_code == status
        assert (await console.hub.entries.get(entry.id)) == entry

    async def test_only_what_an_ended_connection_to_the_same_package_left_can_move(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        billit = other.model_copy(update={"id": "of-billit", "connector": "billit", "site": "be"})
        await console.hub.connections.add(billit)
        for to, ended in ((billit, connection), (other, billit), (other, other)):
            word = {"from": ended.id, "document": left[0].id, "act": "move"}
            assert (await office.post(f"/connections/{to.id}/move", data=word)).status_code == 404
        assert (await states(console, connection))["WO-1"] == "ready"

    async def test_an_ended_connection_takes_nothing(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        await disconnect(console.hub, other.id)
        word = {"from": connection.id, "document": left[0].id, "act": "move"}
        answer = await office.post(f"/connections/{other.id}/move", data=word)
        assert answer.status_code == 422
        assert await states(console, other) == {}

    async def test_without_anything_waiting_the_page_says_how_to_move(
        self, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        page = (await office.get(f"/connections/{connection.id}/move")).text
        assert f"/connections/{connection.id}/disconnect?then=move" in page

    async def test_the_platform_sees_and_decides_the_same(
        self, console: Desk, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        program, path = console.program(), f"/api/v1/connections/{other.id}/move"
        (old,) = (await program.get(path)).json()
        assert [(one["number"], one["doubtful"]) for one in old["documents"]] == [("WO-1", False), ("WO-2", True)]
        look = {"ended": connection.id, "document": left[1].id, "number": None}
        (old,) = (await program.post(f"{path}/look", json=look)).json()
        assert [one["doubtful"] for one in old["documents"]] == [False, False]
        done = (await program.post(path, json={"ended": connection.id, "act": "move"})).json()
        assert done == {"moved": 2, "left_out": 0, "doubtful": 0}
        assert (await program.get(path)).json() == []

    async def test_the_preview_of_the_new_books_does_not_leave_it_out_for_its_day(
        self, console: Desk, connection: Connection, other: Connection, left: list[Entry]
    ) -> None:
        program = console.program()
        await program.post(f"/api/v1/connections/{other.id}/move", json={"ended": connection.id, "act": "move"})
        path = f"/api/v1/connections/{other.id}/preview?from=2026-12-01"
        shown = (await program.get(path)).json()
        assert (shown["count"], shown["older"]) == (1, 0)
        assert [one["goes"] for one in shown["documents"]] == [True]
        assert left[0].day < date(2026, 12, 1)
