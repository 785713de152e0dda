"""docs/contract is what the code says, complete, and what the services really publish."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from docs import generate
from docs.generator import contract
from docs.generator.asyncapi import asyncapi
from docs.generator.compatibility import breaks
from docs.generator.events import ANY_CONNECTOR, EVENTS, TOPICS, Event, events_on
from docs.generator.schemas import SENTENCES, body_schema, header_schema
from shared import envelope, topics
from shared.envelope import Message
from shared.login import disconnect
from shared.schemas.entities import ENTITY_KINDS
from shared.store import Store
from tests.factories import completed, finalized, make_invoice, make_work_order
from tests.world import World, make_world

FILES = contract.contract_files()
BY_TYPE = {event.type: event for event in EVENTS}
STALE = "run `make docs` and commit the result"


@pytest.mark.parametrize("name", FILES)
def test_the_contract_in_the_docs_is_what_the_code_says(name: str) -> None:
    assert (generate.CONTRACT / name).read_text() == FILES[name], STALE


def test_the_docs_hold_no_schema_of_an_event_that_is_gone() -> None:
    stored = {f"schemas/{file.name}" for file in (generate.CONTRACT / "schemas").iterdir()}
    assert stored == FILES.keys() - {"asyncapi.json"}, STALE


def test_what_was_released_is_not_broken() -> None:
    before = contract.released(generate.CONTRACT)
    assert before is not None
    assert breaks(before, contract.present()) == []


class TestCatalogue:
    def test_every_event_type_is_listed_once(self) -> None:
        single = {value for value in vars(envelope).values() if isinstance(value, str) and value.endswith(".v1")}
        kinds = {name(kind) for kind in ENTITY_KINDS for name in (envelope.entity_type, envelope.entity_removed_type)}
        assert sorted(event.type for event in EVENTS) == sorted(single | kinds)

    def test_every_topic_has_events_and_every_event_a_topic(self) -> None:
        assert [topic.name for topic in TOPICS if not events_on(topic.name)] == []
        assert {name for event in EVENTS for name in event.topics} == {topic.name for topic in TOPICS}

    def test_every_sentence_is_about_a_field_that_there_is(self) -> None:
        inherited = {"Entity": ENTITY_KINDS["relation"].__name__}
        fields = {name: set(part["properties"]) for name, part in _shapes()}
        stale = [(model, set(said) - fields[inherited.get(model, model)]) for model, said in SENTENCES.items()]
        assert [one for one in stale if one[1]] == []

    def test_a_field_without_a_sentence_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(SENTENCES["Address"], "city")
        with pytest.raises(LookupError, match="no sentence for city of Address"):
            body_schema(BY_TYPE[envelope.RELATION_CREATED])


def _shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    for event in EVENTS:
        if event.model is not None:
            schema = body_schema(event)
            yield event.model.__name__.partition("[")[0], schema
            yield from schema.get("$defs", {}).items()


class TestSchemas:
    def test_money_is_written_as_text_and_read_as_a_number_too(self) -> None:
        written = body_schema(BY_TYPE[envelope.entity_type("payment")])["$defs"]["Payment"]["properties"]["total"]
        read = body_schema(BY_TYPE[envelope.INVOICE_FINALIZED])["properties"]["total_incl"]
        assert written["type"] == "string"
        assert [one["type"] for one in read["anyOf"]] == ["string", "number"]

    def test_moments_have_a_format(self) -> None:
        assert body_schema(BY_TYPE[envelope.LICENSE_CHANGED])["properties"]["changed_at"]["format"] == "date-time"

    def test_a_removal_has_no_body_and_says_why_in_a_header(self) -> None:
        event = BY_TYPE[envelope.entity_removed_type("product")]
        assert body_schema(event)["type"] == "null"
        assert "ce_reason" in header_schema(event)["required"]

    def test_what_we_read_needs_only_the_headers_we_cannot_do_without(self) -> None:
        required = header_schema(BY_TYPE[envelope.WORKORDER_COMPLETED])["required"]
        whole = [(name, b"1") for name in required]
        envelope.read_headers(whole)
        for name in required:
            with pytest.raises(envelope.BadEvent):
                envelope.read_headers([header for header in whole if header[0] != name])


class TestAsyncapi:
    def test_every_reference_leads_somewhere(self) -> None:
        document = asyncapi()
        for reference in _references(document):
            part: Any = document
            for step in reference.removeprefix("#/").split("/"):
                part = part[step]

    def test_a_topic_says_key_partitions_and_how_long_it_keeps(self) -> None:
        channels = asyncapi()["channels"]
        orders, relations = channels[topics.WORKORDERS_COMPLETED], channels[topics.entities("relation")]
        assert orders["x-key"] == "document id"
        assert orders["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == 396 * 24 * 3600 * 1000
        assert relations["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] == ["compact"]

    def test_a_new_connector_changes_nothing(self) -> None:
        channel = asyncapi()["channels"]["exports.connector.dead"]
        assert (channel["address"], list(channel["parameters"])) == ("exports.{connector}.dead", ["connector"])


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
    if isinstance(part, dict | list):
        for one in part.values() if isinstance(part, dict) else part:
            yield from _references(one)


class TestReleasing:
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(generate, "GENERATED", {})
        monkeypatch.setattr(generate, "CONTRACT", tmp_path)
        return tmp_path

    def test_a_schema_of_a_removed_event_is_deleted(self, folder: Path) -> None:
        generate.main()
        (folder / "schemas" / "gone.json").touch()
        generate.main()
        assert sorted(file.name for file in folder.iterdir()) == ["asyncapi.json", "schemas"]
        assert not (folder / "schemas" / "gone.json").exists()

    def test_additions_are_released(self, folder: Path) -> None:
        before = contract.present()
        del before["events"][envelope.LICENSE_CHANGED]
        (folder / contract.RELEASED).write_text(json.dumps(before))
        assert generate.main("--release") is None
        assert contract.released(folder) == contract.present()

    def test_a_break_is_not_released(self, folder: Path) -> None:
        before = contract.present()
        before["events"]["fieldledger.old.v1"] = before["events"][envelope.LICENSE_CHANGED]
        (folder / contract.RELEASED).write_text(json.dumps(before))
        assert "fieldledger.old.v1 is gone" in (generate.main("--release") or "")
        assert contract.released(folder) == before


async def test_what_the_services_publish_is_in_the_contract(store: Store) -> None:
    world = make_world(store)
    await _a_day(world)
    seen = {message.headers["ce_type"] for message in world.bus.messages}
    relation = {envelope.entity_type("relation"), envelope.entity_removed_type("relation")}
    assert seen >= {envelope.EXPORT_OUTCOME, envelope.CONNECTION_CHANGED, envelope.DEAD_LETTER, *relation}
    for message in world.bus.messages:
        _keeps_the_contract(message, BY_TYPE[message.headers["ce_type"]])


async def _a_day(world: World) -> None:
    """An import, a document in the books, one that cannot be, one that is no document, and the end."""
    connection = await world.connected(exports_from=date(2026, 1, 1), vat_codes={"21": "4"})
    await world.tick(connection, kinds=["relation"])
    await world.quiet()
    unreadable = completed(make_work_order("WO-2")).headers
    await world.publish(
        completed(make_work_order("WO-1", materials=())),
        finalized(make_invoice()),
        Message(topics.WORKORDERS_COMPLETED, "row-WO-2", unreadable, b"{}"),
    )
    await world.quiet()
    await disconnect(world.hub, connection.id)
    await world.quiet()


def _keeps_the_contract(message: Message, event: Event) -> None:
    assert message.topic in [name.replace(ANY_CONNECTOR, "exact_online") for name in event.topics]
    headers = header_schema(event)
    assert set(headers["required"]) <= message.headers.keys()
    assert message.headers.keys() - {"content-type"} <= headers["properties"].keys()
    if event.model is None:
        assert message.body is None
        return
    assert message.body is not None
    event.model.model_validate_json(message.body)
    assert json.loads(message.body).keys() <= body_schema(event)["properties"].keys()
