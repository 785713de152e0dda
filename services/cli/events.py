"""`fieldledger events` and `fieldledger dead`: what travels through Kafka, in and out."""

from typing import Annotated

import typer

from services.cli.context import awaited, load_settings, open_writing_hub
from services.cli.documents import SHAPES, read_events
from services.cli.output import say, show, show_json, show_rows
from services.cli.tailing import as_json as whole
from services.cli.tailing import line, tail
from shared import connectors, topics
from shared.errors import BadEvent
from shared.schemas.messages import DeadLetter

app = typer.Typer(no_args_is_help=True, help="Publish documents as the platform does, and read any topic.")
dead = typer.Typer(no_args_is_help=True, help="Read the dead letters: what could not be used, and why.")

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line, whole.")]


@app.command(epilog="Example: fieldledger events publish workorders.jsonl --tenant acme --type workorder")
@awaited
async def publish(
    file: Annotated[
        typer.FileText, typer.Argument(encoding="utf-8", help="JSON object, array or lines; - reads standard input.")
    ],
    tenant: Annotated[str | None, typer.Option(help="Whose documents they are, where the file does not say.")] = None,
    type: Annotated[str | None, typer.Option(help=f"What they are: {', '.join(SHAPES)}.")] = None,
) -> None:
    """Publish documents as the platform would: all of them, or none when one is not readable.

    Each is a document, or {"type": ..., "tenant": ..., "data": document}.
    """
    events = read_events(file.read(), type=type, tenant=tenant)
    async with open_writing_hub() as hub:
        await hub.bus.publish([event.message for event in events])
    for event in events:
        show(f"{event.shape.topic}  {event.tenant}  {event.document.id}  revision {event.document.revision}")
    say(f"{len(events)} published.")


@app.command("tail", epilog="Example: fieldledger events tail exports.outcomes --until-end --json")
@awaited
async def tail_(
    topic: Annotated[str, typer.Argument(help="A topic, as `fieldledger topics list` shows it.")],
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Also what is there already.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--until-end", help="Wait for more, or read what is there.")] = True,
    as_json: Json = False,
) -> None:
    """Messages of a topic: time, type, tenant, key and the beginning of the body."""
    # Until the end but not from the beginning would be nothing at all.
    whole_topic = from_beginning or not follow
    async for record in tail(load_settings().kafka, topic, from_beginning=whole_topic, until_end=not follow):
        if as_json:
            show_json(whole(record))
        else:
            show(line(record))


@dead.command("list", epilog="Example: fieldledger dead list --connector exact_online --imports")
@awaited
async def list_dead(
    connector: Annotated[str, typer.Option(help="Whose dead letters.")],
    imports: Annotated[bool, typer.Option("--imports", help="Those of the importer instead of the exporter.")] = False,
    as_json: Json = False,
) -> None:
    """What one connector's exporter (or importer) could not use, and why."""
    name = connectors.get(connector).name
    topic = topics.imports_dead(name) if imports else topics.exports_dead(name)
    rows = []
    async for record in tail(load_settings().kafka, topic, from_beginning=True, until_end=True):
        letter = _letter(record.value)
        rows.append({"key": record.key, **letter.model_dump(include={"reason", "vendor_says", "topic", "body"})})
    show_rows(("key", "reason", "vendor_says", "topic"), rows, empty="There are no dead letters.", as_json=as_json)


def _letter(value: bytes | None) -> DeadLetter:
    try:
        return DeadLetter.model_validate_json(value or b"")
    except ValueError:
        raise BadEvent("There is a message among the dead letters that is none; read it with `events tail`.") from None
