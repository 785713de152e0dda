"""`fieldledger reconcile`: compares the ledger with what the package holds, and with what the platform published."""

import asyncio
import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import uuid4

import typer

from services.cli.context import SOURCE, awaited, open_writing_hub
from services.cli.failures import WRONG
from services.cli.output import say, show_json, show_table, watching, when
from services.cli.sync import refuse_rest
from shared import connectors
from shared.connector import Period
from shared.errors import TryLater
from shared.hub import Hub
from shared.reconcile.asking import check, period_of
from shared.reconcile.findings import counted
from shared.reconcile.platform import never_heard_of
from shared.reconcile.runs import Reconciliation, Reconciliations, request
from shared.replay import prepare
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationRequest
from shared.words import singular

EXAMPLES = """\
Examples:\n
* fieldledger reconcile --connection 5f0c...\n
* fieldledger reconcile --connection 5f0c... --from 2026-01-01 --to 2026-03-31 --format csv > quarter.csv\n
Exit code: 0 all agree, 1 differences, 2 could not be compared.
"""

WAIT = 900.0
"""Seconds until the command gives up; the comparison itself goes on."""
NOBODY = 30.0
"""Seconds after which somebody should have taken it up."""
LOOK_AGAIN = 0.5


class Format(StrEnum):
    """How the result is shown."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class Report:
    """What did not agree, and how many documents did."""

    connection: Connection
    period: Period
    agreeing: int
    findings: Sequence[Finding]


@awaited
async def reconcile(
    *,
    connection: Annotated[str, typer.Option(help="The connection's id.")],
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day of the books.")
    ] = None,
    last_day: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; today without it.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to show what was found.")] = Format.table,
) -> None:
    """Compare what the platform published, what the ledger says and what the package really holds.

    Nothing is changed anywhere. An exporter does it, between documents and within the package's limits.
    """
    async with open_writing_hub() as hub:
        found = await hub.connections.get(connection)
        check(found)
        first, last = first_day and first_day.date(), last_day and last_day.date()
        period = period_of(hub, found, first, last)
        report = await compared(hub, found, period)
    _SHOWN[format](report)
    if report.findings:
        raise typer.Exit(WRONG)


async def compared(hub: Hub, connection: Connection, period: Period, *, wait: float = WAIT) -> Report:
    """Ask, wait until an exporter has done it, then look at the platform's topics. Errors as `finished`."""
    id = f"manual-{uuid4()}"
    asked = ReconciliationRequest(connection=connection.id, first=period.first, last=period.last, reason="manual")
    await hub.bus.publish([request(connection, id, asked, SOURCE)])
    run = await finished(hub, connection, id, seconds=wait)
    sheets = await Reconciliations(hub.store).sheets(id)
    strangers = [one for sheet in sheets for one in sheet.strangers]
    replay = await prepare(hub, connection.connector, connection.tenant)
    with watching(await replay.size(*replay.topics), "Reading what was published") as replay.progress:
        unheard = await never_heard_of(hub, connection, replay, period, strangers)
    await Reconciliations(hub.store).forget(sheets)
    return Report(connection, period, run.agreeing, [one for sheet in sheets for one in sheet.findings] + unheard)


async def finished(
    hub: Hub, connection: Connection, id: str, *, seconds: float = WAIT, nobody: float = NOBODY
) -> Reconciliation:
    """The comparison, once it is over.

    `NeedsOwner` when the connection rests, `TryLater` when nobody takes it up or it is not done after `seconds`,
    `Misconfigured` when it could not be done.
    """
    try:
        async with asyncio.timeout(nobody):
            await _taken_up(hub, connection, id)
    except TimeoutError:
        raise TryLater(
            "Nobody has taken this up yet. Is an exporter running? Start one, and ask again: "
            f"fieldledger run exporter --connector {connection.connector}"
        ) from None
    try:
        async with asyncio.timeout(seconds):
            return await _followed(hub, connection, id)
    except TimeoutError:
        raise TryLater(f"It is not done after {seconds:.0f} s. It goes on; the log will tell.") from None


async def _taken_up(hub: Hub, connection: Connection, id: str) -> None:
    while await Reconciliations(hub.store).get(id) is None:
        await refuse_rest(hub, connection.id, "Ask again after that.")
        await asyncio.sleep(LOOK_AGAIN)


async def _followed(hub: Hub, connection: Connection, id: str) -> Reconciliation:
    told = ""
    while True:
        run = await Reconciliations(hub.store).get(id)
        assert run is not None, "comparisons are kept for months"
        if run.state == "failed":
            raise TryLater(f"It could not be compared: {run.problem}.", vendor_says=run.vendor_says)
        if run.state == "done":
            return run
        await refuse_rest(hub, connection.id, "The comparison goes on after that.")
        if (now := _doing(run)) != told:
            told = now
            say(now)
        await asyncio.sleep(LOOK_AGAIN)


def _doing(run: Reconciliation) -> str:
    if run.waits:
        return f"Waiting until {when(run.due)}: {run.waits}."
    if run.absent:
        return f"Looking up what is not in the list of {run.lists[0] if run.lists else 'documents'} ..."
    return f"Reading {run.lists[0]} ..." if run.lists else "Comparing ..."


def _as_table(report: Report) -> None:
    title = connectors.get(report.connection.connector).title
    linked = any(one.url for one in report.findings)
    columns = ["what", "number", "ours", f"in {title}", *(["link"] if linked else []), "what to do"]
    rows = [
        [singular(one.kind), one.number, one.ours, one.theirs or "nothing", *([one.url] if linked else []), one.to_do]
        for one in report.findings
    ]
    count = "1 document is" if report.agreeing == 1 else f"{report.agreeing:,} documents are"
    agreeing = f"{report.period.first} to {report.period.last}: {count} in {title} as sent"
    show_table(columns, rows, empty=f"{agreeing}; nothing differs.")
    if report.findings:
        say(f"{agreeing}; not so: {counted(report.findings)}.")


def _as_json(report: Report) -> None:
    show_json(
        {
            "connection": report.connection.id,
            "first": report.period.first,
            "last": report.period.last,
            "agreeing": report.agreeing,
            "differing": len(report.findings),
            "findings": [one.model_dump(mode="json") for one in report.findings],
        }
    )


def _as_csv(report: Report) -> None:
    lines = csv.DictWriter(sys.stdout, list(Finding.model_fields), lineterminator="\n")
    lines.writeheader()
    lines.writerows(one.model_dump(mode="json") for one in report.findings)


_SHOWN: dict[Format, Callable[[Report], None]] = {
    Format.table: _as_table,
    Format.json: _as_json,
    Format.csv: _as_csv,
}
