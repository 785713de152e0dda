"""Invoices read back, to compare them with the ledger. Pure (e-Boekhouden fact sheet, sections 4 and 5)."""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta

from shared.connector import Period
from shared.errors import Unsupported
from shared.mapping import Listed

from .models import Factuur

_MARKED = re.compile(r"\[([^\]]+)\](?: |$)")


def listed(row: Factuur) -> Listed:
    """An invoice as the package holds it. Our reference stands on the first line, else the number is ours.

    Its URL is left out: whoever has that can read the invoice.
    """
    marked = _MARKED.match(row.text)
    return Listed(
        vendor_id=row.Factuurnummer,
        state="final",
        number=row.Factuurnummer,
        reference=marked[1] if marked else row.Factuurnummer,
        customer=row.Relatiecode,
        day=row.Datum.date(),
        total_excl=row.TotaalExclBTW,
        total_incl=row.TotaalInclBTW,
        currency="EUR",
    )


def begin(period: Period, position: str | None) -> list[Period]:
    """The stretches of days still to be read, the next one first."""
    if position is None:
        return [period]
    return [Period(*map(date.fromisoformat, days)) for days in json.loads(position)]


def rest(days: Sequence[Period]) -> str | None:
    """The position behind the first stretch; None when it was the last."""
    left = [(one.first.isoformat(), one.last.isoformat()) for one in days[1:]]
    return json.dumps(left) if left else None


def halved(days: Sequence[Period]) -> str:
    """The position at which the first stretch is read in two halves. `Unsupported` for a single day."""
    first, last = days[0].first, days[0].last
    if first == last:
        raise Unsupported(f"e-Boekhouden has more invoices of {first} than it gives at a time: compare them by hand.")
    middle = first + (last - first) // 2
    position = rest([days[0], Period(first, middle), Period(middle + timedelta(days=1), last), *days[1:]])
    assert position is not None, "there are two halves"
    return position
