"""Hours and costs on projects as documents: a work order is several records of the package there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.sandbox.scenario import Booked

from .columns import Row
from .kinds import ACCOUNTS

if TYPE_CHECKING:
    from . import ExactSandbox


def bookings(sandbox: ExactSandbox) -> list[Booked]:
    """What stands on projects, one document for each work order; several of them where a line stands there twice."""
    memory = sandbox.memory()
    by_mark: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in (*memory["cost_transactions"], *memory["time_transactions"]):
        reference, _, mark = row["Notes"].splitlines()[-1].strip("[]").rpartition(" ")
        by_mark[reference, mark].append(row)
    documents: dict[tuple[str, int], list[Row]] = {}
    for (reference, _), rows in by_mark.items():
        for place, row in enumerate(rows):
            documents.setdefault((reference, place), []).append(row)
    return [_booking(sandbox, reference, rows) for (reference, _), rows in documents.items()]


def _booking(sandbox: ExactSandbox, reference: str, rows: Sequence[Row]) -> Booked:
    first = rows[0]
    customer = sandbox.division(int(first["Division"])).tables[ACCOUNTS].rows.get(first.get("Account"), {})
    says = json.dumps(sorted([str(row.get(name)) for name in ("Item", "Quantity", "Project", "Notes")] for row in rows))
    return Booked(str(first["Division"]), reference, first["ID"], Decimal(0), str(customer.get("SearchCode")), says)
