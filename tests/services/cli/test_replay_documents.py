"""Sending on again single documents, and what ended as a dead letter."""

import json
from dataclasses import replace

import pytest

from shared import envelope, topics
from shared.bus import dead_letter
from shared.clock import stamp
from shared.envelope import Message
from shared.errors import BadEvent
from shared.ledger.entry import Entry
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportRequest
from shared.store.collections import LEDGER
from tests.factories import completed, make_work_order
from tests.fakes import received
from tests.services.cli.replays import DEAD, REQUESTS, asked, count, documents, on, order, put, replay
from tests.services.cli.support import in_state
from tests.world import World


class TestDocuments:
    async def test_documents_of_the_ledger_are_asked_for_by_number_or_id(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        one, two = [await in_state(world, number, state="refused") for number in ("WO-1", "WO-2")]
        said = await replay("--document", "WO-1", "--document", two.id)
        assert said.code == 0, said.err
        assert {*asked(await on(broker, REQUESTS))} == {(one.id, "replay"), (two.id, "replay")}
        await world.exporting(await on(broker, REQUESTS))
        assert [entry.state for entry in await world.hub.entries.list({})] == ["ready", "ready"]

    async def test_a_tenants_document_is_found_among_hundreds_of_others_with_its_number(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        mine = await in_state(world, "WO-1", state="refused")
        for n in range(101):
            other = {"id": f"other-{n}", "tenant": f"t-{n}", "connection": f"c-{n}", "planned": stamp(world.hub.now())}
            await world.store.insert(LEDGER, {**mine.stored(), **other})
        said = await replay("--tenant", "acme", "--document", "WO-1")
        assert said.code == 0, said.err
        assert asked(await on(broker, REQUESTS)) == [(mine.id, "replay")]

    async def test_one_in_the_books_stays_there_once(self, world: World, connection: Connection, broker: str) -> None:
        await in_state(world, "WO-1", state="confirmed", due=None)
        said = await replay("--document", "row-WO-1")
        assert count(said, "in the books already") == 1
        await world.exporting(await on(broker, REQUESTS))
        (entry,) = await world.hub.entries.list({})
        assert (entry.state, entry.due) == ("confirmed", None)

    @pytest.mark.parametrize("name", ["WO-2", "row-WO-2"])
    async def test_one_the_ledger_never_saw_is_found_in_the_topics(
        self, world: World, connection: Connection, broker: str, name: str
    ) -> None:
        await put(world, order("WO-1"), order("WO-2"), order("WO-2", revision=2))
        said = await replay("--document", name)
        assert said.code == 0, said.err
        assert documents(await on(broker, REQUESTS)) == ["WO-2@2"]

    async def test_one_that_is_nowhere_keeps_all_back(self, world: World, connection: Connection, broker: str) -> None:
        await in_state(world, "WO-1", state="refused")
        said = await replay("--document", "WO-1", "--document", "WO-9")
        assert (said.code, "There is no document 'WO-9': Fieldledger never received it" in said.err) == (2, True)
        assert await on(broker, REQUESTS) == []

    async def test_a_number_of_two_tenants_must_be_told_apart(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await world.connected("bakker")
        await put(world, order("WO-1"), order("WO-1", tenant="bakker"))
        for _ in range(2):
            said = await replay("--document", "WO-1")
            assert (said.code, "There are 2 documents 'WO-1'; add --tenant" in said.err) == (2, True)
            await world.exporting([received(order("WO-1")), received(order("WO-1", tenant="bakker"), 1)])
        assert (await replay("--document", "WO-1", "--tenant", "bakker")).code == 0
        (record,) = await on(broker, REQUESTS)
        assert ("ce_tenant", b"bakker") in record.headers

    async def test_an_entry_of_a_connection_that_ended_is_not_asked_for(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await in_state(world, "WO-1", state="refused")
        await world.hub.connections.disconnect(connection.id)
        await world.hub.connections.add(connection.model_copy(update={"id": "another"}))
        assert (await replay("--document", "WO-1")).code == 2


class TestDead:
    async def _refused(self, world: World, number: str) -> Entry:
        """A work order the package cannot take: it has no lines."""
        await world.publish(completed(make_work_order(number, materials=(), hours=())))
        await world.quiet("export")
        (entry,) = await world.hub.entries.list({"number": number})
        assert entry.state == "refused", entry.reason
        return entry

    async def test_refused_documents_are_tried_once_more_if_they_still_are(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        one, mended = [await self._refused(world, number) for number in ("WO-1", "WO-2")]
        await world.hub.entries.change(mended.id, lambda now: now.model_copy(update={"state": "confirmed"}))
        said = await replay("--dead")
        assert said.code == 0, said.err
        assert asked(await on(broker, REQUESTS)) == [(one.id, "send_again")]
        assert count(said, "settled since") == count(said, "refused before") == 1

    async def test_a_refused_document_of_a_connection_that_ended_is_not_tried(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        await self._refused(world, "WO-1")
        await world.hub.connections.disconnect(connection.id)
        await world.hub.connections.add(connection.model_copy(update={"id": "another"}))
        await replay("--dead")
        assert await on(broker, REQUESTS) == []

    async def test_two_letters_of_one_document_are_one_try(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        entry = await self._refused(world, "WO-1")
        again = ExportRequest(connection=connection.id, entry=entry.id)
        message = envelope.message(
            REQUESTS, entry.document, again, type=envelope.EXPORT_REQUESTED, source="test", tenant="acme"
        )
        await world.publish(message)
        await world.quiet("export")
        assert len(await on(broker, DEAD)) == 2
        await replay("--dead")
        assert asked(await on(broker, REQUESTS)) == [(entry.id, "send_again")]

    async def test_an_event_that_can_be_read_by_now_is_taken_in(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        event = order("WO-1")
        await put(world, _died(event))
        said = await replay("--dead")
        assert count(said, "readable now") == 1
        (record,) = await on(broker, REQUESTS)
        assert (record.key, record.value) == ("row-WO-1", event.body)
        assert {name: value.decode() for name, value in record.headers} == event.headers
        await world.exporting([record])
        assert "received since" in (await replay("--dead")).out

    @pytest.mark.parametrize(
        ("event", "words"),
        [
            (Message(topics.WORKORDERS_COMPLETED, "x", order().headers, b"[]"), "still not readable"),
            (Message(topics.WORKORDERS_COMPLETED, "x", order().headers, b" " * 600_000), "too large to be kept whole"),
            (order(tenant="nobody"), "of other tenants, or of none that is connected"),
            (
                envelope.message(
                    REQUESTS, "x", ExportRequest(connection="c", entry="e", reason="it_is_there", vendor_id="1"),
                    type=envelope.EXPORT_REQUESTED, source="test", tenant="acme",
                ),
                "requests by hand, which are not repeated",
            ),
        ],
        ids=["garbage", "too large", "nobody's", "a person's word"],
    )  # fmt: skip
    async def test_what_would_only_die_again_is_counted_and_not_published(
        self, world: World, connection: Connection, broker: str, event: Message, words: str
    ) -> None:
        await put(world, _died(event))
        said = await replay("--dead")
        assert (said.code, words in said.out) == (0, True), said
        assert await on(broker, REQUESTS) == []

    async def test_a_letter_whose_body_is_damaged_is_not_readable(
        self, world: World, connection: Connection, broker: str
    ) -> None:
        died = _died(order())
        body = json.loads(died.body or b"")
        await put(world, replace(died, body=json.dumps({**body, "body": "é"}).encode()))
        assert count(await replay("--dead"), "still not readable") == 1

    async def test_what_is_no_dead_letter_is_counted(self, world: World, connection: Connection, broker: str) -> None:
        await put(world, Message(DEAD, "x", order().headers, b"[]"), Message(DEAD, "y", {}, b""))
        assert count(await replay("--dead"), "not readable") == 2

    async def test_a_dry_run_publishes_nothing(self, world: World, connection: Connection, broker: str) -> None:
        await self._refused(world, "WO-1")
        assert count(await replay("--dead", "--dry-run"), "would be sent on (dry run: nothing was)") == 1
        assert await on(broker, REQUESTS) == []


def _died(event: Message) -> Message:
    return dead_letter(received(event), topic=DEAD, reason="not a readable workorder", error=BadEvent.__name__)
