"""The calls for webhooks (Billit fact sheet, section 2, Webhooks)."""

from __future__ import annotations

from pydantic import ValidationError

from shared.errors import Uncertain
from shared.mapping import Request
from shared.webhooks import Hook

from .calls import Calls
from .errors import NotHere
from .models import Webhook
from .webhooks import PATH


class Hooks(Calls):
    """What a client does with the webhooks of its company."""

    async def hooks(self) -> list[Hook]:
        """All of them, whoever made them. Secrets are told only once, when they are made."""
        return [_hook(row) for row in await self._all(PATH, Webhook)]

    async def register_hook(self, request: Request) -> Hook:
        """Ask for one."""
        answer = await self._http.write(request)
        try:
            return _hook(Webhook.model_validate(answer))
        except ValidationError as error:
            raise Uncertain("Billit answered in an unknown form.") from error

    async def remove_hook(self, hook: Hook) -> None:
        """Take one back; one that is not there is taken back already."""
        try:
            await self._http.write(Request("DELETE", f"{PATH}/{hook.id}", {}))
        except NotHere:
            return

    async def renew_hook(self, hook: Hook) -> str:
        """A new secret, in place of one that got lost on its way."""
        secret = await self._http.write(Request("POST", f"{PATH}/refresh/{hook.id}", {}))
        if not isinstance(secret, str):
            raise Uncertain("Billit answered in an unknown form.")
        return secret


def _hook(row: Webhook) -> Hook:
    return Hook(str(row.WebhookID), f"{row.EntityType} {row.EntityUpdateType}", row.WebhookURL, row.Secret)
