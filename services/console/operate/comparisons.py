"""Comparisons of ledger and package: those there were, the report of one, and asking for one.

The exporter compares; what the platform published is compared here, when somebody asks for it, because it is a read of
whole topics. Nothing is ever mended by itself.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from fastapi import HTTPException
from pydantic import field_validator

from services.console.operate.background import WORK
from services.console.operate.words import Day
from shared import connectors
from shared.errors import FieldledgerError, Misconfigured
from shared.hub import Hub
from shared.paging import Listing, behind
from shared.reconcile.asking import check, period_of
from shared.reconcile.platform import never_heard_of
from shared.reconcile.runs import Reconciliation, Reconciliations, Sheet, request
from shared.replay import Replay, prepare
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationRequest
from shared.store.collections import CONNECTIONS, RECONCILIATIONS, SHEETS

SOURCE = "fieldledger/console"
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
MOST_SHEETS = 50
"""Of findings, in hundreds: more than anybody reads on one page."""


class Days(Frozen):
    """Which days of the books to compare. None: until today, as far back as by night."""

    first: Day | None = None
    last: Day | None = None

    @field_validator("first", "last", mode="before")
    @classmethod
    def _nothing_chosen(cls, given: object) -> object:
        return given or None


class Compared(Frozen):
    """One comparison in a list."""

    run: Reconciliation
    administration: str
    currency: str


class Comparisons(Frozen):
    """A page of them, newest first."""

    runs: tuple[Compared, ...]
    older: str | None


class Published(Sheet):
    """What the platform published and the ledger never heard of; or why that could not be found out."""

    problem: str | None = None


class Report(Frozen):
    """One comparison with what was found.

    `published`: whether what the platform published was compared too; `problem` says why it could not be.
    """

    run: Reconciliation
    administration: str
    package: str
    published: Literal["no", "running", "done", "failed"]
    problem: str | None
    kinds: Mapping[str, int]
    findings: tuple[Finding, ...]


async def comparisons(
    hub: Hub, *, connection: str | None = None, connector: str | None = None, after: str | None = None
) -> Comparisons:
    """Of one connection, of one connector, or all."""
    where = {"connection": connection} if connection else {"connector": connector} if connector else {}
    found = await Listing(RECONCILIATIONS, "asked", [where]).page(hub.store, before=behind(after))
    runs = [Reconciliation.of(row) for row in found.rows]
    whose = await hub.store.get_many(CONNECTIONS, {run.connection for run in runs})
    return Comparisons(runs=tuple(_compared(run, whose[run.connection]) for run in runs), older=found.next)


def _compared(run: Reconciliation, connection: Mapping[str, Any]) -> Compared:
    books = connection["administration"]
    return Compared(run=run, administration=books["name"], currency=books["currency"])


async def report(hub: Hub, id: str, connection: Connection | None = None) -> Report:
    """One comparison with its findings; 404 when there is none, or it is not of this connection."""
    run = await Reconciliations(hub.store).get(id)
    if run is None or (connection is not None and run.connection != connection.id):
        raise HTTPException(404)
    rows = await hub.store.find(SHEETS, {"run": id}, sort=("id",), limit=MOST_SHEETS)
    sheets = [sheet for row in rows if not (sheet := Published.of(row)).list]
    findings = [_for_a_page(finding) for sheet in sheets for finding in sheet.findings]
    about = connection or await hub.connections.get(run.connection)
    published = next((sheet for sheet in sheets if sheet.id == _published_id(id)), None)
    return Report(
        run=run,
        administration=about.administration.name,
        package=connectors.get(run.connector).title,
        published="running" if WORK.under_way(id) else _state(published),
        problem=published.problem if published else None,
        kinds=Counter(finding.kind for finding in findings),
        findings=tuple(findings),
    )


def _for_a_page(finding: Finding) -> Finding:
    """Without the commands that the command line names, and with no address but one of the web."""
    sentences = [part for part in _SENTENCE.split(finding.to_do) if "fieldledger " not in part]
    safe = finding.url if finding.url and finding.url.startswith(("https://", "http://")) else None
    return finding.model_copy(update={"to_do": " ".join(sentences), "url": safe})


def _state(published: Published | None) -> Literal["no", "done", "failed"]:
    return "no" if published is None else "failed" if published.problem else "done"


async def start(hub: Hub, connection: Connection, days: Days) -> str:
    """Ask for one; its id. An exporter takes it up, between documents and within the package's limits."""
    check(connection)
    period = period_of(hub, connection, days.first, days.last)
    id = f"manual-{uuid4()}"
    asked = ReconciliationRequest(connection=connection.id, first=period.first, last=period.last, reason="manual")
    await hub.bus.publish([request(connection, id, asked, SOURCE)])
    return id


async def compare_published(hub: Hub, id: str, connection: Connection | None = None) -> Report:
    """Begin to compare what the platform published in these days, too: documents that nobody took in."""
    found = await report(hub, id, connection)
    if found.run.state != "done":
        raise Misconfigured("The comparison is not done yet. Wait for it, then ask again.")
    about = connection or await hub.connections.get(found.run.connection)
    replay = await prepare(hub, about.connector, about.tenant)
    WORK.begin(id, _published(hub, found.run, about, replay))
    return await report(hub, id, connection)


async def _published(hub: Hub, run: Reconciliation, about: Connection, replay: Replay) -> None:
    kept = Published(id=_published_id(run.id), run=run.id, at=await hub.store.now())
    try:
        sheets = await Reconciliations(hub.store).sheets(run.id)
        strangers = [one for sheet in sheets for one in sheet.strangers]
        lost = await never_heard_of(hub, about, replay, run.period, strangers)
        kept = kept.model_copy(update={"findings": tuple(lost)})
    except FieldledgerError as error:
        kept = kept.model_copy(update={"problem": str(error)})
    await hub.store.put_many(SHEETS, [kept.stored()])


def _published_id(id: str) -> str:
    return f"{id}|published"
