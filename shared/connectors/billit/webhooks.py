"""Billit's callbacks: which there are, how they are signed, and which record each is about (fact sheet, 2). Pure.

A callback is a doorbell: the record is fetched then. Retries and order are not documented, so lists are read all the
same.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from shared.clock import EPOCH
from shared.mapping import Request
from shared.webhooks import Changed

PATH = "/v1/webhooks"
TOPICS = dict.fromkeys(("Order I", "Order U", "Message I", "Message U"), ("payment",))
"""`EntityType` and `EntityUpdateType` of the four that a company may have; all are about orders."""

SIGNATURE = "billit-signature"
"""The header, in lower case: `t=<seconds>,s=<hex>`."""

FRESH = timedelta(minutes=5)
"""A callback that was signed longer ago, or later than now, is somebody's copy."""

_SIGNED = re.compile(r"\s*t=(\d{1,10})\s*,\s*s=([0-9a-fA-F]{64})\s*")


def subscription(topic: str, address: str) -> Request:
    """What asks for one of the four."""
    entity, update = topic.split(" ")
    return Request("POST", PATH, {"EntityType": entity, "EntityUpdateType": update, "WebhookURL": address})


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether Billit signed this body, lately. Everything but a true signature is False; nothing is raised."""
    signed = _SIGNED.fullmatch(headers.get(SIGNATURE, ""))
    if signed is None or abs(now - (EPOCH + timedelta(seconds=int(signed[1])))) > FRESH:
        return False
    expected = hmac.new(secret.encode(), signed[1].encode() + b"." + body, sha256).hexdigest()
    return hmac.compare_digest(expected, signed[2].lower())


def translate(payload: Any) -> list[Changed]:
    """The order that changed; nothing where a callback names none.

    A message is about an order: it was sent, delivered or refused. Where its order stands differs from page to page.
    """
    match payload:
        case {"UpdatedEntityType": "Order"}:
            return _payment(payload.get("UpdatedEntityID"))
        case {"UpdatedEntityType": "Message"}:
            detail = payload.get("EntityDetail")
            return _payment(_order_of(detail if isinstance(detail, Mapping) else payload))
    return []


def _order_of(detail: Mapping[str, Any]) -> object:
    message = detail.get("OrderMessage")
    return (message if isinstance(message, Mapping) else detail).get("OrderID")


def _payment(id: object) -> list[Changed]:
    """An id is a number, in JSON or as text; anything else would not be one in a filter either."""
    text = str(id) if isinstance(id, int | str) and not isinstance(id, bool) else ""
    return [Changed("payment", text)] if re.fullmatch(r"\d{1,18}", text, re.ASCII) else []
