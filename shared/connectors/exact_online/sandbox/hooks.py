"""Webhooks of the pretend Exact: what may be subscribed to, and signed calls (Exact fact sheet, section 9)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from shared.sandbox.bells import Bells, Ring, safe
from shared.sandbox.oauth import App
from shared.sandbox.payload import encode

from .kinds import ACCOUNTS, ATTACHMENTS, DOCUMENTS, ENTRIES, GL_ACCOUNTS, INVOICES, ITEMS, ORDERS, WEBHOOKS
from .refusals import business
from .store import Division

_TOPICS = {
    ACCOUNTS: "Accounts", ITEMS: "Items", ORDERS: "SalesOrders", INVOICES: "SalesInvoices", ENTRIES: "SalesEntries",
    DOCUMENTS: "Documents", ATTACHMENTS: "DocumentAttachments", GL_ACCOUNTS: "GLAccounts",
}  # fmt: skip
"""By path. Changed lines arrive on the topic of their header."""

_OTHERS = {
    "Contacts", "BankAccounts", "StockPositions", "Quotations", "PurchaseOrders", "PurchaseEntries", "GoodsDeliveries",
    "FinancialTransactions", "BankEntries", "CashEntries", "GeneralJournalEntries", "Opportunities", "ProjectPlanning",
    "TimeTransactions", "CostTransactions", "Subscriptions",
}  # fmt: skip


class Hooks:
    """Checks subscriptions and makes calls. `secret` is the webhook secret of the app."""

    def __init__(self, bells: Bells, app: App, secret: str, base_url: str) -> None:
        self._bells = bells
        self._app = app
        self._secret = secret
        self._base_url = base_url

    async def check(self, body: Any) -> None:
        """Exact tries the address with an empty call before it takes a subscription; a `Refusal` says why not."""
        values: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        url, topic = str(values.get("CallbackURL", "")), values.get("Topic")
        if not safe(url) or urlsplit(url).hostname not in self._hosts():
            raise business("Ongeldig: Callback URL")
        if topic not in {*_TOPICS.values(), *_OTHERS} or (values.get("IsInstant") and topic != "GoodsDeliveries"):
            raise business("Ongeldig: Topic")
        status = await self._bells.call(Ring(url, {}, b""))
        if status is not None and not 200 <= status < 300:  # noqa: PLR2004  # success
            raise business(f"Invalid: Post to callback URL endpoint returns {status}")

    def _hosts(self) -> set[str | None]:
        return {urlsplit(uri).hostname for uri in self._app.redirect_uris}

    def ring(self, division: Division, path: str, action: str, key: Any) -> None:
        """Call whoever subscribed to records of this path."""
        topic = _TOPICS.get(path)
        for row in [*division.tables[WEBHOOKS].rows.values()] if topic else []:
            if row["Topic"] == topic:
                content = self._content(division, path, {"Topic": topic, "Action": action, "Key": key})
                self._bells.ring(self._signed(row["CallbackURL"], content))

    def _content(self, division: Division, path: str, what: Mapping[str, Any]) -> bytes:
        key = what["Key"]
        endpoint = f"{self._base_url}/api/v1/{division.code}/{path}(guid'{what['Key']}')"
        return encode({
            "Topic": what["Topic"], "ClientId": f"{{{self._app.client_id}}}", "Division": division.code,
            "Action": what["Action"], "Key": key, "ExactOnlineEndpoint": endpoint,
            "EventCreatedOn": division.local_now().isoformat(timespec="milliseconds"),
        })  # fmt: skip

    def _signed(self, url: str, content: bytes) -> Ring:
        code = hmac.new(self._secret.encode(), content, sha256).hexdigest().upper()
        body = b'{"Content":' + content + b',"HashCode":"' + code.encode() + b'"}'
        return Ring(url, {"Content-Type": "application/json"}, body)
