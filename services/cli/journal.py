"""`fieldledger log`: what happened on a connection, in the user's words."""

from collections.abc import Sequence
from typing import Annotated

import typer

from services.cli.context import awaited, open_cli_hub
from services.cli.output import show_json, show_table, when
from shared.clock import from_stamp
from shared.store import Document


@awaited
async def log(
    connection: Annotated[str, typer.Option(help="The connection's id.")],
    limit: Annotated[int, typer.Option(min=1, help="How many lines, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """What happened on a connection, newest first."""
    async with open_cli_hub() as hub:
        await hub.connections.get(connection)
        lines = await hub.journal.read(connection, limit=limit)
    if as_json:
        for line in lines:
            show_json(line)
    else:
        show_log(lines)


def show_log(lines: Sequence[Document]) -> None:
    """Log lines as a table."""
    rows = [(when(from_stamp(line["at"])), line["level"], _words(line)) for line in lines]
    show_table(("at", "level", "what happened"), rows, empty="The log is empty.")


def _words(line: Document) -> str:
    says, days = line.get("vendor_says"), line["details"]
    words = [line["text"], *([f"The package says: {says}"] if says else [])]
    if line["event"] == "reconciliation.differences":
        look = f"--connection {line['connection']} --from {days['first']} --to {days['last']}"
        words.append(f"See them: fieldledger reconcile {look}")
    return "\n".join(words)
