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

PATH = "/v1/webhooks"
SUBSCRIPTIONS = (("Order", "I"), ("Order", "U"), ("Message", "I"), ("Message", "U"))
"""`EntityType` and `EntityUpdateType` of the four that a company may have."""

SIGNATURE = "billit-signature"
"""The header, in lower case: `t=<seconds>,s=<hex>`."""

FRESH = timedelta(minutes=5)
"""A callback that was signed longer ago, or later than now, is somebody's copy."""

_SIGNED = re.compile(r"\s*t=(\d{1,12})\s*,\s*s=([0-9a-fA-F]{64})\s*")


def verify(secret: str, header: str, body: bytes, now: datetime) -> bool:
    """Whether Billit signed this body, lately. Everything but a true signature is False; nothing is raised."""
    signed = _SIGNED.fullmatch(header)
    if signed is None or abs(now - (EPOCH + timedelta(seconds=int(signed[1])))) > FRESH:
        return False
    expected = hmac.new(secret.encode(), signed[1].encode() + b"." + body, sha256).hexdigest()
    return hmac.compare_digest(expected, signed[2].lower())


def translate(payload: Mapping[str, Any]) -> tuple[str, str] | None:
    """The kind and id of the record that changed; None where a callback names none.

    A message is about an order: it was sent, delivered or refused. Where its order stands differs from page to page.
    """
    match payload.get("UpdatedEntityType"):
        case "Order":
            return _payment(payload.get("UpdatedEntityID"))
        case "Message":
            detail = payload.get("EntityDetail")
            return _payment(_order_of(detail if isinstance(detail, Mapping) else payload))
    return None


def _order_of(detail: Mapping[str, Any]) -> object:
    message = detail.get("OrderMessage")
    return (message if isinstance(message, Mapping) else detail).get("OrderID")


def _payment(id: object) -> tuple[str, str] | None:
    return None if id in (None, "") else ("payment", str(id))
