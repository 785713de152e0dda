"""Exact's callbacks: how they are signed, and which record each is about (Exact fact sheet, section 9). Pure."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from shared.mapping import Request
from shared.webhooks import Changed

RESOURCE = "webhooks/WebhookSubscriptions"
TOPICS = {"Accounts": ("relation",), "Items": ("product", "hour_type")}
"""What we read and Exact has a topic for. Payments, employees and item groups have none."""

_KINDS = {"Accounts": "relation", "Items": "product"}
# The hash is over the bytes of the content as they came: made anew from what was read, they may differ.
_SIGNED = re.compile(rb'\s*\{"Content":(\{.*\}),"HashCode":"([0-9A-Fa-f]{64})"\}\s*', re.DOTALL)
_GUID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.IGNORECASE)


def verify(secret: str, _headers: Mapping[str, str], body: bytes, _now: datetime) -> bool:
    """Whether Exact signed the content, with the webhook secret of the app. There is no time in it, and no header."""
    signed = _SIGNED.fullmatch(body)
    if signed is None:
        return False
    expected = hmac.new(secret.encode(), signed[1], sha256).hexdigest().upper()
    return hmac.compare_digest(expected, signed[2].decode().upper())


def translate(payload: Any) -> list[Changed]:
    """The record that changed; nothing where a callback names none of ours."""
    match payload:
        case {"Content": {"Topic": str(topic), "Key": str(key)}} if topic in _KINDS:
            id = _GUID.fullmatch(key)
            return [Changed(_KINDS[topic], id[1].lower())] if id else []
    return []


def administration(payload: Any) -> str | None:
    """The division that a callback is about."""
    match payload:
        case {"Content": {"Division": int(division)}} if not isinstance(division, bool):
            return str(division)
    return None


def subscription(topic: str, address: str) -> Request:
    """What asks for a topic; the client puts the division into the path."""
    return Request("POST", RESOURCE, {"CallbackURL": address, "Topic": topic})
