"""The AsyncAPI 3 document: topics with key, owner and retention, and what travels on them (https://www.asyncapi.com)."""

from typing import Any

from docs.generator.events import EVENTS, TOPICS, Event, events_on
from docs.generator.schemas import Schema, body_schema, header_schema
from shared.topic_admin import config
from shared.topics import Topic

CONTRACT = "1"
"""The contract's major version; each event type has its own at its end."""
BINDING = "0.5.0"
"""Of the Kafka bindings (https://github.com/asyncapi/bindings, kafka)."""

_ACTIONS = {"consumed": ("receive",), "published": ("send",), "internal": ("send", "receive")}
_DESCRIPTION = (
    "What the field-service platform publishes and what it gets back. Every message is a CloudEvents 1.0 event in "
    "Kafka's binary mode: attributes in headers, JSON in the body. docs/platform.md tells the story."
)


def asyncapi() -> dict[str, Any]:
    """The whole document, self-contained, from our point of view: `receive` is what the platform publishes."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fieldledger",
            "version": CONTRACT,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_id(topic.name): _channel(topic) for topic in TOPICS},
        "operations": dict(operation for event in EVENTS for operation in _operations(event)),
        "components": {"messages": {event.type: _message(event) for event in EVENTS}, "schemas": _schemas()},
    }


def _id(name: str) -> str:
    return name.replace("{", "").replace("}", "")


def _channel(topic: Topic) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": f"Key: {topic.key}. Written by: {topic.owner}.",
        "messages": {event.type: {"$ref": f"#/components/messages/{event.type}"} for event in events_on(topic.name)},
        "bindings": {"kafka": _kafka(topic)},
        "x-key": topic.key,
        "x-owner": topic.owner,
    }
    if "{connector}" in topic.name:
        channel["parameters"] = {"connector": {"description": "The connector's name, such as exact_online."}}
    return channel


def _kafka(topic: Topic) -> dict[str, Any]:
    kept = config(topic)
    settings = {"cleanup.policy": [kept["cleanup.policy"]], "retention.ms": int(kept["retention.ms"])}
    return {"partitions": topic.partitions, "topicConfiguration": settings, "bindingVersion": BINDING}


def _operations(event: Event) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            f"{action}.{event.type}.{_id(topic)}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{_id(topic)}"},
                "messages": [{"$ref": f"#/channels/{_id(topic)}/messages/{event.type}"}],
            },
        )
        for topic in event.topics
        for action in _ACTIONS[event.direction]
    ]


def _message(event: Event) -> dict[str, Any]:
    (key, *_rest) = [topic.key for topic in TOPICS if topic.name in event.topics]
    return {
        "name": event.type,
        "title": event.title,
        "contentType": "application/json",
        "headers": header_schema(event),
        "payload": {"$ref": f"#/components/schemas/{event.type}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING}},
    }


def _schemas() -> dict[str, Schema]:
    """All bodies; what several of them share stands once."""
    bodies = {event.type: body_schema(event) for event in EVENTS}
    shared: dict[str, Schema] = {}
    for body in bodies.values():
        for name, part in body.pop("$defs", {}).items():
            assert shared.setdefault(name, part) == part, f"{name} is one thing to read and another to write"
    for body in bodies.values():
        del body["$schema"], body["$id"]
    found: dict[str, Schema] = _as_draft_7({**bodies, **dict(sorted(shared.items()))})
    return found


def _as_draft_7(part: Any) -> Any:
    """AsyncAPI's own dialect is JSON Schema draft 7, where a list of item schemas is called `items`."""
    if isinstance(part, list):
        return [_as_draft_7(one) for one in part]
    if not isinstance(part, dict):
        return part
    renamed = {"items" if name == "prefixItems" else name: _as_draft_7(value) for name, value in part.items()}
    if "$ref" in renamed:
        renamed["$ref"] = renamed["$ref"].replace("#/$defs/", "#/components/schemas/")
    return renamed
