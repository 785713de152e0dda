"""Documents, what became of them, and what would be sent."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from shared import connectors, envelope, preview, topics
from shared.bus import read_all
from shared.errors import Unmappable
from shared.ledger.entry import Entry
from shared.mapping import LeftOut
from shared.sandbox import Sandbox, create, serving
from shared.schemas.connections import Connection
from shared.schemas.documents import NewRelation
from shared.schemas.messages import ExportRequest
from shared.store.sqlite import SqliteStore
from tests.factories import completed, make_customer, make_work_order
from tests.services.cli.support import fieldledger, in_state, waits
from tests.world import World, make_settings

KINDS = ", ".join(connectors.get("exact_online").kinds)


class TestExports:
    async def _refused(self, world: World, number: str = "WO-R") -> str:
        """A work order the package cannot take: it has no lines."""
        await world.connected()
        await world.publish(completed(make_work_order(number, materials=(), hours=())))
        await world.quiet("export")
        (entry,) = await world.hub.entries.list({"number": number})
        assert entry.state == "refused", entry.reason
        return entry.id

    async def test_a_document_is_shown_with_its_reason_and_steps(self, world: World) -> None:
        entry = await self._refused(world)
        (listed,) = (await fieldledger("exports", "list", "--state", "refused", "--json")).rows
        assert listed["id"] == entry
        assert "body" not in listed
        for name in (entry, "WO-R", "row-WO-R"):
            (row,) = (await fieldledger("exports", "show", name, "--json")).rows
            assert (row["id"], "no lines" in row["reason"]) == (entry, True)
            assert [step["entry"] for step in row["steps"]] == [entry] * len(row["steps"])
            assert row["steps"]
        assert "no lines" in (await fieldledger("exports", "show", "WO-R")).out

    async def test_a_refused_document_is_asked_for_again_through_kafka(self, world: World, with_kafka: str) -> None:
        entry = await self._refused(world)
        said = await fieldledger("exports", "send-again", "WO-R")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.export_requests("exact_online"), "--until-end", "--json")
        (row,) = tailed.rows
        assert (row["key"], row["body"]["entry"]) == ("row-WO-R", entry)
        assert (row["headers"]["ce_type"], row["headers"]["ce_tenant"]) == (envelope.EXPORT_REQUESTED, "acme")

    async def test_a_document_is_left_out(self, world: World) -> None:
        entry = await self._refused(world)
        said = await fieldledger("exports", "leave-out", "WO-R")
        assert (said.code, f"send-again '{entry}'" in said.err) == (0, True)
        found = await world.hub.entries.get(entry)
        assert found is not None
        assert (found.state, found.unwanted) == ("skipped", True)
        again = await fieldledger("exports", "leave-out", "WO-R")
        assert (again.code, "left out already" in again.err) == (2, True)

    async def test_a_document_that_is_still_to_be_sent_is_not_asked_for_again(self, world: World) -> None:
        await world.connected(exports_from=None)
        await world.publish(completed(make_work_order("WO-H")))
        said = await fieldledger("exports", "send-again", "WO-H")
        assert said.code == 2
        assert "on hold" in said.err

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("refused", "mend what the reason says, then: fieldledger exports send-again '{id}'"),
            ("unsure", "If it is there: fieldledger exports it-is-there '{id}' --vendor-id ID"),
            ("collected", "fieldledger exports send {connection} '{id}'"),
            ("held", "fieldledger connections start-exports {connection} --from"),
        ],
    )
    async def test_a_document_that_needs_somebody_says_what_to_do(
        self, world: World, connection: Connection, state: str, words: str
    ) -> None:
        entry = await in_state(world, "WO-S", state=state)
        said = " ".join((await fieldledger("exports", "show", "WO-S")).out.replace("│", " ").split())
        assert words.format(id=entry.id, connection=connection.id) in said

    async def test_a_document_in_the_books_needs_nobody(self, world: World, connection: Connection) -> None:
        await in_state(world, "WO-S", state="confirmed")
        assert "what to do" not in (await fieldledger("exports", "show", "WO-S")).out

    async def test_a_waiting_document_says_what_to_do(self, world: World, connection: Connection) -> None:
        await waits(world, "WO-W", "vat_codes", "9")
        said = await fieldledger("exports", "show", "WO-W")
        assert f"fieldledger mappings set {connection.id} vat_codes 9=CODE" in said.out

    async def test_a_number_that_two_tenants_use_is_answered_with_both_ids(self, world: World) -> None:
        entries = [await self._of_tenant(world, tenant) for tenant in ("acme", "bakker")]
        said = await fieldledger("exports", "show", "WO-SAME")
        assert said.code == 2
        assert all(entry in said.err for entry in entries)

    async def _of_tenant(self, world: World, tenant: str) -> str:
        one = await world.connected(tenant)
        await world.publish(completed(make_work_order("WO-SAME"), tenant))
        (entry,) = await world.hub.entries.list({"connection": one.id})
        return entry.id

    async def test_an_unknown_document_or_state_is_said(self) -> None:
        assert "There is no document 'WO-0'" in (await fieldledger("exports", "show", "WO-0")).err
        assert "There is no state 'lost'" in (await fieldledger("exports", "list", "--state", "lost")).err


async def requests(bootstrap: str) -> list[tuple[str, str]]:
    """Entry and reason of each request on the topic."""
    records = [record async for record in read_all(bootstrap, topics.export_requests("exact_online"))]
    found = [ExportRequest.model_validate_json(record.value or b"") for record in records]
    return [(one.entry, one.reason) for one in found]


class TestSending:
    @pytest.fixture
    async def collected(self, world: World, own_kafka: str) -> list[Entry]:
        """Two documents of a connection that sends by hand, in the order they came."""
        self.kafka = own_kafka
        self.connection = await world.connected(manual_exports=True)
        await world.publish(completed(make_work_order("WO-1")), completed(make_work_order("WO-2")))
        return [*reversed(await world.hub.entries.list({"state": "collected"}))]

    async def test_collected_documents_are_listed_with_how_to_send_them(self, collected: list[Entry]) -> None:
        assert len(collected) == 2
        said = await fieldledger("exports", "list")
        assert said.err.count(f"fieldledger exports send {self.connection.id} --all") == 1

    async def test_the_chosen_ones_are_sent(self, world: World, collected: list[Entry]) -> None:
        one, _ = collected
        said = await fieldledger("exports", "send", self.connection.id, "WO-1")
        assert said.code == 0, said.err
        assert await requests(self.kafka) == [(one.id, "send_again")]
        records = [record async for record in read_all(self.kafka, topics.export_requests("exact_online"))]
        await world.exporting(records)
        states = {entry.number: entry.state for entry in await world.hub.entries.list({})}
        assert states == {"WO-1": "ready", "WO-2": "collected"}

    async def test_all_that_are_collected_are_sent(self, collected: list[Entry]) -> None:
        await fieldledger("exports", "send", self.connection.id, "--all")
        assert {entry for entry, _ in await requests(self.kafka)} == {entry.id for entry in collected}

    async def test_one_that_is_not_collected_keeps_all_back(self, collected: list[Entry]) -> None:
        said = await fieldledger("exports", "send", self.connection.id, "WO-1", "WO-9")
        assert (said.code, "WO-9 is not collected, so nothing was sent" in said.err) == (2, True)
        assert await requests(self.kafka) == []

    @pytest.mark.parametrize("more", [(), ("WO-1", "--all")])
    async def test_it_must_be_said_which_to_send(self, collected: list[Entry], more: tuple[str, ...]) -> None:
        said = await fieldledger("exports", "send", self.connection.id, *more)
        assert (said.code, said.err) == (2, "Say which documents: their numbers, or --all.")

    async def test_a_collected_one_is_also_sent_by_send_again(self, collected: list[Entry]) -> None:
        said = await fieldledger("exports", "send-again", "WO-2")
        assert said.code == 0, said.err
        assert await requests(self.kafka) == [(collected[1].id, "send_again")]

    async def test_a_credit_note_is_sent_without_its_invoice_and_nothing_else_is(
        self, world: World, collected: list[Entry]
    ) -> None:
        no = await fieldledger("exports", "send-again", "WO-1", "--without-invoice")
        assert (no.code, no.err) == (2, "Work order WO-1 is no credit note that belongs to an invoice.")
        note = await world.hub.entries.change(
            collected[0].id, lambda now: now.model_copy(update={"body": {**now.body, "credits": "F-1"}})
        )
        assert (await fieldledger("exports", "send-again", "WO-1", "--without-invoice")).code == 0
        assert await requests(self.kafka) == [(note.id, "send_alone")]


_RELATION = """{"id": "7", "revision": 1, "created_at": "2026-11-20T10:00:00Z",
"customer": {"debtor_number": "7", "name": "N"}}"""


class TestPreview:
    async def test_import_shows_records_and_publishes_nothing(self, world: World, connection: Connection) -> None:
        said = await fieldledger(
            "preview", "import", "--connection", connection.id, "--kind", "relation", "--limit", "3"
        )
        assert said.code == 0, said.err
        assert len(said.rows) == 3
        assert {row["kind"] for row in said.rows} == {"relation"}
        assert all(row.get("record") or row["left_out"] for row in said.rows)
        assert await world.store.count("fingerprints", {}) == 0

    async def test_import_says_why_a_record_is_left_out(self, world: World) -> None:
        strict = await world.connected(relation_types=("S",))
        said = await fieldledger("preview", "import", "--connection", strict.id, "--kind", "relation", "--limit", "100")
        assert any(row.get("left_out") for row in said.rows)

    async def test_import_reads_on_to_the_last_page(self, sandbox: Sandbox, tmp_path: Path) -> None:
        many = create("exact_online", accounts=1010, items=1, minutely_limit=10_000)
        async with serving(many) as url:
            world = World(SqliteStore(tmp_path / "many.db"), many, settings=make_settings())
            await world.store.open()
            access = {"exact_online": world.settings.access("exact_online").model_copy(update={"base_url": url})}
            world.hub.settings = world.settings.model_copy(update={"connectors": access})
            found = [one async for one in preview.preview_import(world.hub, await world.connected(), "relation")]
            await world.hub.close()
        assert len({one.vendor_id for one in found}) == len(found) == 1010

    @pytest.mark.parametrize("problem", [Unmappable("journal", "No journal."), ValueError("odd"), KeyError("ID")])
    def test_a_record_nobody_can_map_is_left_out_with_the_reason(self, problem: Exception) -> None:
        def refuse(_: Any, __: Any) -> NoReturn:
            raise problem

        left_out = preview._mapped(NewRelation, refuse, "7", json.loads(_RELATION), None)
        assert left_out == LeftOut("7", f"cannot be understood: {problem}")

    async def test_export_uses_the_link_to_a_relation_it_knows(self, world: World, tmp_path: Path) -> None:
        good = await world.connected(fallback_item=_item(world), vat_codes={"21": "4"})
        await world.hub.links.add(good.scope, "relation", "88123", "known-to-us")
        (document,) = (await fieldledger(*_preview(good, tmp_path, "88123"))).rows
        assert document["body"]["OrderedBy"] == "known-to-us"

    async def test_export_refuses_to_choose_between_two_relations(self, world: World, tmp_path: Path) -> None:
        good = await world.connected(fallback_item=_item(world), vat_codes={"21": "4"})
        for id in list(_accounts(world))[:2]:
            world.sandbox.change(900001, "crm/Accounts", id, SearchCode="0777")  # type: ignore[attr-defined]  # same
        said = await fieldledger(*_preview(good, tmp_path, "0777"))
        assert (said.code, "has 2 records for the relation 0777" in said.err) == (2, True), said.err

    async def test_a_preview_is_of_one_document(self, connection: Connection, tmp_path: Path) -> None:
        order = make_work_order().model_dump_json()
        arguments = ("preview", "export", "--connection", connection.id, "--event", "-")
        said = await fieldledger(*arguments, typed=f"[{order}, {order}]")
        assert (said.code, said.err) == (2, "There are 2 documents in this file; a preview is of one.")

    async def test_export_shows_every_request_and_sends_none(self, world: World, tmp_path: Path) -> None:
        good = await world.connected(fallback_item=_item(world), default_hour_type=_item(world), vat_codes={"21": "4"})
        order = make_work_order(customer=make_customer(debtor_number="88123"), hours=())
        file = tmp_path / "order.json"
        file.write_text(order.model_dump_json())
        said = await fieldledger("preview", "export", "--connection", good.id, "--event", str(file))
        assert said.code == 0, said.err
        relation, document = said.rows
        assert (relation["method"], relation["path"]) == ("POST", "/api/v1/900001/crm/Accounts")
        assert document["path"] == "/api/v1/900001/salesorder/SalesOrders"
        assert document["body"]["OrderedBy"] == "<id of the new relation:88123>"
        assert document["headers"]["Authorization"] == "***"
        assert not [call for call in world.sandbox.calls if call.method == "POST" and "/api/v1/" in call.path]

    async def test_what_waits_for_a_setting_is_said_with_the_setting(self, world: World, tmp_path: Path) -> None:
        strict = await world.connected(work_order_document="sales_invoice")
        file = tmp_path / "order.json"
        file.write_text(make_work_order().model_dump_json())
        said = await fieldledger("preview", "export", "--connection", strict.id, "--event", str(file))
        assert said.code == 1
        assert f"What to do: fieldledger connections set {strict.id} " in said.err

    async def test_an_unknown_kind_is_said(self, connection: Connection) -> None:
        said = await fieldledger("preview", "import", "--connection", connection.id, "--kind", "service_list")
        assert (said.code, said.err) == (2, f"Exact Online has no service_list; it has {KINDS}.")


def _item(world: World) -> str:
    """The code of an article every administration of the sandbox has."""
    books = world.sandbox.division(900001)  # type: ignore[attr-defined]  # Exact's own
    items = books.tables["logistics/Items"].rows.values()
    return str(next(row["Code"] for row in items if row["IsSalesItem"]))


def _accounts(world: World) -> Any:
    """The relations of the administration, by id."""
    return world.sandbox.division(900001).tables["crm/Accounts"].rows  # type: ignore[attr-defined]  # Exact's own


def _preview(connection: Connection, folder: Path, debtor: str) -> tuple[str, ...]:
    """The command that previews a work order for this debtor."""
    file = folder / "order.json"
    file.write_text(make_work_order(customer=make_customer(debtor_number=debtor), hours=()).model_dump_json())
    return ("preview", "export", "--connection", connection.id, "--event", str(file))


async def test_a_person_can_say_of_an_unsure_document_that_it_is_there(
    world: World, connection: Connection, with_kafka: str
) -> None:
    await world.publish(completed(make_work_order("WO-UNSURE")))
    (entry,) = await world.hub.entries.list({"number": "WO-UNSURE"})
    early = await fieldledger("exports", "it-is-there", "WO-UNSURE", "--vendor-id", "guid-1")
    assert (early.code, "there is no doubt about it" in early.err) == (2, True)
    await world.hub.entries.change(entry.id, lambda now: now.model_copy(update={"state": "unsure", "due": None}))
    said = await fieldledger("exports", "it-is-there", "WO-UNSURE", "--vendor-id", "guid-1", "--number", "26000001")
    assert said.code == 0, said.err
    asked = [record async for record in read_all(with_kafka, topics.export_requests("exact_online"))]
    assert [record for record in asked if b'"vendor_id":"guid-1"' in (record.value or b"")]
