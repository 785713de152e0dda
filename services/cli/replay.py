"""`fieldledger replay`: send documents on again that were published before."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from services.cli.context import awaited, open_writing_hub
from services.cli.output import say, show_facts, watching
from shared import clock
from shared.errors import Misconfigured
from shared.replay import Replay, prepare
from shared.replay.asked import Asked, counted, days, do, size, too_early

EXAMPLES = """\
Examples:\n
* fieldledger replay --connector exact_online --tenant acme --from 2026-01-01 --to 2026-03-31 --dry-run\n
* fieldledger replay --connector exact_online --dead\n
* fieldledger replay --connector exact_online --document WO-2026-0001 --document WO-2026-0002
"""

MOST_WARNINGS = 5


@awaited
async def replay(
    *,
    connector: Annotated[str, typer.Option(help="Where the documents go, for example exact_online.")],
    tenant: Annotated[str | None, typer.Option(help="Only those of this tenant.")] = None,
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Documents of this day and later.")
    ] = None,
    last_day: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; today without it.")
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="What was refused or could not be used.")] = False,
    document: Annotated[
        list[str] | None, typer.Option(metavar="ID_OR_NUMBER", help="This document; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Send on again what was published before: a period, dead letters, or single documents.

    It may be repeated: a document that is in the books is never made again.
    """
    asked = _asked(first_day, last_day, dead=dead, documents=document or [])
    async with open_writing_hub() as hub:
        run = await prepare(hub, connector, tenant, dry_run=dry_run)
        _warn(list(_not_yet(run, asked)))
        with watching(await size(run, asked), "Reading") as run.progress:
            await do(run, asked)
    _tell(run, asked)


def _asked(first: datetime | None, last: datetime | None, *, dead: bool, documents: Sequence[str]) -> Asked:
    if (first is not None) + dead + bool(documents) != 1 or (last is not None and first is None):
        raise Misconfigured("Say what to replay, one of: --from DAY --to DAY, --dead, --document ID_OR_NUMBER.")
    if first is None:
        return Asked(dead=dead, documents=documents)
    return Asked(days(first.date(), (last or clock.now()).date()))


def _not_yet(run: Replay, asked: Asked) -> Iterator[str]:
    for early in too_early(run, asked):
        one = early.connection
        if early.first is None:
            yield f"Exports of tenant {one.tenant} are on hold: its documents wait until you start them."
        else:
            start = f"fieldledger connections start-exports {one.id} --from {early.first}"
            yield f"Tenant {one.tenant} exports from {one.exports_from}; for older ones, first: {start}"


def _warn(sentences: Sequence[str]) -> None:
    for sentence in sentences[:MOST_WARNINGS]:
        say(sentence)
    if len(sentences) > MOST_WARNINGS:
        say(f"Likewise for {len(sentences) - MOST_WARNINGS} more tenants.")


def _tell(run: Replay, asked: Asked) -> None:
    verb = "would be sent on (dry run: nothing was)" if run.dry_run else "sent on"
    show_facts("Replay", {"messages read": run.read, **counted(run), verb: run.published})
    if asked.period:
        _tell_reach(run, asked.period[0])
        if run.counts["refused"]:
            say("What was refused is not tried again by a period: use --dead, or --document for a single one.")
    if not run.published:
        say("There was nothing to send on.")
    elif not run.dry_run:
        say("See what becomes of them: fieldledger exports list")


def _tell_reach(run: Replay, first: date) -> None:
    """How far back Kafka remembers."""
    for topic in run.topics:
        oldest = run.oldest.get(topic)
        if oldest is None:
            say(f"{topic} is empty.")
        elif first < oldest:
            say(
                f"{topic} can be seen from {oldest} only: what was published before that day is not there (any more). "
                "The platform can publish it again."
            )
        else:
            say(f"{topic} can be seen from {oldest}.")
