"""The log of a connection: pages and the API. Lines as they come are in `test_log_live`."""

import httpx
import pytest

from shared.clock import stamp
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
