"""The calls for hours and costs on projects, and for what they refer to (Exact fact sheet, section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import Id, Ref, Row, Text


class Transaction(Row):
    """`project/TimeTransactions` and `project/CostTransactions`, as far as a look-up needs them."""

    ID: Id
    Notes: Text = None


class ProjectCalls(Calls):
    """What a client does with projects and what is booked on them."""

    async def create_transaction(self, request: Request) -> Receipt:
        """Book hours or costs."""
        return Receipt((await self._create(request, Transaction)).ID)

    async def transactions(self, resource: str, day: date, mark: str) -> list[Receipt]:
        """Those of the day whose notes end with that line. Notes are long texts: searching in them is not promised."""
        after = day + timedelta(days=1)
        filters = f"Date ge {odata.midnight(day)} and Date lt {odata.midnight(after)}"
        rows = await self._all(self._path(resource), Transaction, filters)
        return [Receipt(row.ID) for row in rows if row.Notes and row.Notes.splitlines()[-1] == mark]

    async def project_ids(self, codes: Iterable[str]) -> dict[str, str]:
        """The ids of those of the projects that exist, by code."""
        return await self._ids_by_code("project/Projects", codes)

    async def employee_ids(self, codes: Iterable[str]) -> dict[str, str]:
        """The ids of those of the employees that exist, by code."""
        return await self._ids_by_code("payroll/Employees", codes)

    async def _ids_by_code(self, resource: str, codes: Iterable[str]) -> dict[str, str]:
        found = await self._any(resource, Ref, "Code", map(odata.text, sorted(set(codes))))
        return {row.Code: row.ID for row in found if row.Code}
