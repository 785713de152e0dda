"""Syncs of a `World`, and what a consumer of the entity topics makes of them."""

import json
from collections.abc import Iterable
from typing import Any

from shared import topics
from shared.envelope import Message
from shared.schemas.connections import Connection
from tests.world import World

DIVISION = 900001
ENTITIES = "entities."


def bodies(messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [json.loads(message.body) for message in messages if message.body]


def records(messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [body["record"] for body in bodies(messages)]


def vendor_id(message: Message) -> str:
    return message.key.rsplit("|", 1)[1]


def of_kind(messages: Iterable[Message], kind: str) -> list[Message]:
    return [message for message in messages if message.topic == topics.entities(kind)]


def removals(messages: Iterable[Message]) -> list[tuple[str, str, str]]:
    """Kind, vendor id and reason of each tombstone."""
    return [
        (message.topic.removeprefix(ENTITIES), vendor_id(message), message.headers["ce_reason"])
        for message in messages
        if message.body is None
    ]


def present(world: World, kind: str) -> dict[str, dict[str, Any]]:
    """What a new consumer of a compacted topic ends up with: the newest of each key, deletions taken out."""
    newest = {message.key: message.body for message in world.bus.of(topics.entities(kind))}
    return {key: json.loads(body) for key, body in newest.items() if body is not None}


def table(world: World, resource: str) -> dict[str, dict[str, Any]]:
    """The rows of a resource of the sandbox, by key."""
    return world.sandbox.division(DIVISION).tables[resource].rows  # type: ignore[attr-defined,no-any-return]


def change(world: World, resource: str, id: str, **values: Any) -> None:
    """Somebody changes a record in the package by hand."""
    world.sandbox.change(DIVISION, resource, id, **values)  # type: ignore[attr-defined]


def remove(world: World, resource: str, id: str) -> None:
    """Somebody deletes a record in the package by hand."""
    world.sandbox.remove(DIVISION, resource, id)  # type: ignore[attr-defined]


async def synced(world: World, **settings: Any) -> Connection:
    """A connection whose first sync is done."""
    connection = await world.connected(**settings)
    await world.tick(connection)
    await world.quiet()
    return connection


async def again(world: World, connection: Connection, slot: str = "slot-2", **more: Any) -> list[Message]:
    """One more sync; the entity events it published."""
    before = len(world.bus.messages)
    await world.tick(connection, slot, **more)
    await world.quiet()
    return [one for one in world.bus.messages[before:] if one.topic.startswith(ENTITIES)]


async def text_of_log(world: World, connection: Connection) -> str:
    return "\n".join(line["text"] for line in await world.hub.journal.read(connection.id))
