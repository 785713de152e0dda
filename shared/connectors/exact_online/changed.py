"""The calls for what Exact calls back about: webhooks, and single records read anew (Exact fact sheet, section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.errors import Rejected
from shared.mapping import Request
from shared.webhooks import Hook

from . import odata
from .calls import Calls, RawRow, dated
from .models import Account, Item, Subscription
from .webhooks import RESOURCE


class ChangedRecords(Calls):
    """What a client does about callbacks."""

    async def accounts_by_id(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the relations that are there."""
        return [dated(row) for row in await self._any_raw("crm/Accounts", Account, "ID", map(odata.guid, ids))]

    async def items_by_id(self, ids: Sequence[str]) -> list[RawRow]:
        """Those of the items that are there."""
        return [dated(row) for row in await self._any_raw("logistics/Items", Item, "ID", map(odata.guid, ids))]

    async def hooks(self) -> list[Hook]:
        """The subscriptions of our app in this division."""
        return [_hook(row) for row in await self._all(self._path(RESOURCE), Subscription)]

    async def register_hook(self, request: Request) -> Hook:
        """Subscribe to a topic; Exact takes one subscription per topic and division."""
        return _hook(await self._create(replace(request, path=self._path(request.path)), Subscription))

    async def remove_hook(self, hook: Hook) -> None:
        """End a subscription; one that is not there has ended already."""
        try:
            await self._http.write(Request("DELETE", f"{self._path(RESOURCE)}({odata.guid(hook.id)})", {}))
        except Rejected:
            if any(one.id == hook.id for one in await self.hooks()):
                raise


def _hook(row: Subscription) -> Hook:
    return Hook(row.ID, row.Topic, row.CallbackURL)
