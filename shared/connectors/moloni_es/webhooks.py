"""Hooks: which there are, how one is asked for, which record a call is about (Moloni Spain fact sheet, 5). Pure.

A call proves itself by nothing but its address (section 5.4). Lists show a hook's address, but not what it is for, so
that is written behind the address: Moloni calls addresses with a query as they are (section 5.3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.mapping import Request
from shared.webhooks import Changed, Hook

from . import queries

TOPICS: Mapping[str, Sequence[str]] = {
    "Product.create": ("product", "hour_type"),
    "Product.update": ("product", "hour_type"),
    "Product.delete": ("product", "hour_type"),
    "Customer.create": ("relation",),
    "Customer.update": ("relation",),
    "Customer.delete": ("relation",),
}
"""Model and operation. Of stock nothing is read, so nobody needs to be told that it changed."""

PROVEN = ("Product.create", "Product.update")
"""Those that exist in Spain for sure (section 5.1, Models)."""

_KINDS = {"customer": "relation", "product": "product"}
_MARK = "?on="


def registration(topic: str, address: str) -> Request:
    """The request for one hook; the client says of which company."""
    model, _, operation = topic.partition(".")
    data = {"model": model, "operation": operation, "url": f"{address}{_MARK}{topic}"}
    return Request("POST", queries.PATH, queries.call("hookCreate", data=data))


def known(id: str, url: str) -> Hook:
    """A hook as Moloni lists it; one that is somebody else's has no topic of ours."""
    address, _, topic = url.partition(_MARK)
    return Hook(id, topic, address) if topic in TOPICS else Hook(id, "", url)


def translate(payload: Any) -> Sequence[Changed]:
    """The record that a call names; none where it names none.

    That a customer's id stands in `customerId` is not known (section 7), so other likely names are read too.
    """
    if not isinstance(payload, dict):
        return ()
    model = str(payload.get("model", "")).casefold()
    kind = _KINDS.get(model)
    if kind is None:
        return ()
    ids = (_id(payload.get(name)) for name in (f"{model}Id", "entityId", "id"))
    found = next((id for id in ids if id), None)
    return (Changed(kind, found),) if found else ()


def _id(value: object) -> str | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdecimal() else None
