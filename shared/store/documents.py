"""What all adapters agree on: which collections and field paths there are, and what `set` and `inc` do. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.clock import stamp
from shared.store import Document, StoreNow
from shared.store.collections import COLLECTIONS

_NAMES = frozenset(collection.name for collection in COLLECTIONS)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*")


def known(collection: str) -> str:
    """The name itself; `ValueError` when collections.py does not know it."""
    if collection not in _NAMES:
        raise ValueError(f"unknown collection {collection!r}: shared/store/collections.py lists them")
    return collection


def names(path: str) -> list[str]:
    """Split a dotted field path; `ValueError` for anything but plain names."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"not a field path: {path!r}")
    return path.split(".")


def key_of(document: Document) -> str:
    """The `id`; `TypeError` when the document has no text `id`."""
    key = document.get("id")
    if not isinstance(key, str):
        raise TypeError(f"a document needs a text id, not {key!r}")
    return key


def moment(value: StoreNow, now: datetime) -> str:
    """The stored form of a `StoreNow`."""
    return stamp(now + value.offset)


def not_comparable(value: object) -> TypeError:
    """The error for a value in a `where` that is neither text nor number nor boolean."""
    kind = type(value).__name__
    return TypeError(f"a {kind} cannot be compared with a stored field: text, numbers and booleans can")


def not_storable(value: object) -> TypeError:
    """The error for a value that JSON has no word for."""
    return TypeError(f"a {type(value).__name__} cannot be stored: JSON values and StoreNow can")


def changed(document: Document, set: Mapping[str, Any], inc: Mapping[str, int]) -> Document:
    """Apply `set` and `inc` in place; `ValueError` or `TypeError` where that is impossible."""
    for path, value in set.items():
        parent, name = _parent(document, path)
        parent[name] = value
    for path, amount in inc.items():
        parent, name = _parent(document, path)
        parent[name] = _number(path, parent.get(name)) + amount
    return document


def _parent(document: Document, path: str) -> tuple[Document, str]:
    """Find the object that holds the last name of the path; missing ones are made."""
    *above, name = changeable(path)
    for part in above:
        if document.get(part) is None:
            document[part] = {}
        document = document[part]
        if not isinstance(document, dict):
            raise TypeError(f"{path} leads through {part}, which is not an object")
    return document, name


def changeable(path: str) -> list[str]:
    """Split a field path that may be changed; `ValueError` for the id."""
    if path == "id":
        raise ValueError("the id of a document never changes")
    return names(path)


def _number(path: str, value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{path} is not a whole number and cannot be added to")
    return value
