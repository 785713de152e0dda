"""`fieldledger exports waiting`: what waits, for what, and how far a backlog is."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from services.cli.context import awaited, open_cli_hub
from services.cli.output import say, show_json, show_table, when
from shared.waits import Waits, waits_of


@awaited
async def waiting(
    connection: Annotated[str | None, typer.Option(help="Only of this connection.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per connection and line.")] = False,
) -> None:
    """What waits, for what, how often it was tried, and when it goes on by itself."""
    async with open_cli_hub() as hub:
        asked = [await hub.connections.get(connection)] if connection else await hub.connections.all()
        found = [await waits_of(hub, one) for one in asked]
    if as_json:
        for one in found:
            show_json(_record(one))
        return
    columns = ("tenant", "documents", "state", "the oldest", "attempts", "next moment", "reason")
    show_table(columns, [row for one in found for row in _rows(one)], empty="Nothing waits.")
    for one in found:
        for sentence in _sentences(one):
            say(sentence)


def _rows(one: Waits) -> Iterator[tuple[object, ...]]:
    for wait in one.waits:
        next_moment = when(wait.next) if wait.next else "when somebody acts"
        yield one.connection.tenant, wait.documents, wait.state, wait.oldest, wait.attempts, next_moment, wait.reason


def _sentences(one: Waits) -> Iterator[str]:
    who = f"{one.connection.tenant}, {one.connection.administration.name}"
    if one.rests:
        yield f"{who}: {one.rests} Looked at again {when(one.tried_again)}."
    if one.total:
        yield f"{who}: {one.done:,} of {one.total:,} done."


def _record(one: Waits) -> dict[str, Any]:
    return {
        "connection": one.connection.id,
        "tenant": one.connection.tenant,
        "rests": one.rests,
        "tried_again": when(one.tried_again) or None,
        "next_export": when(one.next_export) or None,
        "next_import": when(one.next_import) or None,
        "done": one.done,
        "total": one.total,
        "waits": [{**asdict(wait), "next": when(wait.next) or None} for wait in one.waits],
    }
