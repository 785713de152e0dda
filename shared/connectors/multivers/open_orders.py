"""Reading open orders, and what became of those that were open before (Multivers fact sheet, section 4.5).

The list shows open orders only, so an order that left it is looked up: it was billed, and that is news, or it is gone.
What was open at the last read is the cursor.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from shared.connector import Page, ReadFrom

from . import forms
from .calls import Calls, Place, RawRow
from .errors import NotHere

_LOOKED_UP = 20
_EXPANDED = {"$expand": "OrderLines"}


@dataclass(frozen=True)
class _Position:
    """Inside a read: what is open, and after the list which orders are still to be looked up (None: not there yet)."""

    open: tuple[str, ...] = ()
    place: tuple[int, str] = (0, "")
    left: tuple[str, ...] | None = None

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, position: str | None) -> _Position:
        if position is None:
            return cls()
        found = json.loads(position)
        left = None if found["left"] is None else tuple(found["left"])
        return cls(tuple(found["open"]), tuple(found["place"]), left)


class OpenOrders(Calls):
    """What a client does to read orders."""

    async def open_orders(self, where: ReadFrom) -> Page:
        """A page of open orders, with their lines where Multivers gives them; then those that have left the list."""
        at = _Position.load(where.position)
        before = json.loads(where.cursor or "[]")
        return await (self._still_open(at, before) if at.left is None else self._left(at, at.left))

    async def existing_orders(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are still there, open or not."""
        return await self._there("OrderInfo", ids)

    async def _still_open(self, at: _Position, before: Sequence[str]) -> Page:
        part = await self._part("OrderInfoList/OpenOrders", "orderId", Place(*at.place), _EXPANDED)
        seen = replace(at, open=(*at.open, *(str(row["orderId"]) for row in part.rows)))
        if part.next:
            return Page(part.rows, next=replace(seen, place=(part.next.skip, part.next.first)).dump())
        if part.doubt:
            return Page(part.rows, next=None, doubt=part.doubt)
        left = tuple(id for id in before if id not in set(seen.open))
        return self._page(part.rows, replace(seen, left=left))

    async def _left(self, at: _Position, left: tuple[str, ...]) -> Page:
        now, later = left[:_LOOKED_UP], left[_LOOKED_UP:]
        found = {id: await self._billed(id) for id in now}
        rows = [row for row in found.values() if row is not None]
        return self._page(rows, replace(at, left=later), [id for id, row in found.items() if row is None])

    async def _billed(self, id: str) -> RawRow | None:
        try:
            found: RawRow = await self._http.read(self._path(f"OrderInfo/{forms.segment(id)}"))
        except NotHere:
            return None
        return found

    @staticmethod
    def _page(rows: Sequence[RawRow], at: _Position, removed: Sequence[str] = ()) -> Page:
        if at.left:
            return Page(rows, next=at.dump(), removed=removed)
        return Page(rows, next=None, cursor=json.dumps(at.open), removed=removed)
