"""`fieldledger ledger`: what an operator says after the store was restored from a backup."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from services.cli.context import awaited, open_cli_hub, open_writing_hub
from services.cli.output import say, show_facts, show_json, when
from shared.errors import RESTORED, Misconfigured
from shared.hub import Hub
from shared.ledger.recovery import Recovery
from shared.store import Is, StoreNow
from shared.store.collections import LEDGER

app = typer.Typer(no_args_is_help=True, help="After a backup was restored: nothing is sent before it was looked for.")

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_PHASES = {
    "checking": "documents are looked for in the packages; nothing is sent that is not there",
    "careful": "documents are sent, each after a look whether it is there",
}


@app.command(epilog="Example: fieldledger ledger restored --since 2026-11-20T03:00")
@awaited
async def restored(
    since: Annotated[datetime, typer.Option(formats=FORMATS, help="When the backup was made, in UTC; rather earlier.")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day on which each is looked for first.")
    ] = None,
) -> None:
    """Say that the store is from a backup. Run it before any service is started."""
    async with open_writing_hub() as hub:
        recovery = await hub.recoveries.begin(since.replace(tzinfo=UTC), until.date() if until else None)
    say(
        f"The ledger is from {when(recovery.since)}. Until you say go-on, nothing is sent that is not in a package yet."
    )
    say(
        "Now start the services, and have everything since then read again, for each connector: "
        f"fieldledger replay --connector NAME --from {recovery.since.date()}"
    )
    say("Then follow it: fieldledger ledger status")


@app.command(epilog="Example: fieldledger ledger status --json")
@awaited
async def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Whether the ledger is trusted, and how many documents are still to be looked for."""
    async with open_cli_hub() as hub:
        recovery = await hub.recoveries.current()
        facts = await _facts(hub, recovery)
    if as_json:
        show_json(facts)
    else:
        show_facts("Ledger", facts)
        say(_next(recovery, facts))


async def _facts(hub: Hub, recovery: Recovery | None) -> dict[str, object]:
    due = {"due": Is("<=", StoreNow()), "state": Is("in", ["ready", "waiting"])}
    return {
        "state": _PHASES[recovery.phase] if recovery else "trusted",
        "backup_from": when(recovery.since) if recovery else None,
        "careful_until": recovery.until if recovery else None,
        "to_look_for": await hub.store.count(LEDGER, due) if recovery else 0,
        "looked_for_and_not_there": await hub.store.count(LEDGER, {"state": "waiting", "waits_for": RESTORED}),
    }


def _next(recovery: Recovery | None, facts: dict[str, object]) -> str:
    match recovery:
        case None:
            return "Nothing is held back."
        case Recovery(checking=True) if facts["to_look_for"]:
            return "Wait until none is left to look for."
        case Recovery(checking=True):
            return "When everything since the backup was read again: fieldledger ledger go-on"
        case _:
            return "When you are sure that nothing is missing: fieldledger ledger trust"


@app.command("go-on", epilog="Example: fieldledger ledger go-on")
@awaited
async def go_on(
    yes: Annotated[bool, typer.Option("--yes", help="Also while some are looked for.")] = False,
) -> None:
    """Everything since the backup was read again: send what is not there. Each is still looked for first."""
    async with open_writing_hub() as hub:
        left = (await _facts(hub, await hub.recoveries.current()))["to_look_for"]
        if left and not yes:
            raise Misconfigured(
                f"{left} documents are still to be looked for; one may bill what another would bill again. "
                "Wait, or add --yes."
            )
        await hub.recoveries.go_on()
        woken = await hub.connections.wake_all_waiting(RESTORED)
    say(f"Documents that were looked for, are not there, and are sent now: {woken}.")


@app.command(epilog="Example: fieldledger ledger trust")
@awaited
async def trust() -> None:
    """The ledger is complete again: no more looks before a document is sent for the first time."""
    async with open_writing_hub() as hub:
        await hub.recoveries.trust()
        await hub.connections.wake_all_waiting(RESTORED)
    say("The ledger is trusted again.")
