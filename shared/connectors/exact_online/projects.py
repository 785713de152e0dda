"""From a work order to hours and costs on a project: each line is a record of its own (Exact fact sheet, section 8).

Without a project they stand on the customer: one of the two has to be named. No VAT is decided here, and hours have the
price that Exact gives them: they become revenue when the project is invoiced there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shared.billed import materials, worked
from shared.connector import FollowUp
from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Receipt, Request
from shared.schemas.documents import Customer, HoursLine, MaterialLine

from . import odata
from .client import Client
from .gathered import Gathered, WorkOrderJob
from .materials import item_of
from .worked import hour_item_of

TIMES, COSTS = "project/TimeTransactions", "project/CostTransactions"
_STATUSES = {"draft": 1, "submitted": 10}
"""`HourStatus` (section 8)."""


@dataclass(frozen=True)
class Work(Gathered):
    """What is in Exact, by code: also the ids of projects and of employees."""

    projects: Mapping[str, str] = field(default_factory=dict)
    employees: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """One line of the work order. `mark` names it for good, whatever settings make of the others."""

    mark: str
    resource: str
    day: date
    quantity: Decimal
    line: MaterialLine | HoursLine


def pieces(job: WorkOrderJob) -> list[Piece]:
    """What is written, materials first. `Unsupported` when there is nothing."""
    found = [*_materials(job), *_hours(job)]
    if not found:
        raise Unsupported(f"Work order {job.document.number} has no lines, so there is nothing to book.")
    return found


def booking(job: WorkOrderJob, gathered: Work) -> Draft:
    """The first line. All lines are mapped, so that none of them has to wait once this one is there."""
    drafts = [_draft(piece, job, gathered) for piece in pieces(job)]
    return drafts[0]


def further(job: WorkOrderJob) -> Sequence[FollowUp]:
    """The other lines, each a step of its own."""
    try:
        return [_step(piece) for piece in pieces(job)[1:]]
    except Unsupported:
        return []


async def find(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
    """The first line, by the mark in its notes."""
    return await _find(client, pieces(job)[0], job)


def customers(job: WorkOrderJob, _gathered: Work) -> list[Customer]:
    """Who pays, where the hours and costs stand on no project."""
    return [] if project_code(job) else [job.document.invoice_customer]


def project_code(job: WorkOrderJob) -> str | None:
    """The code of the project in Exact: of the one that the work order names, else the user's choice."""
    named = job.document.external_project or job.document.project
    return job.settings.projects.get(named, named) if named else job.settings.default_project


def employee_codes(job: WorkOrderJob) -> set[str]:
    """The codes of those who worked."""
    numbers = {period.employee for period in job.document.hours if period.employee and not period.hidden}
    return {job.settings.employees.get(number, number) for number in numbers}


def mark_of(piece: Piece, job: WorkOrderJob) -> str:
    """The last line of its notes: how it is found again (section 7: nothing else can carry a reference)."""
    return f"[{job.reference} {piece.mark}]"


def _materials(job: WorkOrderJob) -> Iterator[Piece]:
    shown = materials(job.document)
    for place, line in enumerate(job.document.materials, 1):
        if line in shown:
            yield Piece(f"m{place}", COSTS, job.document.work_date, line.quantity, line)


def _hours(job: WorkOrderJob) -> Iterator[Piece]:
    places = {id(period): place for place, period in enumerate(job.document.hours, 1)}
    for period, quantity in worked(job.document, job.settings):
        yield Piece(f"h{places[id(period)]}", TIMES, period.date, quantity, period)


def _step(piece: Piece) -> FollowUp:
    async def found(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
        return await _find(client, piece, job)

    return FollowUp(
        name=piece.mark,
        title=f"{'hours' if piece.resource == TIMES else 'material'} line {piece.mark[1:]}",
        wanted=lambda _: True,
        find=found,
        map=lambda job: _draft(piece, job, job.gathered),
        send=Client.create_transaction,
        part=True,
    )


async def _find(client: Client, piece: Piece, job: WorkOrderJob) -> Sequence[Receipt]:
    return await client.transactions(piece.resource, piece.day, mark_of(piece, job))


def _draft(piece: Piece, job: WorkOrderJob, gathered: Work) -> Draft:
    line = piece.line
    own = _cost(line, job, gathered) if isinstance(line, MaterialLine) else _time(line, job, gathered)
    text = line.description if isinstance(line, MaterialLine) else line.remark
    body = {
        **_where(job, gathered),
        "Date": piece.day.isoformat(),
        "Quantity": odata.number(piece.quantity),
        "HourStatus": _STATUSES[job.settings.project_lines],
        "Notes": "\n".join(part for part in (text.strip(), mark_of(piece, job)) if part),
        **own,
    }
    path = odata.path(job.administration.code, piece.resource)
    return Draft(Request("POST", path, odata.filled(body)), day=piece.day)


def _where(job: WorkOrderJob, gathered: Work) -> dict[str, Any]:
    code = project_code(job)
    if code is None:
        return {"Account": job.ensured[f"relation:{job.document.invoice_customer.debtor_number}"]}
    if code not in gathered.projects:
        raise Unmappable(
            "projects",
            f"Project {code}, of work order {job.document.number}, is not in Exact Online. Add it there and send the "
            "work order again, or choose another for it in the settings.",
            key=job.document.external_project or job.document.project,
        )
    return {"Project": gathered.projects[code]}


def _cost(used: MaterialLine, job: WorkOrderJob, gathered: Work) -> dict[str, Any]:
    price = None if used.unit_price is None else used.unit_price * (1 - used.discount_percentage / 100)
    item = item_of(used, job, gathered)
    return {"Item": item.ID, "PriceFC": None if price is None else odata.number(price)}


def _time(period: HoursLine, job: WorkOrderJob, gathered: Work) -> dict[str, Any]:
    return {"Item": hour_item_of(period, job, gathered).ID, "Employee": _employee(period, job, gathered)}


def _employee(period: HoursLine, job: WorkOrderJob, gathered: Work) -> str | None:
    if period.employee is None:
        return None
    code = job.settings.employees.get(period.employee, period.employee)
    if code not in gathered.employees:
        # Without one the hours would stand in the name of whoever connected Exact Online.
        raise Unmappable(
            "employees",
            f"Employee {period.employee}, who worked on work order {job.document.number}, is not in Exact Online. "
            "Choose who it is in the settings.",
            key=period.employee,
        )
    return gathered.employees[code]
