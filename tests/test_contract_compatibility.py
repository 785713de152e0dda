"""The rules by which a change of the event contract breaks its readers or its writers."""

from copy import deepcopy
from typing import Any

import pytest

from docs.generator.compatibility import breaks, without_words

TYPE = "fieldledger.thing.done.v1"
TEXT, COUNT, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
NOTHING = ""

Schema = dict[str, Any]


def thing(required: tuple[str, ...] = (), **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(required)}


def contract(payload: Schema, direction: str, headers: Schema | None = None, **topic: Any) -> dict[str, Any]:
    usual = {"key": "document id", "partitions": 6, "cleanup": "delete", "days": 396, "events": [TYPE]}
    event = {"direction": direction, "headers": headers or thing(), "payload": payload}
    return {"topics": {"things": {**usual, **topic}}, "events": {TYPE: event}}


def change(before: Schema, after: Schema, direction: str) -> str:
    """What that change of the body breaks, as one text."""
    return "\n".join(breaks(contract(before, direction), contract(after, direction)))


def known(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def listed(each: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": each, **more}


CHANGES = {
    "nothing": (thing(("a",), a=TEXT), thing(("a",), a=TEXT), NOTHING, NOTHING),
    "a new field": (thing(a=TEXT), thing(a=TEXT, b=TEXT), NOTHING, NOTHING),
    "a new field that is always there": (thing(a=TEXT), thing(("b",), a=TEXT, b=TEXT), NOTHING, "b: it must be there"),
    "a field gone": (thing(a=TEXT, b=TEXT), thing(a=TEXT), "b: it is gone", "b: it is gone"),
    "a field that was always there gone": (thing(("a",), a=TEXT), thing(), "a: it is gone", "a: it is gone"),
    "optional now": (thing(("a",), a=TEXT), thing(a=TEXT), "a: it may be absent now", NOTHING),
    "required now": (thing(a=TEXT), thing(("a",), a=TEXT), NOTHING, "a: it must be there now"),
    "another type": (thing(a=TEXT), thing(a=COUNT), "integer is new to readers", "string is not accepted any more"),
    "null too": (thing(a=TEXT), thing(a={"anyOf": [TEXT, NULL]}), "null is new to readers", NOTHING),
    "null no more": (thing(a={"anyOf": [TEXT, NULL]}), thing(a=TEXT), NOTHING, "null is not accepted any more"),
    "integers become numbers": (COUNT, {"type": "number"}, "number is new to readers", NOTHING),
    "numbers become integers": ({"type": "number"}, COUNT, NOTHING, "number is not accepted any more"),
    "a new value": (known("x"), known("x", "y"), "the value 'y' is new to readers", NOTHING),
    "a value gone": (known("x", "y"), known("x"), NOTHING, "the value 'y' is not accepted any more"),
    "values set free": (known("x"), TEXT, "any value is new to readers, only 'x'", NOTHING),
    "values fixed": (TEXT, known("x"), NOTHING, "any value is not accepted any more, only 'x'"),
    "another constant": (
        {"type": "string", "const": "x"},
        {"type": "string", "const": "y"},
        "the value 'y' is new",
        "the value 'x' is not accepted",
    ),
    "a value of what may be null": (
        {"anyOf": [known("x"), NULL]},
        {"anyOf": [known("x", "y"), NULL]},
        "the value 'y' is new to readers",
        NOTHING,
    ),
    "a higher minimum": ({"minimum": 1}, {"minimum": 2}, NOTHING, "its minimum was 1 and is 2"),
    "a lower minimum": ({"minimum": 2}, {"minimum": 1}, "its minimum was 2 and is 1", NOTHING),
    "a new minimum": ({}, {"minLength": 1}, NOTHING, "its minLength was nothing and is 1"),
    "a lower maximum": ({"maxItems": 2}, {"maxItems": 1}, NOTHING, "its maxItems was 2 and is 1"),
    "a pattern": ({}, {"pattern": "x"}, NOTHING, "its pattern was nothing and is x"),
    "another format": ({"format": "a"}, {"format": "b"}, "its format was a and is b", "its format was a and is b"),
    "what we do not know": ({"oneOf": [1]}, {"oneOf": [2]}, "its oneOf was [1]", "its oneOf was [1] and is [2]"),
    "another default": ({"default": 0}, {"default": 1}, "absent, it meant 0 and now means 1", "it meant 0"),
    "a new field in a default": ({"default": {"a": ""}}, {"default": {"a": "", "b": ""}}, NOTHING, NOTHING),
    "another field in a default": ({"default": {"a": ""}}, {"default": {"a": "x"}}, "absent, it meant", "absent"),
    "inside a list": (listed(thing(a=TEXT)), listed(thing()), "each, a: it is gone", "each, a: it is gone"),
    "lists of anything": (listed(TEXT), {"type": "array"}, "each: anything is new to readers", NOTHING),
    "places of a list": (
        {"prefixItems": [TEXT]},
        {"prefixItems": [TEXT, TEXT]},
        "it had 1 places and has 2",
        "it had 1 places",
    ),
    "a place of a list": ({"prefixItems": [TEXT]}, {"prefixItems": [COUNT]}, "place 0: integer is new", "place 0"),
}
"""Before, after, what it breaks if we publish it, and if we consume it."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_we_publish_breaks_readers_or_not(name: str) -> None:
    before, after, readers, _ = CHANGES[name]
    found = change(before, after, "published")
    assert readers in found
    assert bool(found) == bool(readers)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("direction", ["consumed", "internal"])
def test_a_change_of_what_we_consume_breaks_writers_or_not(name: str, direction: str) -> None:
    before, after, _, writers = CHANGES[name]
    found = change(before, after, direction)
    assert writers in found
    assert bool(found) == bool(writers)


def test_each_sentence_says_where_it_is_and_what_to_do() -> None:
    said = change(thing(a=thing(b=TEXT)), thing(a=thing()), "published")
    assert said == (
        "fieldledger.thing.done.v1, payload, a, b: it is gone. "
        "Take it back, or make it fieldledger.thing.done.v2, beside this one."
    )


def test_headers_are_part_of_the_promise() -> None:
    before = contract(thing(), "published", headers=thing(("ce_sequence",), ce_sequence=TEXT))
    assert "headers, ce_sequence: it is gone" in breaks(before, contract(thing(), "published"))[0]


def test_an_event_that_is_gone_breaks_those_who_use_it() -> None:
    before = contract(thing(), "published")
    after = {**before, "events": {}}
    assert any(said.startswith(f"{TYPE} is gone") for said in breaks(before, after))


def test_a_new_major_version_beside_the_old_one_breaks_nobody() -> None:
    before = contract(thing(a=TEXT), "published")
    after = deepcopy(before)
    after["events"]["fieldledger.thing.done.v2"] = {**before["events"][TYPE], "payload": thing()}
    after["topics"]["things"]["events"].append("fieldledger.thing.done.v2")
    assert breaks(before, after) == []


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"key": "tenant"}, "its key was document id and is tenant"),
        ({"partitions": 12}, "its partitions was 6 and is 12"),
        ({"cleanup": "compact"}, "its cleanup was delete and is compact"),
        ({"days": 30}, "kept messages for 396 days and now for 30"),
        ({"events": []}, f"{TYPE} does not travel on it any more"),
        ({"days": 400}, NOTHING),
        ({"days": None}, NOTHING),
    ],
)
def test_a_topic_keeps_its_key_its_partitions_its_events_and_its_time(now: dict[str, Any], words: str) -> None:
    said = "\n".join(breaks(contract(thing(), "published"), contract(thing(), "published", **now)))
    assert words in said
    assert bool(said) == bool(words)


def test_a_topic_that_is_gone_breaks_those_who_use_it() -> None:
    before = contract(thing(), "published")
    assert "Topic things is gone" in breaks(before, {**before, "topics": {}})[0]


def test_words_for_people_and_ways_to_write_a_schema_are_no_change() -> None:
    inline = {"properties": {"title": {"type": "string", "description": "x"}, "default": COUNT, "properties": COUNT}}
    count = {"type": "integer", "title": "A number"}
    shared = {
        "title": "Thing",
        "$defs": {"T": {"type": "string", "title": "T"}},
        "properties": {"title": {"$ref": "#/$defs/T", "description": "y"}, "default": count, "properties": count},
    }
    assert without_words(inline) == without_words(shared)
    assert without_words(inline)["properties"] == {"title": TEXT, "default": COUNT, "properties": COUNT}
