"""The contract as files: one JSON Schema per event, the AsyncAPI document, and what was released."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.generator.asyncapi import asyncapi
from docs.generator.compatibility import without_words
from docs.generator.events import EVENTS, TOPICS, events_on
from docs.generator.schemas import body_schema, header_schema
from shared.topics import Topic

RELEASED = "released.json"
"""The contract that readers and writers were promised. Only `python -m docs.generate --release` writes it."""


def contract_files() -> Mapping[str, str]:
    """File name within docs/contract -> text, of everything that is made from the code."""
    schemas = {f"schemas/{event.type}.json": _text(body_schema(event)) for event in EVENTS}
    return {"asyncapi.json": _text(asyncapi()), **schemas}


def present() -> dict[str, Any]:
    """The contract as the code has it, without what only people read: what `compatibility.breaks` compares."""
    events = {
        event.type: {
            "direction": event.direction,
            "headers": without_words(header_schema(event)),
            "payload": without_words(body_schema(event)),
        }
        for event in EVENTS
    }
    return {"topics": {topic.name: _topic(topic) for topic in TOPICS}, "events": events}


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "key": topic.key,
        "partitions": topic.partitions,
        "cleanup": topic.cleanup,
        "days": None if topic.retention is None else topic.retention.days,
        "events": [event.type for event in events_on(topic.name)],
    }


def released(folder: Path) -> dict[str, Any] | None:
    """What was released; None before the first time."""
    file = folder / RELEASED
    return json.loads(file.read_text()) if file.exists() else None


def write(folder: Path) -> None:
    """Write what is made from the code, and delete the schemas of events that there are no more."""
    files = contract_files()
    for old in folder.glob("schemas/*.json"):
        if f"schemas/{old.name}" not in files:
            old.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def release(folder: Path) -> None:
    """Promise the contract as it is now."""
    (folder / RELEASED).write_text(_text(present()))


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
