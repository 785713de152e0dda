"""`fieldledger exports`: the documents of the ledger, why they wait, and sending one again."""

from typing import Annotated, Any

import typer

from services.cli.context import SOURCE, awaited, open_cli_hub
from services.cli.output import say, show_facts, show_json, show_rows, show_table, when
from shared import envelope, topics
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.ledger.entries import Entry
from shared.ledger.states import ALL_ENTRY_STATES
from shared.ledger.steps import Step
from shared.schemas.messages import ExportRequest
from shared.store.collections import STEPS

app = typer.Typer(no_args_is_help=True, help="See what became of each document, and send one again.")

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
    columns = ("number", "tenant", "state", "vendor_number", "waits_for", "reason", "id")
    show_rows(columns, rows, empty="There are no such documents.", as_json=as_json)


@app.command("show", epilog="Example: fieldledger exports show WO-2026-0001")
@awaited
async def show_(entry: Name, as_json: Json = False) -> None:
    """One document: its state, attempts, next moment, the package's words, and every write that was made for it."""
    async with open_cli_hub() as hub:
        found = await _entry(hub, entry)
        steps = [Step.of(row) for row in await hub.store.find(STEPS, {"entry": found.id}, limit=1000)]
    if as_json:
        show_json({**found.stored(), "steps": [step.stored() for step in steps]})
        return
    show_facts(f"{found.flow} {found.number}", _facts(found))
    rows = [(step.what, step.state, step.attempt, step.vendor_number, step.vendor_says) for step in steps]
    columns = ("write", "state", "sent", "number", "the package says")
    show_table(columns, rows, empty="Nothing was sent for it yet.")


@app.command("send-again", epilog="Example: fieldledger exports send-again WO-2026-0001")
@awaited
async def send_again(entry: Name) -> None:
    """Try a refused, left-out, unsure or waiting document once more. One that is in the books is never made again."""
    async with open_cli_hub() as hub:
        found = await _entry(hub, entry)
        _refuse_unless_ended(found)
        await _ask(hub, found, ExportRequest(connection=found.connection, entry=found.id))
    say(f"Asked to send {found.flow} {found.number} again. Follow it: fieldledger exports show '{found.id}'")


@app.command("it-is-there", epilog="Example: fieldledger exports it-is-there WO-2026-0001 --vendor-id 3f0e7c52-...")
@awaited
async def it_is_there(
    entry: Name,
    vendor_id: Annotated[str, typer.Option(help="The id of the document in the package.")],
    number: Annotated[str | None, typer.Option(help="Its number in the package.")] = None,
) -> None:
    """Say of an unsure document that you looked, and the package has it. It is not sent again."""
    async with open_cli_hub() as hub:
        found = await _entry(hub, entry)
        if found.state != "unsure":
            raise Misconfigured(
                f"{found.flow.capitalize()} {found.number} is {found.state}, there is no doubt about it."
            )
        there = ExportRequest(
            connection=found.connection,
            entry=found.id,
            reason="it_is_there",
            vendor_id=vendor_id,
            vendor_number=number,
        )
        await _ask(hub, found, there)
    say(f"Noted. Follow it: fieldledger exports show '{found.id}'")


async def _ask(hub: Hub, entry: Entry, request: ExportRequest) -> None:
    message = envelope.message(
        topics.export_requests(entry.connector),
        entry.document,
        request,
        type=envelope.EXPORT_REQUESTED,
        source=SOURCE,
        tenant=entry.tenant,
    )
    await hub.bus.publish([message])


def _refuse_unless_ended(entry: Entry) -> None:
    what = f"{entry.flow.capitalize()} {entry.number}"
    match entry.state:
        case "refused" | "skipped" | "unsure":
            return
        case "waiting" if entry.waits_for:
            return  # it may have been healed in the package itself: the missing item is there now
        case "confirmed":
            raise Misconfigured(f"{what} is in the books already ({entry.vendor_number or entry.vendor_id}).")
        case "held":
            raise Misconfigured(f"{what} is on hold: `fieldledger connections start-exports {entry.connection}`.")
        case _:
            raise Misconfigured(f"{what} is being worked on already.")


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


def _without_body(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.stored().items() if name != "body"}


def _facts(entry: Entry) -> dict[str, object]:
    return {
        "entry": entry.id,
        "state": entry.state,
        "reason": entry.reason,
        "the package says": entry.vendor_says,
        "waits for setting": entry.waits_for,
        "next moment": when(entry.due),
        "attempts": entry.attempts,
        "revision": f"{entry.revision} wanted, {entry.sent_revision or 'none'} sent",
        "as": entry.document_type,
        "number in the package": entry.vendor_number,
        "link": entry.url,
        "total excl. VAT": entry.total_excl,
        "difference of totals": entry.difference,
        "day": entry.day,
    }
