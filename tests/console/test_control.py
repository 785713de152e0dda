"""Sync now, pause, and sending what was collected."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import topics
from shared.clock import stamp
from shared.lanes import Rest
from shared.runs import cursor_id
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest, SyncTick
from shared.store.collections import AUDIT
from tests.console.desk import Desk
from tests.factories import completed, make_work_order
from tests.fakes import received


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected()


def ticks(console: Desk, connector: str = "exact_online") -> Sequence[SyncTick]:
    messages = console.world.bus.of(topics.ticks(connector))
    return [SyncTick.model_validate_json(one.body or b"") for one in messages]


async def arrive(console: Desk, connector: str = "exact_online") -> None:
    """What was asked for reaches the importer."""
    await console.world.importing([received(one) for one in console.world.bus.of(topics.ticks(connector))])


class TestSync:
    async def test_all_that_is_read_by_itself_is_asked_for(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        answer = await office.post(f"/connections/{connection.id}/control/sync")
        assert answer.status_code == 303
        assert [(one.kinds, one.reason) for one in ticks(console)] == [((), "manual")]
        assert "It begins in a moment." in (await office.get(answer.headers["location"])).text

    async def test_one_kind_is_asked_for(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await office.post(f"/connections/{connection.id}/control/sync", data={"kind": "product"})
        await office.post(f"/api/v1/connections/{connection.id}/control/sync", json={"kinds": ["relation"]})
        assert [one.kinds for one in ticks(console)] == [("product",), ("relation",)]

    @pytest.mark.parametrize("console_of", ["multivers"], indirect=True)
    async def test_kinds_that_are_read_only_by_hand_are_marked_and_read_when_asked_for(self, console_of: Desk) -> None:
        connection = await console_of.world.connected()
        office = await console_of.signed_in()
        found = (await office.get(f"/api/v1/connections/{connection.id}/control")).json()["kinds"]
        assert {one["name"] for one in found if one["by_hand"]} == {"product", "hour_type", "employee"}
        assert "only by hand" in (await office.get(f"/connections/{connection.id}/control")).text
        await office.post(f"/connections/{connection.id}/control/sync", data={"kind": "product"})
        await arrive(console_of, "multivers")
        await console_of.world.quiet("import")
        progress = (await office.get(f"/api/v1/connections/{connection.id}/control/sync")).json()
        assert [(one["kind"], one["state"]) for one in progress["kinds"]] == [("product", "done")]

    async def test_it_is_followed_from_the_asking_to_the_result(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        address = f"/connections/{connection.id}/control/sync"
        await console.world.tick(connection, slot="before", kinds=["relation"])
        await console.world.quiet("import")
        asked = {"asked": stamp(console.hub.now())}
        await office.post(f"/api/v1{address}", json={"kinds": ["product", "relation"]})
        seen = [await self._progress(office, address, asked)]
        await arrive(console)
        seen.append(await self._progress(office, address, asked))
        await console.world.one_turn("import")
        seen.append(await self._progress(office, address, asked))
        await console.world.quiet("import")
        seen.append(await self._progress(office, address, asked))
        assert [one["state"] for one in seen] == ["asked", "reads", "reads", "done"]
        assert [one["state"] for one in seen[1]["kinds"]] == ["reads", "waits"]
        assert {one["kind"]: one["state"] for one in seen[3]["kinds"]} == {"product": "done", "relation": "done"}
        assert next(one for one in seen[3]["kinds"] if one["kind"] == "product")["counts"]["read"] > 0

    async def _progress(self, office: httpx.AsyncClient, address: str, asked: dict[str, str]) -> dict[str, Any]:
        """Also that the page asks again as long as there is something to come."""
        found: dict[str, Any] = (await office.get(f"/api/v1{address}", params=asked)).json()
        page = (await office.get(address, params=asked)).text
        assert ('hx-trigger="every 1s"' in page) == (found["state"] in ("asked", "reads"))
        return found

    async def test_why_it_does_not_begin_is_said(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        until = console.hub.now() + timedelta(hours=1)
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."), until)
        answer = await office.post(f"/api/v1/connections/{connection.id}/control/sync", json={})
        assert (answer.json()["state"], answer.json()["holds"]) == ("asked", "Access expired.")

    async def test_held_deletions_are_let_through_by_the_users_word(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        held = {"id": cursor_id(connection, "relation"), "cursor": None, "held": True}
        await console.hub.store.insert("cursors", held)
        assert "They are deleted, remove them" in (await office.get(f"/connections/{connection.id}/control")).text
        form = {"kind": "relation", "accept_deletions": "true"}
        await office.post(f"/connections/{connection.id}/control/sync", data=form)
        assert [(one.kinds, one.accept_deletions) for one in ticks(console)] == [(("relation",), True)]

    async def test_an_unknown_kind_is_refused(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        answer = await office.post(f"/api/v1/connections/{connection.id}/control/sync", json={"kinds": ["x"]})
        assert (answer.status_code, ticks(console)) == (422, [])


class TestPause:
    async def test_it_is_paused_and_goes_on(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        address = f"/connections/{connection.id}/control"
        page = await office.post(f"{address}/pause", headers={"HX-Request": "true"})
        assert "Paused: nothing is read or sent." in page.text
        assert "Sync now" not in page.text
        assert (await console.hub.connections.get(connection.id)).state == "paused"
        assert (await office.post(f"/api/v1{address}/sync", json={})).status_code == 422
        assert (await office.post(f"/api/v1{address}/resume")).json()["state"] == "connected"
        told = {row["what"] for row in await console.hub.store.find(AUDIT, {"connection": connection.id})}
        assert told == {"connection.paused", "connection.resumed"}

    async def test_a_rest_ends_when_the_owner_says_that_it_is_mended(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        until = console.hub.now() + timedelta(hours=1)
        await console.hub.lanes.rest(connection.id, Rest(kind="owner", reason="blocked"), until)
        await office.post(f"/connections/{connection.id}/control/resume")
        lane = await console.hub.lanes.get(connection.id)
        assert lane is not None
        assert lane.rest is None

    async def test_an_ended_connection_is_not_resumed(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        await console.hub.connections.disconnect(connection.id)
        assert (await office.post(f"/api/v1/connections/{connection.id}/control/resume")).status_code == 422
        assert (await office.get(f"/connections/{connection.id}/control")).status_code == 200


class TestCollected:
    @pytest.fixture
    async def connection(self, console: Desk) -> Connection:
        """Three documents are collected."""
        made = await console.world.connected(manual_exports=True)
        await console.world.publish(*[completed(make_work_order(f"WO-{n}")) for n in range(3)])
        return made

    def asked(self, console: Desk) -> set[str]:
        messages = console.world.bus.of(topics.export_requests("exact_online"))
        return {ExportRequest.model_validate_json(one.body or b"").entry.rpartition("-")[2] for one in messages}

    async def keys(self, office: httpx.AsyncClient, connection: Connection) -> dict[str, str]:
        found = (await office.get(f"/api/v1/connections/{connection.id}/documents?group=collected")).json()
        return {one["number"]: one["key"] for one in found["documents"]}

    async def test_the_chosen_ones_are_sent(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        keys = await self.keys(office, connection)
        address = f"/connections/{connection.id}/control"
        page = (await office.get(address)).text
        assert all(f'value="{key}"' in page for key in keys.values())
        answer = await office.post(f"{address}/send", data={"document": [keys["WO-0"], keys["WO-2"]]})
        assert self.asked(console) == {"0", "2"}
        assert "2 documents are on their way." in (await office.get(answer.headers["location"])).text

    async def test_all_of_them_are_sent_whatever_is_chosen(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.console.control.views.AT_ONCE", 2)
        keys = await self.keys(office, connection)
        form = {"document": [keys["WO-0"]], "all": "true"}
        await office.post(f"/connections/{connection.id}/control/send", data=form)
        assert self.asked(console) == {"0", "1", "2"}

    async def test_one_that_is_collected_no_more_keeps_all_back(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        keys = await self.keys(office, connection)
        (gone,) = await console.hub.entries.list({"number": "WO-1"})
        await console.hub.entries.change(gone.id, lambda one: one.moved("release"))
        body = {"documents": list(keys.values())}
        answer = await office.post(f"/api/v1/connections/{connection.id}/control/send", json=body)
        assert (answer.status_code, self.asked(console)) == (422, set())

    @pytest.mark.parametrize("body", [{}, {"documents": [], "all": False}, {"documents": ["x"], "all": True}])
    async def test_it_must_be_said_which(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, body: dict[str, Any]
    ) -> None:
        answer = await office.post(f"/api/v1/connections/{connection.id}/control/send", json=body)
        assert (answer.status_code, self.asked(console)) == (422, set())

    async def test_another_tenants_documents_are_not_sent(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        keys = await self.keys(office, connection)
        theirs = await console.world.connected("bakker", manual_exports=True)
        stranger = await console.signed_in(tenant="bakker")
        for id in (connection.id, theirs.id):
            body = {"documents": list(keys.values())}
            assert (await stranger.post(f"/api/v1/connections/{id}/control/send", json=body)).status_code == 404
            for word in ("sync", "pause", "resume"):
                if id == connection.id:
                    address = f"/connections/{id}/control/{word}"
                    assert (await stranger.post(address)).status_code == 404
                    assert (await stranger.post(f"/api/v1{address}", json={})).status_code == 404
        assert self.asked(console) == set()
