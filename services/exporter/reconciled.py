"""Pure: what is told of a comparison that is over, to the platform and in the user's log."""

from collections.abc import Sequence

from services.exporter.effects import Line
from services.exporter.outbox import SOURCE
from shared import connectors, envelope, topics
from shared.envelope import Message
from shared.reconcile.findings import counted
from shared.reconcile.runs import Reconciliation
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding, ReconciliationFinished

MOST_TOLD = 100
"""Findings in the event; the command shows all."""


def event(connection: Connection, run: Reconciliation, findings: Sequence[Finding]) -> Message:
    """For the platform. A repeated one has the same id."""
    body = ReconciliationFinished(
        connector=connection.connector,
        connection=connection.id,
        administration=connection.administration.code,
        first=run.first,
        last=run.last,
        result="failed" if run.problem else "differences" if findings else "agree",
        agreeing=run.agreeing,
        differing=run.differing,
        findings=tuple(findings[:MOST_TOLD]),
        reason=run.problem,
    )
    return envelope.message(
        topics.RECONCILIATIONS,
        connection.id,
        body,
        type=envelope.RECONCILIATION_FINISHED,
        source=SOURCE,
        tenant=connection.tenant,
        id=run.id,
    )


def log_line(connection: Connection, run: Reconciliation, findings: Sequence[Finding]) -> Line:
    """For the office worker: one quiet line when all agree, else what does not and how to see it."""
    title, days = connectors.get(connection.connector).title, f"of {run.first} to {run.last}"
    if run.problem:
        text = f"The documents {days} could not be compared with {title}: {run.problem}."
        return Line("reconciliation.failed", "error", text)
    if findings:
        text = (
            f"Documents {days} that do not agree with {title}: {counted(findings)}. "
            "The reconciliation of these days names each of them."
        )
        return Line("reconciliation.differences", "warning", text)
    text = f"All documents {days} are in {title} as they were sent ({run.agreeing:,})."
    return Line("reconciliation.agrees", "info", text)
