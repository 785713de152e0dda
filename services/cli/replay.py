"""`fieldledger replay`: send documents on again that were published before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import typer

from services.cli.context import awaited, open_cli_hub
from services.cli.output import say, show_facts, watching
from shared import clock, topics
from shared.errors import Misconfigured
from shared.replay import Replay, prepare, replay_dead, replay_documents, replay_period

EXAMPLES = """\
Examples:\n
* fieldledger replay --connector exact_online --tenant acme --from 2026-01-01 --to 2026-03-31 --dry-run\n
* fieldledger replay --connector exact_online --dead\n
* fieldledger replay --connector exact_online --document WO-2026-0001 --document WO-2026-0002
"""

MOST_WARNINGS = 5
_STATES = {
    "new": "new",
    "confirmed": "in the books already",
    "refused": "refused before",
    "skipped": "left out before",
    "held": "on hold",
    "collected": "collected, to be sent by hand",
    "ready": "being worked on",
    "waiting": "waiting",
    "unsure": "unsure",
}


@dataclass(frozen=True)
class Asked:
    """Exactly one of: a period (the first and the last day), dead letters, documents by id or number."""

    period: tuple[date, date] | None
    dead: bool
    documents: Sequence[str]


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
    async with open_cli_hub() as hub:
        run = await prepare(hub, connector, tenant, dry_run=dry_run)
        _warn(list(_not_yet(run, asked)))
        with watching(await _size(run, asked), "Reading") as run.progress:
            await _replay(run, asked)
    _tell(run, asked)


def _asked(first: datetime | None, last: datetime | None, *, dead: bool, documents: Sequence[str]) -> Asked:
    if (first is not None) + dead + bool(documents) != 1 or (last is not None and first is None):
        raise Misconfigured("Say what to replay, one of: --from DAY --to DAY, --dead, --document ID_OR_NUMBER.")
    if first is None:
        return Asked(None, dead, documents)
    period = first.date(), (last or clock.now()).date()
    if period[0] > period[1]:
        raise Misconfigured(f"The first day, {period[0]}, lies behind the last, {period[1]}.")
    return Asked(period, dead, documents)


async def _replay(run: Replay, asked: Asked) -> None:
    if asked.period:
        await replay_period(run, *asked.period)
    elif asked.dead:
        await replay_dead(run)
    else:
        await replay_documents(run, asked.documents)


async def _size(run: Replay, asked: Asked) -> int:
    """About how many messages will be read: what is published again is looked for twice."""
    if asked.dead:
        return await run.size(topics.exports_dead(run.connector.name))
    return await run.size(*run.topics) * (1 if run.dry_run else 2)


def _not_yet(run: Replay, asked: Asked) -> Iterator[str]:
    """A replay does not move a start date: what is from before it is left out once more."""
    for one in run.tenants.values():
        if one.exports_from is None:
            yield f"Exports of tenant {one.tenant} are on hold: its documents wait until you start them."
        elif asked.period and asked.period[0] < one.exports_from:
            start = f"fieldledger connections start-exports {one.id} --from {asked.period[0]}"
            yield f"Tenant {one.tenant} exports from {one.exports_from}; for older ones, first: {start}"


def _warn(sentences: Sequence[str]) -> None:
    for sentence in sentences[:MOST_WARNINGS]:
        say(sentence)
    if len(sentences) > MOST_WARNINGS:
        say(f"Likewise for {len(sentences) - MOST_WARNINGS} more tenants.")


def _tell(run: Replay, asked: Asked) -> None:
    verb = "would be sent on (dry run: nothing was)" if run.dry_run else "sent on"
    counts = {_STATES.get(name, name): count for name, count in run.counts.items()}
    show_facts("Replay", {"messages read": run.read, **counts, verb: run.published})
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
