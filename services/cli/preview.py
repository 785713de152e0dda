"""`fieldledger preview`: what would be read or sent, without doing it."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from services.cli.advice import advise
from services.cli.context import awaited, open_cli_hub
from services.cli.documents import SHAPES, read_events
from services.cli.failures import WRONG
from services.cli.output import complain, say, show_json
from shared import connectors
from shared.errors import Misconfigured, Unmappable
from shared.log import MASK
from shared.mapping import LeftOut, Request
from shared.mappings import Waiting
from shared.preview import preview_export, preview_import
from shared.schemas.connections import Connection
from shared.schemas.entities import Entity

app = typer.Typer(no_args_is_help=True, help="See what would be read or sent, without doing it.")

Id = Annotated[str, typer.Option(help="The connection's id.")]


@app.command("import", epilog="Example: fieldledger preview import --connection 5f0c... --kind relation --limit 5")
@awaited
async def import_(
    connection: Id,
    kind: Annotated[str, typer.Option(help="What to read, for example relation or product.")],
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many records.")] = 20,
) -> None:
    """Records as they would be published, one JSON object per line. Nothing is published or stored."""
    shown = 0
    async with open_cli_hub() as hub:
        async for record in preview_import(hub, await hub.connections.get(connection), kind):
            show_json(_record(kind, record))
            shown += 1
            if shown == limit:
                break
    say(f"{shown} shown; nothing was published or stored.")


@app.command("export", epilog="Example: fieldledger preview export --connection 5f0c... --event workorder.json")
@awaited
async def export_(
    connection: Id,
    event: Annotated[
        typer.FileText, typer.Option(encoding="utf-8", help="One document, as `events publish` reads it; - for stdin.")
    ],
    type: Annotated[str, typer.Option(help=f"What it is: {', '.join(SHAPES)}.")] = "workorder",
) -> None:
    """The requests that would be sent for a document, one JSON object per line. Nothing is sent."""
    events = read_events(event.read(), type=type, tenant="preview")
    if len(events) != 1:
        raise Misconfigured(f"There are {len(events)} documents in this file; a preview is of one.")
    async with open_cli_hub() as hub:
        found = await hub.connections.get(connection)
        try:
            async for request in preview_export(hub, found, events[0].document):
                show_json(_request(found, request))
        except Unmappable as error:
            wait = Waiting(error.setting, error.key, 1, events[0].document.number)
            complain(f"{error} Until then it would wait. What to do: {(await advise(hub, found, wait)).do}")
            raise typer.Exit(WRONG) from None
    say("Nothing was sent.")


def _record(kind: str, record: Entity | LeftOut) -> Mapping[str, Any]:
    known = {"kind": kind, "vendor_id": record.vendor_id}
    if isinstance(record, LeftOut):
        return {**known, "left_out": record.reason}
    return {**known, "record": record.model_dump(mode="json")}


def _request(connection: Connection, request: Request) -> Mapping[str, Any]:
    headers = {
        **connectors.get(connection.connector).headers,
        "Content-Type": "application/json",
        "Authorization": MASK,
    }
    return {"method": request.method, "path": request.path, "headers": headers, "body": request.body}
