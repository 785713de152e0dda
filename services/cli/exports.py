"""`fieldledger exports`: the documents of the ledger, why they wait, sending what collected, and sending one again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from services.cli import moving
from services.cli.advice import advise
from services.cli.context import SOURCE, awaited, open_cli_hub, open_writing_hub
from services.cli.output import say, show_facts, show_json, show_rows, show_table, when
from services.cli.waiting import waiting
from shared import asking
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.ledger.states import ALL_ENTRY_STATES
from shared.ledger.writes import Step
from shared.mappings import Waiting
from shared.moving import named, settle
from shared.store.collections import STEPS
from shared.waits import next_moment
from shared.words import FLOWS

app = typer.Typer(no_args_is_help=True, help="See what became of each document, and send one again.")

MOST_COLLECTED = 100_000

Name = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's id, or the document's id or number.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list", epilog="Example: fieldledger exports list --state waiting")
@awaited
async def list_(
    connection: Annotated[str | None, typer.Option(help="Only of this connection.")] = None,
    state: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(ALL_ENTRY_STATES)}.")] = None,
    document: Annotated[str | None, typer.Option(help="Only of this document id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Documents and what became of them, the newest first."""
    if state not in (None, *ALL_ENTRY_STATES):
        raise Misconfigured(f"There is no state {state!r}. There are: {', '.join(ALL_ENTRY_STATES)}.")
    asked = {"connection": connection, "state": state, "document": document}
    async with open_cli_hub() as hub:
        found = await hub.entries.list({name: value for name, value in asked.items() if value}, limit=limit)
    rows = [_without_body(entry) for entry in found]
    columns = ("number", "tenant", "state", "vendor_number", "attempts", "due", "reason", "id")
    show_rows(columns, rows, empty="There are no such documents.", as_json=as_json)
    for one in sorted({entry.connection for entry in found if entry.state == "collected"}):
        say(f"Documents are collected and wait for your word: fieldledger exports send {one} --all")


@app.command("show", epilog="Example: fieldledger exports show WO-2026-0001")
@awaited
async def show_(entry: Name, as_json: Json = False) -> None:
    """One document: its state, attempts, next moment, the package's words, and every write that was made for it."""
    async with open_cli_hub() as hub:
        found = await _entry(hub, entry)
        steps = [Step.of(row) for row in await hub.store.find(STEPS, {"entry": found.id}, limit=1000)]
        to_do = await _to_do(hub, found)
        moment = next_moment(await hub.lanes.get(found.connection), found.due)
    if as_json:
        show_json({**found.stored(), "steps": [step.stored() for step in steps]})
        return
    show_facts(f"{FLOWS[found.flow]} {found.number}", _facts(found, to_do, moment))
    rows = [(step.what, step.state, step.attempt, step.vendor_number, step.vendor_says) for step in steps]
    columns = ("write", "state", "sent", "number", "the package says")
    show_table(columns, rows, empty="Nothing was sent for it yet.")


@app.command("send", epilog="Example: fieldledger exports send 5f0c... WO-2026-0001 WO-2026-0002")
@awaited
async def send(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection they are collected for.")],
    names: Annotated[list[str] | None, typer.Argument(metavar="NUMBER...", help="Which: numbers or ids.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are collected now.")] = False,
) -> None:
    """Send documents that collected, because the connection sends by hand."""
    if all_ == bool(names):
        raise Misconfigured("Say which documents: their numbers, or --all.")
    async with open_writing_hub() as hub:
        await hub.connections.get(connection)
        where = {"connection": connection, "state": "collected"}
        collected = await hub.entries.list(where, limit=MOST_COLLECTED)
        chosen = collected if all_ else [_collected(collected, name) for name in names or ()]
        count = await asking.send_collected(hub, chosen, SOURCE)
    say(f"Documents on their way: {count}. Follow them: fieldledger exports list --connection {connection}")


def _collected(collected: Sequence[Entry], name: str) -> Entry:
    for entry in collected:
        if name in (entry.number, entry.document, entry.id):
            return entry
    raise Misconfigured(
        f"{name} is not collected, so nothing was sent. What became of it: `fieldledger exports show {name}`."
    )


@app.command("send-again", epilog="Example: fieldledger exports send-again WO-2026-0001")
@awaited
async def send_again(
    entry: Name,
    without_invoice: Annotated[
        bool, typer.Option("--without-invoice", help="A credit note: also though its invoice is not in the package.")
    ] = False,
) -> None:
    """Try a refused, left-out, unsure or waiting document once more. One that is in the books is never made again."""
    async with open_writing_hub() as hub:
        found = await _entry(hub, entry)
        await asking.send_again(hub, found, SOURCE, alone=without_invoice)
    say(f"Asked to send {FLOWS[found.flow]} {found.number} again. Follow it: fieldledger exports show '{found.id}'")


@app.command("it-is-there", epilog="Example: fieldledger exports it-is-there WO-2026-0001 --vendor-id 3f0e7c52-...")
@awaited
async def it_is_there(
    entry: Name,
    vendor_id: Annotated[str | None, typer.Option(help="The id of the document in the package.")] = None,
    number: Annotated[str | None, typer.Option(help="Its number in the package; enough if it shows no ids.")] = None,
) -> None:
    """Say of an unsure document that you looked, and the package has it. It is not sent again."""
    async with open_writing_hub() as hub:
        found = await _entry(hub, entry)
        if not vendor_id and not number:
            raise Misconfigured("Say which document it is: --vendor-id, or --number where the package shows no ids.")
        noted = await asking.it_is_there(hub, found, SOURCE, vendor_id=vendor_id, number=number)
    if noted:
        say(f"Noted: {named(found)} is in the books of a connection that was ended.")
    else:
        say(f"Noted. Follow it: fieldledger exports show '{found.id}'")


@app.command("leave-out", epilog="Example: fieldledger exports leave-out WO-2026-0001")
@awaited
async def leave_out(entry: Name) -> None:
    """Leave a document out of the books, because somebody booked it by hand, say. It stays out until you send it."""
    async with open_writing_hub() as hub:
        left = await asking.leave_out(hub, await _entry(hub, entry))
    say(f"{named(left)} is left out. To send it after all: fieldledger exports send-again '{left.id}'")


@app.command("not-there", epilog="Example: fieldledger exports not-there WO-2026-0001")
@awaited
async def not_there(entry: Name) -> None:
    """Say of a document that an ended connection may have sent that you looked, and it is not in its books."""
    async with open_writing_hub() as hub:
        found = await settle(hub, await _entry(hub, entry), None)
    say(f"Noted. To send it to other books: fieldledger exports move {found.connection} --to CONNECTION {found.number}")


app.command("waiting", epilog="Example: fieldledger exports waiting --connection 5f0c...")(waiting)
app.command("move", epilog="Example: fieldledger exports move 5f0c... --to 8a1d... --all")(moving.move)


async def _entry(hub: Hub, name: str) -> Entry:
    """The entry of that id, else the one whose document has that id or number."""
    if found := await hub.entries.get(name):
        return found
    matches = {entry.id: entry for field in ("document", "number") for entry in await hub.entries.list({field: name})}
    if not matches:
        raise Misconfigured(f"There is no document {name!r}. `fieldledger exports list` shows those there are.")
    if len(matches) > 1:
        raise Misconfigured(
            f"There are {len(matches)} documents {name!r}; take one of these ids: {', '.join(matches)}."
        )
    return next(iter(matches.values()))


async def _to_do(hub: Hub, entry: Entry) -> str | None:
    """What somebody can do about a document that does not go on by itself."""
    name = f"'{entry.id}'"
    match entry.state:
        case "waiting" if entry.waits_for:
            wait = Waiting(entry.waits_for, entry.waits_key, 1, entry.number)
            return (await advise(hub, await hub.connections.get(entry.connection), wait)).do
        case "refused":
            return f"mend what the reason says, then: fieldledger exports send-again {name}"
        case "unsure":
            found, missing = f"it-is-there {name} --vendor-id ID", f"send-again {name}"
            return f"look in the package. If it is there: fieldledger exports {found}; if not: {missing}"
        case "collected":
            return f"fieldledger exports send {entry.connection} {name}"
        case "held":
            return f"fieldledger connections start-exports {entry.connection} --from YYYY-MM-DD"
        case _:
            return None


def _without_body(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.stored().items() if name != "body"}


def _facts(entry: Entry, to_do: str | None, moment: datetime | None) -> dict[str, object]:
    return {
        "entry": entry.id,
        "state": entry.state,
        "reason": entry.reason,
        "the package says": entry.vendor_says,
        "what to do": to_do,
        "next moment": when(moment),
        "attempts": entry.attempts,
        "revision": f"{entry.revision} wanted, {entry.sent_revision or 'none'} sent",
        "as": entry.document_type,
        "number in the package": entry.vendor_number,
        "link": entry.url,
        "total excl. VAT": entry.total_excl,
        "difference of totals": entry.difference,
        "day": entry.day,
    }
