"""Comparisons of ledger and package: those there were, the report of one, and asking for one.

The exporter compares; what the platform published is compared here, when somebody asks for it, because it is a read of
whole topics. Nothing is ever mended by itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from fastapi import HTTPException

from services.console.operate.paging import newest
from shared import connectors
from shared.hub import Hub
from shared.reconcile.asking import check, period_of
from shared.reconcile.platform import never_heard_of
from shared.reconcile.runs import Reconciliation, Reconciliations, Sheet, request
from shared.replay import prepare
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationRequest
from shared.store.collections import CONNECTIONS, RECONCILIATIONS, SHEETS

SOURCE = "fieldledger/console"
MOST_SHEETS = 50
"""Of findings, in hundreds: more than anybody reads on one page."""


class Compared(Frozen):
    """One comparison in a list."""

    run: Reconciliation
    administration: str
    currency: str


class Comparisons(Frozen):
    """A page of them, newest first."""

    runs: tuple[Compared, ...]
    older: str | None


class Report(Frozen):
    """One comparison. `kept`: its findings are here; those of the nightly ones are in the log and in the event.

    `platform`: also what the platform published was compared.
    """

    run: Reconciliation
    administration: str
    package: str
    kept: bool
    platform: bool
    kinds: Mapping[str, int]
    findings: tuple[Finding, ...]


async def comparisons(
    hub: Hub, *, connection: str | None = None, connector: str | None = None, after: str | None = None
) -> Comparisons:
    """Of one connection, of one connector, or all."""
    where = {"connection": connection} if connection else {"connector": connector} if connector else {}
    found, older = await newest(hub.store, RECONCILIATIONS, where, "asked", after)
    runs = [Reconciliation.of(row) for row in found]
    whose = await hub.store.get_many(CONNECTIONS, {run.connection for run in runs})
    return Comparisons(runs=tuple(_compared(run, whose[run.connection]) for run in runs), older=older)


def _compared(run: Reconciliation, connection: Mapping[str, Any]) -> Compared:
    books = connection["administration"]
    return Compared(run=run, administration=books["name"], currency=books["currency"])


async def report(hub: Hub, id: str, connection: Connection | None = None) -> Report:
    """One comparison with its findings; 404 when there is none, or it is not of this connection."""
    run = await Reconciliations(hub.store).get(id)
    if run is None or (connection is not None and run.connection != connection.id):
        raise HTTPException(404)
    rows = await hub.store.find(SHEETS, {"run": id}, sort=("id",), limit=MOST_SHEETS)
    sheets = [sheet for row in rows if not (sheet := Sheet.of(row)).list]
    findings = [finding for sheet in sheets for finding in sheet.findings]
    about = connection or await hub.connections.get(run.connection)
    return Report(
        run=run,
        administration=about.administration.name,
        package=connectors.get(run.connector).title,
        kept=bool(sheets) or run.reason == "manual" or not run.differing,
        platform=any(sheet.id == _platform_sheet(id) for sheet in sheets),
        kinds=Counter(finding.kind for finding in findings),
        findings=tuple(findings),
    )


async def start(hub: Hub, connection: Connection, first: date | None, last: date | None) -> str:
    """Ask for one; its id. An exporter takes it up, between documents and within the package's limits."""
    check(connection)
    period = period_of(hub, connection, first, last)
    id = f"manual-{uuid4()}"
    asked = ReconciliationRequest(connection=connection.id, first=period.first, last=period.last, reason="manual")
    await hub.bus.publish([request(connection, id, asked, SOURCE)])
    return id


async def compare_platform(hub: Hub, id: str, connection: Connection | None = None) -> Report:
    """Add what the platform published in these days and nobody took in."""
    found = await report(hub, id, connection)
    about = connection or await hub.connections.get(found.run.connection)
    sheets = await Reconciliations(hub.store).sheets(id)
    strangers = [one for sheet in sheets for one in sheet.strangers]
    replay = await prepare(hub, about.connector, about.tenant)
    lost = await never_heard_of(hub, about, replay, found.run.period, strangers)
    await _keep(hub, id, lost)
    return await report(hub, id, connection)


async def _keep(hub: Hub, id: str, lost: Sequence[Finding]) -> None:
    sheet = Sheet(id=_platform_sheet(id), run=id, at=await hub.store.now(), findings=tuple(lost))
    await hub.store.put_many(SHEETS, [sheet.stored()])


def _platform_sheet(id: str) -> str:
    return f"{id}|published"
