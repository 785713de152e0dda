"""`fieldledger exports move` and `not-there`: the owner's word on what an ended connection left behind."""

from collections.abc import Sequence
from typing import Annotated

import typer

from services.cli.context import awaited, open_writing_hub
from services.cli.output import say, show_rows
from shared import moving
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.moving import Left
from shared.schemas.connections import Connection


@awaited
async def move(
    ended: Annotated[str, typer.Argument(metavar="ENDED", help="The connection that was ended.")],
    names: Annotated[list[str] | None, typer.Argument(metavar="NUMBER...", help="Which: numbers or ids.")] = None,
    to: Annotated[str | None, typer.Option(help="The connection whose books they go to.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are surely not in the old books.")] = False,
    none: Annotated[bool, typer.Option("--none", help="None: they are left out, and listed as skipped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """What an ended connection left behind; with --to, send some or all of it to another administration.

    Without --to or --none it only lists. Nothing goes to other books by itself.
    """
    if none and (names or all_ or to):
        raise Misconfigured("With --none nothing is sent: leave out --to, --all and the numbers.")
    if to is not None and all_ == bool(names):
        raise Misconfigured("Say which documents: their numbers, or --all.")
    async with open_writing_hub() as hub:
        left = await moving.left_behind(hub, await hub.connections.get(ended))
        if to is None and not none:
            _list(left, as_json=as_json)
        elif none:
            await _leave_all(hub, left)
        else:
            await _move(hub, _chosen(left, names or []), await _live(hub, to or "", ended))


def _list(left: Sequence[Left], *, as_json: bool) -> None:
    rows = [
        {
            "number": one.entry.number,
            "state": one.entry.state,
            "day": one.entry.day.isoformat(),
            "may_be_in_the_old_books": "yes, look there first" if one.doubtful else "no",
            "reason": one.entry.reason,
            "id": one.entry.id,
        }
        for one in left
    ]
    columns = ("number", "state", "day", "may_be_in_the_old_books", "reason")
    show_rows(columns, rows, empty="Nothing was left behind.", as_json=as_json)
    if left:
        say("Choose: fieldledger exports move ENDED --to CONNECTION NUMBER... (or --all), or --none to leave them out.")


def _chosen(left: Sequence[Left], names: Sequence[str]) -> list[Left]:
    """Those named; without names all that can go without a look into the old books."""
    if not names:
        return [one for one in left if not one.doubtful]
    known = {name: one for one in left for name in (one.entry.number, one.entry.document, one.entry.id)}
    if unknown := [name for name in names if name not in known]:
        raise Misconfigured(f"{', '.join(unknown)}: not left behind there, so nothing was moved.")
    return [known[name] for name in names]


async def _live(hub: Hub, to: str, ended: str) -> Connection:
    target, old = await hub.connections.get(to), await hub.connections.get(ended)
    if target.state != "connected" or target.tenant != old.tenant:
        raise Misconfigured(f"Connection {to} is not a live connection of tenant {old.tenant!r}.")
    return target


async def _move(hub: Hub, chosen: Sequence[Left], target: Connection) -> None:
    for one in chosen:
        await moving.move(hub, one, target)
    say(f"Documents that go to {moving.books(target)} now: {len(chosen)}.")


async def _leave_all(hub: Hub, left: Sequence[Left]) -> None:
    sure = [one for one in left if not one.doubtful]
    for one in sure:
        await moving.leave(hub, one)
    say(f"Documents that were left out: {len(sure)}.")
    if len(sure) < len(left):
        say(f"Still to be looked for in the old books: {len(left) - len(sure)}.")
