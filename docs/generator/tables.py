"""The tables of docs/platform.md: topics, and every field of every event that crosses our border."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from docs.generator.events import EVENTS, TOPICS, Direction, Event, events_on
from docs.generator.schemas import DECIMAL, TIME, Schema, body_schema
from shared.topics import Topic


def reference() -> str:
    """Topics, then the fields of what the platform publishes and of what it gets, as Markdown."""
    seen: set[str] = set()
    parts = ["### Topics", _topics(), "### Fields you publish"]
    parts += [part for event in _bodies("consumed") for part in _event(event, seen)]
    told = [event for event in _bodies("published") if event.kind is None]
    parts += ["### Fields you get", *(part for event in told for part in _event(event, seen))]
    return "\n\n".join([*parts, *_entities([event for event in _bodies("published") if event.kind], seen)])


def _bodies(direction: Direction) -> list[Event]:
    return [event for event in EVENTS if event.direction == direction and event.model is not None]


def _entities(events: Sequence[Event], seen: set[str]) -> Iterator[str]:
    """What all kinds of records have in common stands once."""
    schemas = [body_schema(event) for event in events]
    record = {"anyOf": [schema["properties"]["record"] for schema in schemas], "description": "The record as it is now"}
    common = {**schemas[0], "properties": {**schemas[0]["properties"], "record": record}}
    yield "#### Entity events"
    yield ", ".join(f"`{event.type}`" for event in events)
    yield _fields(common)
    for schema in schemas:
        yield from _parts(schema, seen)


def _topics() -> str:
    known = [topic for topic in TOPICS if any(event.direction != "internal" for event in events_on(topic.name))]
    rows = [(f"`{one.name}`", one.key, one.owner, str(one.partitions), _kept(one)) for one in known]
    return _table(("Topic", "Key", "Written by", "Partitions", "Kept"), rows)


def _kept(topic: Topic) -> str:
    return "the newest of each key" if topic.retention is None else f"{topic.retention.days} days"


def _event(event: Event, seen: set[str]) -> Iterator[str]:
    schema = body_schema(event)
    yield f"#### {event.title}"
    yield f"`{event.type}`"
    yield _fields(schema)
    yield from _parts(schema, seen)


def _parts(schema: Schema, seen: set[str]) -> Iterator[str]:
    """The shapes inside a body, each where it is met first."""
    for name, part in schema.get("$defs", {}).items():
        if name not in seen:
            seen.add(name)
            yield f"**{name}**"
            yield _fields(part)


def _fields(schema: Schema) -> str:
    required = schema.get("required", [])
    rows = [
        (f"`{name}`", _type(field), _needed(field, name in required), field["description"])
        for name, field in schema["properties"].items()
    ]
    return _table(("Field", "Type", "Needed", "Meaning"), rows)


def _needed(field: Schema, required: bool) -> str:  # noqa: FBT001  # a fact about the field, not a switch
    null = {"type": "null"} in field.get("anyOf", ())
    return ("yes" if required else "no") + ("; may be null" if null else "")


def _type(field: Schema) -> str:
    found = [_one(part) for part in field.get("anyOf", [field]) if part.get("type") != "null"]
    # Decimals are read as JSON numbers too; the advice is to write text.
    return found[0] if found[0] == _DECIMAL else " or ".join(found)


def _one(part: Schema) -> str:
    if "$ref" in part:
        return f"**{part['$ref'].rpartition('/')[2]}**"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "items" in part:
        return f"list of {_one(part['items'])}"
    if "prefixItems" in part:
        return "[" + ", ".join(_one(one) for one in part["prefixItems"]) + "]"
    shape = part.get("format") or part.get("pattern")
    return _SHAPES.get(shape or "", _TYPES[part["type"]])


def _table(columns: Iterable[str], rows: Sequence[Iterable[str]]) -> str:
    head = tuple(columns)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)


BAR = r"\|"
_DECIMAL = "decimal"
_SHAPES: Mapping[str, str] = {DECIMAL: _DECIMAL, TIME: "time", "date": "date", "date-time": "moment"}
_TYPES: Mapping[str, str] = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}
