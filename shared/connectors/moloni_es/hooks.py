"""The calls for hooks (Moloni Spain fact sheet, section 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from shared.mapping import Receipt, Request

from . import queries
from .calls import Calls, understood
from .models import Hook, ModelOperations


class Hooks(Calls):
    """What a client does with hooks."""

    async def hooks(self) -> list[Hook]:
        """All hooks of the company, other plugins' included, on whichever page."""
        return await self._all("hooks", Hook)

    async def hook_topics(self) -> list[tuple[str, str]]:
        """The pairs of model and operation that a hook can be made for."""
        found = (await self._ask("hookModelOperations")).get("data")
        models = [understood(ModelOperations, row) for row in found or ()]
        return [(one.model or "", each.operation or "") for one in models for each in one.operations]

    async def create_hook(self, request: Request) -> Receipt:
        """Make a hook."""
        made = understood(Hook, await self._tell(request))
        return Receipt(made.hookId)

    async def delete_hooks(self, ids: Sequence[str]) -> None:
        """Delete hooks by their ids, and by nothing else: some are other plugins'."""
        body = queries.call("hookDelete", companyId=self.company, hookId=list(ids))
        await self._http.write(Request("POST", queries.PATH, body))
