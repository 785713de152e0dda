"""Documents: what became of each, and a person's word on it."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.console.log.keys import entry_of, key_of
from shared import topics
from shared.ledger.entry import Entry, document_step
from shared.ledger.writes import Step
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest
from shared.store.collections import AUDIT
from tests.console.desk import Desk
from tests.services.cli.support import in_state, waits


@pytest.fixture
async def connection(console: Desk) -> Connection:
    return await console.world.connected(manual_exports=True)


async def key(connection: Connection, entry: Entry) -> str:
    found = key_of(connection, entry.id)
    assert found is not None
    return found


def requests(console: Desk) -> list[ExportRequest]:
    messages = console.world.bus.of(topics.export_requests("exact_online"))
    return [ExportRequest.model_validate_json(one.body or b"") for one in messages]


class TestKeys:
    async def test_a_key_names_a_document_of_its_own_connection_only(self, connection: Connection) -> None:
        id = f"{connection.tenant}|{connection.scope}|workorder|a/b?ü|c"
        made = key_of(connection, id)
        assert made is not None
        assert entry_of(connection, made) == id
        assert entry_of(connection.model_copy(update={"tenant": "bakker"}), made) != id
        assert key_of(connection.model_copy(update={"tenant": "bakker"}), id) is None

    @pytest.mark.parametrize("text", ["", "*", "a", "%2e%2e", "_-_-", "é"])
    async def test_what_is_no_key_leads_nowhere(
        self, office: httpx.AsyncClient, connection: Connection, text: str
    ) -> None:
        answer = await office.get(f"/api/v1/connections/{connection.id}/documents/{text or 'x'}")
        assert answer.status_code == 404


class TestLists:
    async def test_those_that_are_not_in_the_books_are_listed_newest_first(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        for number, state in (("WO-1", "refused"), ("WO-2", "confirmed"), ("WO-3", "waiting")):
            await in_state(console.world, number, state=state)
        found = (await office.get(f"/api/v1/connections/{connection.id}/documents")).json()
        assert [one["number"] for one in found["documents"]] == ["WO-3", "WO-1"]
        page = (await office.get(f"/connections/{connection.id}/documents")).text
        assert ("WO-3" in page, "WO-2" in page) == (True, False)

    @pytest.mark.parametrize(
        ("query", "numbers"), [("group=failed", ["WO-1"]), ("group=sent", ["WO-2"]), ("number=WO-3", ["WO-3"])]
    )
    async def test_some_of_them_are(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, query: str, numbers: list[str]
    ) -> None:
        for number, state in (("WO-1", "refused"), ("WO-2", "confirmed"), ("WO-3", "waiting")):
            await in_state(console.world, number, state=state)
        for base in ("", "/api/v1"):
            assert (await office.get(f"{base}/connections/{connection.id}/documents?{query}")).status_code == 200
        found = (await office.get(f"/api/v1/connections/{connection.id}/documents?{query}")).json()
        assert [one["number"] for one in found["documents"]] == numbers

    async def test_pages_of_several_states_follow_each_other(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        for number in range(5):
            await in_state(console.world, f"WO-{number}", state=("refused", "waiting", "unsure")[number % 3])
        found, older = list[str](), ""
        while older is not None:
            query = {"limit": "2", **({"before": older} if older else {})}
            page = (await office.get(f"/api/v1/connections/{connection.id}/documents", params=query)).json()
            found += [one["number"] for one in page["documents"]]
            older = page["older"]
        assert found == ["WO-4", "WO-3", "WO-2", "WO-1", "WO-0"]


class TestOne:
    async def test_a_document_is_shown_with_its_writes_and_the_packages_words(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="refused", reason="It was refused", vendor_says="Nee!")
        step = Step(id=document_step(entry.id), entry=entry.id, what="sales order", state="rejected", attempt=1)
        await console.hub.store.insert("steps", step.stored())
        name = await key(connection, entry)
        full = (await office.get(f"/api/v1/connections/{connection.id}/documents/{name}")).json()
        assert (full["vendor_says"], full["writes"][0]["what"], full["may"]) == (
            "Nee!",
            "sales order",
            ["send_again", "leave_out"],
        )
        page = (await office.get(f"/connections/{connection.id}/documents/{name}")).text
        for words in ("Work order WO-1", "It was refused", "Nee!", "sales order", "Yes, leave it out"):
            assert words in page

    async def test_one_in_the_books_has_a_link_a_number_and_the_difference_of_totals(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        there: dict[str, Any] = {
            "vendor_number": "26001",
            "url": "https://exact.example/26001",
            "total_excl": Decimal(85),
        }
        entry = await in_state(
            console.world, "WO-1", state="confirmed", sent_revision=1, difference=Decimal("0.01"), **there
        )
        page = (await office.get(f"/connections/{connection.id}/documents/{await key(connection, entry)}")).text
        for words in ("26001", 'href="https://exact.example/26001"', "€85.00", "€0.01"):
            assert words in page
        assert "What you can do" not in page

    async def test_a_link_that_leads_to_no_page_is_not_shown(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="confirmed", url="javascript:alert(1)")
        page = (await office.get(f"/connections/{connection.id}/documents/{await key(connection, entry)}")).text
        assert "javascript:" not in page

    @pytest.mark.parametrize(
        ("state", "may"),
        [
            ({"state": "collected"}, ["send", "leave_out"]),
            ({"state": "refused"}, ["send_again", "leave_out"]),
            ({"state": "unsure"}, ["it_is_there", "send_again"]),
            ({"state": "skipped"}, ["send_again"]),
            ({"state": "held"}, ["leave_out"]),
            ({"state": "confirmed"}, []),
            ({"state": "waiting", "due": None, "waits_for": "vat_codes"}, ["send_again", "leave_out"]),
            ({"state": "waiting", "waits_for": None}, ["leave_out"]),
            ({"state": "ready", "crashes": 1}, []),
        ],
    )
    async def test_only_what_makes_sense_can_be_asked_for(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection, state: dict[str, Any], may: list[str]
    ) -> None:
        entry = await in_state(console.world, "WO-1", **state)
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        assert (await office.get(f"/api/v1{address}")).json()["may"] == may
        assert (await office.get(address)).status_code == 200

    async def test_a_credit_note_can_go_without_its_invoice(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await waits(console.world, "WO-1", "invoice:row-I-1")
        await console.hub.entries.change(entry.id, lambda one: one.model_copy(update={"body": {"credits": "row-I-1"}}))
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        assert (await office.get(f"/api/v1{address}")).json()["may"][:2] == ["send_again", "send_alone"]
        assert "never came" in (await office.get(address)).text
        await office.post(f"{address}/send-again", data={"without_invoice": "true"})
        assert [one.reason for one in requests(console)] == ["send_alone"]

    async def test_one_that_waits_leads_to_the_setting(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await waits(console.world, "WO-1", "vat_codes", "9")
        page = (await office.get(f"/connections/{connection.id}/documents/{await key(connection, entry)}")).text
        assert f"/connections/{connection.id}/settings#set-vat_codes" in page


class TestWords:
    async def test_a_refused_document_is_asked_for_again(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="refused")
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        answer = await office.post(f"{address}/send-again")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?asked=send_again")
        assert (await office.get(answer.headers["location"])).text.count("That is noted") == 1
        assert (await office.post(f"/api/v1{address}/send-again")).status_code == 200
        assert [(one.entry, one.reason) for one in requests(console)] == [(entry.id, "send_again")] * 2

    async def test_a_document_in_the_books_is_not(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="confirmed", vendor_number="26001")
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        answer = await office.post(f"/api/v1{address}/send-again")
        assert (answer.status_code, "in the books already" in answer.json()["error"]) == (422, True)
        assert requests(console) == []

    async def test_a_document_is_left_out(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="refused")
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        answer = await office.post(f"{address}/leave-out", follow_redirects=True)
        assert "It stays out until you send it again." in answer.text
        found = await console.hub.entries.get(entry.id)
        assert found is not None
        assert found.state == "skipped"

    async def test_of_an_unsure_one_somebody_says_that_it_is_there(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="unsure")
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        await office.post(f"{address}/it-is-there", data={"number": "26001"})
        (asked,) = requests(console)
        assert (asked.reason, asked.vendor_number, asked.vendor_id) == ("it_is_there", "26001", None)

    async def test_it_must_be_said_which_one_it_is(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="unsure")
        address = f"/connections/{connection.id}/documents/{await key(connection, entry)}"
        page = await office.post(f"{address}/it-is-there", data={"number": " "})
        assert (page.status_code, 'aria-invalid="true"' in page.text) == (422, True)
        assert (await office.post(f"/api/v1{address}/it-is-there", json={})).status_code == 422
        assert requests(console) == []

    async def test_every_word_is_written_down_with_who_gave_it(
        self, console: Desk, office: httpx.AsyncClient, connection: Connection
    ) -> None:
        for number, state, word in (
            ("WO-1", "refused", "send-again"),
            ("WO-2", "refused", "leave-out"),
            ("WO-3", "unsure", "it-is-there"),
        ):
            entry = await in_state(console.world, number, state=state)
            address = f"/connections/{connection.id}/documents/{await key(connection, entry)}/{word}"
            assert (await office.post(address, data={"number": "1"})).status_code == 303
        audit = await console.hub.store.find(AUDIT, {"connection": connection.id})
        told = {(row["what"], row["details"]["document"], row["who"]) for row in audit}
        assert told == {
            ("document.send_again", "WO-1", "user-1"),
            ("document.left_out", "WO-2", "user-1"),
            ("document.it_is_there", "WO-3", "user-1"),
        }

    async def test_another_tenant_reaches_no_document_whatever_its_key(
        self, console: Desk, connection: Connection
    ) -> None:
        entry = await in_state(console.world, "WO-1", state="refused")
        theirs = await console.world.connected("bakker")
        stranger = await console.signed_in(tenant="bakker")
        for id in (connection.id, theirs.id):
            for base in ("", "/api/v1"):
                address = f"{base}/connections/{id}/documents/{await key(connection, entry)}"
                assert (await stranger.get(address)).status_code == 404
                for word in ("send-again", "leave-out", "it-is-there"):
                    body: dict[str, Any] = {"json": {"number": "1"}} if base else {"data": {"number": "1"}}
                    assert (await stranger.post(f"{address}/{word}", **body)).status_code == 404
        assert requests(console) == []
