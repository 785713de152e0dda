"""Webhooks of the pretend Billit: subscriptions, and signed calls (Billit fact sheet, section 2, Webhooks)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from shared.sandbox.bells import Bells, Ring, safe
from shared.sandbox.payload import encode

from .bodies import answer, read
from .books import Books, Row
from .refusals import Refusal, generic

MOST_ACTIVE = 20


@dataclass
class Hooks:
    """Subscriptions of all companies. `seed` makes secrets, `bells` are rung."""

    clock: Callable[[], datetime]
    seed: int
    bells: Bells
    rows: dict[int, Row] = field(default_factory=dict)
    _issued: int = 0

    async def serve(self, request: Request, books: Books) -> Response:
        """List, subscribe, renew a secret, unsubscribe."""
        match request.method, request.path_params.get("id"):
            case "GET", _:
                mine = [row for row in self.rows.values() if row["CompanyID"] == books.id]
                return answer([{name: value for name, value in row.items() if name != "Secret"} for row in mine])
            case "POST", None:
                return answer(self._subscribed(books, await read(request)))
            case "POST", int(id):
                row = self._mine(books, id)
                row["Secret"] = self._secret()
                return answer(row["Secret"])
        del self.rows[self._mine(books, request.path_params["id"])["WebhookID"]]
        return answer(value=True)

    def ring(self, books: Books, entity: str, update: str, row: Row) -> None:
        """Call whoever subscribed to this; an order's call says little more than its id."""
        body = {"UpdatedEntityID": row["OrderID"], "UpdatedEntityType": entity, "WebhookUpdateTypeTC": update}
        for hook in self.rows.values():
            if (hook["CompanyID"], hook["EntityType"], hook["EntityUpdateType"]) == (books.id, entity, update):
                self.bells.ring(self._signed(hook, encode(body)))

    def _signed(self, hook: Row, body: bytes) -> Ring:
        at = int(self.clock().timestamp())
        signature = hmac.new(hook["Secret"].encode(), f"{at}.".encode() + body, sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Billit-Signature": f"t={at},s={signature}"}
        return Ring(hook["WebhookURL"], headers, body)

    def _subscribed(self, books: Books, body: Row) -> Row:
        url = str(body.get("WebhookURL"))
        if not safe(url):
            raise generic("WebhookURL must be https.")
        if body.get("EntityType") not in {"Order", "Message"} or body.get("EntityUpdateType") not in {"I", "U", "D"}:
            raise generic("There is no such webhook.")
        if sum(row["CompanyID"] == books.id for row in self.rows.values()) >= MOST_ACTIVE:
            raise generic(f"There may be {MOST_ACTIVE} active webhooks.")
        self._issued += 1
        wanted = {name: body[name] for name in ("EntityType", "EntityUpdateType", "WebhookURL")}
        row = self.rows[self._issued] = {"WebhookID": self._issued, "CompanyID": books.id, **wanted}
        row["Secret"] = self._secret()
        return row

    def _mine(self, books: Books, id: int) -> Row:
        row = self.rows.get(id)
        if row is None or row["CompanyID"] != books.id:
            raise Refusal(404, "NotFound", f"Webhook {id} was not found")
        return row

    def _secret(self) -> str:
        self._issued += 1
        return sha256(f"{self.seed}:hook:{self._issued}".encode()).hexdigest()
