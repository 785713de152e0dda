"""`fieldledger mappings`: which code of the package stands for what, and what has none yet."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from services.cli.advice import advise
from services.cli.context import awaited, open_cli_hub, open_writing_hub
from services.cli.output import say, show_json, show_table
from shared import connectors
from shared.errors import Misconfigured
from shared.mappings import Mapped, UnknownCode, Waiting, change_mapping, mapped, mappings, setting, waiting
from shared.schemas.connections import Connection

app = typer.Typer(no_args_is_help=True, help="See and choose which code of the package stands for what.")

Id = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection, as `connections list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list", epilog="Example: fieldledger mappings list 5f0c...")
@awaited
async def list_(id: Id, as_json: Json = False) -> None:
    """What documents wait for, then every mapping with its keys, codes and their titles."""
    async with open_cli_hub() as hub:
        connection = await hub.connections.get(id)
        missing = await waiting(hub, id)
        known = await mapped(hub, connection)
        advice = [await advise(hub, connection, wait) for wait in missing]
    if as_json:
        for record in (*_missing(connection, missing), *map(_record, known)):
            show_json(record)
        return
    todo = [(one.says, one.do) for one in advice]
    show_table(("waits", "what to do"), todo, empty="No document waits for a setting.")
    columns = ("setting", "what", "key", "code", "title of the code")
    show_table(columns, _rows(connection, known), empty="This package has no mappings.")


@app.command("set", epilog="Example: fieldledger mappings set 5f0c... vat_codes 21=4 9=2")
@awaited
async def set_(
    id: Id,
    name: Annotated[str, typer.Argument(metavar="MAPPING", help="Which mapping, as `mappings list` shows it.")],
    pairs: Annotated[list[str], typer.Argument(metavar="KEY=CODE...", help="KEY= without a code removes the key.")],
    force: Annotated[bool, typer.Option("--force", help="Save a code that the package does not list.")] = False,
) -> None:
    """Choose codes; the other keys stay as they are. Documents that waited for these keys go on at once."""
    chosen = dict(_pair(pair) for pair in pairs)
    async with open_writing_hub() as hub:
        connection = await hub.connections.get(id)
        known = setting(connectors.get(connection.connector).settings, name)
        try:
            changed = await change_mapping(hub, connection, name, chosen, unchecked=force)
        except UnknownCode as error:
            raise Misconfigured(
                f"{error} All of them: `fieldledger connections choices {id} {known.choices}`. "
                "To save it all the same, add --force."
            ) from None
        left = [(await advise(hub, connection, wait)).says for wait in changed.still_missing]
    now = ", ".join(f"{key} is {code}" for key, code in changed.mapping.items())
    say(f"{known.title}: {now or 'nothing is chosen any more'}.")
    if known.choices and not changed.checked:
        say("What the package offers was not read yet, so the codes could not be checked.")
    say(f"Documents that waited for this and go on now: {changed.go_on}.")
    for sentence in left:
        say(f"Still: {sentence}.")


def _pair(text: str) -> tuple[str, str]:
    key, equals, code = text.partition("=")
    if not equals or not key.strip():
        raise Misconfigured(f"{text!r} is not KEY=CODE.")
    return key.strip(), code.strip()


def _rows(connection: Connection, known: Sequence[Mapped]) -> Iterator[tuple[str, str, str, str, str | None]]:
    for one in mappings(connectors.get(connection.connector).settings):
        mine = [row for row in known if row.setting == one]
        for row in mine:
            yield one.name, one.title, row.key, row.code, row.code_title
        if not mine:
            yield one.name, one.title, "", "", "nothing is chosen yet"


def _missing(connection: Connection, missing: Sequence[Waiting]) -> Iterator[Mapping[str, Any]]:
    model = connectors.get(connection.connector).settings
    for wait in missing:
        title = setting(model, wait.waits_for).title
        counted = {"documents": wait.count, "example": wait.example}
        yield {"setting": wait.waits_for, "title": title, "key": wait.key, "code": None, **counted}


def _record(row: Mapped) -> Mapping[str, Any]:
    names = {"setting": row.setting.name, "title": row.setting.title}
    return {**names, "key": row.key, "code": row.code, "code_title": row.code_title}
