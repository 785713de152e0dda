"""The calls for items of orders and invoices, and for the small tables that their lines refer to (section 8)."""

from __future__ import annotations

from collections.abc import Iterable

from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import BilledItem, Ref


class Goods(Calls):
    """What a client does with items, item groups and warehouses."""

    async def items_by_code(self, codes: Iterable[str]) -> dict[str, BilledItem]:
        """Those of the items that exist, by code."""
        found = await self._any("logistics/Items", BilledItem, "Code", map(odata.text, sorted(set(codes))))
        return {item.Code: item for item in found if item.Code}

    async def create_item(self, request: Request) -> Receipt:
        """Create an item."""
        made = await self._create(request, Ref)
        return Receipt(made.ID, number=made.Code)

    async def item_group_id(self, code: str | None) -> str | None:
        """The id of the item group with this code (None: of the default one); None when there is no such group."""
        which = "IsDefault eq 1" if code is None else f"Code eq {odata.text(code)}"
        found = await self._all(self._path("logistics/ItemGroups"), Ref, which)
        return found[0].ID if found else None

    async def warehouse_ids(self, codes: Iterable[str]) -> dict[str, str]:
        """The ids of those of the warehouses that exist, by code."""
        found = await self._any("inventory/Warehouses", Ref, "Code", map(odata.text, sorted(set(codes))))
        return {row.Code: row.ID for row in found if row.Code}
