"""`fieldledger doctor`: is everything there that is needed, and if not, what to do next."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from services.cli.context import awaited
from services.cli.examine import Finding, examine
from services.cli.failures import WRONG
from services.cli.output import say, show_json, show_table

_MARKS = {
    "ok": Text("ok", style="green"),
    "note": Text("note", style="yellow"),
    "wrong": Text("WRONG", style="bold red"),
}


@awaited
async def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False) -> None:
    """Check this installation and every connection; exit code 1 when something is wrong."""
    found = await examine()
    _print(found, as_json=as_json)
    wrong = sum(one.level == "wrong" for one in found)
    if wrong:
        say(f"{wrong} of {len(found)} checks need you: see what to do beside each.")
        raise typer.Exit(WRONG)
    say("All is well.")


def _print(found: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            show_json({"what": one.what, "level": one.level, "says": one.says, "do": one.do})
    else:
        rows = [(_MARKS[one.level], one.what, one.says, one.do) for one in found]
        show_table(("", "what", "found", "what to do"), rows, empty="Nothing was checked.")
