"""Events in and out, dead letters and topics."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import real_kafka
from shared import envelope, topics
from shared.bus import Bus
from shared.settings import Settings
from tests.factories import completed, make_work_order
from tests.services.cli.support import fieldledger
from tests.world import World


class TestEvents:
    async def test_published_documents_are_read_back_with_tail(self, with_kafka: str, tmp_path: Path) -> None:
        orders = [make_work_order(f"WO-{n}") for n in (1, 2)]
        file = tmp_path / "orders.jsonl"
        file.write_text("\n".join(order.model_dump_json() for order in orders))
        said = await fieldledger("events", "publish", str(file), "--tenant", "acme", "--type", "workorder")
        assert said.code == 0, said.err
        tailed = await fieldledger("events", "tail", topics.WORKORDERS_COMPLETED, "--until-end", "--json")
        found = {row["key"]: row for row in tailed.rows}
        assert {order.id for order in orders} <= found.keys()
        headers = found["row-WO-1"]["headers"]
        assert (headers["ce_type"], headers["ce_tenant"]) == (envelope.WORKORDER_COMPLETED, "acme")
        assert headers["ce_id"] == "row-WO-1@1"
        line = (await fieldledger("events", "tail", topics.WORKORDERS_COMPLETED, "--until-end")).out.splitlines()[0]
        assert envelope.WORKORDER_COMPLETED in line
        assert len(line) < 300

    async def test_one_unreadable_document_keeps_all_back(self, tmp_path: Path) -> None:
        good = json.loads(make_work_order().model_dump_json())
        bad = {**good, "id": "", "materials": [{"code": "X"}]}
        file = tmp_path / "orders.json"
        file.write_text(json.dumps([good, bad]))
        said = await fieldledger("events", "publish", str(file), "--tenant", "acme", "--type", "workorder")
        # Kafka is away in this test: that nothing was tried is part of the claim.
        assert (said.code, said.out) == (2, "")
        assert "number 2: id: " in said.err
        assert "materials.0.quantity: Field required" in said.err

    async def test_an_array_may_mix_types_and_tenants(self, with_kafka: str) -> None:
        relation = {
            "id": "r-1",
            "revision": 1,
            "created_at": "2026-11-20T10:00:00Z",
            "customer": {"debtor_number": "7", "name": "N"},
        }
        order = json.loads(make_work_order("WO-9").model_dump_json())
        full = [
            {"type": "relation", "tenant": "one", "data": relation},
            {"type": envelope.WORKORDER_COMPLETED, "data": order},
        ]
        said = await fieldledger("events", "publish", "-", "--tenant", "two", typed=json.dumps(full))
        assert said.code == 0, said.err
        assert [line.split()[:3] for line in said.out.splitlines()] == [
            [topics.RELATIONS_CREATED, "one", "r-1"],
            [topics.WORKORDERS_COMPLETED, "two", "row-WO-9"],
        ]

    @pytest.mark.parametrize(
        ("text", "args", "words"),
        [
            ("{}", ("--type", "workorder"), "has no tenant: add --tenant"),
            ("{}", ("--tenant", "acme"), "has no type: add --type"),
            ("{}", ("--tenant", "acme", "--type", "quote"), "the unknown type 'quote'"),
            ("[1]", ("--tenant", "acme"), "is not a JSON object"),
            ("{]\n{}", (), "Line 1 is not JSON"),
        ],
    )
    async def test_what_is_missing_is_said(self, text: str, args: tuple[str, ...], words: str) -> None:
        said = await fieldledger("events", "publish", "-", *args, typed=text)
        assert said.code == 2
        assert words in said.err

    async def test_an_unknown_topic_is_said_with_those_there_are(self) -> None:
        said = await fieldledger("events", "tail", "exports.outcome", "--until-end")
        assert said.code == 2
        assert topics.EXPORT_OUTCOMES in said.err

    async def test_dead_letters_are_listed_with_their_reason(self, world: World, with_kafka: str) -> None:
        await world.connected()
        await world.publish(completed(make_work_order("WO-DEAD", revision=1)))
        other = completed(make_work_order("WO-DEAD", short_description="changed without a new revision"))
        await world.publish(other)
        async with Bus(Settings(kafka=with_kafka), client_id="test") as bus:
            await bus.publish(world.bus.of(topics.exports_dead("exact_online")))
        said = await fieldledger("dead", "list", "--connector", "exact_online", "--json")
        assert [row["key"] for row in said.rows] == ["row-WO-DEAD"], said.err
        assert "twice with different content" in said.rows[0]["reason"]


@pytest.mark.kafka
class TestTopics:
    """On the real Kafka: the one in memory makes topics by itself and knows no administration."""

    @pytest.fixture(autouse=True)
    def _real_kafka(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with real_kafka() as broker:
            monkeypatch.setenv("FIELDLEDGER_KAFKA", broker.bootstrap)
            yield

    async def test_create_makes_what_is_missing_and_list_and_doctor_say_so(self) -> None:
        before = {row["what"]: row for row in (await fieldledger("doctor", "--json")).rows}["topics"]
        assert (before["level"], before["do"]) == ("wrong", "fieldledger topics create")
        listed = await fieldledger("topics", "list", "--json")
        assert {tuple(row["differs"]) for row in listed.rows} == {("does not exist",)}

        created = await fieldledger("topics", "create")
        assert created.code == 0, created.err
        assert topics.ticks("exact_online") in created.out.splitlines()
        assert "All topics were there already" in (await fieldledger("topics", "create")).err

        rows = {row["topic"]: row for row in (await fieldledger("topics", "list", "--json")).rows}
        assert {tuple(row["differs"]) for row in rows.values()} == {()}
        orders = rows[topics.WORKORDERS_COMPLETED]
        assert (orders["owner"], orders["key"], orders["keeps"]) == ("platform", "document id", "396 days")
        found = {row["what"]: row for row in (await fieldledger("doctor", "--json")).rows}
        assert (found["Kafka"]["level"], found["topics"]["level"]) == ("ok", "ok")
