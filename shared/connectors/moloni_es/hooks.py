"""The calls for hooks (Moloni Spain fact sheet, section 5.1)."""

from __future__ import annotations

from collections.abc import Collection

from shared.mapping import Request
from shared.webhooks import Hook

from . import models, queries, webhooks
from .calls import Calls, understood
from .errors import NotHere, NotUnderstood


class Hooks(Calls):
    """What a client does with hooks."""

    async def hooks(self) -> list[Hook]:
        """All hooks of the company, those of other plugins included, on whichever page."""
        rows = await self._all("hooks", models.Hook)
        return [webhooks.known(row.hookId, row.url or "") for row in rows]

    async def offered_hooks(self) -> Collection[str]:
        """What a hook can be made for here. Where the catalogue cannot be read, what is proven for Spain."""
        try:
            found = (await self._ask("hookModelOperations")).get("data")
        except NotUnderstood:
            return webhooks.PROVEN
        rows = [understood(models.ModelOperations, row) for row in found or ()]
        return {f"{one.model}.{each.operation}" for one in rows for each in one.operations}

    async def create_hook(self, request: Request) -> Hook:
        """Make a hook of this company."""
        body = {**request.body, "variables": {"companyId": self.company, **request.body["variables"]}}
        made = understood(models.Hook, await self._tell(Request(request.method, request.path, body)))
        return webhooks.known(made.hookId, request.body["variables"]["data"]["url"])

    async def delete_hook(self, hook: Hook) -> None:
        """Delete a hook by its id; one that somebody else has deleted is no error."""
        body = queries.call("hookDelete", companyId=self.company, hookId=[hook.id])
        try:
            await self._http.write(Request("POST", queries.PATH, body))
        except NotHere:
            return
